"""How much memory each process of the production layout takes, once it has worked at the country's size."""

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial

from benchmarks.bookings_http import book
from benchmarks.callers import production_server
from benchmarks.cast import cookies, pairs
from benchmarks.crowd import Client, all_at_once
from benchmarks.machine import megabytes, tree
from benchmarks.national import postmaster, valkey_process
from benchmarks.stage import tell_of
from config.launcher import processes

BOOKINGS, CLIENTS, WORKERS = 80, 8, 2
SETTLE_SECONDS = 10.0
BARE = """
import django, time
from django.conf import settings
settings.configure()
django.setup()
time.sleep(600)
"""
CELERY = ["-m", "celery", "-A", "config.celery"]


def measure() -> None:
    """A line for every process; the reference is a Python that has Django and nothing of the product."""
    found = pairs(BOOKINGS, now=datetime.now(UTC))
    works = [
        partial(book, pair, cookie) for pair, cookie in zip(found, cookies(found), strict=True)
    ]
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        web = stack.enter_context(production_server(workers=WORKERS))
        started = {
            "web": (web.pid, f"gunicorn, {WORKERS} workers with 4 threads"),
            "postgres": (postmaster(), "PostgreSQL, all its processes"),
            "valkey": (valkey_process(), "Valkey"),
        }
        for name, argv, what in _others(folder):
            started[name] = stack.enter_context(_process(argv)), what
        bare = stack.enter_context(_process(["-c", BARE]))
        all_at_once(web.address, works, CLIENTS)
        _search(web.address)
        time.sleep(SETTLE_SECONDS)
        least = round(megabytes([bare]), 1)
        for name, (pid, what) in started.items():
            pids = tree(pid)
            taken = round(megabytes(pids), 1)
            reference = ("a Python process with Django alone", least)
            more = {"process": what, "processes": len(pids)}
            tell_of(f"memory.{name}", (taken, "megabytes (PSS)"), reference, len(pids), **more)


def _others(folder: str) -> Iterator[tuple[str, list[str], str]]:
    live = ["-m", "uvicorn", "config.asgi:application", "--port", "0", "--log-level", "warning"]
    yield "live", live, "uvicorn, one process for /live/"
    yield "relay", ["manage.py", "relay"], "the relay"
    for name, queues in processes.WORKERS.items():
        argv = [*CELERY, "worker", "-c", "2", "-l", "WARNING", "-n", f"{name}@%h", "-Q", queues]
        yield name, argv, f"Celery worker, 2 at a time, of {queues}; no round over the country run"
    yield "beat", [*CELERY, "beat", "-l", "WARNING", "-s", f"{folder}/beat", "--pidfile="], "beat"


def _search(address: str) -> None:
    client = Client(address)
    for care in ("besok-ogon", "besok-ortopedi", "besok-hud", "op-kirurgi") * 10:
        client.line.request("GET", f"/api/v1/slots?care={care}&home_region=14")
        client.line.getresponse().read()


@contextlib.contextmanager
def _process(argv: list[str]) -> Iterator[int]:
    env = os.environ | {"ALLOWED_HOSTS": "127.0.0.1", "LOG_LEVEL": "WARNING"}
    process = subprocess.Popen([sys.executable, *argv], env=env, stdout=sys.stderr)
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait()
