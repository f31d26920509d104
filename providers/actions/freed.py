"""Places that became free: taken to be matched again, and forgotten once they have been."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from providers.models import FreedPlace

KEPT_BY_A_WORKER = timedelta(minutes=5)
"""A worker that has not finished after so long is taken for dead."""
MOST_AT_ONCE = 500
OLDEST_AT_ONCE = 100
"""So many of them have waited longest, however late they begin: no place is passed over for ever."""


@dataclass(frozen=True)
class Freed:
    """A note of the database that a place became free."""

    note: int
    slot: UUID


def take_freed(*, now: datetime) -> list[Freed]:
    """Take what nobody else is at: what begins soonest and some of the oldest; `MOST_AT_ONCE` at most."""
    left = Q(taken_at__isnull=True) | Q(taken_at__lt=now - KEPT_BY_A_WORKER)
    with transaction.atomic():
        notes = FreedPlace.objects.filter(left).select_for_update(skip_locked=True, of=("self",))
        oldest = list(notes.order_by("id")[:OLDEST_AT_ONCE])
        others = notes.exclude(id__in=[one.id for one in oldest])
        soonest = others.order_by("slot__starts_at", "id")[: MOST_AT_ONCE - len(oldest)]
        found = [*soonest, *oldest]
        FreedPlace.objects.filter(id__in=[one.id for one in found]).update(taken_at=now)
    return [Freed(one.id, one.slot_id) for one in found]


def forget_freed(done: Iterable[Freed]) -> None:
    """They have been matched again. What became free once more meanwhile has a note of its own."""
    FreedPlace.objects.filter(id__in=[one.note for one in done]).delete()
