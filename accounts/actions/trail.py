"""Writes the trail: what was done, and who read a patient's row."""

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import Any, Protocol
from uuid import UUID

from accounts.database.rows import add
from accounts.models import AccessLog, Event
from accounts.roles import Role
from accounts.tenancy import PUBLIC, Actor, Belongs, write_at_the_end


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
    record_each(did, [to], by=by, now=now, belongs=belongs, **data)


def record_each(
    did: str,
    to: Iterable[object],
    *,
    by: Actor,
    now: datetime,
    belongs: Belongs = PUBLIC,
    **data: Any,
) -> None:
    """Add the same event for each of many ids, in one statement."""
    add([event(did, one, by=by, now=now, belongs=belongs, **data) for one in to])


def event(
    did: str, to: object, *, by: Actor, now: datetime, belongs: Belongs = PUBLIC, **data: Any
) -> Event:
    """The event that `record` writes, for whoever writes it in one statement with what it tells of."""
    noun, verb = did.split(".")
    return Event(
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
    """Note that staff read a patient's row; patients' own reads and the machine's are not logged."""
    log_accesses([patient], by=by, purpose=purpose, now=now)


def log_accesses(patients: Iterable[PersonRow], *, by: Actor, purpose: str, now: datetime) -> None:
    """Note that staff read several patients' rows, such as one page of a list.

    It is written when the actor's transaction ends: whoever has read has read, also where what was asked for
    is refused and taken back.
    """
    if Role.SYSTEM in by.roles:
        return
    rows = [
        AccessLog(
            at=now,
            reader_id=by.id,
            membership_id=by.membership_in(patient.tenant_id, *by.tenants),
            tenant_id=patient.tenant_id,
            subject_id=patient.subject_id,
            patient_id=patient.id,
            purpose=purpose,
        )
        for patient in patients
        if patient.subject_id != by.id
    ]
    if rows:
        write_at_the_end(by, partial(add, rows))
