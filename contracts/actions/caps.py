"""Reserves places of caps inside the booking's transaction; an ended claim gives each of them back once."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q

from accounts.errors import Fault, NextStep, Refusal
from contracts.models import CapUse, Reservation
from contracts.terms import Cap


class CapFull(Refusal):
    """The agreed volume for this period is used up."""

    code = "cap_full"
    fault = Fault.RECEIVER
    next_step = NextStep.CHOOSE_ANOTHER_PLACE


def reserve(caps: Sequence[Cap], *, claim: UUID, on: date) -> None:
    """Reserve one place of every cap for a claim's visit that day, or none; in the given order.

    Raises CapFull. Each count is compared and raised in one statement, and the database's own check
    `cap_never_exceeded` stands behind it, so two reservations can never share the last place. The limit is
    the one agreed now: a count that began under an older one follows.
    """
    if not caps:
        return
    with transaction.atomic():
        uses = [_raised(cap, on) for cap in caps]
        Reservation.objects.bulk_create(Reservation(claim_id=claim, use_id=use) for use in uses)


def _raised(cap: Cap, on: date) -> int:
    """Id of the count, which is one higher now; raises CapFull."""
    period = cap.first_day(on)
    first = CapUse(
        counter=cap.counter, region_id=cap.region, period=period, limit=cap.places, used=0
    )
    CapUse.objects.bulk_create([first], ignore_conflicts=True)
    count = CapUse.objects.filter(counter=cap.counter, period=period)
    if not count.filter(used__lt=cap.places).update(used=F("used") + 1, limit=cap.places):
        raise CapFull(cap=str(cap.counter), region=cap.region, period=period.isoformat())
    return count.values_list("id", flat=True).get()


def wait_for_counts(caps: Sequence[Cap], *, on: date) -> list[int]:
    """Lock the counts, so that those who look for places to give back go one by one; their ids."""
    counted = Q()
    for cap in caps:
        counted |= Q(counter=cap.counter, period=cap.first_day(on))
    locked = CapUse.objects.filter(counted).order_by("counter", "period").select_for_update()
    return [use.id for use in locked]
