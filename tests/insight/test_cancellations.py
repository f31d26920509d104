"""A clinic sees how many operations were cancelled late, and no number that could point at someone."""

import pytest
from django.test import Client

from accounts.roles import Role
from accounts.tenancy import acting_as
from brokering.models import Booking
from insight.selectors.cancellations import late_share
from tests.brokering.desk import booked
from tests.factories import (
    NOW,
    OWNER,
    a_clinic,
    a_patient,
    a_referral,
    a_slot,
    acting,
    an_agreement,
    at,
    staff,
)

KNEE = "op-ortopedi"


@pytest.fixture
def hospital(database):
    return a_clinic(cares=(KNEE,))


@pytest.fixture
def dana(hospital):
    return staff(Role.CLINIC_STAFF, hospital.tenant)


def operations(hospital, number, **became):
    """So many operations of last month that became this; the owner writes their end."""
    lot = an_agreement(hospital)
    for _ in range(number):
        slot = a_slot(hospital, KNEE, form="inpatient", starts_at=at(5))
        booking = booked(slot, a_referral(a_patient("Bob"), KNEE), lot)
        Booking.objects.using(OWNER).filter(id=booking.id).update(**became)
        type(slot).objects.using(OWNER).filter(id=slot.id).update(starts_at=at(-30))


def share(hospital, dana):
    by = acting(dana)
    with acting_as(by):
        return late_share(hospital, now=NOW)


def late(reason):
    return {"state": "cancelled", "cancelled_late": True, "cancel_reason": reason}


def test_late_and_avoidable_are_shares_of_what_was_performed(hospital, dana):
    operations(hospital, 20, state="fulfilled")
    operations(hospital, 10, **late("no_contact"))
    operations(hospital, 10, **late("staff_missing"))
    found = share(hospital, dana)
    assert (found.performed, found.late, found.avoidable) == (20, 20, 10)
    assert (found.late_percent, found.avoidable_of_late_percent) == (100.0, 50.0)


def test_a_number_under_ten_is_not_shown_nor_given_back_by_subtraction(hospital, dana):
    operations(hospital, 11, **late("no_contact"))
    operations(hospital, 2, **late("staff_missing"))
    found = share(hospital, dana)
    assert (found.performed, found.late_percent) == (None, None)
    assert found.avoidable is None or found.late is None


def test_what_was_cancelled_in_time_is_not_counted(hospital, dana):
    operations(hospital, 10, state="cancelled", cancelled_late=False, cancel_reason="no_contact")
    assert share(hospital, dana).late is None


def test_the_page_says_what_is_counted_and_is_the_clinics_own(hospital, dana):
    client = Client()
    client.force_login(dana)
    address = f"/mottagning/{hospital.id}/sena-avbokningar/"
    assert "från klockan 17 dagen före" in client.get(address).content.decode()
    stranger = Client()
    stranger.force_login(staff(Role.CLINIC_STAFF, a_clinic().tenant))
    assert stranger.get(address).status_code == 403
