"""One set of sources and two worlds, computed once."""

from datetime import date
from uuid import UUID

import pytest

from brokering.sweden.scale import SCALES
from brokering.sweden.sources import Sources, read_sources
from brokering.sweden.world import World

TODAY = date(2026, 3, 2)


def world_of(sources: Sources, scale: str, seed: int = 7) -> World:
    """A world whose regions have made-up tenants."""
    tenants = {row.code: UUID(int=int(row.code)) for row in sources.regions}
    return World(sources, SCALES[scale], seed, TODAY, tenants)


@pytest.fixture(scope="session")
def sources() -> Sources:
    return read_sources()


@pytest.fixture(scope="session")
def demo(sources: Sources) -> World:
    return world_of(sources, "demo")


@pytest.fixture(scope="session")
def national(sources: Sources) -> World:
    return world_of(sources, "national")
