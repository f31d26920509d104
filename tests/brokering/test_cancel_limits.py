"""Until when a patient may cancel or move a visit: the clinic's limit, frozen in the receipt."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from icalendar import Calendar

from accounts.roles import Role
from accounts.tenancy import acting_as
from brokering.actions.naming import name_time
from brokering.errors import CancelTooLate, HoldLapsed
from brokering.models import Booking
from brokering.states import BookingState
from contracts.actions.rules import add_rule
from contracts.models import Agreement
from providers.actions.clinics import set_cancel_limit
from providers.models import Clinic, Slot
from tests.brokering.desk import booked, cancelled, confirmed, fresh, held
from tests.contracts.rules import a_rule, administrator
from tests.factories import (
    NOW,
    OWNER,
    a_clinic,
    a_slot,
    acting,
    an_agreement,
    at,
    places_in_week,
    staff,
)

pytestmark = pytest.mark.usefixtures("database")
DAY = timedelta(days=1)


@pytest.fixture
def strict(database):
    """A clinic that wants to know the day before."""
    return a_clinic(cancel_until=DAY, phone="08-465 00 01")


@pytest.fixture
def terms(strict):
    return an_agreement(strict)


@pytest.fixture
def dana(strict):
    return acting(staff(Role.CLINIC_STAFF, strict.tenant))


def browser(user):
    client = Client()
    client.force_login(user)
    return client


def soon(clinic, hours=20):
    return a_slot(clinic, starts_at=NOW + timedelta(hours=hours))


def test_a_patient_cancels_until_the_limit_and_not_a_second_later(strict, terms, alice):
    slot = a_slot(strict)
    booking = booked(slot, alice, terms)
    with pytest.raises(CancelTooLate) as told:
        cancelled(booking, now=slot.starts_at - DAY + timedelta(seconds=1))
    assert told.value.data["phone"] == "08-465 00 01"
    cancelled(booking, now=slot.starts_at - DAY)
    assert fresh(booking).state == BookingState.CANCELLED


def test_the_clinic_and_the_region_may_cancel_after_the_limit(strict, terms, alice, dana):
    cancelled(booked(soon(strict), alice, terms), by=dana, reason="staff_missing")
    navigator = acting(staff(Role.NAVIGATOR, alice.tenant))
    booking = booked(soon(strict, 21), alice, terms)
    cancelled(booking, by=navigator, reason="cannot_come")
    assert fresh(booking).state == BookingState.CANCELLED


def test_moving_a_visit_after_the_limit_is_refused_and_both_places_stand(strict, terms, alice):
    old, new = booked(soon(strict), alice, terms), held(a_slot(strict), alice, terms)
    with pytest.raises(CancelTooLate):
        confirmed(new)
    assert (fresh(old).state, fresh(new).state) == (BookingState.BOOKED, BookingState.HELD)


def test_a_booking_keeps_the_limit_that_was_shown(strict, terms, alice, dana):
    booking = booked(soon(strict, 48), alice, terms)
    with acting_as(dana):
        set_cancel_limit(by=dana, clinic=strict.id, before=3 * DAY, phone="", now=NOW)
    assert fresh(booking).receipt["cancel_before_seconds"] == 86400
    cancelled(booking)
    assert fresh(booking).state == BookingState.CANCELLED


def test_a_receipt_stays_as_it_was_whatever_becomes_of_rules_and_agreement(strict, terms, alice):
    booking = booked(a_slot(strict), alice, terms)
    before = fresh(booking).receipt
    Agreement.objects.using(OWNER).filter(lots=terms).update(state="ended")
    Clinic.objects.using(OWNER).filter(id=strict.id).update(cancel_until=3 * DAY)
    by = administrator("01")
    with acting_as(by):
        add_rule(by=by, rule=a_rule("01", text_sv="Ny regel"), now=NOW)
    assert browser(alice.patient.subject).get(f"/bokning/{booking.id}/").status_code == 200
    assert fresh(booking).receipt == before


def test_the_limit_stands_on_the_page_before_one_chooses_and_on_the_receipt(strict, terms, alice):
    client, slot = browser(alice.patient.subject), a_slot(strict)
    assert "Avboka senast" in client.get(f"/tid/{slot.id}/").content.decode()
    booking = booked(slot, alice, terms)
    receipt = client.get(f"/bokning/{booking.id}/").content.decode()
    assert "Avboka eller byt tid senast" in receipt
    assert "08-465 00 01" in receipt
    assert "Byt tid" in receipt


def test_after_the_limit_the_page_names_the_clinics_telephone(strict, terms, alice):
    booking = booked(soon(strict), alice, terms)
    client, address = browser(alice.patient.subject), f"/bokning/{booking.id}/avboka/"
    assert "08-465 00 01" in client.get(address).content.decode()
    assert client.post(address, {"key": uuid4(), "reason": "other"}).status_code == 422
    assert fresh(booking).state == BookingState.BOOKED


def test_the_clinic_sets_the_limit_on_its_page_and_others_do_not(strict, dana, alice):
    user = staff(Role.CLINIC_STAFF, strict.tenant)
    address = f"/mottagning/{strict.id}/avbokning/"
    said = {"key": uuid4(), "hours": 48, "phone": "08-465 00 02"}
    assert browser(user).post(address, said).status_code == 302
    assert fresh(strict).cancel_until == 2 * DAY
    assert browser(alice.patient.subject).post(address, said).status_code == 403
    wrong = browser(user).post(address, said | {"key": uuid4(), "phone": "ring oss"})
    assert wrong.status_code == 422
    assert fresh(strict).phone == "08-465 00 02"


def event(booking):
    """The only event of a booking's calendar file, and the file."""
    page = browser(booking.patient.subject).get(f"/bokning/{booking.id}/kalender.ics")
    file = Calendar.from_ical(page.content)
    return file.walk("VEVENT")[0], file


def test_a_cancelled_booking_takes_its_event_out_of_the_calendar_with_a_higher_sequence(
    clinic, lot, alice
):
    booking = booked(a_slot(clinic), alice, lot)
    before, published = event(booking)
    cancelled(booking)
    after, gone = event(booking)
    assert (published["METHOD"], gone["METHOD"]) == ("PUBLISH", "CANCEL")
    assert before["UID"] == after["UID"]
    assert (before["SEQUENCE"], after["SEQUENCE"]) == (0, 1)
    assert after["STATUS"] == "CANCELLED"


def test_naming_the_time_and_then_cancelling_raises_the_sequence_each_time(
    clinic, lot, alice, dana
):
    slot = places_in_week(clinic)[0]
    booking = booked(slot, alice, lot)
    by = acting(staff(Role.CLINIC_STAFF, clinic.tenant))
    with acting_as(by):
        starts = Slot.objects.get(id=fresh(booking).claim.slot_id).starts_at + timedelta(hours=33)
        ends = starts + timedelta(minutes=30)
        name_time(
            by=by,
            booking=Booking.objects.get(id=booking.id),
            starts_at=starts,
            ends_at=ends,
            now=NOW,
        )
    assert event(booking)[0]["SEQUENCE"] == 1
    cancelled(booking)
    assert event(booking)[0]["SEQUENCE"] == 2


def test_the_old_event_of_a_moved_visit_is_taken_out_and_the_new_one_has_its_own(
    clinic, lot, alice
):
    old = booked(a_slot(clinic), alice, lot)
    new = booked(a_slot(clinic, starts_at=at(11)), alice, lot)
    assert event(old)[1]["METHOD"] == "CANCEL"
    assert event(new)[1]["METHOD"] == "PUBLISH"
    assert event(old)[0]["UID"] != event(new)[0]["UID"]
    text = browser(alice.patient.subject).get(f"/bokning/{new.id}/kalender.ics").content.decode()
    assert "Europe/Stockholm" in text
    assert clinic.name not in text


def test_a_hold_that_runs_out_leaves_the_old_visit_untouched(clinic, lot, alice):
    old = booked(a_slot(clinic), alice, lot)
    new = held(a_slot(clinic, starts_at=at(11)), alice, lot)
    with pytest.raises(HoldLapsed):
        confirmed(new, now=NOW + timedelta(hours=1))
    assert fresh(old).state == BookingState.BOOKED
