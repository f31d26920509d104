"""Two times that are given together, once the first visit has begun; and what is asked about one of them."""

from datetime import timedelta
from uuid import uuid4

import pytest

from accounts.roles import Role
from accounts.tenancy import acting_as
from brokering.actions import visits
from brokering.actions.referrals import Wish, hold_own
from brokering.actions.short_notice import Manage, want_earlier
from brokering.errors import GivenTogether, SlotPast, SlotWithdrawn
from brokering.selectors.invariants import CHAINS, broken
from brokering.selectors.snapshots import round_input
from brokering.states import BookingState, ReferralState
from providers.models import Slot
from tests.brokering.chained import EYES, OPERATION, a_pair, held_together, states
from tests.brokering.desk import SOON, booked, cancelled, confirmed, fresh, held, occupying
from tests.factories import (
    NOW,
    a_clinic,
    a_patient,
    a_referral,
    a_slot,
    acting,
    an_agreement,
    at,
    staff,
)

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def clinic(database):
    return a_clinic(cares=(EYES, OPERATION))


@pytest.fixture
def lot(clinic):
    return an_agreement(clinic)


@pytest.fixture
def slots(clinic):
    return a_slot(clinic), a_slot(clinic, OPERATION, starts_at=at(20))


@pytest.fixture
def pair(database):
    return a_pair()


@pytest.fixture
def visits_booked(slots, pair, lot):
    chain = held_together(slots, pair, lot)
    confirmed(chain.first)
    return fresh(chain.first), fresh(chain.second)


@pytest.fixture
def then(slots):
    """The first visit has begun."""
    return slots[0].starts_at + timedelta(hours=1)


def reported(visit, clinic, *, came, now):
    with acting_as(by := acting(staff(Role.CLINIC_STAFF, clinic.tenant))):
        visits.report_visit(by=by, booking=fresh(visit), came=came, now=now)


def alone(slot, need, lot, now):
    return booked(slot, need, lot, now=now, held_until=now + SOON)


def broken_chains(now):
    """What is broken of chains; the rest is of the tests' moment, not of a day ahead."""
    return {one.invariant.name for one in broken(now=now)} & {one.name for one in CHAINS}


def test_until_the_first_visit_begins_neither_is_moved_by_itself(visits_booked, clinic, pair, lot):
    before = visits_booked[0].claim.slot.starts_at - timedelta(minutes=5)
    other = a_slot(clinic, OPERATION, starts_at=at(25))
    with pytest.raises(GivenTogether):
        held(other, pair[1], lot, now=before, held_until=before + SOON)


def test_after_a_visit_that_nobody_has_reported_the_second_is_moved_by_itself(
    visits_booked, clinic, pair, lot, then
):
    moved = alone(a_slot(clinic, OPERATION, starts_at=at(25)), pair[1], lot, then)
    assert moved.chain is None
    assert states(visits_booked[0].chain) == ["booked", "cancelled"]
    assert not broken_chains(then)


def test_who_did_not_come_is_given_another_time_by_itself(
    visits_booked, clinic, slots, pair, lot, then
):
    reported(visits_booked[0], clinic, came=False, now=then)
    wish = Wish(
        slot=a_slot(clinic, starts_at=at(15)).id,
        lot=lot.id,
        route="own_region",
        held_until=then + SOON,
    )
    with acting_as(by := acting(pair[0].patient.subject)):
        again = hold_own(by=by, patient=pair[0].patient, need=pair[0], wish=wish, now=then)
    assert again.chain is None
    assert fresh(visits_booked[1]).state == BookingState.BOOKED
    assert not broken_chains(then)


def test_a_report_that_is_corrected_leaves_a_second_time_that_was_moved_meanwhile(
    visits_booked, clinic, pair, lot, then
):
    reported(visits_booked[0], clinic, came=True, now=then)
    moved = alone(a_slot(clinic, OPERATION, starts_at=at(25)), pair[1], lot, then)
    reported(visits_booked[0], clinic, came=False, now=then + timedelta(minutes=5))
    assert fresh(pair[0]).state == ReferralState.WAITING
    assert fresh(moved).state == BookingState.BOOKED
    assert not broken_chains(then + timedelta(minutes=5))


def test_rounds_match_both_by_themselves_when_they_wait_again(visits_booked, clinic, then):
    reported(visits_booked[0], clinic, came=False, now=then)
    cancelled(visits_booked[1], now=then)
    assert set(round_input(EYES, now=NOW).left_out.values()) == {"given_together"}
    begun = {"starts_at": at(-2), "ends_at": at(-2, 10)}
    Slot.objects.using("owner").filter(id=visits_booked[0].claim.slot_id).update(**begun)
    for care in (EYES, OPERATION):
        assert "given_together" not in round_input(care, now=NOW).left_out.values()


def test_a_visit_that_has_begun_is_not_ended_by_another_time(clinic, lot):
    need = a_referral(a_patient("Bob"))
    visit = booked(a_slot(clinic), need, lot)
    then = visit.claim.slot.starts_at
    with pytest.raises(SlotPast):
        alone(a_slot(clinic, starts_at=at(15)), need, lot, then)
    assert fresh(visit).state == BookingState.BOOKED


@pytest.mark.parametrize("part", [0, 1], ids=["first", "second"])
def test_nobody_wishes_to_come_earlier_to_one_of_two(visits_booked, pair, part):
    said = Manage(notice_hours=24, max_distance_km=None, ready=frozenset())
    with acting_as(by := acting(pair[0].patient.subject)), pytest.raises(GivenTogether):
        want_earlier(by=by, booking=visits_booked[part], said=said, now=NOW)


def clicked(need, slot, lot, follow):
    wish = Wish(slot=slot, lot=lot.id, route="own_region", held_until=NOW + SOON, follow=follow)
    with acting_as(by := acting(need.patient.subject)):
        return hold_own(by=by, patient=need.patient, need=need, wish=wish, now=NOW)


def test_what_is_to_follow_says_nothing_of_a_need_by_itself(slots, lot):
    clicked(a_referral(a_patient("Bob")), slots[0].id, lot, slots[1].id)
    assert [occupying(slot) for slot in slots] == [1, 0]


def test_a_place_that_is_not_there_is_told_so_whatever_is_to_follow(slots, pair, lot):
    for follow in (None, slots[1].id):
        with pytest.raises(SlotWithdrawn):
            clicked(pair[0], uuid4(), lot, follow)
