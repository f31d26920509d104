"""Who broke a booking is told apart: only a place that the clinic no longer has counts."""

import pytest

from accounts.roles import Role
from accounts.tenancy import acting_as
from brokering.access import access_booking
from brokering.actions.bookings import cancel
from providers.models import Claim
from tests.brokering.approving import browser
from tests.brokering.desk import booked, fresh
from tests.factories import NOW, a_region, a_slot, acting, staff

pytestmark = pytest.mark.usefixtures("database")


@pytest.mark.parametrize(
    ("who", "reason", "why"),
    [
        ("patient", "other", Claim.Why.CANCELLED),
        ("region", "other", Claim.Why.CANCELLED),
        ("clinic", "not_needed", Claim.Why.CANCELLED),
        ("clinic", "material_missing", Claim.Why.TAKEN_BACK),
        ("clinic", "workup_incomplete", Claim.Why.TAKEN_BACK),
    ],
)
def test_a_cancellation_says_whether_the_clinic_took_the_place_back(
    clinic, lot, alice, who, reason, why
):
    booking = booked(a_slot(clinic), alice, lot)
    by = {
        "patient": alice.patient.subject,
        "region": staff(Role.NAVIGATOR, a_region().tenant),
        "clinic": staff(Role.CLINIC_STAFF, clinic.tenant),
    }[who]
    actor = acting(by)
    with acting_as(actor):
        row = access_booking(booking.id, by=actor, purpose="test", now=NOW)
        cancel(by=actor, booking=row, now=NOW, reason=reason)
    assert fresh(booking.claim).ended_why == why


def test_who_waits_reads_what_happened_to_the_time_and_what_happens_next(clinic, lot, alice):
    booking = booked(a_slot(clinic), alice, lot)
    actor = acting(staff(Role.CLINIC_STAFF, clinic.tenant))
    with acting_as(actor):
        row = access_booking(booking.id, by=actor, purpose="test", now=NOW)
        cancel(by=actor, booking=row, now=NOW, reason="material_missing")
    page = browser(alice.patient.subject).get("/min-vantan/").content.decode()
    assert "kan inte ta emot dig den tid som du hade" in page
    assert "Du får ett förslag när en ny tid passar" in page
    assert "Du har kvar din plats i kön" in page
