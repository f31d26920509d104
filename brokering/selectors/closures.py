"""What a decision to close a clinic touches, and the decisions of a clinic."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from providers.models import CapacityRestriction, Claim, Clinic, Slot


@dataclass(frozen=True)
class Affected:
    """Places ahead within a decision: nobody has them, somebody holds them, somebody has booked them."""

    free: int
    held: int
    booked: int


def places_within(restriction: CapacityRestriction, *, now: datetime) -> QuerySet[Slot]:
    """Open places ahead that lie in some part within the decision (which need not be saved)."""
    rows = Slot.objects.filter(
        clinic=restriction.clinic_id,
        state=Slot.State.OPEN,
        starts_at__gt=now,
        starts_at__lt=restriction.ends_at,
        ends_at__gt=restriction.begins_at,
    )
    return rows.filter(care=restriction.care_id) if restriction.care_id else rows


def affected_by(restriction: CapacityRestriction, *, now: datetime) -> Affected:
    """How many places the decision touches now."""
    places = places_within(restriction, now=now)
    claims = Claim.objects.filter(slot__in=places)
    booked = claims.filter(state=Claim.State.CONFIRMED).count()
    held = claims.filter(Q(state=Claim.State.HELD, held_until__gt=now)).count()
    return Affected(free=places.count() - booked - held, held=held, booked=booked)


def restrictions_of(clinic: Clinic) -> list[CapacityRestriction]:
    """Every decision of a clinic with who made it, the latest first."""
    rows = CapacityRestriction.objects.filter(clinic=clinic)
    return list(rows.select_related("care", "decided_by").order_by("-begins_at", "id"))
