"""Many at once on one place: one gets it, and without the guards (shown each time) more would."""

from datetime import timedelta

import pytest

from accounts.roles import Role
from accounts.tenancy import acting_as
from brokering.actions import bookings, holds
from brokering.models import Booking
from brokering.states import BookingState, ReferralState
from providers.actions.slots import withdraw
from providers.models import Claim, Slot
from tests.brokering.crowd import (
    CLAIM_TRIGGERS,
    ONE_BOOKING,
    ONE_PATIENT,
    WON,
    Pause,
    all_hold,
    at_once,
    people,
    someone_waits,
    without,
)
from tests.brokering.desk import (
    booked,
    confirmed,
    fresh,
    held,
    lapsed,
    occupying,
)
from tests.factories import (
    NOW,
    a_patient,
    a_referral,
    a_slot,
    acting,
    an_agreement,
    at,
    staff,
)

pytestmark = pytest.mark.usefixtures("database")
MANY = 50


@pytest.mark.slow
def test_of_fifty_who_hold_one_place_at_once_one_wins_ten_times_over(clinic, lot):
    crowd = people(MANY)
    for day in range(10, 20):
        slot = a_slot(clinic, starts_at=at(day))
        assert all_hold(slot, lot, crowd) == {WON: 1, "slot_taken": MANY - 1}
        assert occupying(slot) == 1


def test_without_one_patient_per_slot_more_than_one_would_win(clinic, lot):
    slot, crowd = a_slot(clinic), people(MANY)
    with without(*ONE_PATIENT):
        outcomes = all_hold(slot, lot, crowd)
        assert outcomes[WON] > 1
        assert occupying(slot) == outcomes[WON]


def test_of_many_who_hold_a_place_whose_hold_ran_out_one_wins_and_the_old_one_is_ended(clinic, lot):
    slot, crowd = a_slot(clinic), people(12)
    old = lapsed(slot, a_referral(a_patient("Bob")), lot)
    assert all_hold(slot, lot, crowd) == {WON: 1, "slot_taken": 11}
    assert fresh(old.claim).ended_why == Claim.Why.LAPSED


def test_who_gives_up_on_ending_a_lapsed_hold_does_not_make_the_place_look_taken(
    clinic, monkeypatch
):
    slot, needs = a_slot(clinic), people(2)
    full = an_agreement(clinic, cap_places=1, cap_period="month")
    lot = an_agreement(clinic)
    booked(a_slot(clinic, starts_at=at(10, 15)), a_referral(a_patient("Charlie")), full)
    lapsed(slot, a_referral(a_patient("Bob")), lot)
    pause = Pause(monkeypatch, holds, "reserve_caps")
    (one, first), (other, second) = needs

    def comes_second():
        assert pause.reached.wait(30)
        return held(slot, other, lot, by=second)

    outcomes = at_once(
        [
            lambda: held(slot, one, full, by=first),
            comes_second,
            pause.meanwhile(someone_waits),
        ]
    )
    assert outcomes == {"cap_full": 1, WON: 2}
    assert occupying(slot) == 1


@pytest.fixture
def publisher(clinic):
    return acting(staff(Role.CLINIC_STAFF, clinic.tenant))


def withdrawn(slot, by):
    with acting_as(by):
        outcome = withdraw(by=by, slots=[slot.id], now=NOW)
        if outcome.refused:
            raise outcome.refused[0].why


def test_of_a_hold_and_a_withdrawal_at_once_exactly_one_happens(clinic, lot, publisher):
    need, by = people(1)[0]
    for minute in range(8):
        slot = a_slot(clinic, starts_at=at(10, 9, minute))
        outcomes = at_once(
            [lambda slot=slot: held(slot, need, lot, by=by), lambda s=slot: withdrawn(s, publisher)]
        )
        assert outcomes in ({WON: 1, "slot_withdrawn": 1}, {WON: 1, "place_held": 1})
        assert (occupying(slot) == 1) == (fresh(slot).state == Slot.State.OPEN)


def withdrawn_under_a_hold(clinic, lot, publisher, monkeypatch):
    """A hold has read an open slot; before it is written, the clinic withdraws it."""
    slot, (need, by) = a_slot(clinic), people(1)[0]
    pause = Pause(monkeypatch, holds, "_decide", after=True)
    outcomes = at_once(
        [
            lambda: held(slot, need, lot, by=by),
            pause.meanwhile(lambda: withdrawn(slot, publisher)),
        ]
    )
    return outcomes, occupying(slot), fresh(slot).state


def test_a_hold_decided_on_an_open_slot_is_refused_once_it_is_withdrawn(
    clinic, lot, publisher, monkeypatch
):
    outcome = withdrawn_under_a_hold(clinic, lot, publisher, monkeypatch)
    assert outcome == ({WON: 1, "slot_withdrawn": 1}, 0, Slot.State.WITHDRAWN)


def test_without_the_triggers_a_withdrawn_slot_would_get_a_patient(
    clinic, lot, publisher, monkeypatch
):
    with without(*CLAIM_TRIGGERS):
        outcome = withdrawn_under_a_hold(clinic, lot, publisher, monkeypatch)
        assert outcome == ({WON: 2}, 1, Slot.State.WITHDRAWN)


def withdrawn_under_a_confirmation(clinic, lot, publisher, monkeypatch):
    """A confirmation set out in time; its hold ran out on the way and the clinic withdrew the slot."""
    slot, (need, by) = a_slot(clinic), people(1)[0]
    set_out = NOW - timedelta(minutes=1)
    booking = held(slot, need, lot, now=set_out, held_until=NOW - timedelta(seconds=1))
    pause = Pause(monkeypatch, bookings, "lock_parts", after=True)
    outcomes = at_once(
        [
            lambda: confirmed(booking, by=by, now=set_out),
            pause.meanwhile(lambda: withdrawn(slot, publisher)),
        ]
    )
    return outcomes, fresh(booking).state


def test_a_hold_that_runs_out_on_its_way_is_not_confirmed_on_a_withdrawn_slot(
    clinic, lot, publisher, monkeypatch
):
    outcome = withdrawn_under_a_confirmation(clinic, lot, publisher, monkeypatch)
    assert outcome == ({WON: 1, "slot_withdrawn": 1}, BookingState.HELD)


def test_without_the_triggers_a_withdrawn_slot_would_be_booked(clinic, lot, publisher, monkeypatch):
    with without(*CLAIM_TRIGGERS):
        outcome = withdrawn_under_a_confirmation(clinic, lot, publisher, monkeypatch)
        assert outcome == ({WON: 2}, BookingState.BOOKED)


def late_confirmation(clinic, lot, number=4):
    """A hold that ran out a second ago, whose confirmation set out before, and others who want the place."""
    slot, (need, by) = a_slot(clinic), people(1)[0]
    set_out = NOW - timedelta(minutes=1)
    booking = held(slot, need, lot, now=set_out, held_until=NOW - timedelta(seconds=1))
    others = [
        (lambda one=one, who=who: held(slot, one, lot, by=who)) for one, who in people(number)
    ]
    return slot, booking, lambda: confirmed(booking, by=by, now=set_out), others


def test_of_a_late_confirmation_and_those_who_want_the_place_exactly_one_gets_it(clinic, lot):
    for _ in range(5):
        slot, booking, confirmation, others = late_confirmation(clinic, lot)
        outcomes = at_once([confirmation, *others])
        assert outcomes[WON] == 1
        assert set(outcomes) <= {WON, "hold_lapsed", "slot_taken"}
        assert occupying(slot) == 1


def test_without_one_patient_per_slot_a_late_confirmation_and_a_new_hold_would_both_get_it(
    clinic, lot, monkeypatch
):
    with without(*ONE_PATIENT):
        slot, _, confirmation, others = late_confirmation(clinic, lot, number=1)
        pause = Pause(monkeypatch, bookings, "confirm_claim", after=True)
        assert at_once([confirmation, pause.meanwhile(others[0])]) == {WON: 2}
        assert occupying(slot) == 2


def test_a_hold_confirmed_many_times_at_once_is_confirmed_once(clinic, lot):
    need, by = people(1)[0]
    booking = held(a_slot(clinic), need, lot, by=by)
    outcomes = at_once([lambda: confirmed(booking, by=by)] * 6)
    assert outcomes[WON] == 1
    assert set(outcomes) <= {WON, "hold_lapsed", "wrong_state"}


def test_two_holds_of_one_need_confirmed_at_once_leave_one_booking_and_one_free_place(clinic, lot):
    need, by = people(1)[0]
    slots = [a_slot(clinic, starts_at=at(day)) for day in (10, 11)]
    both = [held(slot, need, lot, by=by) for slot in slots]
    assert at_once((lambda one=one: confirmed(one, by=by)) for one in both) == {WON: 2}
    assert sorted(fresh(one).state for one in both) == ["booked", "cancelled"]
    assert sum(map(occupying, slots)) == 1
    assert fresh(need).state == ReferralState.BOOKED


def confirmed_without_looking(clinic, lot, monkeypatch):
    """Both holds of a need are confirmed by code that ends nothing earlier."""
    need, by = people(1)[0]
    both = [held(a_slot(clinic, starts_at=at(day)), need, lot, by=by) for day in (10, 11)]
    monkeypatch.setattr(bookings, "_end_earlier", lambda *args, **kwargs: None)
    outcomes = at_once((lambda one=one: confirmed(one, by=by)) for one in both)
    return outcomes, Booking.objects.using("owner").filter(state=BookingState.BOOKED).count()


def test_the_database_refuses_a_second_booking_of_a_need(clinic, lot, monkeypatch):
    outcomes = confirmed_without_looking(clinic, lot, monkeypatch)
    assert outcomes == ({WON: 1, "IntegrityError": 1}, 1)


def test_without_one_confirmed_booking_per_need_there_would_be_two(clinic, lot, monkeypatch):
    with without(*ONE_BOOKING):
        assert confirmed_without_looking(clinic, lot, monkeypatch) == ({WON: 2}, 2)
