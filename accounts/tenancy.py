"""Who acts, for which tenants, told to the database for the length of one transaction.

Row-level security reads two settings, `app.actor` and `app.tenants`. They are set with SET LOCAL, so they
end with the transaction and are safe behind a connection pool. Without them the need plane is empty.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from django.db import connections, transaction

from accounts.roles import Permission, Role, permissions_of


@dataclass(frozen=True)
class Assignment:
    """What an actor is in one tenant; the system's assignments have no membership."""

    tenant: UUID
    role: Role
    membership_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class Actor:
    """The one who acts: a person, or the system on behalf of tenants.

    `personal` are roles that need no tenant: a patient is one everywhere.
    """

    id: UUID
    personal: frozenset[Role] = frozenset()
    assignments: tuple[Assignment, ...] = ()

    @property
    def tenants(self) -> frozenset[UUID]:
        """Every tenant in which the actor is something."""
        return frozenset(one.tenant for one in self.assignments)

    @property
    def roles(self) -> frozenset[Role]:
        """Everything that the actor is somewhere."""
        return self.personal | {one.role for one in self.assignments}

    def may(self, permission: Permission) -> bool:
        """Whether the actor has the permission anywhere: enough to open a page, never a row."""
        return permission in permissions_of(self.roles)

    def may_in(self, tenant: UUID | None, permission: Permission) -> bool:
        """Whether the actor has the permission in the tenant that a row belongs to."""
        here = frozenset(one.role for one in self.assignments if one.tenant == tenant)
        return permission in permissions_of(here)

    def tenants_where(self, permission: Permission) -> frozenset[UUID]:
        """The tenants in which the actor has the permission."""
        return frozenset(one for one in self.tenants if self.may_in(one, permission))

    def membership_in(self, *tenants: UUID | None) -> int | None:
        """The membership under which the actor works in the first of the tenants where it has one."""
        found = (one.membership_id for t in tenants for one in self.assignments if one.tenant == t)
        return next((number for number in found if number is not None), None)


@dataclass(frozen=True)
class Belongs:
    """To whom a row belongs: responsible tenant, tenant it was addressed to, the patient's login."""

    tenant: UUID | None = None
    addressed_to: UUID | None = None
    subject: UUID | None = None


PUBLIC = Belongs()
"""A row of the capacity plane, which everyone may read."""


@contextmanager
def acting_as(actor: Actor, *, using: str = "default") -> Iterator[Actor]:
    """Open a transaction (or a savepoint in one) in which the database sees the actor and its tenants.

    On leaving, the settings of the surrounding transaction are put back, so that contexts may nest.
    """
    is_nested = connections[using].in_atomic_block
    with transaction.atomic(using=using):
        before = _exchanged(using, str(actor.id), ",".join(sorted(map(str, actor.tenants))))
        yield actor
        # A transaction that ends here takes its settings with it, and so does one that will be rolled back,
        # which runs no more statements.
        if is_nested and not transaction.get_rollback(using):
            _exchanged(using, *before)


def _exchanged(using: str, actor: str, tenants: str) -> tuple[str, str]:
    """Set both and answer what they were: the columns of a row are computed from the left."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(current_setting('app.actor', true), ''),"
            " coalesce(current_setting('app.tenants', true), ''),"
            " set_config('app.actor', %s, true), set_config('app.tenants', %s, true)",
            [actor, tenants],
        )
        was_actor, was_tenants, *_ = cursor.fetchone()
    return was_actor, was_tenants
