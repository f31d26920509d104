"""Help between regions in a serious event: what other regions' clinics gave the patients of the region."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from brokering.models import Booking
from brokering.selectors.places import swedish_day
from brokering.states import BookingState
from providers.models import Region, SeriousEvent

COUNTED = (BookingState.BOOKED, BookingState.FULFILLED)


@dataclass(frozen=True, kw_only=True)
class Help:
    """One place that another region's clinic gave, without the person; `amount` null where not known."""

    booked_on: date
    visit_on: date
    region: str
    region_name: str
    clinic: str
    care: str
    route: str
    state: str
    amount: Decimal | None
    price_model: str | None
    synthetic: bool


def help_given(event: SeriousEvent, *, now: datetime) -> list[Help]:
    """Places in other regions that were booked for the region's patients while the event went on.

    Reads the region's own bookings: the acting tenant must be the region's. The oldest first.
    """
    names = dict(Region.objects.values_list("code", "name"))
    rows = Booking.objects.filter(
        tenant=event.tenant_id,
        referral__home_region=event.region_id,
        state__in=COUNTED,
        created_at__gte=event.begun_at,
        created_at__lte=event.ended_at or now,
    ).exclude(claim__slot__clinic__municipality__region=event.region_id)
    found = rows.select_related("care", "claim__slot__clinic__municipality")
    return [_help(one, names) for one in found.order_by("created_at", "id")]


def _help(booking: Booking, names: dict[str, str]) -> Help:
    slot = booking.claim.slot
    region = slot.clinic.municipality.region_id
    price = _price(booking.receipt)
    amount = price.get("amount")
    return Help(
        booked_on=swedish_day(booking.created_at),
        visit_on=swedish_day(slot.starts_at),
        region=region,
        region_name=names[region],
        clinic=slot.clinic.name,
        care=booking.care_id,
        route=booking.route,
        state=booking.state,
        amount=None if amount is None else Decimal(amount),
        price_model=price.get("model"),
        synthetic=booking.synthetic,
    )


def _price(receipt: dict[str, Any]) -> dict[str, Any]:
    """The price that was frozen at the hold; empty where none was."""
    terms = receipt.get("terms") or {}
    return dict(terms.get("price") or {})
