"""Who cancels says why, and the reason decides whether the place goes to somebody else at once."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.test import Client

from accounts.errors import NotAllowed
from accounts.models import Change
from accounts.roles import Role
from accounts.tenancy import acting_as
from brokering.access import access_booking
from brokering.actions.cancellations import say_whether_free
from brokering.errors import ReasonNotForYou, WrongState
from brokering.selectors.alternatives import free_slots
from brokering.states import BookingState, ReferralState
from providers.actions.slots import NewSlot, publish
from providers.errors import PlaceBooked
from providers.models import Slot
from tests.brokering.desk import booked, cancelled, confirmed, fresh, held
from tests.factories import (
    EYES,
    NOW,
    OWNER,
    SWEDEN,
    TODAY,
    a_clinic,
    a_patient,
    a_referral,
    a_region,
    a_slot,
    acting,
    an_agreement,
    at,
    places_in_week,
    staff,
)

KNEE = "op-ortopedi"


@pytest.fixture
def hospital(database):
    return a_clinic(cares=(EYES, KNEE))


@pytest.fixture
def terms(hospital):
    return an_agreement(hospital)


@pytest.fixture
def dana(hospital):
    return staff(Role.CLINIC_STAFF, hospital.tenant)


def operation(hospital, days=10):
    return a_slot(hospital, KNEE, form="inpatient", starts_at=at(days))


def who_waits(care=KNEE, name="Alice"):
    return a_referral(a_patient(name), care)


def answered(booking, by, *, free, now=NOW):
    with acting_as(by):
        row = access_booking(booking.id, by=by, purpose="test", now=now)
        say_whether_free(by=by, booking=row, free=free, now=now)


def browser(user):
    client = Client()
    client.force_login(user)
    return client


def test_a_patient_need_not_say_why_and_the_place_is_free_at_once(hospital, terms):
    slot = operation(hospital)
    booking = booked(slot, who_waits(), terms)
    cancelled(booking, reason="unsaid")
    assert (fresh(booking).cancel_reason, fresh(booking).freed) == ("unsaid", True)
    assert slot in free_slots(KNEE, now=NOW)


def test_lack_of_staff_withdraws_the_place_and_tells_it(hospital, terms, dana):
    slot = operation(hospital)
    booking = booked(slot, who_waits(), terms)
    cancelled(booking, by=acting(dana), reason="staff_missing")
    assert fresh(slot).state == Slot.State.WITHDRAWN
    assert fresh(booking).freed is False
    assert fresh(booking.referral).state == ReferralState.WAITING
    told = Change.objects.using(OWNER).filter(kind="slot_withdrawn", data__slot=str(slot.id))
    assert {change.topic.partition(":")[0] for change in told} == {"care", "clinic"}


def test_where_the_reason_does_not_say_it_the_place_waits_for_the_clinics_answer(
    hospital, terms, dana
):
    slot = operation(hospital)
    booking = booked(slot, who_waits(), terms)
    cancelled(booking, by=acting(dana), reason="workup_incomplete")
    assert (fresh(slot).state, fresh(booking).freed) == (Slot.State.WITHDRAWN, None)
    answered(booking, acting(dana), free=True)
    assert (fresh(slot).state, fresh(booking).freed) == (Slot.State.OPEN, True)
    with pytest.raises(WrongState):
        answered(booking, acting(dana), free=False)


def test_a_no_leaves_the_place_withdrawn_and_only_the_clinic_may_answer(hospital, terms, dana):
    slot = operation(hospital)
    booking = booked(slot, who_waits(), terms)
    cancelled(booking, by=acting(dana), reason="clinic_other")
    with pytest.raises(NotAllowed):
        answered(booking, acting(booking.patient.subject), free=True)
    answered(booking, acting(dana), free=False)
    assert (fresh(slot).state, fresh(booking).freed) == (Slot.State.WITHDRAWN, False)


def published_again(slot, by):
    """The clinic's own system sends the time again while the clinic has not answered."""
    time = NewSlot(
        care=KNEE,
        form="inpatient",
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        source_key=slot.source_key,
    )
    with acting_as(by):
        assert publish(by=by, clinic=slot.clinic_id, times=[time], now=NOW).created


@pytest.fixture
def unanswered(hospital, terms, dana):
    """A cancelled time of which the clinic has not said whether it is free, published again meanwhile."""
    slot = a_slot(hospital, KNEE, form="inpatient", starts_at=at(10), source_key="k1")
    booking = booked(slot, who_waits(), terms)
    cancelled(booking, by=acting(dana), reason="workup_incomplete")
    published_again(slot, acting(dana))
    return booking


def test_a_no_takes_away_what_was_published_again_meanwhile(unanswered, dana):
    slot = unanswered.claim.slot
    assert slot in free_slots(KNEE, now=NOW)
    answered(unanswered, acting(dana), free=False)
    assert (fresh(slot).state, fresh(unanswered).freed) == (Slot.State.WITHDRAWN, False)


def test_a_no_is_refused_where_somebody_has_got_the_time_meanwhile(unanswered, terms, dana):
    slot = unanswered.claim.slot
    booked(slot, who_waits(name="Bob"), terms)
    with pytest.raises(PlaceBooked):
        answered(unanswered, acting(dana), free=False)
    assert (fresh(slot).state, fresh(unanswered).freed) == (Slot.State.OPEN, None)


@pytest.mark.parametrize("reason", ["staff_missing", "rebooked", "made_up"])
def test_a_reason_that_is_somebody_elses_is_refused_and_nothing_changes(hospital, terms, reason):
    booking = booked(operation(hospital), who_waits(), terms)
    with pytest.raises(ReasonNotForYou):
        cancelled(booking, reason=reason)
    assert fresh(booking).state == BookingState.BOOKED


def test_a_place_of_short_notice_opens_to_everyone_at_once(hospital, terms):
    later = NOW + timedelta(days=2)
    slot = a_slot(hospital, starts_at=at(3), opens_at=later)
    vardlots = acting(staff(Role.NAVIGATOR, a_region("01").tenant))
    booking = held(slot, who_waits(EYES), terms, by=vardlots, before_release=True)
    confirmed(booking)
    cancelled(booking)
    assert fresh(slot).opens_at == NOW


@pytest.mark.parametrize(("hour", "minute", "late"), [(16, 59, False), (17, 0, True)])
def test_an_operation_counts_as_late_from_five_the_day_before(hospital, terms, hour, minute, late):
    slot = operation(hospital, days=10)
    booking = booked(slot, who_waits(), terms)
    eve = datetime(TODAY.year, TODAY.month, TODAY.day, hour, minute, tzinfo=SWEDEN)
    cancelled(booking, now=eve + timedelta(days=9))
    assert fresh(booking).cancelled_late is late


def test_a_visit_that_is_no_operation_is_not_counted(hospital, terms):
    booking = booked(a_slot(hospital, starts_at=at(1)), who_waits(EYES), terms)
    cancelled(booking)
    assert fresh(booking).cancelled_late is None


def test_a_place_of_a_week_has_no_day_to_be_late_for(hospital, terms):
    place = places_in_week(hospital, KNEE, places=1, form="inpatient")[0]
    booking = booked(place, who_waits(), terms)
    cancelled(booking)
    assert fresh(booking).cancelled_late is None


def test_whoever_moves_to_another_place_has_cancelled_the_first_as_rebooked(hospital, terms):
    need = who_waits()
    first = booked(operation(hospital, days=1), need, terms)
    booked(operation(hospital, days=20), need, terms)
    assert fresh(first).cancel_reason == "rebooked"
    assert fresh(first).cancelled_late is not None
    assert fresh(first.claim.slot).state == Slot.State.OPEN


def test_the_clinic_cancels_on_its_page_and_is_asked_there(hospital, terms, dana):
    booking = booked(operation(hospital), who_waits(), terms)
    client = browser(dana)
    address = f"/bokning/{booking.id}/stall-in/"
    assert "Personal saknas" in client.get(address).content.decode()
    answer = client.post(address, {"reason": "clinic_other", "key": uuid4()}, follow=True)
    assert "Kan någon annan få tiden?" in answer.content.decode()
    done = client.post(
        f"/bokning/{booking.id}/ledig/", {"free": "yes", "key": uuid4()}, follow=True
    )
    assert "Tiden visas som ledig." in done.content.decode()
    assert "Kan någon annan få tiden?" not in done.content.decode()


def test_the_region_cancels_for_the_patient_with_the_patients_reasons(hospital, terms):
    booking = booked(operation(hospital), who_waits(), terms)
    client = browser(staff(Role.NAVIGATOR, a_region("01").tenant))
    address = f"/bokning/{booking.id}/stall-in/"
    page = client.get(address).content.decode()
    assert "Behöver inte vården längre" in page
    assert "Personal saknas" not in page
    client.post(address, {"reason": "not_needed", "key": uuid4()})
    assert fresh(booking).state == BookingState.CANCELLED


def test_a_stranger_does_not_cancel(hospital, terms):
    booking = booked(operation(hospital), who_waits(), terms)
    stranger = browser(staff(Role.CLINIC_STAFF, a_clinic().tenant))
    answer = stranger.post(f"/bokning/{booking.id}/stall-in/", {"reason": "staff_missing"})
    assert answer.status_code == 404
    assert fresh(booking).state == BookingState.BOOKED


def test_over_the_wire_the_clinic_says_why_and_then_that_the_place_is_free(hospital, terms, dana):
    booking = booked(operation(hospital), who_waits(), terms)
    client = browser(dana)

    def post(way, body):
        return client.post(
            f"/api/v1/bookings/{booking.id}/{way}",
            body,
            content_type="application/json",
            headers={"Idempotency-Key": str(uuid4())},
        )

    said = post("cancel", {"reason": "workup_incomplete"}).json()
    assert (said["cancel_reason"], said["freed"]) == ("workup_incomplete", None)
    assert post("free", {"free": True}).json()["freed"] is True
    assert post("free", {"free": True}).status_code == 409


def test_over_the_wire_a_reason_is_not_everyones(hospital, terms):
    booking = booked(operation(hospital), who_waits(), terms)
    client = browser(booking.patient.subject)
    answer = client.post(
        f"/api/v1/bookings/{booking.id}/cancel",
        {"reason": "staff_missing"},
        content_type="application/json",
        headers={"Idempotency-Key": str(uuid4())},
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "reason_not_for_you")
