"""Who has read patients' rows: for the patient, and for an auditor of the responsible tenant."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import AccessLog, Membership
from accounts.tenancy import Actor


@dataclass(frozen=True)
class Reading:
    """One read of a person's row by staff: when, who, in which assignment, why."""

    at: datetime
    reader: str
    role: str
    tenant: str
    purpose: str
    patient: UUID
    """Opaque: for the auditor, who sees no name."""


def readings_of(actor: Actor) -> QuerySet[AccessLog]:
    """The log of reads of the actor's own rows, newest first, for a paginator."""
    return AccessLog.objects.filter(subject_id=actor.id).select_related("reader").order_by("-id")


def readings_in(tenants: Iterable[UUID]) -> QuerySet[AccessLog]:
    """The log of all reads of rows that the tenants answer for, newest first."""
    log = AccessLog.objects.filter(tenant_id__in=list(tenants))
    return log.select_related("reader").order_by("-id")


def as_readings(rows: Sequence[AccessLog]) -> list[Reading]:
    """The rows of one page as values, each with the assignment in which it was read."""
    ids = {row.membership_id for row in rows if row.membership_id is not None}
    assignments = Membership.objects.select_related("tenant").in_bulk(ids)
    return [_reading(row, assignments.get(row.membership_id)) for row in rows]


def _reading(row: AccessLog, assignment: Membership | None) -> Reading:
    return Reading(
        at=row.at,
        reader=row.reader.get_full_name() or row.reader.username,
        role=assignment.role if assignment else "",
        tenant=assignment.tenant.name if assignment else "",
        purpose=row.purpose,
        patient=row.patient_id,
    )
