"""From hold to visit: what a booking takes, keeps, gives back and refuses."""

from datetime import timedelta

import pytest

from accounts.errors import NotAllowed, NotFound
from accounts.roles import Role
from accounts.selectors.actors import system_actor
from accounts.tenancy import acting_as
from brokering.errors import (
    HoldLapsed,
    NotBookable,
    NotReleased,
    SlotPast,
    SlotTaken,
    SlotWithdrawn,
    WrongState,
)
from brokering.law.facts import Route
from brokering.models import Booking
from brokering.selectors.alternatives import free_slots
from brokering.states import BookingState, ReferralState
from contracts.actions.caps import CapFull
from contracts.models import Agreement, Cap, CapUse, Lot, PriceLine, ReferralRule
from providers.models import Claim, Slot
from tests.brokering.desk import (
    booked,
    cancelled,
    confirmed,
    fresh,
    held,
    lapsed,
    occupying,
    released,
    used,
)
from tests.factories import (
    NOW,
    a_clinic,
    a_patient,
    a_price,
    a_referral,
    a_region,
    a_slot,
    acting,
    an_agreement,
    at,
    staff,
)

pytestmark = pytest.mark.usefixtures("database")
LATER = NOW + timedelta(minutes=1)


@pytest.fixture
def slot(clinic):
    return a_slot(clinic)


@pytest.fixture
def bob(database):
    return a_referral(a_patient("Bob"))


# Hold, confirm, cancel


def test_a_confirmed_hold_is_a_booking_and_its_need_waits_no_longer(slot, alice, lot):
    booking = booked(slot, alice, lot)
    assert booking.state == BookingState.BOOKED
    assert fresh(booking.claim).state == Claim.State.CONFIRMED
    assert fresh(alice).state == ReferralState.BOOKED


def test_a_cancelled_place_is_free_at_once_for_the_next(slot, alice, bob, lot):
    cancelled(booked(slot, alice, lot))
    assert booked(slot, bob, lot).state == BookingState.BOOKED


def test_a_released_place_is_free_at_once_for_the_next(slot, alice, bob, lot):
    released(held(slot, alice, lot))
    assert held(slot, bob, lot).state == BookingState.HELD


def test_a_held_place_is_refused_to_everyone_else(slot, alice, bob, lot):
    held(slot, alice, lot)
    with pytest.raises(SlotTaken):
        held(slot, bob, lot)
    assert Booking.objects.using("owner").count() == 1


def test_a_hold_that_ran_out_blocks_nobody_though_no_sweeper_ran(slot, alice, bob, lot):
    old = lapsed(slot, alice, lot)
    assert list(free_slots(slot.care_id, now=NOW)) == [slot]
    assert booked(slot, bob, lot).state == BookingState.BOOKED
    assert fresh(old.claim).ended_why == Claim.Why.LAPSED


def test_a_hold_that_ran_out_cannot_be_confirmed(slot, alice, lot):
    booking = lapsed(slot, alice, lot)
    with pytest.raises(HoldLapsed):
        confirmed(booking)
    assert fresh(alice).state == ReferralState.WAITING


def test_a_hold_can_be_confirmed_until_the_moment_it_ends(slot, alice, lot):
    booking = held(slot, alice, lot, held_until=LATER)
    with pytest.raises(HoldLapsed):
        confirmed(booking, now=LATER)
    confirmed(booking, now=LATER - timedelta(microseconds=1))


def test_a_booking_is_confirmed_and_cancelled_once(slot, alice, lot):
    booking = booked(slot, alice, lot)
    with pytest.raises(WrongState):
        confirmed(booking)
    cancelled(booking)
    with pytest.raises(WrongState):
        cancelled(booking)


def test_a_visit_that_has_begun_cannot_be_cancelled(slot, alice, lot):
    booking = booked(slot, alice, lot)
    with pytest.raises(SlotPast):
        cancelled(booking, now=slot.starts_at)
    assert occupying(slot) == 1


def test_a_clinic_that_must_cancel_frees_the_place_and_the_person_waits_again(
    clinic, slot, alice, lot
):
    booking = booked(slot, alice, lot)
    cancelled(booking, by=acting(staff(Role.CLINIC_STAFF, clinic.tenant)), reason="not_needed")
    assert occupying(slot) == 0
    assert fresh(alice).state == ReferralState.WAITING


def test_another_clinic_cannot_cancel(slot, alice, lot):
    booking = booked(slot, alice, lot)
    with pytest.raises(NotFound):
        cancelled(booking, by=acting(staff(Role.CLINIC_STAFF, a_clinic().tenant)))


def test_the_queue_place_is_the_same_after_hold_booking_and_cancellation(slot, alice, lot):
    kept = ("issued_on", "created_at", "priority", "medical_target_on", "need_key", "guarantee")
    before = [getattr(alice, name) for name in kept]
    booking = booked(slot, alice, lot)
    assert [getattr(fresh(alice), name) for name in kept] == before
    cancelled(booking)
    assert [getattr(fresh(alice), name) for name in kept] == before


# Who may hold what


def test_nobody_holds_for_somebody_else(slot, alice, bob, lot):
    with pytest.raises(NotFound):
        held(slot, alice, lot, by=acting(bob.patient.subject))


def test_a_place_before_its_release_is_refused_to_a_click_and_open_to_a_round(clinic, alice, lot):
    slot = a_slot(clinic, opens_at=NOW + timedelta(hours=1))
    with pytest.raises(NotReleased):
        held(slot, alice, lot)
    with pytest.raises(NotAllowed):
        held(slot, alice, lot, before_release=True)
    assert held(slot, alice, lot, before_release=True, by=system_actor(alice.tenant_id))


def test_a_place_that_is_withdrawn_or_has_begun_is_refused(clinic, alice, lot):
    with pytest.raises(SlotWithdrawn):
        held(a_slot(clinic, state=Slot.State.WITHDRAWN), alice, lot)
    with pytest.raises(SlotPast):
        held(a_slot(clinic, starts_at=NOW), alice, lot)


def test_a_closed_need_holds_nothing(slot, database, lot):
    with pytest.raises(WrongState):
        held(slot, a_referral(a_patient(), state=ReferralState.CLOSED), lot)


def test_a_lot_of_another_clinic_or_for_another_care_carries_nothing(slot, alice):
    with pytest.raises(NotBookable):
        held(slot, alice, an_agreement(a_clinic()))
    with pytest.raises(NotBookable):
        held(slot, a_referral(a_patient(), "besok-hud"), an_agreement(slot.clinic))


def test_a_route_that_contradicts_the_regions_is_refused_and_never_corrected(slot, alice, lot):
    with pytest.raises(NotBookable) as refused:
        held(slot, alice, lot, route=Route.FREE_CHOICE, consequence_version="1")
    assert refused.value.data["obstacles"] == ["route_mismatch"]


def test_a_refused_hold_leaves_nothing_behind(slot, alice, lot):
    booked(slot, a_referral(a_patient("Bob")), lot)
    with pytest.raises(SlotTaken):
        held(slot, alice, lot)
    assert not Booking.objects.using("owner").filter(referral=alice).exists()


# Volume caps


def test_the_last_place_of_a_cap_goes_to_one_and_comes_back_when_it_is_cancelled(
    clinic, alice, bob
):
    lot = an_agreement(clinic, cap_places=1, cap_period="year")
    first = booked(a_slot(clinic), alice, lot)
    with pytest.raises(CapFull):
        held(a_slot(clinic), bob, lot)
    cancelled(first)
    assert used(lot) == 0
    assert held(a_slot(clinic), bob, lot)


def test_a_full_cap_gives_back_the_places_of_lapsed_holds_before_it_refuses(clinic, alice, bob):
    lot = an_agreement(clinic, cap_places=1, cap_period="year")
    lapsed(a_slot(clinic), alice, lot)
    assert used(lot) == 1
    assert held(a_slot(clinic), bob, lot)
    assert used(lot) == 1


def test_each_period_of_a_cap_is_counted_by_itself(clinic, alice, bob):
    lot = an_agreement(clinic, cap_places=1, cap_period="month")
    held(a_slot(clinic, starts_at=at(10)), alice, lot)
    held(a_slot(clinic, starts_at=at(10 + 31)), bob, lot)
    assert sorted(CapUse.objects.values_list("used", flat=True)) == [1, 1]


def test_a_cap_that_is_raised_or_lowered_binds_from_the_next_hold(clinic, alice, bob):
    lot = an_agreement(clinic, cap_places=1, cap_period="year")
    booked(a_slot(clinic), alice, lot)
    Cap.objects.using("owner").filter(lot=lot).update(places=2)
    held(a_slot(clinic), bob, lot)
    Cap.objects.using("owner").filter(lot=lot).update(places=1)
    with pytest.raises(CapFull):
        held(a_slot(clinic), a_referral(a_patient("Charlie")), lot)


# Rebooking


def test_a_rebooking_gives_back_the_old_place_when_it_takes_the_new_one(clinic, alice, bob, lot):
    old_slot, new_slot = a_slot(clinic, starts_at=at(10)), a_slot(clinic, starts_at=at(20))
    old = booked(old_slot, alice, lot)
    new = held(new_slot, alice, lot)
    assert (occupying(old_slot), occupying(new_slot)) == (1, 1)
    confirmed(new)
    assert (fresh(old).state, fresh(new).state) == ("cancelled", "booked")
    assert held(old_slot, bob, lot)


def test_a_rebooking_that_fails_leaves_the_old_booking_as_it_was(clinic, alice, lot):
    slot = a_slot(clinic, starts_at=at(10))
    old = booked(slot, alice, lot)
    new = lapsed(a_slot(clinic, starts_at=at(20)), alice, lot)
    with pytest.raises(HoldLapsed):
        confirmed(new)
    assert fresh(old).state == BookingState.BOOKED
    assert occupying(slot) == 1


# The receipt


def test_a_receipt_stays_as_it_was_when_rules_terms_and_prices_change(slot, alice, lot):
    price = a_price(lot, amount=1000)
    booking = booked(slot, alice, lot)
    before = booking.receipt
    Agreement.objects.using("owner").filter(id=lot.agreement_id).update(valid_to=NOW.date())
    Lot.objects.using("owner").filter(id=lot.id).update(name="En annan", age_min=99)
    PriceLine.objects.using("owner").filter(id=price.id).update(amount=9)
    ReferralRule.objects.using("owner").all().delete()
    cancelled(booking)
    assert fresh(booking).receipt == before
    assert before["terms"]["price"]["amount"] == "1000.00"


def test_a_receipt_says_on_what_the_decision_rested_and_nothing_that_identifies(slot, alice, lot):
    receipt = booked(slot, alice, lot).receipt
    assert receipt["facts"]["home_region"] == "01"
    assert receipt["decision"]["bookable"] == "yes"
    assert receipt["terms"]["lot"] == str(lot.id)
    text = str(receipt)
    assert alice.patient.name not in text
    assert alice.patient.birth_date.isoformat() not in text


# Who else has to do with it


def test_the_clinic_sees_its_patient_only_once_the_place_is_confirmed(clinic, slot, alice, lot):
    by = acting(staff(Role.CLINIC_STAFF, clinic.tenant))
    booking = held(slot, alice, lot)
    with acting_as(by):
        assert not Booking.objects.exists()
    confirmed(booking)
    with acting_as(by):
        assert Booking.objects.get().patient.name == "Alice"


def test_a_region_books_for_its_own_patients(slot, alice, lot):
    navigator = acting(staff(Role.NAVIGATOR, a_region("01").tenant))
    assert booked(slot, alice, lot, by=navigator).booked_by_id == navigator.id
