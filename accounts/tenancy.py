"""Who acts, for which tenants, told to the database for the length of one transaction.

Row-level security reads two settings, `app.actor` and `app.tenants`. They are set with SET LOCAL, so they
end with the transaction and are safe behind a connection pool. Without them the need plane is empty.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from uuid import UUID

from django.db import connections, transaction

from accounts.database.statements import tuples_of
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


EXCHANGE = """
    SELECT coalesce(current_setting('app.actor', true), ''),
           coalesce(current_setting('app.tenants', true), ''),
           set_config('app.actor', %s, true), set_config('app.tenants', %s, true)
"""


@contextmanager
def acting_as(actor: Actor, *, using: str = "default", savepoint: bool = True) -> Iterator[Actor]:
    """Open a transaction (or a savepoint in one) in which the database sees the actor and its tenants.

    On leaving, the settings of the surrounding transaction are put back, so that contexts may nest. Where it
    has them already, the database is told nothing. Without a savepoint whatever is raised takes the
    surrounding transaction back too.
    """
    is_nested = connections[using].in_atomic_block
    knows = is_nested and _told_in(using) == _settings(actor)
    with (
        _kept_to_the_end(actor, using) as kept,
        transaction.atomic(using=using, savepoint=savepoint),
    ):
        before = ("", "") if knows else _exchanged(using, *_settings(actor))
        with kept.telling(actor):
            yield actor
            # A transaction that ends here takes its settings with it, and so does one that will be rolled
            # back, which runs no more statements.
            if not transaction.get_rollback(using):
                kept.write()
                if is_nested and not knows:
                    _exchanged(using, *before)


def write_at_the_end(by: Actor, write: Callable[[], object]) -> None:
    """Write something in the actor's name when the outermost `acting_as` ends, whoever acts in that one.

    So it is written whatever is refused and taken back before, inside or around. At once where there is none.
    """
    if found := _open.get():
        found[0].writes.append((by, write))
    else:
        write()


@dataclass
class _Kept:
    """What is to be written when the actor, in whose transaction all others are, has done all else."""

    actor: Actor
    using: str
    writes: list[tuple[Actor, Callable[[], object]]] = field(default_factory=list)
    told: tuple[str, str] | None = None
    """The settings of its connection as long as they are sure to hold, in its own transaction alone."""

    def __post_init__(self) -> None:
        self.connection = connections[self.using]

    @contextmanager
    def telling(self, actor: Actor) -> Iterator[None]:
        """The database has been told of the actor, until the end."""
        before, self.told = self.told, _settings(actor)
        try:
            yield
        finally:
            self.told = before

    def write(self) -> None:
        while self.writes:
            by, write = self.writes.pop(0)
            if by.id == self.actor.id:
                write()
                continue
            before = _exchanged(self.using, *_settings(by))
            with self.telling(by):
                write()
            _exchanged(self.using, *before)


_open: ContextVar[tuple[_Kept, ...]] = ContextVar("open", default=())
"""Of each `acting_as` that has begun and not ended, the outermost first."""


@contextmanager
def _kept_to_the_end(actor: Actor, using: str) -> Iterator[_Kept]:
    """What a transaction that is taken back has left to write is written in one of its own, or around it."""
    kept = _Kept(actor, using)
    token = _open.set((*_open.get(), kept))
    try:
        yield kept
    finally:
        _open.reset(token)
        around = connections[using].in_atomic_block
        if kept.writes and not (around and transaction.get_rollback(using)):
            with transaction.atomic(using=using):
                before = _exchanged(using, *_settings(actor))
                kept.write()
                _exchanged(using, *before)


def _told_in(using: str) -> tuple[str, str] | None:
    """What the innermost `acting_as` on this very connection has told the database, if that holds still."""
    here = connections[using]
    return next((one.told for one in reversed(_open.get()) if one.connection is here), None)


def _settings(actor: Actor) -> tuple[str, str]:
    return str(actor.id), ",".join(sorted(map(str, actor.tenants)))


def _exchanged(using: str, actor: str, tenants: str) -> tuple[str, str]:
    """Set both and answer what they were: the columns of a row are computed from the left."""
    rows = tuples_of(EXCHANGE, [actor, tenants], using=using)
    return rows[0][0], rows[0][1]
