"""The processes of a running Vårdbryggan: one table of what they are and how they say that they are ready."""

from __future__ import annotations

import os
import sys
from typing import NamedTuple

from config.launcher.places import ROOT, data_folder, made

NOT_THE_FIRST_ROUND = 5
"""Exit status of `first_round` when the data have seen a matching round before."""


class Process(NamedTuple):
    """One process that is kept running."""

    name: str
    argv: list[str]
    ready_line: str
    """What it logs when it has started to work."""


def web_processes() -> int:
    """How many processes answer HTTP and live connections."""
    return int(os.environ.get("WEB_PROCESSES", "2"))


def table(listening: int) -> list[Process]:
    """All processes; the web ones share one socket, so that no connection is refused while one restarts."""
    web = [_web(number + 1, listening) for number in range(web_processes())]
    return [*web, _relay(), _worker(), _beat()]


def _web(number: int, listening: int) -> Process:
    return Process(
        f"web-{number}",
        [
            *(sys.executable, "-m", "uvicorn", "config.asgi:application"),
            *("--fd", str(listening), "--no-access-log", "--timeout-graceful-shutdown", "3"),
        ],
        "Application startup complete",
    )


def _relay() -> Process:
    return Process("relay", [sys.executable, str(ROOT / "manage.py"), "relay"], "relay ready")


def _worker() -> Process:
    """All queues of config/celery.py; without the chatter between workers that a single one does not need."""
    return Process(
        "worker",
        [
            *(sys.executable, "-m", "celery", "-A", "config.celery", "worker", "-l", "INFO"),
            *("-c", "2", "--without-gossip", "--without-mingle", "-n", "worker@%h"),
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
