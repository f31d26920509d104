"""What is left of caps right now, as a booking would find it."""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from django.db.models import Count, Q

from contracts.models import CapUse
from contracts.terms import Cap
from providers.models import Claim

Counted = tuple[UUID, date]
"""A cap's counter and the first day of a period."""


def used_of(caps: Iterable[Cap], *, now: datetime) -> dict[Counted, int]:
    """Places in use of each cap's periods; a hold whose time is past counts for nothing, tidied or not."""
    counters = {cap.counter for cap in caps}
    if not counters:
        return {}
    lapsed = Q(
        reservations__claim__state=Claim.State.HELD, reservations__claim__held_until__lte=now
    )
    rows = CapUse.objects.filter(counter__in=counters).annotate(
        lapsed=Count("reservations", filter=lapsed)
    )
    return {(use.counter, use.period): use.used - use.lapsed for use in rows}
