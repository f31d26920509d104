"""Files with times: what their reader may take for known, and what becomes of their rows."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from accounts.errors import NotFound
from providers.files.reading import Desk, line_of
from providers.models import Care, Clinic, Delivery, Slot, StagedSlot
from providers.selectors.deliveries import PUBLISHED

PATIENCE = timedelta(minutes=10)
"""A worker that has not been heard of for so long has lost its task."""
FILES_SHOWN = 10


@dataclass(frozen=True)
class Fate:
    """What becomes of one row: its line in the file, what could be read of it, and the outcome's code."""

    line: int
    care: str
    starts_at: datetime | None
    ends_at: datetime | None
    outcome: str

    @property
    def is_published(self) -> bool:
        """Whether there is a place of it afterwards."""
        return self.outcome in PUBLISHED


@dataclass(frozen=True)
class Standing:
    """How far a delivery has come."""

    total: int
    to_publish: int
    there: int
    refused: int
    is_kept: bool
    """Whether its rows can still be looked at."""
    is_under_way: bool


def desk_of(clinic: Clinic) -> Desk:
    """What the reader of a clinic's file may take for known."""
    own = Clinic.objects.filter(tenant_id=clinic.tenant_id).values_list("hsa_id", "id")
    cares: dict[str, tuple[str, str]] = {}
    for care in Care.objects.all():
        for words in (care.name_en, care.name_sv, care.code):
            cares[words.lower()] = (care.code, care.form)
    return Desk(clinic=clinic.id, clinics={hsa.upper(): one for hsa, one in own}, cares=cares)


def file_of(clinic: Clinic, delivery: UUID) -> Delivery:
    """A file that came for the clinic's provider; raises NotFound."""
    found = Delivery.objects.filter(
        id=delivery, tenant_id=clinic.tenant_id, channel=Delivery.Channel.FILE
    ).first()
    if found is None:
        raise NotFound
    return found


def latest_files(clinic: Clinic) -> QuerySet[Delivery]:
    """The last files of the clinic's provider, newest first."""
    files = Delivery.objects.filter(tenant_id=clinic.tenant_id, channel=Delivery.Channel.FILE)
    return files.order_by("-received_at")[:FILES_SHOWN]


def places_of_file(delivery: Delivery, *, now: datetime) -> QuerySet[Slot]:
    """The places to come that the file opened and that nobody has withdrawn, or opened again, since."""
    return Slot.objects.filter(delivery_id=delivery.id, state=Slot.State.OPEN, starts_at__gt=now)


def withdrawn_of_file(delivery: Delivery) -> int:
    """How many of the places that the file opened have been withdrawn since."""
    return Slot.objects.filter(delivery_id=delivery.id, state=Slot.State.WITHDRAWN).count()


def rows_of_file(delivery: Delivery, *, faults_only: bool) -> QuerySet[StagedSlot]:
    """The rows of a delivery in the file's order; for a paginator."""
    rows = StagedSlot.objects.filter(delivery_id=delivery.id).order_by("index")
    return rows.exclude(outcome__in=PUBLISHED) if faults_only else rows


def fates(rows: Iterable[StagedSlot]) -> list[Fate]:
    """What becomes of these rows."""
    return [
        Fate(line_of(row.index), row.care_code, row.starts_at, row.ends_at, row.outcome)
        for row in rows
    ]


def standing_of(delivery: Delivery, *, now: datetime) -> Standing:
    """How far the delivery has come, counted by outcome."""
    counts, total = delivery.counts, sum(delivery.counts.values())
    to_publish = counts.get("created", 0) + counts.get("reopened", 0)
    there = counts.get("unchanged", 0)
    asked = delivery.state == Delivery.State.STAGED and delivery.asked_at
    return Standing(
        total=total,
        to_publish=to_publish,
        there=there,
        refused=total - to_publish - there,
        is_kept=StagedSlot.objects.filter(delivery_id=delivery.id).exists(),
        is_under_way=bool(asked and asked > now - PATIENCE),
    )
