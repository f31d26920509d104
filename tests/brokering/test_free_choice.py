"""Choosing another region: seen before it is held, it stops the guarantee clock, and it can be regretted."""

from datetime import timedelta

import pytest

from accounts.roles import Role
from accounts.selectors.actors import system_actor
from accounts.tenancy import acting_as
from brokering.errors import (
    ConsequenceNotSeen,
)
from brokering.law.facts import Route
from brokering.models import ClockEvent
from brokering.selectors.clocks import clocks_of
from brokering.states import BookingState
from tests.brokering.desk import (
    cancelled,
    confirmed,
    fresh,
    held,
)
from tests.factories import (
    NOW,
    TODAY,
    a_clinic,
    a_slot,
    acting,
    an_agreement,
    staff,
)

pytestmark = pytest.mark.usefixtures("database")
LATER = NOW + timedelta(minutes=1)


@pytest.fixture
def elsewhere(database):
    return a_clinic("03")


@pytest.fixture
def their_lot(elsewhere):
    return an_agreement(elsewhere)


def chosen(slot, need, lot, **also):
    return held(slot, need, lot, route=Route.FREE_CHOICE, consequence_version="1", **also)


def clock(need, on=TODAY):
    with acting_as(acting(need.patient.subject)):
        return clocks_of([need], on=on)[need.id]


def test_who_loses_the_guarantee_must_have_seen_so_before_the_place_is_held(
    elsewhere, their_lot, alice
):
    slot = a_slot(elsewhere)
    with pytest.raises(ConsequenceNotSeen):
        held(slot, alice, their_lot, route=Route.FREE_CHOICE)
    booking = chosen(slot, alice, their_lot)
    assert (booking.consequence_version, booking.consequence_seen_at) == ("1", NOW)


def test_who_was_given_a_place_elsewhere_must_have_seen_so_before_confirming(
    elsewhere, their_lot, alice
):
    region = system_actor(alice.tenant_id)
    slot = a_slot(elsewhere)
    booking = held(slot, alice, their_lot, by=region, route=Route.FREE_CHOICE, before_release=True)
    with pytest.raises(ConsequenceNotSeen):
        confirmed(booking)
    confirmed(booking, consequence_version="2")
    assert fresh(booking).consequence_version == "2"


def test_a_free_choice_stops_the_clock_when_it_is_booked_and_not_before(
    elsewhere, their_lot, alice
):
    booking = chosen(a_slot(elsewhere), alice, their_lot)
    assert not clock(alice).excluded
    confirmed(booking)
    assert clock(alice).excluded


def test_a_cancelled_free_choice_is_regretted_and_the_clock_runs_again(elsewhere, their_lot, alice):
    due = clock(alice).due
    chosen_on = NOW - timedelta(days=5)
    slot = a_slot(elsewhere, published_at=chosen_on, opens_at=chosen_on)
    booking = chosen(slot, alice, their_lot, now=chosen_on, held_until=NOW)
    confirmed(booking, now=chosen_on)
    assert clock(alice).excluded
    cancelled(booking)
    assert not clock(alice).excluded
    assert clock(alice).due == due + timedelta(days=5)


def test_a_free_choice_cancelled_the_same_day_costs_no_day(elsewhere, their_lot, alice):
    due = clock(alice).due
    booking = chosen(a_slot(elsewhere), alice, their_lot)
    confirmed(booking)
    cancelled(booking, now=LATER)
    assert (clock(alice).excluded, clock(alice).due) == (False, due)


def test_a_free_choice_after_a_regret_of_the_same_day_stops_the_clock(elsewhere, their_lot, alice):
    first = chosen(a_slot(elsewhere), alice, their_lot)
    confirmed(first)
    cancelled(first, now=LATER)
    second = chosen(a_slot(elsewhere), alice, their_lot, now=LATER)
    confirmed(second, now=LATER + timedelta(seconds=1))
    assert clock(alice).excluded


def test_rebooking_from_another_region_to_ones_own_takes_the_choice_back(
    clinic, lot, elsewhere, their_lot, alice
):
    away = chosen(a_slot(elsewhere), alice, their_lot)
    confirmed(away)
    home = held(a_slot(clinic), alice, lot, now=LATER, held_until=LATER + timedelta(minutes=5))
    confirmed(home, now=LATER)
    assert not clock(alice).excluded
    assert fresh(away).state == BookingState.CANCELLED


def test_rebooking_from_one_other_region_to_another_regrets_nothing(elsewhere, their_lot, alice):
    third = a_clinic("05")
    for where, under in ((elsewhere, their_lot), (third, an_agreement(third))):
        confirmed(chosen(a_slot(where), alice, under))
    assert clock(alice).excluded
    assert not ClockEvent.objects.using("owner").filter(type="regretted").exists()


def test_nobody_but_the_patient_can_have_seen_what_is_lost(alice, elsewhere, their_lot):
    navigator = acting(staff(Role.NAVIGATOR, alice.tenant))
    offered = held(
        a_slot(elsewhere),
        alice,
        their_lot,
        by=navigator,
        route=Route.FREE_CHOICE,
        before_release=True,
    )
    with pytest.raises(ConsequenceNotSeen):
        confirmed(offered, by=navigator, consequence_version="1")
    confirmed(offered, consequence_version="1")
    assert fresh(offered).state == BookingState.BOOKED


def test_a_need_that_waits_again_is_no_longer_the_clinics_to_see(alice, elsewhere, their_lot):
    booking = held(
        a_slot(elsewhere), alice, their_lot, route=Route.FREE_CHOICE, consequence_version="1"
    )
    confirmed(booking)
    assert fresh(alice).addressed_to_id == elsewhere.tenant_id
    cancelled(booking)
    assert fresh(alice).addressed_to_id is None
