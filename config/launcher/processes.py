"""The processes of a running Vårdbryggan: one table of what they are and how they say that they are ready."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, NamedTuple

from config.launcher.places import ROOT, data_folder, made

if TYPE_CHECKING:
    from config.launcher.doors import Doors

NOT_THE_FIRST_ROUND = 5
"""Exit status of `first_round` when the data have seen a matching round before."""

WORKERS = {"worker": "live,messages,upkeep", "rounds": "rounds,feeds"}
"""Queues of config/celery.py by worker: a round takes minutes, a feed as long as its server likes; nobody
waits behind them."""


class Process(NamedTuple):
    """One process that is kept running."""

    name: str
    argv: list[str]
    ready_line: str
    """What it says when it has started to work, whatever LOG_LEVEL is."""


def table(doors: Doors) -> list[Process]:
    """All processes. They share open sockets, so that no connection is refused while one restarts."""
    workers = [_worker(name, queues) for name, queues in WORKERS.items()]
    return [*_faces(doors), _relay(), *workers, _beat()]


def _faces(doors: Doors) -> list[Process]:
    """On one port uvicorn answers everything; on two gunicorn answers HTTP, as on servers of one's own."""
    http = doors.http.fileno()
    if doors.live:
        return [_gunicorn(http), _uvicorn("live", doors.live.fileno())]
    count = int(os.environ.get("WEB_PROCESSES", "2"))
    return [_uvicorn(f"web-{number + 1}", http) for number in range(count)]


def _gunicorn(listening: int) -> Process:
    return Process(
        "web",
        [
            *(sys.executable, "-m", "gunicorn", "-c", "python:config.gunicorn"),
            *("--bind", f"fd://{listening}", "config.wsgi"),
        ],
        "web process ready",
    )


def _uvicorn(name: str, listening: int) -> Process:
    return Process(
        name,
        [
            *(sys.executable, "-m", "uvicorn", "config.asgi:application"),
            *("--fd", str(listening), "--no-access-log", "--timeout-graceful-shutdown", "3"),
        ],
        "Application startup complete",
    )


def _relay() -> Process:
    return Process("relay", [sys.executable, str(ROOT / "manage.py"), "relay"], "relay ready")


def _worker(name: str, queues: str) -> Process:
    """Two at a time; without the chatter between workers that so few do not need."""
    return Process(
        name,
        [
            *(sys.executable, "-m", "celery", "-A", "config.celery", "worker", "-l", "INFO"),
            *("-c", "2", "--without-gossip", "--without-mingle", "-n", f"{name}@%h", "-Q", queues),
        ],
        " ready.",
    )


def _beat() -> Process:
    schedule = made(data_folder() / "beat") / "schedule"
    return Process(
        "beat",
        [
            *(sys.executable, "-m", "celery", "-A", "config.celery", "beat", "-l", "INFO"),
            *("-s", str(schedule), "--pidfile="),
        ],
        "beat: Starting",
    )
