"""Reserves places of a capped lot inside the booking's transaction; an ended claim gives its place back."""

from datetime import date

from django.db.models import F

from accounts.errors import Refusal
from contracts.models import LotUse
from contracts.terms import Terms, cap_period_of


class CapFull(Refusal):
    """The agreement's volume for this period is used up."""

    code = "cap_full"


def reserve(terms: Terms, *, on: date) -> date | None:
    """Reserve one place for a visit that day; returns the cap period, or None where no cap binds.

    Raises CapFull. The count is compared and raised in one statement, and the database's own check
    `cap_never_exceeded` stands behind it, so two reservations can never share the last place. The cap is
    the one agreed now: a count that began under an older one follows.
    """
    if terms.cap_places is None:
        return None
    period = cap_period_of(on, terms.cap_period)
    LotUse.objects.bulk_create(
        [LotUse(lot_id=terms.lot, period=period, cap=terms.cap_places)], ignore_conflicts=True
    )
    free = LotUse.objects.filter(lot_id=terms.lot, period=period, used__lt=terms.cap_places)
    if not free.update(used=F("used") + 1, cap=terms.cap_places):
        raise CapFull(lot=str(terms.lot), period=period.isoformat())
    return period


def wait_for_count(terms: Terms, *, on: date) -> None:
    """Lock the count of a full lot, so that those who look for places to give back go one by one."""
    period = cap_period_of(on, terms.cap_period)
    list(LotUse.objects.select_for_update().filter(lot_id=terms.lot, period=period))
