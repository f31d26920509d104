"""The users' side of the embedded servers: hold them, and they run."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from config.launcher import postgres, valkey
from config.launcher.errors import Stopped
from config.launcher.keeper import SERVERS, sentence_file
from config.launcher.locks import Lock
from config.launcher.places import ROOT, log_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PATIENCE_SECONDS = 90.0


class Lease:
    """The right to use one server; while anybody has one, the server is kept running."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._users = Lock(f"{name}-users")
        self._users.share()
        self.keeper = 0
        """Process id of the keeper that this user started, 0 when another user did."""

    def wait(self) -> None:
        """Return when the server answers; raises Stopped with the reason when it does not."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self.is_served():
            if time.monotonic() > deadline:
                raise Stopped(f"{self._name} did not start; see {log_file(self._name)}.")
            time.sleep(0.02)

    def is_served(self) -> bool:
        """Whether the server answers; starts a keeper when there is none."""
        if self._is_held("keeper"):
            return self._is_held("ready")
        self._start_keeper()
        return False

    def release(self) -> None:
        """Give it back; the last one back stops the server."""
        self._users.release()

    def wait_stopped(self) -> None:
        """After release: return when the server has stopped, or when others still use it."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self._is_held("keeper") and not self._has_users() and time.monotonic() < deadline:
            time.sleep(0.05)

    def _has_users(self) -> bool:
        """Shared by somebody: it can be shared, and not be taken alone."""
        with Lock(f"{self._name}-users") as users:
            return not users.is_held() and not users.take()

    def _is_held(self, part: str) -> bool:
        with Lock(f"{self._name}-{part}") as lock:
            return lock.is_held()

    def _start_keeper(self) -> None:
        if self.keeper and not self._keeper_ended():
            return
        log = os.open(
            log_file(f"{self._name}-keeper"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644
        )
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        # Its own session: a Ctrl-C here must not reach the server, and it may outlive this process.
        self.keeper = os.posix_spawn(
            sys.executable,
            [sys.executable, "-m", "config.launcher.keeper", self._name],
            environment,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_DUP2, log, 1),
                (os.POSIX_SPAWN_DUP2, log, 2),
            ],
            setsid=True,
            setsigdef=[signal.SIGINT, signal.SIGTERM],
        )
        os.close(log)

    def _keeper_ended(self) -> bool:
        """Collect the keeper started here; raises Stopped with its sentence when it gave up.

        One that was killed by a signal did not give up: the next one takes over.
        """
        pid, status = os.waitpid(self.keeper, os.WNOHANG)
        if not pid:
            return False
        self.keeper = 0
        if os.waitstatus_to_exitcode(status) > 0:
            raise Stopped(_sentence(self._name))
        return True


def _sentence(name: str) -> str:
    with contextlib.suppress(FileNotFoundError):
        return Path(sentence_file(name)).read_text(encoding="utf-8")
    return f"{name} could not be started; see {log_file(f'{name}-keeper')}."


@contextlib.contextmanager
def held(names: Iterable[str] = tuple(SERVERS)) -> Iterator[list[Lease]]:
    """Run servers for as long as the block runs, and stop them unless others use them."""
    leases = [Lease(name) for name in names]
    try:
        for lease in leases:
            lease.is_served()
        for lease in leases:
            lease.wait()
        yield leases
    finally:
        for lease in leases:
            lease.release()


def environment(database: str = postgres.DATABASE, number: int = 0) -> dict[str, str]:
    """What the settings need to know to reach the embedded servers, running or not."""
    return {**postgres.urls(database), "REDIS_URL": valkey.url(number)}
