"""A place is offered, answered, withdrawn or left unanswered; the queue place is kept throughout."""

from datetime import timedelta

import pytest
from django.db import OperationalError
from psycopg.errors import DeadlockDetected

from accounts.errors import NotFound
from accounts.selectors.actors import system_actor
from accounts.tenancy import acting_as
from brokering.actions import offers
from brokering.errors import (
    AlreadyOffered,
    ConsequenceNotSeen,
    OfferLapsed,
    SlotPast,
    SlotTaken,
    WrongState,
)
from brokering.models import ClockEvent, Offer
from brokering.selectors.clocks import clocks_of
from brokering.states import BookingState, OfferState, ReferralState
from brokering.tasks import offer_round, sweep
from providers.actions.freed import take_freed
from tests.brokering.desk import (
    answered,
    booked,
    confirmed,
    fresh,
    held,
    occupying,
    offered,
    released,
    used,
)
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
    an_agreement,
    at,
)

pytestmark = pytest.mark.usefixtures("database")
KEPT = ("issued_on", "created_at", "confirmed_on", "priority", "need_key", "guarantee", "care_id")
DAYS_AGO = NOW - timedelta(days=4)


@pytest.fixture
def lot(clinic):
    return an_agreement(clinic, cap_places=50, cap_period="year")


@pytest.fixture
def slot(clinic):
    return a_slot(clinic)


@pytest.fixture
def alice(database):
    return a_referral(a_patient("Alice"), priority=2)


@pytest.fixture
def bob(database):
    return a_referral(a_patient("Bob"), priority=3)


@pytest.fixture
def region(database):
    return system_actor(a_region("01").tenant_id)


def patient(need):
    return acting(need.patient.subject)


def accept(offer, need, **also):
    answered(offer, offers.accept_offer, by=patient(need), **also)


def decline(offer, need, **also):
    answered(offer, offers.decline_offer, by=patient(need), **{"informed": "2026-1"} | also)


def queue_place(need):
    return [getattr(fresh(need), name) for name in KEPT]


def clock(need):
    with acting_as(patient(need)):
        return clocks_of([need], on=TODAY)[need.id]


def test_an_offer_holds_its_place_until_the_last_day_to_answer(slot, alice, bob, lot, region):
    offer = offered(slot, alice, lot, by=region)
    assert fresh(alice).state == ReferralState.OFFERED
    assert fresh(offer.booking.claim).held_until == offer.answer_by > NOW + timedelta(days=2)
    with pytest.raises(SlotTaken):
        held(slot, bob, lot)


def test_an_accepted_offer_is_a_booking(slot, alice, lot, region):
    offer = offered(slot, alice, lot, by=region)
    accept(offer, alice)
    assert fresh(offer).state == OfferState.ACCEPTED
    assert fresh(offer.booking).state == BookingState.BOOKED
    assert fresh(alice).state == ReferralState.BOOKED


def test_a_declined_offer_frees_the_place_at_once(slot, alice, bob, lot, region):
    decline(offered(slot, alice, lot, by=region), alice)
    assert (occupying(slot), used(lot)) == (0, 0)
    assert fresh(alice).state == ReferralState.WAITING
    assert held(slot, bob, lot)


def test_a_declined_place_goes_to_the_next_need_and_not_back_to_who_said_no(
    slot, alice, bob, lot, region
):
    first = offer_round(EYES, now=NOW, slots=[slot.id])
    assert first["offers"] == 1
    decline(Offer.objects.using("owner").get(referral=alice), alice)
    assert offer_round(EYES, now=NOW, slots=[slot.id])["offers"] == 1
    assert fresh(bob).state == ReferralState.OFFERED
    assert fresh(alice).state == ReferralState.WAITING


def test_an_unanswered_offer_ends_by_itself_and_its_place_goes_on(slot, alice, lot, region):
    offer = offered(slot, alice, lot, by=region, now=DAYS_AGO)
    with pytest.raises(OfferLapsed):
        accept(offer, alice)
    assert sweep()["offers"] == 1
    assert slot.id in {freed.slot for freed in take_freed(now=NOW)}
    assert (fresh(offer).state, fresh(offer.booking).state) == ("lapsed", "expired")
    assert (occupying(slot), used(lot)) == (0, 0)
    assert fresh(alice).state == ReferralState.WAITING


def test_an_unanswered_offer_blocks_nobody_though_no_sweeper_ran(slot, alice, bob, lot, region):
    offered(slot, alice, lot, by=region, now=DAYS_AGO)
    assert booked(slot, bob, lot).state == BookingState.BOOKED


def test_sweeping_twice_does_nothing_more(slot, alice, lot, region):
    offered(slot, alice, lot, by=region, now=DAYS_AGO)
    assert [sweep()["offers"], sweep()["offers"]] == [1, 0]


@pytest.mark.parametrize("stopped_by", ["answer", "deadlock"])
def test_one_offer_that_cannot_be_ended_now_does_not_stop_the_sweep(
    clinic, alice, bob, lot, region, monkeypatch, stopped_by
):
    late = [offered(a_slot(clinic), need, lot, by=region, now=DAYS_AGO) for need in (alice, bob)]
    real = offers.move

    def stopped_meanwhile(row, to, **also):
        if row.pk == late[0].pk:
            if stopped_by == "answer":
                raise WrongState
            raise OperationalError from DeadlockDetected()
        return real(row, to, **also)

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(offers, "move", stopped_meanwhile)
        assert sweep()["offers"] == 1
    assert (fresh(late[0]).state, fresh(late[1]).state) == (OfferState.SENT, OfferState.LAPSED)
    assert sweep()["offers"] == 1


def test_a_no_after_the_last_day_is_silence_and_pauses_nothing(slot, alice, lot, region):
    offer = offered(slot, alice, lot, by=region, now=DAYS_AGO)
    with pytest.raises(OfferLapsed):
        decline(offer, alice)
    assert not ClockEvent.objects.using("owner").filter(type="declined").exists()
    assert not clock(alice).paused


def test_an_informed_no_pauses_the_clock_and_an_uninformed_one_does_not(
    clinic, alice, bob, lot, region
):
    decline(offered(a_slot(clinic), alice, lot, by=region), alice)
    decline(offered(a_slot(clinic), bob, lot, by=region), bob, informed="")
    assert clock(alice).paused
    assert not clock(bob).paused


def test_whoever_books_another_place_gives_back_the_offered_one(clinic, slot, alice, lot, region):
    offer = offered(slot, alice, lot, by=region)
    booked(a_slot(clinic, starts_at=at(20)), alice, lot)
    assert (fresh(offer).state, fresh(offer.booking).state) == ("withdrawn", "released")
    assert (occupying(slot), used(lot)) == (0, 1)


@pytest.mark.parametrize("answer", [accept, decline])
def test_the_queue_place_is_kept_whatever_the_answer(slot, alice, lot, region, answer):
    before = queue_place(alice)
    offer = offered(slot, alice, lot, by=region)
    assert queue_place(alice) == before
    answer(offer, alice)
    assert queue_place(alice) == before


def test_the_queue_place_is_kept_when_nobody_answers(slot, alice, lot, region):
    before = queue_place(alice)
    offered(slot, alice, lot, by=region, now=DAYS_AGO)
    sweep()
    assert queue_place(alice) == before


def test_a_need_has_one_open_offer(clinic, alice, lot, region):
    offered(a_slot(clinic), alice, lot, by=region)
    with pytest.raises(AlreadyOffered):
        offered(a_slot(clinic), alice, lot, by=region)


def test_an_offer_is_answered_once(slot, alice, lot, region):
    offer = offered(slot, alice, lot, by=region)
    decline(offer, alice)
    for again in (accept, decline):
        with pytest.raises(WrongState):
            again(offer, alice)


def test_nobody_answers_for_somebody_else(slot, alice, bob, lot, region):
    offer = offered(slot, alice, lot, by=region)
    with pytest.raises(NotFound):
        accept(offer, bob)


def test_no_offer_is_sent_that_leaves_no_time_to_answer(clinic, alice, lot, region):
    with pytest.raises(SlotPast):
        offered(a_slot(clinic, starts_at=NOW + timedelta(hours=20)), alice, lot, by=region)
    assert fresh(alice).state == ReferralState.WAITING


def test_another_regions_system_offers_nothing(slot, alice, lot):
    with pytest.raises(NotFound):
        offered(slot, alice, lot, by=system_actor(a_region("03").tenant_id))


def test_who_would_lose_the_guarantee_by_a_yes_sees_so_first(alice, region):
    away = a_clinic("03")
    offer = offered(a_slot(away), alice, an_agreement(away), by=region, route="free_choice")
    with pytest.raises(ConsequenceNotSeen):
        accept(offer, alice)
    assert fresh(offer).state == OfferState.SENT
    accept(offer, alice, consequence_version="1")
    assert clock(alice).excluded


def test_a_no_to_a_place_that_would_end_the_guarantee_pauses_nothing(alice, region):
    away = a_clinic("03")
    offer = offered(a_slot(away), alice, an_agreement(away), by=region, route="free_choice")
    decline(offer, alice)
    assert not clock(alice).paused
    assert not ClockEvent.objects.using("owner").filter(referral=alice).exists()


def test_whoever_books_the_offered_place_by_its_own_page_has_said_yes(slot, alice, lot, region):
    offer = offered(slot, alice, lot, by=region)
    confirmed(offer.booking)
    assert fresh(offer).state == OfferState.ACCEPTED
    assert fresh(alice).state == ReferralState.BOOKED


def test_whoever_lets_the_offered_place_go_by_its_own_page_waits_on(slot, alice, lot, region):
    offer = offered(slot, alice, lot, by=region)
    released(offer.booking)
    assert (fresh(offer).state, occupying(slot)) == (OfferState.WITHDRAWN, 0)
    assert fresh(alice).state == ReferralState.WAITING
    assert not clock(alice).paused
