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


@dataclass(frozen=True)
class Freed:
    """A note of the database that a place became free."""

    note: int
    slot: UUID


def take_freed(*, now: datetime) -> list[Freed]:
    """Take what nobody else is at, oldest first; at most `MOST_AT_ONCE`."""
    left = Q(taken_at__isnull=True) | Q(taken_at__lt=now - KEPT_BY_A_WORKER)
    with transaction.atomic():
        notes = FreedPlace.objects.filter(left).order_by("id")
        found = list(notes.select_for_update(skip_locked=True)[:MOST_AT_ONCE])
        FreedPlace.objects.filter(id__in=[one.id for one in found]).update(taken_at=now)
    return [Freed(one.id, one.slot_id) for one in found]


def forget_freed(done: Iterable[Freed]) -> None:
    """They have been matched again. What became free once more meanwhile has a note of its own."""
    FreedPlace.objects.filter(id__in=[one.note for one in done]).delete()
