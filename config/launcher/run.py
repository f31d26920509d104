"""`make run`: everything up, in order, until Ctrl-C."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, NoReturn

from config.launcher import environment, frontend, messages, processes, servers
from config.launcher.children import end_all, processes_with, spawn
from config.launcher.errors import Stopped, refuse_full_disk, told
from config.launcher.locks import Lock
from config.launcher.places import ROOT, data_folder, log_file, made, mark
from config.launcher.steps import say, step
from config.launcher.supervisor import TICK_SECONDS, Supervisor

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

MARKER = "VARDBRYGGAN_RUN"
"""Every process of a start carries it, so that the next start finds what a kill -9 left behind."""
NEEDED_BYTES = 200_000_000
ANSWER_SECONDS = 30.0


def main(_argv: list[str]) -> int:
    """Start, watch until Ctrl-C or SIGTERM, stop; raises Stopped with one sentence when it cannot go on."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    refuse_full_disk(made(data_folder()), NEEDED_BYTES)
    with _alone(), _listening() as door:
        try:
            _start_and_watch(door)
        except KeyboardInterrupt:
            say("\nStopped; the data are kept.")
    return 0


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """One start on one data folder; ends what a killed start left behind."""
    with Lock("run") as lock:
        if not lock.take():
            raise Stopped(
                "Vårdbryggan is already running on these data; stop it with Ctrl-C first."
            )
        end_all(processes_with(MARKER, mark()), patience=10)
        yield


@contextlib.contextmanager
def _listening() -> Iterator[socket.socket]:
    """The socket of the web processes, opened first: a port that is taken is said before anything else."""
    host, port = os.environ.get("HOST", "127.0.0.1"), _port()
    with socket.socket() as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((host, port))
        except PermissionError:
            raise Stopped(f"This account may not open port {port}: PORT=8000 make run.") from None
        except OSError as error:
            raise Stopped(
                f"Port {port} on {host} cannot be used ({error.strerror}); "
                f"stop what uses it, or choose another: PORT={port + 1} make run."
            ) from None
        door.listen(2048)
        yield door


def _port() -> int:
    given = os.environ.get("PORT", "8000")
    if not given.isdigit() or int(given) > 65535:
        raise Stopped(f"PORT is {given!r}; it must be a number up to 65535.")
    return int(given)


def _start_and_watch(door: socket.socket) -> None:
    _prepare_files()
    with contextlib.ExitStack() as stack:
        with step("PostgreSQL and Valkey"):
            leases = stack.enter_context(_servers())
        env = {**environment.complete(), MARKER: mark(), "PYTHONUNBUFFERED": "1"}
        _prepare_database(env)
        supervisor = Supervisor(processes.table(door.fileno()), env, [door.fileno()])
        stack.callback(_stop, supervisor)
        with step("Web, live, relay, worker, beat"):
            supervisor.wait_ready()
            _wait_for_answer(door, supervisor)
        first_round = spawn(_manage("match", "--all"), log=log_file("match"), env=env)
        stack.callback(first_round.kill)
        _greet(door, env)
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
    with servers.held(environment.missing_servers()) as leases:
        yield leases
    for lease in leases:
        lease.wait_stopped()


def _prepare_database(env: dict[str, str]) -> None:
    """In a process of its own: the supervisor stays small."""
    done = subprocess.run(
        [sys.executable, "-m", "config.launcher.prepare"], env=env, cwd=ROOT, check=False
    )
    if done.returncode:
        raise Stopped("The database could not be prepared.")


def _manage(*arguments: str) -> list[str]:
    return [sys.executable, str(ROOT / "manage.py"), *arguments]


def address(door: socket.socket) -> str:
    """Where a browser on this machine finds the product."""
    host, port = door.getsockname()[:2]
    return f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}/"


def _wait_for_answer(door: socket.socket, supervisor: Supervisor) -> None:
    """Return when /readyz says that database and Valkey are reached through the web processes."""
    deadline = time.monotonic() + ANSWER_SECONDS
    while not _answers(f"{address(door)}readyz"):
        if time.monotonic() > deadline:
            raise Stopped(f"The web processes do not answer; see {log_file('web-1')}.")
        supervisor.tick()
        time.sleep(TICK_SECONDS)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _greet(door: socket.socket, env: dict[str, str]) -> None:
    say(f"\nVårdbryggan is running: {address(door)}\n")
    if env["DEBUG"] == "1":
        subprocess.run(_manage("demo_logins"), env=env, cwd=ROOT, check=False)
    say(f"\nCtrl-C stops it. Data and logs: {data_folder()}\n")


def _watch(
    supervisor: Supervisor, leases: list[servers.Lease], first_round: subprocess.Popen[bytes]
) -> NoReturn:
    """Until a signal: restart what dies, the embedded servers included."""
    announced = False
    while True:
        supervisor.tick()
        for lease in leases:
            lease.is_served()
        if not announced and first_round.poll() is not None:
            announced = True
            say(_told(first_round.returncode))
        time.sleep(TICK_SECONDS)


def _told(status: int) -> str:
    log = log_file("match")
    return (
        f"First matching round done: {log}"
        if not status
        else f"The first matching round failed: {log}"
    )


def _stop(supervisor: Supervisor) -> None:
    """Stopping is not interrupted by a second Ctrl-C: it is bounded in time."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    say("\nStopping …")
    supervisor.stop()


if __name__ == "__main__":
    sys.exit(told(main, sys.argv[1:]))
