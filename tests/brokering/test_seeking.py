"""Whoever does not answer an offer is sought as the region decided; nobody leaves the queue by silence."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.errors import NotAllowed
from accounts.roles import Role
from accounts.selectors.actors import system_actor
from accounts.tenancy import acting_as
from brokering.access import access_referral
from brokering.actions import offers
from brokering.actions.seeking import note_call, seek
from brokering.errors import InvalidValue, SlotTaken
from brokering.messaging.asking import Reached, Step
from brokering.messaging.kinds import ContactWhy, MessageKind
from brokering.models import ContactAttempt
from brokering.states import OfferState, ReferralState
from brokering.tasks import seek_answers, sweep
from tests.brokering.crowd import WON, at_once
from tests.brokering.desk import answered, fresh, held, occupying, offered
from tests.brokering.reached import all_messages, all_tasks, reached_by
from tests.factories import (
    NOW,
    OWNER,
    a_patient,
    a_referral,
    a_region,
    a_slot,
    acting,
    at,
    staff,
)

pytestmark = pytest.mark.usefixtures("database")
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
KIND = MessageKind.OFFER_REMINDER


@pytest.fixture(autouse=True)
def channels(settings, tmp_path):
    settings.HAS_MAILBOX, settings.MAILBOX_FOLDER = True, tmp_path


@pytest.fixture
def alice(database):
    need = a_referral(a_patient("Alice"), priority=2)
    reached_by(need.patient, "email")
    return need


@pytest.fixture
def system(database):
    return system_actor(a_region("01").tenant_id)


@pytest.fixture
def nils(database):
    return acting(staff(Role.NAVIGATOR, a_region("01").tenant, "Nils"))


@pytest.fixture
def offer(clinic, alice, lot, system):
    """Three days to answer, two attempts and a letter: a step every 18 hours."""
    return offered(a_slot(clinic, starts_at=at(40)), alice, lot, by=system)


def sought(offer, system, *, hours):
    with acting_as(system):
        return seek(by=system, offer_id=offer.id, now=NOW + hours * HOUR)


def call(need, by, outcome, *, hours=1):
    now = NOW + hours * HOUR
    with acting_as(by):
        row = access_referral(need.id, by=by, purpose="test", now=now)
        return note_call(by=by, referral=row, outcome=outcome, now=now)


def attempts(need):
    rows = ContactAttempt.objects.using(OWNER).filter(referral=need).order_by("at")
    return [(one.way, one.outcome) for one in rows]


def test_a_silent_patient_is_sought_twice_and_then_by_letter(offer, alice, system):
    steps = [sought(offer, system, hours=hours) for hours in range(1, 72)]
    assert [step for step in steps if step != Step.WAIT] == [Step.SEEK, Step.SEEK, Step.LETTER]
    assert attempts(alice) == [("email", "sent"), ("email", "sent"), ("letter", "sent")]
    assert [one.channel for one in all_messages(kind=KIND)] == ["email", "email", "letter"]


def test_a_step_that_was_taken_is_not_taken_again(offer, alice, system):
    assert [sought(offer, system, hours=20) for _ in range(3)] == [Step.SEEK, Step.WAIT, Step.WAIT]
    assert len(all_messages(kind=KIND)) == 1


def test_two_workers_at_once_take_a_step_once(offer, alice, system):
    told = at_once([lambda: sought(offer, system, hours=20)] * 6)
    assert told == {WON: 6}
    assert len(attempts(alice)) == len(all_messages(kind=KIND)) == 1


def test_a_letter_keeps_the_place_for_as_long_as_it_is_waited_for(clinic, offer, lot, system):
    for hours in (18, 36, 54):
        sought(offer, system, hours=hours)
    until = NOW + 54 * HOUR + 7 * DAY
    assert fresh(offer).answer_by == fresh(offer.booking.claim).held_until == until
    bob = a_referral(a_patient("Bob"))
    with pytest.raises(SlotTaken):
        held(offer.booking.claim.slot, bob, lot, now=NOW + 5 * DAY, held_until=NOW + 6 * DAY)


def test_no_letter_keeps_a_place_beyond_the_day_before_the_visit(clinic, alice, lot, system):
    soon = offered(a_slot(clinic, starts_at=NOW + 7 * DAY), alice, lot, by=system)
    for hours in (18, 36, 54):
        sought(soon, system, hours=hours)
    assert fresh(soon).answer_by == NOW + 6 * DAY


def test_whoever_has_no_way_to_be_reached_is_written_to(clinic, lot, system):
    bob = a_referral(a_patient("Bob"), priority=3)
    offer = offered(a_slot(clinic, starts_at=at(40)), bob, lot, by=system)
    for hours in (18, 36, 54):
        sought(offer, system, hours=hours)
    assert attempts(bob) == [("none", "no_way"), ("none", "no_way"), ("letter", "sent")]


def test_an_answer_ends_the_seeking(offer, alice, system):
    answered(offer, offers.accept_offer, by=acting(alice.patient.subject))
    assert sought(offer, system, hours=20) == Step.WAIT
    assert attempts(alice) == []


def test_a_call_without_an_answer_takes_the_place_of_a_message(offer, alice, system, nils):
    call(alice, nils, Reached.NO_ANSWER, hours=17)
    assert sought(offer, system, hours=18) == Step.WAIT
    assert sought(offer, system, hours=35) == Step.SEEK
    assert attempts(alice) == [("phone", "no_answer"), ("email", "sent")]


def test_whoever_has_been_spoken_to_gets_no_reminder(offer, alice, system, nils):
    call(alice, nils, Reached.SPOKEN)
    assert [sought(offer, system, hours=hours) for hours in (18, 36, 54)] == [Step.WAIT] * 3


def test_a_call_can_be_noted_without_any_offer(alice, nils):
    assert call(alice, nils, Reached.LEFT_WORD).offer_id is None


def test_only_the_regions_own_people_note_calls_and_only_what_a_call_can_come_to(alice, nils):
    with pytest.raises(InvalidValue):
        call(alice, nils, Reached.SENT)
    with pytest.raises(NotAllowed):
        call(alice, acting(alice.patient.subject), Reached.SPOKEN)


def test_silence_to_the_end_gives_the_place_back_and_somebody_the_task_to_ask(
    clinic, alice, lot, system, nils
):
    before = fresh(alice)
    offer = offered(a_slot(clinic, starts_at=at(40)), alice, lot, by=system, now=NOW - 4 * DAY)
    sweep()
    assert fresh(offer).state == OfferState.LAPSED
    assert occupying(offer.booking.claim.slot) == 0
    task = all_tasks(referral=alice)[0]
    assert (task.why, task.owner_id, task.state) == (ContactWhy.NO_ANSWER, nils.id, "open")
    after = fresh(alice)
    assert after.state == ReferralState.WAITING
    assert (after.issued_on, after.created_at) == (before.issued_on, before.created_at)


def test_the_worker_seeks_whom_it_is_time_for(clinic, alice, lot, system):
    now = timezone.now()
    for hours, need in ((20, alice), (1, a_referral(a_patient("Bob")))):
        slot = a_slot(clinic, starts_at=now + 40 * DAY)
        offered(slot, need, lot, by=system, now=now - hours * HOUR)
    assert seek_answers() == {Step.SEEK: 1, Step.LETTER: 0}
    assert attempts(alice) == [("email", "sent")]
    assert seek_answers() == {Step.SEEK: 0, Step.LETTER: 0}
