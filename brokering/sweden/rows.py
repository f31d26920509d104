"""A synthetic Sweden as rows of the database's tables, in an order that satisfies every foreign key."""

from collections.abc import Iterator
from datetime import date
from itertools import islice

from brokering.sweden.batch import Batch, Packed, Row, Secrets
from brokering.sweden.capacity_rows import clinic_batches
from brokering.sweden.need_rows import need_batches
from brokering.sweden.register_rows import register_batches
from brokering.sweden.slot_rows import COLUMNS, slot_blocks
from brokering.sweden.slots import start_of_day
from brokering.sweden.week_rows import week_batches
from brokering.sweden.world import World

CHUNK = 10_000
"""People written at a time, so that memory does not grow with the scale."""


def batches(world: World, secrets: Secrets) -> Iterator[Batch | Packed]:
    """Every row of the world."""
    yield from _accounts(world, secrets)
    yield from clinic_batches(world)
    yield from register_batches(world, secrets.writer)
    needs = world.needs()
    while chunk := tuple(islice(needs, CHUNK)):
        yield from need_batches(world, secrets, chunk)
    yield Packed("providers_slot", COLUMNS, slot_blocks(world.times, world.seed))
    yield from week_batches(world)


def size(world: World) -> int:
    """About how many rows there are, for a progress bar."""
    return 2 * len(world.people) + world.scale.slots


def _accounts(world: World, secrets: Secrets) -> Iterator[Batch]:
    private = (provider for provider in world.capacity.providers if not provider.is_region)
    yield Batch(
        "accounts_tenant",
        ("id", "kind", "name", "synthetic"),
        [(provider.tenant_id, "provider", provider.name, True) for provider in private],
    )
    yield Batch("accounts_user", USER, list(_users(world, secrets)))
    yield Batch(
        "accounts_membership",
        ("user_id", "tenant_id", "role", "valid_from", "valid_to"),
        [
            (world.user_id(login), tenant, login.role.value, date(world.today.year - 1, 1, 1), None)
            for login, tenant in world.logins
            if tenant is not None
        ],
    )


USER = (
    "id",
    "username",
    "password",
    "first_name",
    "last_name",
    "email",
    "is_superuser",
    "is_staff",
    "is_active",
    "date_joined",
    "is_patient",
    "synthetic",
    "demo_story",
)


def _users(world: World, secrets: Secrets) -> Iterator[Row]:
    joined = start_of_day(world.today)
    for login, tenant in world.logins:
        first, _, last = login.name.partition(" ")
        yield (
            world.user_id(login),
            login.username,
            secrets.password,
            first,
            last,
            "",
            False,
            False,
            True,
            joined,
            tenant is None,
            True,
            login.story,
        )
