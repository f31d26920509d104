"""A Valkey that takes connections and answers nothing: whoever needs it for a moment goes on without it."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from config.launcher.places import ROOT

ENDS = 30
"""Seconds after which it would not have gone on by itself: without limits it waits for ever."""
SCRIPT = """
import django
django.setup()
import config.celery
{}
"""
ASKS = {
    "a task is started": """
from kombu.exceptions import OperationalError as Silence
from brokering.tasks import rematch_freed
def ask(): rematch_freed.delay()
""",
    "the cache is read": """
from redis.exceptions import TimeoutError as Silence
from django.core.cache import cache
def ask(): cache.get("a count")
""",
}
EXPECTED = """
try:
    ask()
except Silence:
    print("went on")
"""


@pytest.fixture
def deaf() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0), backlog=50) as server:
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/0"


@pytest.mark.parametrize("asks", ASKS.values(), ids=list(ASKS))
def test_nobody_waits_for_a_valkey_that_does_not_answer(deaf, asks):
    env = {**os.environ, "REDIS_URL": deaf, "DJANGO_SETTINGS_MODULE": "config.settings"}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(asks + EXPECTED)],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=ENDS,
        check=False,
    )
    assert done.stdout.strip() == "went on", done.stderr[-500:]
