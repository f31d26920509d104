"""The clinic reports whether the patient came: what it ends, what it leaves alone, how it is corrected."""

from datetime import timedelta

import pytest

from accounts.errors import NotAllowed, NotFound
from accounts.models import Change, Event
from accounts.roles import Role
from accounts.tenancy import acting_as
from brokering.access import access_booking
from brokering.actions.visits import report_visit
from brokering.errors import CorrectionTooLate, VisitNotBegun, WrongState
from brokering.models import ClockEvent, Referral, RerouteCase
from brokering.selectors.clocks import clocks_of
from brokering.selectors.need_profiles import profiles_of_care
from brokering.selectors.places import swedish_day
from brokering.states import BookingState, CaseState, ReferralState
from providers.models import Claim
from tests.brokering.desk import booked, confirmed, fresh, held, used
from tests.factories import (
    EYES,
    NOW,
    TODAY,
    a_clinic,
    a_patient,
    a_referral,
    a_region,
    a_slot,
    acting,
    ago,
    an_agreement,
    staff,
)

STARTS = NOW + timedelta(minutes=5)
AFTER = STARTS + timedelta(minutes=30)

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def lot(clinic):
    return an_agreement(clinic, cap_places=5, cap_period="year")


@pytest.fixture
def mottagning(clinic):
    return acting(staff(Role.CLINIC_STAFF, clinic.tenant))


@pytest.fixture
def visit(clinic, lot, alice):
    return booked(a_slot(clinic, starts_at=STARTS), alice, lot)


def reported(by, booking, *, came, now=AFTER):
    with acting_as(by):
        found = access_booking(booking.id, by=by, purpose="visits", now=now)
        report_visit(by=by, booking=found, came=came, now=now)


def clock(by, need, on=None):
    with acting_as(by):
        return clocks_of([fresh(need)], on=on or swedish_day(AFTER))[need.id]


def trail(need):
    rows = ClockEvent.objects.using("owner").filter(referral=need).order_by("recorded_at", "type")
    return [row.type for row in rows]


def test_a_visit_that_took_place_ends_the_need_and_its_clock_on_that_day(mottagning, visit, alice):
    reported(mottagning, visit, came=True)
    assert (fresh(visit).state, fresh(alice).state) == ("fulfilled", "closed")
    claim = Claim.objects.get(id=visit.claim_id)
    assert (claim.state, claim.ended_why) == ("ended", "fulfilled")
    assert clock(mottagning, alice).ended_by.type == "fulfilled"
    assert ClockEvent.objects.using("owner").get().on == swedish_day(STARTS)


def test_a_patient_who_did_not_come_waits_again_and_the_clock_runs_on(mottagning, visit, alice):
    before = clock(mottagning, alice)
    reported(mottagning, visit, came=False)
    assert (fresh(visit).state, fresh(alice).state) == ("missed", "waiting")
    assert Claim.objects.get(id=visit.claim_id).ended_why == "missed"
    assert (clock(mottagning, alice), trail(alice)) == (before, [])


@pytest.mark.parametrize("came", [True, False])
def test_the_place_counts_as_used_either_way(mottagning, visit, lot, came):
    reported(mottagning, visit, came=came)
    assert used(lot) == 1


def test_nobody_says_who_came_before_the_visit_has_begun(mottagning, visit):
    with pytest.raises(VisitNotBegun):
        reported(mottagning, visit, came=True, now=STARTS - timedelta(seconds=1))
    reported(mottagning, visit, came=True, now=STARTS)
    assert fresh(visit).state == BookingState.FULFILLED


def test_a_report_is_corrected_the_same_day_by_facts_that_are_added(mottagning, visit, alice):
    reported(mottagning, visit, came=True)
    reported(mottagning, visit, came=False, now=AFTER + timedelta(seconds=1))
    assert (fresh(visit).state, fresh(alice).state) == ("missed", "waiting")
    assert trail(alice) == ["fulfilled", "not_fulfilled"]
    assert clock(mottagning, alice).ended_by is None
    assert profiles_of_care(EYES)[0].events == ()
    said = Event.objects.using("owner").filter(noun="booking", verb__in=["fulfilled", "missed"])
    assert [one.data["was"] for one in said.order_by("id")] == ["booked", "fulfilled"]


def test_a_patient_who_came_after_all_is_cared_for(mottagning, visit, alice):
    for second, came in enumerate((False, True, False, True)):
        reported(mottagning, visit, came=came, now=AFTER + timedelta(seconds=second))
    assert (fresh(visit).state, fresh(alice).state) == ("fulfilled", "closed")
    assert Claim.objects.get(id=visit.claim_id).ended_why == "fulfilled"
    assert clock(mottagning, alice).ended_by.type == "fulfilled"


def test_the_day_after_its_report_a_visit_stays_as_it_was_reported(mottagning, visit):
    reported(mottagning, visit, came=False)
    with pytest.raises(CorrectionTooLate):
        reported(mottagning, visit, came=True, now=AFTER + timedelta(days=1))
    assert fresh(visit).state == BookingState.MISSED


def test_a_visit_may_be_reported_days_later_and_counts_on_its_own_day(mottagning, visit, alice):
    reported(mottagning, visit, came=True, now=AFTER + timedelta(days=5))
    assert ClockEvent.objects.using("owner").get().on == swedish_day(STARTS)


def test_the_same_report_twice_changes_nothing_more(mottagning, visit, alice):
    reported(mottagning, visit, came=True)
    with pytest.raises(WrongState):
        reported(mottagning, visit, came=True)
    assert trail(alice) == ["fulfilled"]


def test_a_need_that_has_got_another_place_is_not_ended_by_a_correction(
    mottagning, visit, alice, clinic, lot
):
    reported(mottagning, visit, came=False)
    again = booked(a_slot(clinic), alice, lot)
    with pytest.raises(WrongState):
        reported(mottagning, visit, came=True)
    assert (fresh(visit).state, fresh(again).state) == ("missed", "booked")
    assert fresh(alice).state == ReferralState.BOOKED


def test_only_the_clinic_reports(visit, alice):
    navigator = acting(staff(Role.NAVIGATOR, a_region("01").tenant))
    for by in (navigator, acting(alice.patient.subject)):
        with pytest.raises(NotAllowed):
            reported(by, visit, came=True)
    with pytest.raises(NotFound):
        reported(acting(staff(Role.CLINIC_STAFF, a_clinic().tenant)), visit, came=True)
    assert fresh(visit).state == BookingState.BOOKED


def test_a_hold_is_no_visit(mottagning, clinic, lot, alice):
    hold = held(a_slot(clinic, starts_at=STARTS), alice, lot)
    with pytest.raises(NotFound):
        reported(mottagning, hold, came=True)


def test_region_person_and_week_hear_of_it(mottagning, visit, alice, clinic):
    reported(mottagning, visit, came=True)
    told = Change.objects.using("owner").filter(kind__in=["fulfilled", "visit_reported"])
    assert {one.topic for one in told} == {
        "region:01",
        f"person:{alice.subject_id}",
        f"clinic:{clinic.id}",
    }


def test_who_did_not_come_and_is_late_by_now_is_the_regions_case_at_once(clinic, lot, mottagning):
    navigator = staff(Role.NAVIGATOR, a_region("01").tenant)
    need = a_referral(a_patient("Bob"), issued_on=ago(85))
    visit = booked(a_slot(clinic, starts_at=STARTS), need, lot)
    reported(mottagning, visit, came=False)
    case = RerouteCase.objects.using("owner").get()
    assert (case.referral_id, case.owner_id) == (need.id, navigator.id)
    assert case.trigger == "lead_time_reached"


def test_a_case_ends_with_the_visit_that_settles_it(mottagning, clinic, lot, alice, visit):
    navigator = staff(Role.NAVIGATOR, a_region("01").tenant)
    RerouteCase(
        tenant_id=alice.tenant_id,
        subject_id=alice.subject_id,
        referral=alice,
        owner=navigator,
        trigger="lead_time_reached",
        opened_on=TODAY,
        next_on=TODAY,
    ).save(using="owner")
    reported(mottagning, visit, came=True)
    assert RerouteCase.objects.using("owner").get().state == CaseState.CLOSED


def test_a_closed_need_is_opened_again_by_a_correction_and_by_nothing_else(
    mottagning, visit, alice, clinic, lot
):
    hold = held(a_slot(clinic), alice, lot)
    reported(mottagning, visit, came=True)
    with pytest.raises(WrongState):
        confirmed(hold)
    assert Referral.objects.using("owner").get(id=alice.id).state == ReferralState.CLOSED
