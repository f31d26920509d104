"""An assessment and the treatment that follows it: held, booked and given up together, never half."""

from datetime import timedelta

import pytest
from django.db import IntegrityError

from accounts.identity import keyed_hash
from accounts.roles import Role
from accounts.tenancy import acting_as
from brokering.actions import holding, offers, visits
from brokering.actions.referrals import Wish, hold_own
from brokering.actions.registration import Follows, Need, Remiss, register_remiss
from brokering.errors import (
    GivenTogether,
    HoldLapsed,
    NoFollowOn,
    NotBookable,
    NotInOrder,
    SlotTaken,
    TooManyHolds,
)
from brokering.models import Booking, Referral
from brokering.selectors.invariants import broken
from brokering.selectors.snapshots import round_input
from brokering.states import BookingState, ReferralState
from contracts.actions.caps import CapFull
from contracts.models import Reservation
from tests.brokering.chained import EYES, OPERATION, a_pair, held_together, states
from tests.brokering.country import fast
from tests.brokering.crowd import HALF_A_CHAIN, WON, at_once, without
from tests.brokering.desk import (
    SOON,
    booked,
    cancelled,
    confirmed,
    fresh,
    held,
    occupying,
    released,
)
from tests.factories import (
    NOW,
    TODAY,
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

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def clinic(database):
    return a_clinic(cares=(EYES, OPERATION))


@pytest.fixture
def lot(clinic):
    """The clinic makes an assessment of its own before it operates."""
    return an_agreement(clinic, accepts_referrer_assessment=False)


@pytest.fixture
def slots(clinic):
    return a_slot(clinic), a_slot(clinic, OPERATION, starts_at=at(20))


@pytest.fixture
def pair(database):
    return a_pair()


@pytest.fixture
def chain(slots, pair, lot):
    return held_together(slots, pair, lot)


@pytest.fixture
def visits_booked(chain):
    confirmed(chain.first)
    return fresh(chain.first), fresh(chain.second)


def of_the_clinic(clinic):
    return acting(staff(Role.CLINIC_STAFF, clinic.tenant))


# Both or none


def test_both_times_are_held_by_one_act_and_confirmed_by_one(chain, pair):
    assert states(chain.first.chain) == ["held", "held"]
    confirmed(chain.second)
    assert states(chain.first.chain) == ["booked", "booked"]
    assert {fresh(need).state for need in pair} == {ReferralState.BOOKED}


def test_the_visit_is_the_assessment_so_the_clinic_is_not_asked_as_well(chain):
    assert chain.second.receipt["clinic_approves"] is False


def test_neither_need_is_held_by_itself_while_both_are_open(slots, pair, lot):
    for slot, need in zip(slots, pair, strict=True):
        with pytest.raises(GivenTogether):
            held(slot, need, lot)
    assert not Booking.objects.using("owner").exists()


def test_a_need_whose_other_is_closed_is_given_by_itself(slots, pair, lot):
    type(pair[1]).objects.using("owner").filter(id=pair[1].id).update(state="closed")
    assert booked(slots[0], pair[0], lot).chain is None


@pytest.mark.parametrize("part", [0, 1], ids=["first", "second"])
def test_where_one_place_is_taken_neither_is_held(slots, pair, lot, part):
    care = (EYES, OPERATION)[part]
    first_come = a_referral(a_patient("Bob"), care)
    held(slots[part], first_come, an_agreement(slots[part].clinic))
    with pytest.raises(SlotTaken):
        held_together(slots, pair, lot)
    assert occupying(slots[1 - part]) == 0


def test_where_a_cap_has_room_for_one_neither_is_held(clinic, slots, pair):
    full = an_agreement(clinic, accepts_referrer_assessment=False, cap_places=1)
    with pytest.raises(CapFull):
        held_together(slots, pair, full)
    assert occupying(slots[0]) + occupying(slots[1]) == 0
    assert not Reservation.objects.exists()


def test_a_cap_counts_both(clinic, slots, pair):
    held_together(slots, pair, an_agreement(clinic, cap_places=2))
    assert Reservation.objects.count() == 2


def test_where_the_terms_refuse_the_second_neither_is_held(clinic, slots, lot):
    pair = a_pair(asa=4)
    type(lot).objects.using("owner").filter(id=lot.id).update(asa_max=2)
    with pytest.raises(NotBookable):
        held_together(slots, pair, lot)
    assert occupying(slots[0]) == 0


def test_the_second_time_comes_after_the_first_at_the_same_clinic(clinic, slots, pair, lot):
    too_soon = a_slot(clinic, OPERATION, starts_at=at(10))
    elsewhere = a_clinic(cares=(EYES, OPERATION))
    away = a_slot(elsewhere, OPERATION, starts_at=at(20))
    with pytest.raises(NotInOrder):
        held_together((slots[0], too_soon), pair, lot)
    with pytest.raises((NotInOrder, NotBookable)):
        held_together((slots[0], away), pair, lot)


def test_the_days_that_the_issuer_asked_for_lie_between(slots, lot):
    with pytest.raises(NotInOrder):
        held_together(slots, a_pair(follows_after=11), lot)
    assert held_together(slots, a_pair("Bob", follows_after=10), lot)


def test_two_times_count_as_two_of_those_that_one_may_hold(clinic, slots, pair, lot):
    other = a_referral(pair[0].patient)
    for day in (11, 12):
        held(a_slot(clinic, starts_at=at(day)), other, lot)
    with pytest.raises(TooManyHolds):
        held_together(slots, pair, lot)


# Given up, ended


def test_to_let_one_go_frees_both(chain, slots, lot):
    released(chain.second)
    assert states(chain.first.chain) == ["released", "released"]
    assert held(slots[0], a_referral(a_patient("Bob")), lot)


@pytest.mark.parametrize("part", [0, 1], ids=["first", "second"])
@pytest.mark.parametrize("by_clinic", [True, False], ids=["clinic", "patient"])
def test_to_cancel_one_cancels_both_and_both_needs_wait_again(
    visits_booked, clinic, pair, part, by_clinic
):
    who = {"by": of_the_clinic(clinic), "reason": "not_needed"} if by_clinic else {}
    cancelled(visits_booked[part], **who)
    assert states(visits_booked[0].chain) == ["cancelled", "cancelled"]
    assert {fresh(need).state for need in pair} == {ReferralState.WAITING}
    assert fresh(visits_booked[1 - part]).cancel_reason == "chain_broken"


def test_after_the_first_visit_the_second_stands_by_itself(visits_booked, clinic, slots):
    then = slots[0].starts_at + timedelta(hours=1)
    with acting_as(by := of_the_clinic(clinic)):
        visits.report_visit(by=by, booking=visits_booked[0], came=True, now=then)
    assert states(visits_booked[0].chain) == ["booked", "fulfilled"]
    cancelled(visits_booked[1], now=then)
    assert states(visits_booked[0].chain) == ["cancelled", "fulfilled"]


def test_a_visit_that_has_begun_is_not_taken_along(visits_booked, slots):
    cancelled(visits_booked[1], now=slots[0].starts_at)
    assert states(visits_booked[0].chain) == ["booked", "cancelled"]


def test_both_holds_run_out_together_and_are_tidied_together(slots, pair, lot):
    then = NOW - timedelta(hours=2)
    old = held_together(slots, pair, lot, now=then, held_until=then + timedelta(hours=1))
    with pytest.raises(HoldLapsed):
        confirmed(old.first)
    with acting_as(by := acting(pair[0].patient.subject)):
        offers.expire_booking(by=by, booking=old.second, now=NOW)
    assert states(old.first.chain) == ["expired", "expired"]


def test_more_time_is_given_for_both(chain):
    with acting_as(by := acting(chain.first.patient.subject)):
        holding.extend(by=by, booking=chain.second, now=NOW)
    ends = {fresh(part.claim).held_until for part in (chain.first, chain.second)}
    assert len(ends) == 1
    assert all(fresh(part).extended_at for part in (chain.first, chain.second))


def test_other_times_for_both_end_the_earlier_ones(visits_booked, clinic, pair, lot):
    later = a_slot(clinic, starts_at=at(11)), a_slot(clinic, OPERATION, starts_at=at(21))
    new = held_together(later, pair, lot)
    confirmed(new.first)
    assert states(new.first.chain) == ["booked", "booked"]
    assert states(visits_booked[0].chain) == ["cancelled", "cancelled"]


# The guard in the database


def halved(booking, state):
    Booking.objects.filter(id=booking.id).update(state=state)


def test_the_database_refuses_half_a_chain_and_without_its_guard_it_would_not(chain, pair):
    by = acting(pair[0].patient.subject)
    for state in (BookingState.BOOKED, BookingState.RELEASED):
        with pytest.raises(IntegrityError, match="half a chain"), acting_as(by):
            halved(chain.first, state)
    assert states(chain.first.chain) == ["held", "held"]
    with without(*HALF_A_CHAIN):
        with acting_as(by):
            halved(chain.first, BookingState.RELEASED)
        assert states(chain.first.chain) == ["held", "released"]
        assert "no_half_chain_is_active" in {one.invariant.name for one in broken(now=NOW)}


def test_a_need_that_was_linked_after_it_had_a_time_is_found(slots, lot):
    first = a_referral(a_patient("Bob"))
    held(slots[0], first, lot)
    a_referral(first.patient, OPERATION, follows=first)
    assert "linked_needs_have_no_time_alone" in {one.invariant.name for one in broken(now=NOW)}


# As it is asked for: by a remiss, by a click


def test_a_remiss_that_wants_both_lets_two_needs_wait_of_which_no_round_gives_one(clinic):
    doctor = acting(staff(Role.REFERRING_CLINICIAN, a_region().tenant))
    patient, number = a_patient("Bob"), "191212121212"
    type(patient).objects.using("owner").filter(id=patient.id).update(
        identity_hash=keyed_hash(number)
    )
    remiss = Remiss(
        number=number,
        care=EYES,
        clinic=clinic.id,
        issued_on=TODAY,
        issuer="allmanlakare",
        need=Need(priority=2),
        follows=Follows(care=OPERATION, days=14),
    )
    with acting_as(doctor):
        register_remiss(by=doctor, remiss=remiss, now=NOW)
    second = Referral.objects.using("owner").get(care=OPERATION)
    assert (second.follows.care_id, second.follows_after, second.priority) == (EYES, 14, 2)
    for care in (EYES, OPERATION):
        assert list(round_input(care, now=NOW).left_out.values()) == ["given_together"]
        assert dict(fast(care, NOW).left_out) == {"given_together": 1}


def clicked(pair, slot, lot, follow=None):
    wish = Wish(slot=slot.id, lot=lot.id, route="own_region", held_until=NOW + SOON, follow=follow)
    with acting_as(by := acting(pair[0].patient.subject)):
        return hold_own(by=by, patient=pair[0].patient, need=pair[0], wish=wish, now=NOW)


def test_a_click_on_the_first_holds_the_first_place_that_may_follow(clinic, slots, pair, lot):
    for starts_at in (at(9), at(30)):
        a_slot(clinic, OPERATION, starts_at=starts_at)
    clicked(pair, slots[0], lot)
    assert occupying(slots[1]) == 1


def test_a_click_holds_what_was_chosen_to_follow_or_nothing(clinic, slots, pair, lot):
    later = a_slot(clinic, OPERATION, starts_at=at(30))
    held(slots[1], a_referral(a_patient("Bob"), OPERATION), an_agreement(clinic))
    with pytest.raises(SlotTaken):
        clicked(pair, slots[0], lot, follow=slots[1].id)
    clicked(pair, slots[0], lot, follow=later.id)
    assert occupying(later) == 1


def test_where_nothing_may_follow_the_first_is_not_held(clinic, pair, lot):
    with pytest.raises(NoFollowOn):
        clicked(pair, a_slot(clinic), lot)
    assert not Booking.objects.using("owner").exists()


# Many at once


def singles_and_pairs(clinic, slots, lot):
    """Four want both; three want the visit alone, three the operation alone."""
    alone = an_agreement(clinic)
    needs = [a_referral(a_patient(f"Single{n}"), (EYES, OPERATION)[n % 2]) for n in range(6)]
    pairs = [a_pair(f"Pair{n}") for n in range(4)]
    return [
        *((lambda pair=pair: held_together(slots, pair, lot)) for pair in pairs),
        *((lambda n=n, need=need: held(slots[n % 2], need, alone)) for n, need in enumerate(needs)),
    ]


def test_of_many_who_want_both_places_or_one_of_them_nobody_gets_half(clinic, lot):
    for day in range(10, 15):
        slots = a_slot(clinic, starts_at=at(day)), a_slot(clinic, OPERATION, starts_at=at(day + 5))
        outcomes = at_once(singles_and_pairs(clinic, slots, lot))
        assert outcomes.total() == outcomes[WON] + outcomes["slot_taken"]
        assert [occupying(slot) for slot in slots] == [1, 1]
        chains = Booking.objects.using("owner").filter(chain__isnull=False, claim__slot__in=slots)
        assert chains.count() in {0, 2}


def test_two_who_hold_two_pairs_of_places_crosswise_never_wait_in_a_circle(clinic, lot):
    lot_of_two = an_agreement(clinic, accepts_referrer_assessment=False, cap_places=100)
    for day in range(10, 14):
        slots = a_slot(clinic, starts_at=at(day)), a_slot(clinic, OPERATION, starts_at=at(day + 5))
        pairs = [a_pair(f"Pair{n}") for n in range(6)]
        lots = [lot, lot_of_two] * 3
        outcomes = at_once(
            (lambda slots=slots, pair=pair, under=under: held_together(slots, pair, under))
            for pair, under in zip(pairs, lots, strict=True)
        )
        assert outcomes == {WON: 1, "slot_taken": 5}


def test_a_yes_and_a_letting_go_at_once_have_one_outcome_for_both(clinic, lot):
    for day in range(10, 14):
        slots = a_slot(clinic, starts_at=at(day)), a_slot(clinic, OPERATION, starts_at=at(day + 5))
        chain = held_together(slots, a_pair(), lot)
        outcomes = at_once(
            [
                lambda part=chain.first: confirmed(part),
                lambda part=chain.second: released(part),
            ]
        )
        assert outcomes.total() == 2
        assert states(chain.first.chain) in (["booked", "booked"], ["released", "released"])
