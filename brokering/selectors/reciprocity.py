"""Places given to and received from other regions: counts alone, across all tenants, no person in them."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count

from accounts.selectors.actors import system_actor
from accounts.tenancy import acting_as
from brokering.models import Booking
from brokering.selectors.upkeep import region_tenants
from brokering.states import BookingState
from providers.models import Region

BACK = timedelta(days=365)
FEWEST = 10
COUNTED = (BookingState.BOOKED, BookingState.FULFILLED)


@dataclass(frozen=True, kw_only=True)
class Balance:
    """One other region: None where fewer than ten could point at someone."""

    region: str
    name: str
    given: int | None
    received: int | None


def balance_of(region: str, *, now: datetime) -> list[Balance]:
    """Visits of the last year, booked or made, that crossed the region's border, by the other region.

    Given: in the region's area to patients of the other one. Received: the other way. Regions that nothing
    was shared with are left out.
    """
    crossed = _crossings(now)
    found = []
    for other in Region.objects.exclude(code=region).order_by("name"):
        given, received = crossed[other.code, region], crossed[region, other.code]
        if given or received:
            found.append(
                Balance(
                    region=other.code,
                    name=other.name,
                    given=_shown(given),
                    received=_shown(received),
                )
            )
    return found


def _crossings(now: datetime) -> Counter[tuple[str, str]]:
    """Visits by home region and by the region where the clinic stands, from confirmed and ended claims."""
    with acting_as(system_actor(*region_tenants())):
        rows = (
            Booking.objects.filter(
                state__in=COUNTED,
                claim__slot__starts_at__gte=now - BACK,
                referral__home_region__isnull=False,
            )
            .values_list("referral__home_region", "claim__slot__clinic__municipality__region")
            .annotate(number=Count("id"))
            .order_by()
        )
        return Counter({(home, there): number for home, there, number in rows})


def _shown(count: int) -> int | None:
    return count if count == 0 or count >= FEWEST else None
