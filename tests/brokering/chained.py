"""A clinic that assesses before it treats, and people who wait for both together."""

from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.roles import Role
from accounts.tenancy import Actor, acting_as
from brokering.actions.chains import Chain, Part, Together, hold_together
from brokering.actions.restrictions import Closure, restrict
from brokering.law.facts import Route
from brokering.models import Booking, Referral
from contracts.models import Lot
from providers.codes import RestrictionReason
from providers.models import Clinic, Slot
from tests.brokering.desk import SOON
from tests.factories import (
    EYES,
    NOW,
    a_clinic,
    a_patient,
    a_referral,
    acting,
    an_agreement,
    at,
    staff,
)

OPERATION = "op-ogon"


def a_clinic_for_both() -> Any:
    """A clinic that gives both, and leaves it to no referrer to assess; its lot is `lot`."""
    clinic: Any = a_clinic(cares=(EYES, OPERATION))
    clinic.lot = an_agreement(clinic, accepts_referrer_assessment=False)
    return clinic


def a_pair(name: str = "Alice", **also: Any) -> tuple[Referral, Referral]:
    """Somebody who waits for a visit to an eye clinic and the operation that follows it there."""
    patient = a_patient(name)
    first = a_referral(patient)
    fields = {"follows": first, "decided_on": None} | also
    return first, a_referral(patient, OPERATION, **fields)


def together(
    slots: tuple[Slot, Slot], pair: tuple[Referral, Referral], lot: Lot, **also: Any
) -> Together:
    """A click on both places: the own region's route, an hour."""
    parts = [
        Part(slot=slot.id, referral=need.id, lot=lot.id, route=Route.OWN_REGION)
        for slot, need in zip(slots, pair, strict=True)
    ]
    fields = {"held_until": NOW + SOON} | also
    return Together(first=parts[0], second=parts[1], **fields)


def held_together(
    slots: tuple[Slot, Slot],
    pair: tuple[Referral, Referral],
    lot: Lot,
    *,
    by: Actor | None = None,
    now: Any = NOW,
    **also: Any,
) -> Chain:
    """Hold both as the patient, or as somebody else."""
    by = by or acting(pair[0].patient.subject)
    with acting_as(by):
        return hold_together(by=by, wanted=together(slots, pair, lot, **also), now=now)


def states(chain: UUID | None) -> list[str]:
    """How the times of a chain stand."""
    rows = Booking.objects.using("owner").filter(chain=chain)
    return sorted(rows.values_list("state", flat=True))


__all__ = ["EYES", "OPERATION", "a_pair", "held_together", "states", "together"]


def closed(clinic: Clinic, *, until: datetime) -> None:
    """The clinic closes by a decision from the fifth day on: times that it has given there are taken back."""
    closure = Closure(
        clinic=clinic.id,
        begins_at=at(5, 0),
        ends_at=until,
        reason=RestrictionReason.STAFFING,
        decision_reference="RS 2021-0815",
    )
    with acting_as(dana := acting(staff(Role.CLINIC_STAFF, clinic.tenant))):
        restrict(by=dana, closure=closure, now=NOW)
