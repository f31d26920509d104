"""What became of the remisses that a unit issued: the need, its next date, and the time that is booked."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.roles import Permission
from accounts.tenancy import Actor
from brokering.models import Booking, Referral
from brokering.selectors.own_needs import OwnCase
from brokering.selectors.places import swedish_day
from brokering.selectors.seekers import paying_seeker_of
from brokering.states import BookingState, ReferralState


@dataclass(frozen=True)
class Referred:
    """One remiss; `booking` is the time that is booked or held now, with slot and clinic fetched."""

    referral: Referral
    booking: Booking | None
    next_on: date | None
    """The day of the visit; without one the day when the region looks at the need again at the latest."""
    may_book: bool


def referred_by(actor: Actor) -> QuerySet[Referral]:
    """The needs whose remiss a unit of the actor's issued and that are not closed, the latest first."""
    units = actor.tenants_where(Permission.BOOK_FOR_PATIENT)
    needs = Referral.objects.filter(issued_by__in=units).exclude(state=ReferralState.CLOSED)
    return needs.select_related("patient", "care").order_by("-created_at", "id")


def with_times(needs: list[Referral], *, now: datetime) -> list[Referred]:
    """Needs with the time that each has, in the same order."""
    found = _bookings([need.id for need in needs], now)
    return [_referred(need, found.get(need.id)) for need in needs]


def referred_case(need: Referral, *, on: date) -> OwnCase:
    """The facts behind a search for the patient of a remiss (with its patient fetched).

    What the region has promised to pay for is known only to whoever reads in that region.
    """
    return OwnCase(need.patient, need, paying_seeker_of(need, on=on), for_patient=True)


def unit_of(actor: Actor) -> UUID:
    """The unit for which the actor issues remisses; the first, where there are several."""
    return min(actor.tenants_where(Permission.BOOK_FOR_PATIENT))


def _bookings(needs: list[UUID], now: datetime) -> dict[UUID, Booking]:
    """A booked time comes before one that is only held."""
    held = Q(state=BookingState.HELD, claim__state="held", claim__held_until__gt=now)
    rows = Booking.objects.filter(held | Q(state=BookingState.BOOKED), referral__in=needs)
    rows = rows.select_related("claim__slot__clinic").order_by("-state", "created_at")
    return {row.referral_id: row for row in rows}


def _referred(need: Referral, booking: Booking | None) -> Referred:
    day = swedish_day(booking.claim.slot.starts_at) if booking else need.look_on
    may_book = booking is None and need.state == ReferralState.WAITING
    return Referred(need, booking, day, may_book)
