"""Writes the trail: what was done, and who read a patient's row."""

from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from accounts.models import AccessLog, Event
from accounts.tenancy import PUBLIC, Actor, Belongs


class PersonRow(Protocol):
    """What the access log needs to know of a patient's row."""

    id: UUID
    tenant_id: UUID
    subject_id: UUID | None


def record(
    did: str, to: object, *, by: Actor, now: datetime, belongs: Belongs = PUBLIC, **data: Any
) -> None:
    """Add an event to the running transaction.

    `did` is noun and verb ("booking.held"), `to` the noun's id; `data` holds codes and ids only.
    """
    noun, verb = did.split(".")
    Event.objects.create(
        at=now,
        actor_id=by.id,
        tenant_id=belongs.tenant,
        addressed_to_id=belongs.addressed_to,
        subject_id=belongs.subject,
        noun=noun,
        noun_id=str(to),
        verb=verb,
        data=data,
    )


def log_access(patient: PersonRow, *, by: Actor, purpose: str, now: datetime) -> None:
    """Note that staff read a patient's row; a patient's read of their own row is not logged."""
    if patient.subject_id is not None and by.id == patient.subject_id:
        return
    AccessLog.objects.create(
        at=now,
        reader_id=by.id,
        membership_id=by.membership_id,
        tenant_id=patient.tenant_id,
        subject_id=patient.subject_id,
        patient_id=patient.id,
        purpose=purpose,
    )
