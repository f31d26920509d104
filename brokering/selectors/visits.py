"""A clinic's visits: those of a day, and those that began earlier and that nobody has reported."""

from datetime import date, datetime, time, timedelta

from django.db.models import QuerySet

from accounts.roles import Permission
from accounts.tenancy import Actor
from brokering.law.cancellations import cancel_reasons
from brokering.models import Booking
from brokering.selectors.places import SWEDEN, is_any_time
from brokering.states import BookingState
from providers.models import Clinic
from providers.reliability import SILENT_AFTER_DAYS

SHOWN = (BookingState.BOOKED, BookingState.FULFILLED, BookingState.MISSED)
MOST_UNREPORTED = 50


def visits_of(clinic: Clinic, day: date) -> list[Booking]:
    """What is booked or reported at the clinic on a Swedish day, in the order of the day."""
    begins = datetime.combine(day, time(), SWEDEN)
    ends = datetime.combine(day + timedelta(days=1), time(), SWEDEN)
    found = _at(clinic).filter(
        state__in=SHOWN, claim__slot__starts_at__gte=begins, claim__slot__starts_at__lt=ends
    )
    return list(found)


def unreported(clinic: Clinic, *, before: date) -> list[Booking]:
    """Visits that began before a Swedish day and of which nobody has said whether the patient came.

    The oldest first, at most MOST_UNREPORTED.
    """
    begins = datetime.combine(before, time(), SWEDEN)
    found = _at(clinic).filter(state=BookingState.BOOKED, claim__slot__starts_at__lt=begins)
    return list(found[:MOST_UNREPORTED])


def silent_visits(*, by: Actor, now: datetime) -> list[Booking]:
    """Visits of a region's patients of which the clinic has said nothing for long, highest need first."""
    silent = now - timedelta(days=SILENT_AFTER_DAYS)
    rows = Booking.objects.filter(
        state=BookingState.BOOKED,
        claim__slot__starts_at__lte=silent,
        tenant__in=by.tenants_where(Permission.REROUTE),
    ).select_related("patient", "referral", "care", "claim__slot__clinic")
    return list(
        rows.order_by("referral__priority", "claim__slot__starts_at", "id")[:MOST_UNREPORTED]
    )


def cancelled_and_asked(clinic: Clinic, *, now: datetime) -> list[Booking]:
    """Cancelled bookings ahead of which only the clinic knows whether the time can be somebody else's."""
    found = _at(clinic).filter(
        state=BookingState.CANCELLED,
        freed__isnull=True,
        claim__slot__starts_at__gt=now,
        cancel_reason__in=[
            code for code, reason in cancel_reasons().items() if reason.frees_capacity is None
        ],
    )
    return list(found)


def without_time(clinic: Clinic, *, now: datetime) -> list[Booking]:
    """Booked places of weeks that have not passed whose time the clinic has not named, in order."""
    found = _at(clinic).filter(
        state=BookingState.BOOKED,
        claim__slot__statement__isnull=False,
        claim__slot__ends_at__gt=now,
    )
    return [one for one in found if is_any_time(one.claim.slot)]


def _at(clinic: Clinic) -> QuerySet[Booking]:
    rows = Booking.objects.filter(addressed_to=clinic.tenant_id, claim__slot__clinic=clinic)
    return rows.select_related("patient", "referral", "care", "claim__slot").order_by(
        "claim__slot__starts_at", "id"
    )
