"""`make run`: everything up, in order, until Ctrl-C."""

from __future__ import annotations

import contextlib
import sys
import time
from typing import TYPE_CHECKING, NoReturn

from config.launcher import doors, environment, frontend, messages, servers, stack
from config.launcher.children import complete, end_group, spawn
from config.launcher.errors import refuse_full_disk, told
from config.launcher.places import ROOT, data_folder, log_file, made
from config.launcher.processes import NOT_THE_FIRST_ROUND
from config.launcher.steps import say, step
from config.launcher.supervisor import TICK_SECONDS, Supervisor

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator, Mapping

    from config.launcher.doors import Doors

NEEDED_BYTES = 200_000_000
"""Room for a cluster, a demo Sweden and its logs."""


def main(_argv: list[str]) -> int:
    """Start, watch until Ctrl-C or SIGTERM, stop; raises Stopped with one sentence when it cannot go on."""
    stack.stop_on_signals()
    refuse_full_disk(made(data_folder()), NEEDED_BYTES)
    with stack.alone(), doors.opened() as opened:
        try:
            _start_and_watch(opened)
        except KeyboardInterrupt:
            say("Stopped; the data are kept.")
    return 0


def _start_and_watch(opened: Doors) -> NoReturn:
    _prepare_files()
    with _servers() as leases:
        env = environment.complete()
        _prepare_database(env)
        with stack.running(opened, env) as supervisor, _first_round(env) as first_round:
            _greet(opened, env)
            _watch(supervisor, leases, first_round)


def _prepare_files() -> None:
    with step("Front-end packages"):
        plain = frontend.prepare(ROOT)
    if plain:
        say(plain)
    with step("Translations"):
        messages.compile_all()


@contextlib.contextmanager
def _servers() -> Iterator[list[servers.Lease]]:
    """The embedded servers; on the way out, waits until they have stopped."""
    leases: list[servers.Lease] = []
    try:
        with contextlib.ExitStack() as held:
            with step("PostgreSQL and Valkey"):
                leases = held.enter_context(servers.held(environment.missing_servers()))
            yield leases
    finally:
        for lease in leases:
            lease.wait_stopped()


def _prepare_database(env: Mapping[str, str]) -> None:
    if complete(_module("prepare"), env):
        # It has said why.
        sys.exit(1)


@contextlib.contextmanager
def _first_round(env: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """A matching round for every care, while people already look around."""
    process = spawn(_module("first_round"), log=log_file("match"), env=env)
    try:
        yield process
    finally:
        end_group(process)


def _module(name: str) -> list[str]:
    """A module of the launcher that needs Django: the supervisor itself stays small."""
    return [sys.executable, "-m", f"config.launcher.{name}"]


def _greet(opened: Doors, env: Mapping[str, str]) -> None:
    say(f"\nVårdbryggan is running: {opened.address}")
    if opened.live:
        say(f"Live connections, for a proxy to pass on: {opened.live_address}")
    say("")
    if env["DEBUG"].lower() in {"1", "true", "yes", "on"}:
        complete([sys.executable, str(ROOT / "manage.py"), "demo_logins"], env)
    say(f"\nCtrl-C stops it. Data and logs: {data_folder()}\n")


def _watch(
    supervisor: Supervisor, leases: list[servers.Lease], first_round: subprocess.Popen[bytes]
) -> NoReturn:
    """Until a signal: restart what dies, the embedded servers included."""
    is_told = False
    while True:
        supervisor.tick()
        for lease in leases:
            lease.is_served()
        if not is_told and (status := first_round.poll()) is not None:
            is_told = True
            _tell_outcome(status)
        time.sleep(TICK_SECONDS)


def _tell_outcome(status: int) -> None:
    if status != NOT_THE_FIRST_ROUND:
        outcome = "failed" if status else "is done"
        say(f"The first matching round {outcome}: {log_file('match')}")


if __name__ == "__main__":
    sys.exit(told(main, sys.argv[1:]))
