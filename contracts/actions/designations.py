"""A region enters which clinics are designated for a care of its patients, and until when."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.actions.trail import record
from accounts.errors import Invalid
from accounts.tenancy import Actor
from contracts.access import access_own_designation, access_own_region
from contracts.errors import AlreadyDesignated, DesignationHasEnded, EndsTooEarly
from contracts.models import Designation
from contracts.terms import FIRST_DAY, LAST_DAY
from providers.models import Care, Clinic


@dataclass(frozen=True, kw_only=True)
class Decided:
    """One clinic for one care, as it stands in a document; `region` is for whose patients."""

    region: str
    care: str
    clinic: UUID
    basis: str
    source: str
    valid_from: date
    valid_to: date | None = None


def designate(*, by: Actor, decided: Decided, now: datetime) -> Designation:
    """Enter a designation for the patients of the actor's own region.

    From then on the others of the care are not booked for them where it binds. Raises NotFound, NotAllowed,
    Invalid (also for a clinic that does not offer the care), AlreadyDesignated.
    """
    with transaction.atomic():
        region = access_own_region(decided.region, by=by)
        _check(decided)
        row = Designation(
            region=region,
            tenant_id=region.tenant_id,
            care_id=decided.care,
            clinic_id=decided.clinic,
            basis=decided.basis,
            source=decided.source.strip(),
            valid_from=decided.valid_from,
            valid_to=decided.valid_to,
            set_by_id=by.id,
            set_at=now,
        )
        try:
            with transaction.atomic():
                row.save(force_insert=True)
        except IntegrityError as error:
            raise AlreadyDesignated from error
        record(
            "designation.entered",
            row.id,
            by=by,
            now=now,
            clinic=str(row.clinic_id),
            region=region.code,
            care=row.care_id,
            basis=row.basis,
        )
        return row


def end_designation(*, by: Actor, designation: UUID, last_day: date, now: datetime) -> None:
    """Give a designation of the own region its last day, once.

    Raises NotFound, NotAllowed, DesignationHasEnded, EndsTooEarly before its first day.
    """
    with transaction.atomic():
        row = access_own_designation(designation, by=by)
        if last_day < row.valid_from:
            raise EndsTooEarly(earliest=row.valid_from)
        going = Designation.objects.filter(id=row.id, valid_to__isnull=True)
        if not going.update(valid_to=last_day):
            raise DesignationHasEnded
        record("designation.ended", row.id, by=by, now=now, last_day=last_day.isoformat())


def _check(decided: Decided) -> None:
    first, last = decided.valid_from, decided.valid_to
    care = Care.objects.filter(code=decided.care).first()
    offers = care is not None and Clinic.objects.filter(id=decided.clinic, cares=care).exists()
    national = decided.basis == Designation.Basis.NATIONAL
    wrong = {
        "care": care is None,
        "clinic": not offers,
        "basis": decided.basis not in Designation.Basis.values
        or (national and care is not None and care.hospital_level != "national"),
        "source": not 0 < len(decided.source.strip()) <= 200,
        "valid_from": not FIRST_DAY <= first <= LAST_DAY,
        "valid_to": last is not None and not first <= last <= LAST_DAY,
    }
    if faults := {name: ["cannot be"] for name, is_wrong in wrong.items() if is_wrong}:
        raise Invalid(fields=faults)
