"""Many at once on the rows of one need: one outcome each, and nobody blocks anybody."""

from datetime import timedelta
from functools import partial

import pytest

from accounts.actions.outcomes import Answer, once
from accounts.selectors.actors import system_actor
from accounts.tenancy import acting_as
from brokering.actions import bookings, offers
from brokering.models import Booking, Offer
from brokering.states import BookingState, ReferralState
from tests.brokering.crowd import ONE_OFFER, WON, at_once, people, without
from tests.brokering.desk import (
    SOON,
    answered,
    booked,
    cancelled,
    confirmed,
    fresh,
    held,
    occupying,
    offered,
)
from tests.factories import (
    NOW,
    a_region,
    a_slot,
    at,
)

pytestmark = pytest.mark.usefixtures("database")


def test_a_cancellation_and_a_rebooking_at_once_both_end_well(clinic, lot):
    for minute in range(6):
        need, by = people(1)[0]
        old = booked(a_slot(clinic, starts_at=at(10, 9, minute)), need, lot, by=by)
        new = held(a_slot(clinic, starts_at=at(11, 9, minute)), need, lot, by=by)
        outcomes = at_once([partial(cancelled, old, by=by), partial(confirmed, new, by=by)])
        assert set(outcomes) <= {WON, "wrong_state"}
        assert (fresh(old).state, fresh(new).state) == ("cancelled", "booked")
        assert fresh(need).state == ReferralState.BOOKED


def test_a_lapsing_offer_and_another_booking_at_once_never_block_each_other(clinic, lot):
    region = system_actor(a_region("01").tenant_id)
    for minute in range(6):
        need, by = people(1)[0]
        then = NOW - timedelta(days=5)
        offer = offered(a_slot(clinic, starts_at=at(10, 9, minute)), need, lot, by=region, now=then)
        new = held(a_slot(clinic, starts_at=at(11, 9, minute)), need, lot, by=by)

        def lapse(offer=offer):
            with acting_as(region):
                offers.lapse_offer(by=region, offer=Offer.objects.get(id=offer.id), now=NOW)

        outcomes = at_once([lapse, lambda new=new, by=by: confirmed(new, by=by)])
        assert outcomes in ({WON: 2}, {WON: 1, "wrong_state": 1})
        assert fresh(new).state == BookingState.BOOKED
        assert fresh(offer).state in {"lapsed", "withdrawn"}


def test_releasing_and_confirming_at_once_do_one_of_both(clinic, lot):
    need, by = people(1)[0]
    for minute in range(6):
        slot = a_slot(clinic, starts_at=at(10, 9, minute))
        booking = held(slot, need, lot, by=by)

        def release(booking=booking):
            with acting_as(by):
                row = Booking.objects.get(id=booking.id)
                bookings.release(by=by, booking=row, now=NOW)

        outcomes = at_once([release, lambda booking=booking: confirmed(booking, by=by)])
        assert outcomes[WON] == 1
        assert set(outcomes) <= {WON, "wrong_state", "hold_lapsed"}
        assert occupying(slot) == (fresh(booking).state == BookingState.BOOKED)


# Offers


def offers_at_once(slots, need, lot):
    region = system_actor(need.tenant_id)
    return at_once((lambda slot=slot: offered(slot, need, lot, by=region)) for slot in slots)


def test_of_many_offers_for_one_need_at_once_one_is_sent_and_one_place_held(clinic, lot):
    slots = [a_slot(clinic, starts_at=at(day)) for day in range(10, 16)]
    need, _ = people(1)[0]
    assert offers_at_once(slots, need, lot) == {WON: 1, "already_offered": 5}
    assert sum(map(occupying, slots)) == 1


def test_the_database_refuses_a_second_open_offer_and_without_its_constraint_it_would_not(
    clinic, lot
):
    need, by = people(1)[0]
    one, other = (held(a_slot(clinic, starts_at=at(day)), need, lot, by=by) for day in (10, 11))

    def sent(booking):
        fields = {"tenant_id": need.tenant_id, "subject_id": by.id, "referral": need}
        with acting_as(by):
            Offer.objects.create(booking=booking, sent_at=NOW, answer_by=NOW + SOON, **fields)

    assert at_once([lambda: sent(one), lambda: sent(other)]) == {WON: 1, "IntegrityError": 1}
    with without(*ONE_OFFER):
        Offer.objects.using("owner").all().delete()
        assert at_once([lambda: sent(one), lambda: sent(other)]) == {WON: 2}


def test_accepting_and_declining_an_offer_at_once_do_one_of_both(clinic, lot):
    for day in range(10, 15):
        need, by = people(1)[0]
        offer = offered(
            a_slot(clinic, starts_at=at(day)), need, lot, by=system_actor(need.tenant_id)
        )
        outcomes = at_once(
            [
                lambda offer=offer, by=by: answered(offer, offers.accept_offer, by=by),
                lambda offer=offer, by=by: answered(
                    offer, offers.decline_offer, by=by, informed="2026-1"
                ),
            ]
        )
        assert outcomes == {WON: 1, "wrong_state": 1}
        assert occupying(offer.booking.claim.slot) == (fresh(offer).state == "accepted")


# Retries


def test_the_same_hold_sent_many_times_at_once_with_one_key_is_done_once(clinic, lot):
    slot, (need, by) = a_slot(clinic), people(1)[0]
    answers = []

    def click():
        with acting_as(by):
            answers.append(once(by=by, key="one click", request={}, now=NOW, work=work))

    def work():
        return Answer(201, {"booking": str(held(slot, need, lot, by=by).id)})

    assert at_once([click] * 8) == {WON: 8}
    assert len({answer.body["booking"] for answer in answers}) == 1
    assert sorted(answer.replayed for answer in answers) == [False] + [True] * 7
    assert Booking.objects.using("owner").count() == 1
