"""Two sides that must never see each other."""

import pytest

from tests.security.world import Side, a_side


@pytest.fixture
def ours(database) -> Side:
    """Alice of Region Stockholm."""
    return a_side("01", "Alice")


@pytest.fixture
def theirs(database) -> Side:
    """Bob of Region Uppsala."""
    return a_side("03", "Bob")
