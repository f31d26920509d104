"""The running product: open doors, the processes behind them, and somebody who watches them."""

from __future__ import annotations

import contextlib
import signal
import sys
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, NoReturn

from config.launcher import environment, processes
from config.launcher.children import end_all, processes_with
from config.launcher.doors import Doors, opened
from config.launcher.errors import Stopped, told
from config.launcher.locks import Lock
from config.launcher.places import data_folder, mark
from config.launcher.steps import say, step
from config.launcher.supervisor import TICK_SECONDS, Supervisor

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import FrameType

MARKER = "VARDBRYGGAN_RUN"
"""Every process of a start carries it, so that the next start finds what a kill -9 left behind."""
ANSWER_SECONDS = 30.0
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def stop_on_signals() -> None:
    """Whatever asks this process to stop looks like Ctrl-C."""
    for number in SIGNALS:
        signal.signal(number, _interrupt)


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """One start on one data folder; ends what a killed start left behind."""
    with Lock("run") as lock:
        if not lock.take():
            raise Stopped(
                f"Vårdbryggan is already running on the data in {data_folder()}; stop it first (Ctrl-C)."
            )
        end_all(processes_with(MARKER, mark()), patience=10)
        yield


@contextlib.contextmanager
def running(doors: Doors, env: Mapping[str, str]) -> Iterator[Supervisor]:
    """All processes up and answering; on the way out they are stopped, in bounded time."""
    marked = {**env, MARKER: mark(), "PYTHONUNBUFFERED": "1"}
    supervisor = Supervisor(processes.table(doors), marked, doors.numbers)
    try:
        with step("Web, live, relay, worker, beat"):
            supervisor.wait_ready()
            _wait_for_answer(doors.address, supervisor)
        yield supervisor
    finally:
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        say("\nStopping …")
        supervisor.stop()


def _wait_for_answer(address: str, supervisor: Supervisor) -> None:
    """Return when /readyz says that database and Valkey are reached through the web processes."""
    deadline = time.monotonic() + ANSWER_SECONDS
    while not _answers(f"{address}readyz"):
        if time.monotonic() > deadline:
            raise Stopped(f"The web processes do not answer; see {data_folder() / 'log'}.")
        supervisor.tick()
        time.sleep(TICK_SECONDS)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def main(_argv: list[str]) -> int:
    """Run the processes alone, on servers and a database that are there; the tests do."""
    stop_on_signals()
    with alone(), opened() as doors, contextlib.suppress(KeyboardInterrupt):
        _watch(doors)
    return 0


def _watch(doors: Doors) -> NoReturn:
    with running(doors, environment.complete()) as supervisor:
        say(f"Live: {doors.live_address}")
        say(f"Running: {doors.address}")
        while True:
            supervisor.tick()
            time.sleep(TICK_SECONDS)


if __name__ == "__main__":
    sys.exit(told(main, sys.argv[1:]))
