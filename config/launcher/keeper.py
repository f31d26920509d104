"""Keeps one embedded server for as long as somebody uses it.

Users share a lock; the keeper has a lock of its own, and a third one while the server answers. Locks end with
their process, so a kill -9 of anybody leaves nothing stale: without users the keeper stops the server, and
without a keeper the next user starts one.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
import time
from collections import deque
from typing import TYPE_CHECKING, Protocol

from config.launcher.errors import DiskFull, Stopped, full_disk, is_full
from config.launcher.locks import Lock
from config.launcher.places import LASTING_TEMPORARY, data_folder, made, mark
from config.launcher.postgres import Postgres
from config.launcher.valkey import Valkey

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from types import FrameType


class Server(Protocol):
    """What a keeper needs to know about a server."""

    name: str
    title: str

    def start(self) -> subprocess.Popen[bytes]: ...
    def is_ready(self) -> bool: ...
    def provide(self) -> None: ...
    def stop(self, process: subprocess.Popen[bytes]) -> None: ...
    def tidy(self) -> None: ...


SERVERS: dict[str, Callable[[], Server]] = {"postgres": Postgres, "valkey": Valkey}
WATCH_SECONDS = 0.2
START_SECONDS = 60.0
ROOM_SECONDS = 0.5
DEATHS_ALLOWED = 5
DEATHS_WITHIN = 60.0


class Keeper:
    """Watches one server and its users."""

    def __init__(self, name: str) -> None:
        self._server = SERVERS[name]()
        self._users = Lock(f"{name}-users")
        self._ready = Lock(f"{name}-ready")
        self._deaths: deque[float] = deque(maxlen=DEATHS_ALLOWED)
        self._process: subprocess.Popen[bytes] | None = None
        self._asked_to_stop = False
        self._has_served = False

    def run(self) -> None:
        """Serve until nobody is left; raises Stopped when the server will not stay up."""
        signal.signal(signal.SIGTERM, self._ask_to_stop)
        try:
            while not self._is_over():
                self._serve_once()
        finally:
            if self._process:
                self._server.stop(self._process)
                self._server.tidy()

    def _serve_once(self) -> None:
        try:
            self._process = self._server.start()
        except (DiskFull, OSError) as error:
            self._wait_for_room(error)
            return
        if self._becomes_ready(self._process):
            self._server.provide()
            self._has_served = True
            self._ready.wait()
            while self._process.poll() is None and not self._is_over():
                time.sleep(WATCH_SECONDS)
        if self._process.poll() is not None:
            self._count_death()

    def _wait_for_room(self, error: Exception) -> None:
        """A full disk is told at the first start; later it is waited out: the others go on meanwhile."""
        is_for_want_of_room = not isinstance(error, OSError) or is_full(error)
        if not (self._has_served and is_for_want_of_room):
            raise error
        time.sleep(ROOM_SECONDS)

    def _becomes_ready(self, process: subprocess.Popen[bytes]) -> bool:
        deadline = time.monotonic() + START_SECONDS
        while process.poll() is None and time.monotonic() < deadline:
            if self._server.is_ready():
                return True
            time.sleep(0.02)
        return False

    def _count_death(self) -> None:
        self._ready.release()
        self._ready = Lock(f"{self._server.name}-ready")
        self._deaths.append(time.monotonic())
        if (
            len(self._deaths) == DEATHS_ALLOWED
            and self._deaths[-1] - self._deaths[0] < DEATHS_WITHIN
        ):
            log = data_folder() / "log" / f"{self._server.name}.log"
            raise Stopped(f"{self._server.title} keeps stopping; its last words are in {log}.")
        time.sleep(0.1 * 2 ** len(self._deaths))

    def _is_over(self) -> bool:
        """No users left; the lock is then kept to the end, so that the next user waits for it."""
        return self._asked_to_stop or self._users.take()

    def _ask_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._asked_to_stop = True


def sentence_file(name: str) -> str:
    """Where a keeper that gives up leaves its sentence for the user who started it."""
    return str(made(data_folder() / "run") / f"{name}.sentence")


def is_alone(name: str) -> Lock | None:
    """The keeper's own lock, or None when another keeper has it."""
    lock = Lock(f"{name}-keeper")
    for _ in range(20):
        if lock.take():
            return lock
        time.sleep(0.02)
    return None


def throw_away() -> None:
    """Remove the data of a test run when its last server has stopped."""
    Lock("valkey-keeper").wait()
    for folder in (data_folder(), LASTING_TEMPORARY / f"vardbryggan-{mark()}"):
        shutil.rmtree(folder, ignore_errors=True)


def main(name: str) -> int:
    """Keep one server; a refusal ends as a sentence in a file and exit status 3."""
    lock = is_alone(name)
    if lock is None:
        return 0
    with contextlib.suppress(FileNotFoundError):
        os.unlink(sentence_file(name))
    try:
        Keeper(name).run()
    except Stopped as refusal:
        return _leave(name, refusal)
    except OSError as error:
        if not is_full(error):
            raise
        return _leave(name, full_disk(data_folder()))
    if os.environ.get("VARDBRYGGAN_THROW_AWAY") and name == "postgres":
        throw_away()
    return 0


def _leave(name: str, refusal: Stopped) -> int:
    with open(sentence_file(name), "w", encoding="utf-8") as file:
        file.write(str(refusal))
    return 3


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
