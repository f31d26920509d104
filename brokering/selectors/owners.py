"""What is open and belongs to somebody who acts for its region no longer."""

from datetime import date
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.models import Membership
from accounts.roles import PERMISSIONS, Permission, Role
from brokering.models import Approval, ContactTask, RebookingTask, RerouteCase
from brokering.states import ApprovalState, CaseState, ContactState, TaskState

Owned = Approval | ContactTask | RebookingTask | RerouteCase
OPEN: dict[type[Owned], str] = {
    Approval: ApprovalState.ASKED,
    ContactTask: ContactState.OPEN,
    RebookingTask: TaskState.OPEN,
    RerouteCase: CaseState.OPEN,
}
"""Everything with an owner, and the state in which it waits for one. A question has one once it is late."""
ROLES = frozenset(
    role for role, may in PERMISSIONS.items() if Permission.REROUTE in may and role != Role.SYSTEM
) | {Role.REGION_ADMINISTRATOR}


def without_owner(tenant: UUID, *, on: date) -> list[Owned]:
    """A tenant's open cases, tasks and late questions whose owner does not act for it that day."""
    rows: list[Owned] = []
    for model, state in OPEN.items():
        mine: QuerySet[Owned] = model.objects.filter(  # type: ignore[attr-defined]
            tenant=tenant, state=state, owner__isnull=False
        )
        rows += mine.exclude(owner__in=_acting(tenant, on)).order_by("id")
    return rows


def _acting(tenant: UUID, on: date) -> QuerySet[Membership, UUID]:
    rows = Membership.objects.filter(
        Q(valid_to__isnull=True) | Q(valid_to__gte=on),
        tenant=tenant,
        role__in=ROLES,
        valid_from__lte=on,
        user__is_active=True,
    )
    return rows.values_list("user_id", flat=True)
