"""Who is told what, when something happens to an offer, a booking or a time; and when the answer is due."""

from datetime import timedelta

import pytest

from accounts.roles import Role
from accounts.selectors.actors import system_actor
from accounts.tenancy import acting_as
from brokering.actions import offers
from brokering.actions.naming import name_time
from brokering.actions.restrictions import Closure, restrict
from brokering.errors import OfferLapsed
from brokering.models import Message
from brokering.selectors.offer_policies import default_policy
from brokering.tasks import send_messages, sweep, watch_messages
from providers.codes import RestrictionReason
from tests.brokering.desk import answered, booked, cancelled, fresh, held, offered, released
from tests.brokering.reached import all_messages, reached_by
from tests.factories import (
    NOW,
    a_region,
    a_slot,
    acting,
    at,
    places_in_week,
    staff,
)

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(autouse=True)
def mailbox(settings, tmp_path, monkeypatch):
    settings.EMAIL_HOST = settings.SMS_GATEWAY_URL = ""
    settings.HAS_MAILBOX, settings.MAILBOX_FOLDER = True, tmp_path
    settings.QUIET_BEGINS = settings.QUIET_ENDS
    monkeypatch.setattr("brokering.tasks.rematch_freed.delay", lambda: None)


@pytest.fixture
def alice(alice):
    reached_by(alice.patient, "email")
    return alice


@pytest.fixture
def region(database):
    return system_actor(a_region("01").tenant_id)


@pytest.fixture
def far(clinic):
    return a_slot(clinic, starts_at=at(30))


@pytest.fixture
def clerk(clinic):
    return acting(staff(Role.CLINIC_STAFF, clinic.tenant))


def kinds():
    return {message.kind for message in all_messages()}


def test_an_offer_is_told(far, alice, lot, region):
    offer = offered(far, alice, lot, by=region)
    [message] = all_messages()
    assert (message.kind, message.offer_id, message.referral_id) == (
        "offer_sent",
        offer.id,
        alice.id,
    )


def test_the_time_to_answer_begins_when_the_offer_has_arrived(far, alice, lot, region):
    then = NOW - timedelta(hours=20)
    offer = offered(far, alice, lot, by=region, now=then)
    Message.objects.using("owner").update(not_before=then)
    send_messages()
    arrived = fresh(offer)
    assert arrived.answer_by == arrived.delivered_at + default_policy().answer_time
    assert fresh(offer.booking.claim).held_until == arrived.answer_by > offer.answer_by


def test_it_never_ends_later_than_the_day_before_the_visit(clinic, alice, lot, region):
    near = a_slot(clinic, starts_at=at(3))
    offer = offered(near, alice, lot, by=region)
    send_messages()
    assert fresh(offer).answer_by == near.starts_at - offers.LAST_DAY_BEFORE


def test_who_answers_before_the_delivery_is_recorded_has_answered(far, alice, lot, region):
    offer = offered(far, alice, lot, by=region)
    answered(offer, offers.accept_offer, by=acting(alice.patient.subject))
    send_messages()
    assert {(m.kind, m.state) for m in all_messages()} == {
        ("offer_sent", "dropped"),
        ("booking_confirmed", "delivered"),
    }
    assert fresh(offer).answer_by == offer.answer_by


def test_an_offer_whose_last_moment_has_passed_is_not_called_back(far, alice, lot, region):
    then = NOW - timedelta(days=10)
    offer = offered(far, alice, lot, by=region, now=then)
    send_messages()
    assert fresh(offer).delivered_at is None
    with pytest.raises(OfferLapsed):
        answered(offer, offers.accept_offer, by=acting(alice.patient.subject))


def test_an_offer_that_lapsed_is_told(far, alice, lot, region):
    offered(far, alice, lot, by=region, now=NOW - timedelta(days=10))
    sweep()
    assert kinds() == {"offer_sent", "offer_lapsed"}


def test_who_lets_an_offer_go_is_not_told_of_it(far, alice, lot, region):
    released(offered(far, alice, lot, by=region).booking)
    assert kinds() == {"offer_sent"}


def test_an_offer_that_is_taken_back_is_told(clinic, far, alice, lot, region):
    offered(far, alice, lot, by=region)
    _closed(clinic)
    assert kinds() == {"offer_sent", "offer_withdrawn"}


def test_a_booking_is_confirmed(far, alice, lot):
    booking = booked(far, alice, lot)
    [message] = all_messages()
    assert (message.kind, message.booking_id) == ("booking_confirmed", booking.id)


def test_who_cancels_is_not_told_of_it(far, alice, lot):
    cancelled(booked(far, alice, lot))
    assert kinds() == {"booking_confirmed"}


def test_what_the_clinic_cancels_is_told(far, alice, lot, clerk):
    booking = booked(far, alice, lot)
    cancelled(booking, by=clerk, reason="staff_missing")
    assert kinds() == {"booking_confirmed", "booking_cancelled"}


def test_a_decision_that_takes_a_time_is_told(clinic, far, alice, lot):
    booked(far, alice, lot)
    _closed(clinic)
    assert kinds() == {"booking_confirmed", "rebooking_needed"}


def test_a_time_that_is_named_is_told(clinic, alice, lot, clerk):
    slot = places_in_week(clinic)[0]
    booking = booked(slot, alice, lot)
    starts = booking.claim.slot.starts_at + timedelta(days=1, hours=9)
    with acting_as(clerk):
        name_time(
            by=clerk,
            booking=fresh(booking),
            starts_at=starts,
            ends_at=starts + timedelta(hours=1),
            now=NOW,
        )
    assert kinds() == {"booking_confirmed", "time_named"}


def test_a_visit_is_reminded_of_once(clinic, alice, lot):
    long_ago = NOW - timedelta(days=9)
    slot = a_slot(clinic, starts_at=NOW + timedelta(days=1), published_at=long_ago)
    booked(slot, alice, lot, now=NOW, held_until=NOW + timedelta(minutes=5))
    alice.bookings.model.objects.using("owner").update(created_at=long_ago)
    assert [watch_messages()["reminders"] for _ in range(2)] == [1, 0]


def test_who_has_just_booked_is_not_reminded(clinic, alice, lot):
    booked(a_slot(clinic, starts_at=NOW + timedelta(days=1)), alice, lot)
    assert watch_messages()["reminders"] == 0


def test_a_held_time_is_told_to_nobody(far, alice, lot):
    held(far, alice, lot)
    assert kinds() == set()


def _closed(clinic):
    by = acting(staff(Role.CLINIC_STAFF, clinic.tenant))
    closure = Closure(
        clinic=clinic.id,
        care=None,
        begins_at=NOW,
        ends_at=NOW + timedelta(days=60),
        reason=RestrictionReason.OTHER,
        decision_reference="RS 2026-1",
    )
    with acting_as(by):
        restrict(by=by, closure=closure, now=NOW)
