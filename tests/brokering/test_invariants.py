"""The operators' checker: silent after ordinary days; every break made on purpose is found by its name."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import InternalError

from accounts.models import Change, Outcome, Topic
from accounts.roles import Role
from accounts.selectors.actors import system_actor
from brokering.actions import offers
from brokering.selectors.invariants import INVARIANTS, broken
from brokering.selectors.promises import KEYS, PROMISES
from tests.baseline import superuser
from tests.brokering.crowd import ONE_PATIENT, without
from tests.brokering.desk import answered, booked, cancelled, held, lapsed, offered, released
from tests.factories import (
    NOW,
    a_claim,
    a_commitment,
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
Break = Callable[..., object]


@pytest.fixture
def vardlots(database):
    return staff(Role.NAVIGATOR, a_region("01").tenant)


@pytest.fixture
def by_hand(database) -> Iterator[Break]:
    """SQL past every trigger, foreign key and row policy."""
    with superuser(own_database()) as connection:
        connection.execute("SET session_replication_role = replica")
        yield connection.execute


@pytest.fixture
def world(clinic, lot, alice, vardlots):
    """Somebody booked, somebody holding, somebody offered, each with a place of their own."""
    bob, charlie = (a_referral(a_patient(name)) for name in ("Bob", "Charlie"))
    capped = an_agreement(clinic, cap_places=5)
    return {
        "booking": booked(a_slot(clinic), alice, capped),
        "held": held(a_slot(clinic, starts_at=at(11)), bob, lot),
        "offer": offered(
            a_slot(clinic, starts_at=at(12)), charlie, lot, by=system_actor(charlie.tenant_id)
        ),
        "clinic": clinic,
        "lot": lot,
        "patients": [acting(one.patient.subject) for one in (alice, bob, charlie)],
    }


def found(**also) -> set[str]:
    return {one.invariant.name for one in broken(now=LATER, **also)}


def test_ordinary_days_leave_nothing_to_find(world, clinic, lot):
    system = system_actor(world["offer"].tenant_id)
    one, two, three = world["patients"]
    answered(world["offer"], offers.accept_offer, by=three)
    released(world["held"], by=two)
    cancelled(world["booking"], by=one)
    dana = a_referral(a_patient("Dana"))
    other = offered(a_slot(clinic, starts_at=at(13)), dana, lot, by=system)
    patient = acting(dana.patient.subject)
    answered(other, offers.decline_offer, by=patient, informed="2026-1")
    assert found() == set()


BREAKS = {
    "withdrawn_place_is_free": "UPDATE providers_slot SET state = 'withdrawn' WHERE id = {slot}",
    "booking_agrees_with_its_place": "UPDATE brokering_booking SET state = 'released' WHERE id = {held}",
    "caps_count_what_is_reserved": "UPDATE contracts_capuse SET used = used + 1",
    "need_agrees_with_its_bookings": "UPDATE brokering_referral SET state = 'waiting' WHERE id = {need}",
    "offer_agrees_with_its_place": "UPDATE brokering_offer SET state = 'accepted' WHERE id = {offer}",
    "offered_need_has_its_date": "UPDATE brokering_offer SET answer_by = now() - interval '1 hour'",
    "booked_need_has_its_clinic": "UPDATE brokering_referral SET addressed_to_id = NULL WHERE id = {need}",
    "waiting_need_has_somebody": "UPDATE accounts_membership SET valid_to = '2021-01-01'",
    "waiting_need_has_its_date": "UPDATE brokering_referral SET look_on = current_date - 3",
    "turns_are_of_those_who_wait": "UPDATE brokering_referral SET state = 'waiting' WHERE id = {need}",
    "given_places_are_looked_at": "UPDATE brokering_booking SET created_at = now() - interval '1 hour'",
    "bypass_has_its_reason": "INSERT INTO brokering_bypass (claim_id, care_id, code, waited_days, passed,"
    " higher, in_time, highest, regions, tenants, given_at, found_at) SELECT claim_id, care_id,"
    " 'unexplained', 1, 1, 1, 1, 1, '{{}}', '{{}}', now(), now() FROM brokering_booking LIMIT 1",
    "outbox_numbered_in_time": "UPDATE accounts_change SET written_at = now() - interval '1 hour'",
}


@pytest.mark.parametrize("name", sorted(BREAKS))
def test_what_is_broken_by_hand_is_found(world, by_hand, name):
    assert found() == set()
    ids = {
        "slot": world["booking"].claim.slot_id,
        "need": world["booking"].referral_id,
        "held": world["held"].id,
        "offer": world["offer"].id,
    }
    by_hand(BREAKS[name].format(**{key: f"'{value}'" for key, value in ids.items()}))
    assert name in found()


def test_a_place_with_two_claims_is_found(clinic, lot):
    with without(*ONE_PATIENT):
        slot = a_slot(clinic)
        a_claim(slot, lot)
        a_claim(slot, lot)
        assert "one_claim_per_place" in found()


def test_a_booked_place_of_nobody_is_found(clinic, lot):
    a_claim(a_slot(clinic), lot)
    assert found() == {"occupied_place_has_its_booking"}


def test_a_hold_of_nobody_is_explained_until_it_ends(clinic, lot):
    claim = a_claim(a_slot(clinic), lot, state="held")
    assert found() == set()
    after = claim.held_until + timedelta(seconds=1)
    names = {one.invariant.name for one in broken(now=after)}
    assert names == {"occupied_place_has_its_booking"}


def test_a_hold_that_nobody_swept_is_found_after_the_grace(clinic, lot, alice, vardlots):
    lapsed(a_slot(clinic), alice, lot)
    assert "no_hold_past_its_end" in found()
    assert found(grace=timedelta(hours=3)) == set()


def test_a_reservation_of_a_cancelled_visit_is_found(world, by_hand):
    by_hand(
        "UPDATE providers_claim SET state = 'ended', ended_why = 'cancelled' WHERE id = %s",
        [world["booking"].claim_id],
    )
    assert "reservations_are_of_visits" in found()


def test_a_commitment_that_counts_wrongly_is_found(alice, vardlots, by_hand):
    a_commitment(alice, by=vardlots)
    assert found() == set()
    by_hand("UPDATE brokering_paymentcommitment SET uses = 1")
    assert found() == {"commitments_count_their_claims"}


@pytest.mark.parametrize(
    "numbers", [(1, 3), (1, 2), (2, 3, 4)], ids=["in between", "at the end", "beyond the last"]
)
def test_a_topic_without_all_its_numbers_is_found(database, numbers):
    Topic.objects.using("owner").create(name="care:x", last_number=3)
    for number in numbers:
        a_change(number)
    assert found() == {"outbox_without_gaps"}


def test_a_topic_whose_first_changes_are_forgotten_has_no_gap(database):
    Topic.objects.using("owner").create(name="care:x", last_number=4)
    for number in (3, 4):
        a_change(number)
    assert found() == set()


def a_change(number: int) -> None:
    Change.objects.using("owner").create(
        topic="care:x", number=number, kind="slot_taken", written_at=NOW
    )


def test_a_key_without_an_answer_is_found(vardlots):
    Outcome.objects.using("owner").create(
        principal=vardlots, key="k", digest="d", status=0, created_at=NOW
    )
    assert found() == {"key_has_one_answer"}


def test_every_invariant_has_been_broken_here():
    elsewhere = {
        "one_claim_per_place",
        "open_has_owner",
        "occupied_place_has_its_booking",
        "no_hold_past_its_end",
        "reservations_are_of_visits",
        "commitments_count_their_claims",
        "outbox_without_gaps",
        "key_has_one_answer",
        # In test_chains.py.
        "no_half_chain_is_active",
        "linked_needs_have_no_time_alone",
    }
    promises = {one.name for one in (*PROMISES, *KEYS)}
    assert {one.name for one in INVARIANTS} == set(BREAKS) | elsewhere | promises


def test_the_command_names_what_is_broken_and_fails(clinic, lot, capsys):
    claim = a_claim(a_slot(clinic), lot)
    with pytest.raises(SystemExit) as ended:
        call_command("check_invariants", json=True)
    assert ended.value.code == 1
    (finding,) = json.loads(capsys.readouterr().out)["findings"]
    assert finding["examples"] == [f"claim {claim.id}"]


def test_the_command_says_what_holds(database, capsys):
    call_command("check_invariants")
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(INVARIANTS)
    assert {line.split()[0] for line in lines} == {"holds"}


def test_the_questions_cannot_write(database, monkeypatch):
    writes = INVARIANTS[0].__class__(
        name="w", sentence="w", sql="DELETE FROM accounts_outcome RETURNING id::text"
    )
    monkeypatch.setattr("brokering.selectors.invariants.INVARIANTS", (writes,))
    with pytest.raises(InternalError, match="read-only transaction"):
        broken(now=NOW)
