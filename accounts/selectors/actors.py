"""From a login to the actor that the rest of the house knows."""

from datetime import date
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q

from accounts.database.prepared import Asked, Prepared
from accounts.models import SYSTEM_USER_ID, Membership, User
from accounts.roles import Role
from accounts.tenancy import Actor, Assignment

IN_FORCE = Prepared(
    lambda: Membership.objects.filter(
        Q(valid_to__isnull=True) | Q(valid_to__gte=Asked("on")),
        user=Asked("user"),
        valid_from__lte=Asked("on"),
    ).order_by("id")
)


def actor_of(user: User | AnonymousUser, *, on: date) -> Actor | None:
    """The actor for a logged-in user with the memberships in force on the day; None for anonymous."""
    if not user.is_authenticated:
        return None
    return Actor(
        id=user.id,
        personal=frozenset({Role.PATIENT} if user.is_patient else ()),
        assignments=tuple(
            Assignment(row.tenant_id, Role(row.role), row.id)
            for row in IN_FORCE.all(user=user.id, on=on)
        ),
    )


def system_actor(*tenants: UUID) -> Actor:
    """The system acting for some tenants, as scheduled work does."""
    return Actor(
        id=SYSTEM_USER_ID,
        personal=frozenset({Role.SYSTEM}),
        assignments=tuple(Assignment(tenant, Role.SYSTEM) for tenant in tenants),
    )
