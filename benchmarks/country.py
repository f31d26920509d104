"""Loads a synthetic Sweden of the national kind with a given number of free times."""

import resource
from collections.abc import Callable
from datetime import UTC, datetime

from django.db import connections

from accounts.selectors.actors import system_actor
from benchmarks.national import CLINICS, FEW_PEOPLE, NAME, SEED, SLOTS
from brokering.actions.sweden import AlreadySynthetic, write
from brokering.selectors.places import swedish_day
from brokering.sweden.scale import Scale
from brokering.sweden.sources import read_sources
from brokering.sweden.world import World
from providers.actions.reference import region_tenant_id

MEGABYTE = 1024


def load(slots: int, tell: Callable[[int], object]) -> bool:
    """Write the country; False when it is there already."""
    now, sources = datetime.now(UTC), read_sources()
    waiting = None if slots == SLOTS else FEW_PEOPLE
    world = World(
        sources=sources,
        scale=Scale(name=NAME, waiting=waiting, clinics=CLINICS, slots=slots),
        seed=SEED,
        today=swedish_day(now),
        region_tenants={region.code: region_tenant_id(region.code) for region in sources.regions},
    )
    try:
        write(world, by=system_actor(), now=now, with_logins=False, tell=tell)
    except AlreadySynthetic:
        return False
    return True


def size() -> int:
    """Bytes of the database."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        return int(cursor.fetchone()[0])


def cost() -> dict[str, float]:
    """What loading took of this process: seconds of CPU and the most memory."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "loader_cpu_seconds": round(used.ru_utime + used.ru_stime, 1),
        "loader_megabytes": round(used.ru_maxrss / MEGABYTE),
    }
