"""Where a patient is reached, and whom a region must reach by other means."""

from uuid import UUID

from accounts.roles import Permission
from accounts.tenancy import Actor
from brokering.models import ContactPoint, ContactTask
from brokering.states import ContactState


def contact_points_of(user: UUID) -> list[ContactPoint]:
    """The contact points of a patient that are in use, the first to be tried first."""
    rows = ContactPoint.objects.filter(patient__subject=user, ended_at__isnull=True)
    return list(rows.order_by("rank", "created_at", "id"))


def open_contact_tasks(*, by: Actor) -> list[ContactTask]:
    """The open tasks of the actor's regions, the earliest next day first, then the oldest."""
    rows = ContactTask.objects.filter(
        state=ContactState.OPEN, tenant__in=by.tenants_where(Permission.REROUTE)
    )
    return list(
        rows.select_related(
            "referral__patient", "referral__care", "owner", "message", "offer"
        ).order_by("next_on", "opened_at", "id")
    )
