"""Reserves places of caps inside the booking's transaction; an ended claim gives each of them back once."""

from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from datetime import date
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from accounts.database.rows import add
from accounts.database.statements import tuples_of
from accounts.errors import Fault, NextStep, Refusal
from contracts.models import CapUse, Reservation
from contracts.terms import Cap


class CapFull(Refusal):
    """The agreed volume for this period is used up."""

    code = "cap_full"
    fault = Fault.RECEIVER
    next_step = NextStep.CHOOSE_ANOTHER_PLACE


RAISE = """
    UPDATE contracts_capuse SET used = used + 1, "limit" = %(limit)s::integer
    WHERE counter = %(counter)s::uuid AND period = %(period)s::date AND used < %(limit)s::integer
    RETURNING id
"""
BEGIN = """
    INSERT INTO contracts_capuse (counter, region_id, period, "limit", used)
    VALUES (%(counter)s::uuid, %(region)s::varchar, %(period)s::date, %(limit)s::integer, 0)
    ON CONFLICT (counter, period) DO NOTHING
    RETURNING id
"""


def reserve(caps: Sequence[Cap], *, claim: UUID, on: date) -> None:
    """Reserve one place of every cap for a claim's visit that day, or none; in the given order.

    Raises CapFull. Each count is compared and raised in one statement, and the database's own check
    `cap_never_exceeded` stands behind it, so two reservations can never share the last place. The limit is
    the one agreed now: a count that began under an older one follows.
    """
    if not caps:
        return
    # One count that is full has changed nothing that must be taken back.
    with transaction.atomic() if len(caps) > 1 else nullcontext():
        add([Reservation(claim_id=claim, use_id=_raised(cap, on)) for cap in caps])


def _raised(cap: Cap, on: date) -> int:
    """Id of the count, which is one higher now; raises CapFull."""
    period = cap.first_day(on)
    asked = {"counter": cap.counter, "region": cap.region, "period": period, "limit": cap.places}
    # Raising and beginning stay apart: an upsert locks a count that is full as well, and many who were
    # refused at once have been seen to wait for each other in a circle.
    for statement in (RAISE, BEGIN, RAISE):
        for (use,) in tuples_of(statement, asked):
            if statement is RAISE:
                return int(use)
    raise CapFull(cap=str(cap.counter), region=cap.region, period=period.isoformat())


def lock_counts(claims: Iterable[UUID]) -> None:
    """Lock every count that some claims are reserved of, in the order in which everyone locks them."""
    uses = Reservation.objects.filter(claim_id__in=list(claims)).values("use_id")
    counts = CapUse.objects.filter(id__in=uses).order_by("counter", "period")
    list(counts.select_for_update())


def wait_for_counts(caps: Sequence[Cap], *, on: date) -> list[int]:
    """Lock the counts, so that those who look for places to give back go one by one; their ids."""
    counted = Q()
    for cap in caps:
        counted |= Q(counter=cap.counter, period=cap.first_day(on))
    locked = CapUse.objects.filter(counted).order_by("counter", "period").select_for_update()
    return [use.id for use in locked]
