"""Who is being asked about which freed place: for the patient, and for the region's vårdlots."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from django.db.models import QuerySet

from accounts.tenancy import Actor
from brokering.law.facts import Route
from brokering.models import Batch, Invitation
from brokering.states import InvitationState
from providers.models import Slot

LOOKED_BACK = timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class Asking:
    """A batch as a region sees it: the place, and its own patients among those asked."""

    batch: Batch
    mine: tuple[Invitation, ...]

    @property
    def slot(self) -> Slot:
        """The place that they are asked about."""
        return self.batch.slot


def my_invitations(actor: Actor, *, now: datetime) -> list[Invitation]:
    """What the actor can still answer, the place that begins first before the others."""
    rows = _with_place().filter(
        subject=actor.id,
        state=InvitationState.SENT,
        batch__answer_by__gt=now,
        batch__ended_at__isnull=True,
    )
    return list(rows.order_by("batch__slot__starts_at", "id"))


def asked_lately(actor: Actor, *, now: datetime) -> list[Asking]:
    """Batches of the last week with patients of the tenants that the actor acts for, the latest first."""
    rows = _with_place().filter(tenant__in=actor.tenants, batch__sent_at__gt=now - LOOKED_BACK)
    return _by_batch(rows.order_by("-batch__sent_at", "batch_id", "referral__priority", "id"))


def leads_elsewhere(invitation: Invitation) -> bool:
    """Whether a yes is the person's own choice of another region, which ends the guarantee there."""
    region = invitation.batch.slot.clinic.municipality.region_id
    is_own_choice = invitation.route in {Route.FREE_CHOICE, Route.INPATIENT_CHOICE}
    return is_own_choice and region != invitation.referral.home_region_id


def _with_place() -> QuerySet[Invitation]:
    return Invitation.objects.select_related(
        "batch__slot__clinic__municipality", "referral__care", "referral__patient"
    )


def _by_batch(rows: Iterable[Invitation]) -> list[Asking]:
    groups = groupby(rows, key=lambda one: one.batch_id)
    found = [tuple(group) for _, group in groups]
    return [Asking(batch=mine[0].batch, mine=mine) for mine in found]
