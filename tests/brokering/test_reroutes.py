"""The region reroutes in two clicks; a case always has an owner, a next date and one end."""

from datetime import timedelta

import pytest

from accounts.errors import NotAllowed, NotFound
from accounts.models import AccessLog, Change
from accounts.roles import Role
from accounts.tenancy import acting_as
from brokering.actions import reroutes
from brokering.actions.chains import NewPlace
from brokering.errors import HoldLapsed, RerouteNotPossible, SlotTaken, WrongState
from brokering.law.facts import Route
from brokering.models import Referral, RerouteCase
from brokering.selectors.clocks import clocks_of
from brokering.states import BookingState, CaseState, ReferralState
from tests.brokering.desk import booked, confirmed, fresh, held, occupying
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
    staff,
)

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def away(database):
    return a_clinic("03")


@pytest.fixture
def lot(away):
    return an_agreement(away)


@pytest.fixture
def slot(away):
    return a_slot(away)


@pytest.fixture
def navigator(database):
    return acting(staff(Role.NAVIGATOR, a_region("01").tenant))


def first_click(by, need, slot, lot, now=NOW):
    with acting_as(by):
        return reroutes.hold_for_reroute(
            by=by, referral_id=need.id, place=NewPlace(slot=slot.id, lot=lot.id), now=now
        )


def second_click(by, booking, now=NOW):
    with acting_as(by):
        return reroutes.send_reroute(by=by, booking_id=booking.id, now=now)


def case_of(need):
    return RerouteCase.objects.using("owner").get(referral=need)


def test_two_clicks_reroute_a_person_across_a_region_border(navigator, alice, slot, lot):
    booking = first_click(navigator, alice, slot, lot)
    assert (booking.route, booking.state) == (Route.GUARANTEE_REROUTE, BookingState.HELD)
    second_click(navigator, booking)
    assert fresh(booking).state == BookingState.BOOKED
    assert fresh(alice).state == ReferralState.BOOKED
    assert (case_of(alice).state, case_of(alice).booking_id) == (CaseState.REROUTED, booking.id)


def test_the_guarantee_runs_on_during_a_reroute(navigator, alice, slot, lot):
    second_click(navigator, first_click(navigator, alice, slot, lot))
    with acting_as(navigator):
        clock = clocks_of([alice], on=TODAY)[alice.id]
    assert (clock.excluded, clock.paused) == (False, False)


def test_a_case_has_an_owner_and_a_next_date_from_its_first_moment(navigator, alice, slot, lot):
    first_click(navigator, alice, slot, lot)
    case = case_of(alice)
    assert (case.owner_id, case.opened_on) == (navigator.id, TODAY)
    assert case.next_on == TODAY + reroutes.NEXT_LOOK


def test_both_clicks_are_logged_as_reads_of_the_patient(navigator, alice, slot, lot):
    second_click(navigator, first_click(navigator, alice, slot, lot))
    reads = AccessLog.objects.using("owner").filter(patient_id=alice.patient_id)
    assert set(reads.values_list("reader", flat=True)) == {navigator.id}
    assert reads.filter(purpose="reroute").count() == 2


def test_region_and_patient_hear_of_it_on_topics_of_their_own(navigator, alice, slot, lot):
    second_click(navigator, first_click(navigator, alice, slot, lot))
    topics = Change.objects.using("owner").filter(kind="rerouted").values_list("topic", flat=True)
    assert set(topics) == {"region:01", f"person:{alice.subject_id}"}


def test_only_a_navigator_of_the_home_region_reroutes(alice, slot, lot):
    with pytest.raises(NotFound):
        first_click(acting(staff(Role.NAVIGATOR, a_region("03").tenant)), alice, slot, lot)
    for role in (Role.CLINIC_STAFF, Role.REGION_ADMINISTRATOR, Role.AUDITOR):
        with pytest.raises(NotAllowed):
            first_click(acting(staff(role, a_region("01").tenant)), alice, slot, lot)
    with pytest.raises(NotAllowed):
        first_click(acting(alice.patient.subject), alice, slot, lot)


def test_a_patient_cannot_take_the_regions_route_by_a_hold_of_their_own(alice, slot, lot):
    with pytest.raises(NotAllowed):
        held(slot, alice, lot, route=Route.GUARANTEE_REROUTE)


def test_a_need_without_a_guarantee_is_not_rerouted(navigator, slot, lot):
    need = a_referral(a_patient(), guarantee="none")
    with pytest.raises(RerouteNotPossible):
        first_click(navigator, need, slot, lot)


def test_a_place_taken_meanwhile_leaves_no_case_behind(navigator, alice, slot, lot):
    other = a_referral(a_patient("Bob", region="03"))
    booked(slot, other, lot)
    with pytest.raises(SlotTaken):
        first_click(navigator, alice, slot, lot)
    assert not RerouteCase.objects.using("owner").exists()


def test_a_reroute_whose_hold_ran_out_books_nothing_and_its_case_stays_open(
    navigator, alice, slot, lot
):
    booking = first_click(navigator, alice, slot, lot)
    with pytest.raises(HoldLapsed):
        second_click(navigator, booking, now=booking.claim.held_until)
    assert case_of(alice).state == CaseState.OPEN


def test_the_second_click_counts_once(navigator, alice, slot, lot):
    booking = first_click(navigator, alice, slot, lot)
    second_click(navigator, booking)
    with pytest.raises(WrongState):
        second_click(navigator, booking)


def test_a_case_that_was_settled_in_another_way_is_not_rerouted_too(navigator, alice, slot, lot):
    booking = first_click(navigator, alice, slot, lot)
    home = a_clinic()
    own = booked(a_slot(home), alice, an_agreement(home))
    with acting_as(navigator):
        assert reroutes.close_if_settled(by=navigator, case=case_of(alice), now=NOW)
    with pytest.raises(RerouteNotPossible):
        second_click(navigator, booking)
    assert fresh(own).state == BookingState.BOOKED
    assert fresh(booking).state == BookingState.HELD


def test_another_booking_cannot_be_sent_as_a_reroute(navigator, alice):
    home = a_clinic()
    booking = held(a_slot(home), alice, an_agreement(home))
    with pytest.raises(RerouteNotPossible):
        second_click(navigator, booking)


def test_opening_a_case_again_returns_the_open_one(navigator, alice):
    with acting_as(navigator):
        need = Referral.objects.get(id=alice.id)
        cases = [
            reroutes.open_case(
                by=navigator, referral=need, trigger=why, owner=navigator.id, now=NOW
            )
            for why in ("navigator", "breach_risk")
        ]
    assert cases[0] == cases[1]
    assert case_of(alice).trigger == "navigator"


def test_a_case_stays_open_while_its_person_waits(navigator, alice):
    with acting_as(navigator):
        need = Referral.objects.get(id=alice.id)
        case = reroutes.open_case(
            by=navigator, referral=need, trigger="navigator", owner=navigator.id, now=NOW
        )
        assert not reroutes.close_if_settled(by=navigator, case=case, now=NOW)
    assert case_of(alice).state == CaseState.OPEN


def test_a_case_that_was_looked_at_is_looked_at_again_the_next_day(navigator, alice):
    then = NOW - timedelta(days=5)
    with acting_as(navigator):
        need = Referral.objects.get(id=alice.id)
        reroutes.open_case(
            by=navigator, referral=need, trigger="navigator", owner=navigator.id, now=then
        )
        reroutes.looked_at(by=navigator, referral=need, now=NOW)
    assert case_of(alice).next_on == TODAY + timedelta(days=1)


def test_a_place_that_the_region_holds_and_the_patient_confirms_ends_the_case_as_rerouted(
    navigator, alice, slot, lot
):
    booking = first_click(navigator, alice, slot, lot)
    confirmed(booking)
    assert (case_of(alice).state, case_of(alice).booking_id) == (CaseState.REROUTED, booking.id)
    told = Change.objects.using("owner").filter(kind="rerouted").values_list("topic", flat=True)
    assert set(told) == {"region:01", f"person:{alice.subject_id}"}


def test_a_place_that_the_patient_chose_leaves_the_case_to_the_region(navigator, alice, slot, lot):
    first_click(navigator, alice, slot, lot)
    home = a_clinic()
    booked(a_slot(home), alice, an_agreement(home))
    assert case_of(alice).state == CaseState.OPEN


def test_a_reroute_gives_back_what_the_patient_had_booked_before(navigator, alice, slot, lot):
    home = a_clinic()
    late = a_slot(home)
    booked(late, alice, an_agreement(home))
    second_click(navigator, first_click(navigator, alice, slot, lot))
    assert (occupying(late), occupying(slot)) == (0, 1)
