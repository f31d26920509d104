"""Freed places about which several patients are being asked: nobody else gets them meanwhile."""

from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.expressions import Combinable

from accounts.database.prepared import Asked
from brokering.models import Batch
from providers.models import Claim, Slot


def not_asked_about(now: datetime | Asked) -> Combinable:
    """Condition on a slot: nobody is being asked about it now."""
    return ~Exists(_open(now).filter(slot=OuterRef("pk")))


def is_asked_about(slot: UUID, *, now: datetime, but: UUID | None = None) -> bool:
    """Whether patients are being asked about a place now, in another batch than `but`."""
    others = ~Q(id=but) if but else Q()
    return _open(now).filter(others, slot=slot).exists()


def batches_to_end(*, now: datetime) -> list[UUID]:
    """Open batches whose time is out, or whose place is gone: taken back, hidden, or somebody's."""
    taken = Claim.objects.filter(slot=OuterRef("slot"), state__in=Claim.OCCUPYING)
    rows = Batch.objects.filter(ended_at__isnull=True).filter(
        Q(answer_by__lte=now)
        | ~Q(slot__state=Slot.State.OPEN)
        | ~Q(slot__hidden_why="")
        | Exists(taken)
    )
    return list(rows.order_by("answer_by", "id").values_list("id", flat=True))


def _open(now: datetime | Asked) -> QuerySet[Batch]:
    return Batch.objects.filter(ended_at__isnull=True, answer_by__gt=now)
