"""The drill itself, shortened: every fault once on the production layout, nothing lost; blind it is not."""

import json
import os
import subprocess
import sys

import pytest

from config.launcher.places import ROOT

TESTS = ("DATABASE", "REDIS_URL", "VARDBRYGGAN", "SECRET_KEY", "IDENTITY_KEYS", "DEBUG", "PYTEST")
FAULTS = {
    *("web", "web worker", "live", "relay", "beat"),
    *("worker", "task worker", "rounds", "round worker"),
    *("postgres", "valkey", "full disk", "valkey cut"),
}
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def drilled():
    """One drill for all that is asked about it."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(TESTS)}
    command = [sys.executable, "-m", "tests.config.short_drill"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_short_drill_deals_every_fault_and_finds_nothing(drilled):
    assert drilled["found"] == []
    assert set(drilled["faults"]) == FAULTS
    assert drilled["sent"] > 2 * drilled["deeds"] > 0


def test_the_same_drill_without_the_guard_of_a_place_finds_places_that_two_have(drilled):
    assert any("booked by one, and then held by another" in one for one in drilled["unguarded"])
    assert any(one.startswith("No place is occupied twice.") for one in drilled["unguarded"])
