"""The checker on promises: silent on ordinary days; each break made on purpose is found by its name."""

from datetime import timedelta

import pytest
from django.http import QueryDict

from accounts.models import Outcome
from accounts.roles import Role
from accounts.selectors.actors import system_actor
from accounts.tenancy import acting_as
from brokering.actions.sending import Ticket, note_outcome, take_next
from brokering.actions.watches import Wanted, open_watch
from brokering.forms.watches import kept
from brokering.messaging.carriers import Delivered
from brokering.selectors.invariants import GRACE, INVARIANTS, broken, moments
from brokering.selectors.promises import KEYS, PROMISES
from tests.baseline import superuser
from tests.brokering.approving import KNEE, asked, no, ward, yes
from tests.brokering.desk import held, offered
from tests.brokering.invited import freed, invitation, says_yes, wants
from tests.brokering.reached import reached_by
from tests.factories import (
    EYES,
    NOW,
    SWEDEN,
    a_clinic,
    a_patient,
    a_referral,
    a_region,
    a_slot,
    acting,
    an_agreement,
    at,
    staff,
)
from tests.servers import own_database

LATER = NOW + timedelta(minutes=1)
OURS = frozenset(one.name for one in (*PROMISES, *KEYS))


@pytest.fixture(autouse=True)
def by_day(settings, tmp_path):
    """Messages go into a folder, at any hour."""
    settings.HAS_MAILBOX, settings.MAILBOX_FOLDER = True, tmp_path
    settings.QUIET_BEGINS = settings.QUIET_ENDS = NOW.time()


@pytest.fixture
def world(clinic, lot):
    """Questions asked and answered, an offer that has arrived, a first yes, a watch, an answer kept."""
    bertil = staff(Role.NAVIGATOR, a_region("01").tenant, "Bertil")
    hospital = a_clinic("03", cares=(KNEE,))
    terms = an_agreement(hospital)
    questions = [
        asked(ward(hospital, hour=9 + number), a_referral(a_patient(name), KNEE), terms)
        for number, name in enumerate(("Alma", "Berit", "Cilla"))
    ]
    yes(questions[1], by=bertil)
    no(questions[2], by=bertil)
    offer = an_offer_that_arrived(clinic, lot)
    first, second = (a_referral(a_patient(name)) for name in ("Dag", "Eva"))
    for one in (first, second):
        wants(one)
    freed(a_slot(clinic, starts_at=at(2)))
    says_yes(first)
    return {
        "asked": questions[0].id,
        "granted": questions[1].id,
        "refused": questions[2].id,
        "offer": offer.id,
        "yes": invitation(first).id,
        "late": invitation(second).id,
        "watch": a_watch().id,
        "held": an_answer(held(a_slot(clinic, starts_at=at(20)), a_referral(a_patient("F")), lot)),
    }


def an_offer_that_arrived(clinic, lot):
    need = a_referral(a_patient("Gun"), priority=1)
    reached_by(need.patient, "email")
    system = system_actor(need.tenant_id)
    offer = offered(a_slot(clinic, starts_at=at(40)), need, lot, by=system, now=NOW)
    with acting_as(system):
        while isinstance(ticket := take_next(by=system, now=NOW), Ticket):
            note_outcome(ticket.message.id, Delivered(), by=system, now=NOW)
    return offer


def a_watch():
    need = a_referral(a_patient("Hedvig"))
    address = QueryDict(mutable=True)
    address.update({"care": EYES, "home_region": "01"})
    with acting_as(by := acting(need.patient.subject)):
        wanted = Wanted(care=EYES, query=kept(address), referral=need.id)
        return open_watch(by=by, wanted=wanted, now=NOW)


def an_answer(booking):
    """What a key remembers of a hold."""
    body = {"id": booking.id, "slot": booking.claim.slot_id, "referral": booking.referral_id}
    Outcome.objects.using("owner").create(
        principal_id=booking.subject_id,
        key="k",
        digest="d",
        status=201,
        body={name: str(value) for name, value in body.items()} | {"held_until": "", "receipt": ""},
        created_at=NOW,
    )
    return booking.id


def broken_by(change: str) -> set[str]:
    """The promises that a change breaks, made past every trigger, foreign key and row policy, and undone."""
    known = moments(LATER, GRACE)
    with superuser(own_database()) as connection, connection.transaction(force_rollback=True):
        connection.execute("SET session_replication_role = replica")
        connection.execute(change)
        return {
            one.name for one in (*PROMISES, *KEYS) if connection.execute(one.sql, known).fetchall()
        }


HOUR_AGO = "now() - interval '1 hour'"
APPROVAL, MESSAGE = "UPDATE brokering_approval SET", "UPDATE brokering_message SET"
OFFER, WATCH = "UPDATE brokering_offer SET", "UPDATE brokering_watch SET"
SECOND_YES = "DROP INDEX one_yes_per_batch; UPDATE brokering_invitation SET state = 'accepted',"
PLACE_OF = "SELECT slot_id FROM providers_claim c JOIN brokering_booking b ON b.claim_id = c.id WHERE b.id ="
KEY = "UPDATE accounts_outcome SET"
BREAKS = [
    ("approval_agrees_with_its_place", f"{APPROVAL} state = 'withdrawn' WHERE id = {{asked}}"),
    ("approval_agrees_with_its_place", f"{APPROVAL} state = 'asked' WHERE id = {{refused}}"),
    ("approval_agrees_with_its_place", "UPDATE providers_claim SET commitment_id = NULL"),
    ("late_approval_has_somebody", f"{APPROVAL} answer_by = {HOUR_AGO} WHERE id = {{asked}}"),
    ("message_is_sent_in_time", f"{MESSAGE} state = 'waiting', not_before = {HOUR_AGO}"),
    (
        "message_under_way_has_an_end",
        f"{MESSAGE} state = 'sent', sent_at = now() - interval '1 day'",
    ),
    ("undelivered_message_is_followed", f"{MESSAGE} state = 'failed'"),
    ("answer_time_starts_at_delivery", f"{OFFER} delivered_at = NULL WHERE id = {{offer}}"),
    ("answer_time_starts_at_delivery", f"{MESSAGE} state = 'sent', delivered_at = NULL"),
    (
        "offer_keeps_its_place_until_its_end",
        f"{OFFER} answer_by = answer_by + interval '1 hour' WHERE id = {{offer}}",
    ),
    (
        "one_yes_for_a_freed_place",
        "UPDATE brokering_invitation SET state = 'sent' WHERE id = {late}",
    ),
    ("one_yes_for_a_freed_place", "UPDATE brokering_batch SET ended_at = NULL"),
    (
        "one_yes_for_a_freed_place",
        f"{SECOND_YES} booking_id = {{held}} WHERE id = {{late}}",
    ),
    (
        "a_yes_has_the_place",
        f"UPDATE brokering_batch SET slot_id = ({PLACE_OF} {{held}})",
    ),
    (
        "asking_ends_in_time",
        f"UPDATE brokering_batch SET ended_at = NULL, answer_by = {HOUR_AGO}",
    ),
    ("watchers_are_told_in_time", f"{WATCH} looked_at = now() - interval '2 years'"),
    ("watcher_is_told_once", f"{WATCH} state = 'told', told_at = NULL"),
    ("key_has_one_answer", f"{KEY} status = 503"),
    ("answer_tells_of_what_is", f'{KEY} body = body || \'{{{{"id": "none"}}}}\''),
    ("old_answers_are_forgotten", f"{KEY} created_at = now() - interval '9 days'"),
]


def test_every_promise_that_is_broken_by_hand_is_found_and_before_there_is_nothing_to_find(world):
    assert not {one.invariant.name for one in broken(now=LATER)} & OURS
    ids = {name: f"'{value}'" for name, value in world.items()}
    unseen = [name for name, change in BREAKS if name not in broken_by(change.format(**ids))]
    assert unseen == []


def test_at_night_no_message_is_late(world, settings):
    waits = f"{MESSAGE} state = 'waiting', not_before = {HOUR_AGO}"
    assert "message_is_sent_in_time" in broken_by(waits)
    settings.QUIET_BEGINS = (NOW.astimezone(SWEDEN) - timedelta(hours=3)).time()
    settings.QUIET_ENDS = (NOW.astimezone(SWEDEN) + timedelta(hours=3)).time()
    assert "message_is_sent_in_time" not in broken_by(waits)


def test_every_promise_has_been_broken_here():
    assert {name for name, _ in BREAKS} == OURS <= {one.name for one in INVARIANTS}
