"""What goes wrong in a drill: sudden deaths, a full disk, a Valkey that does not answer."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import threading
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from config.launcher.accounts import is_root, server_folder
from config.launcher.children import processes_in
from config.launcher.places import data_folder

if TYPE_CHECKING:
    from collections.abc import Callable

    from config.launcher.drill.ledger import Log

STORE_MEGABYTES = 192
CHILDREN = {"web worker": "web", "task worker": "worker", "round worker": "rounds"}
"""Processes that another process keeps: gunicorn its workers, Celery its own."""
START_SECONDS = 10.0
DEATHS_A_MINUTE = 3
"""Of one process: who dies six times a minute is given up by whoever keeps it."""


@dataclass(frozen=True)
class Pace:
    """Seconds: between two faults at least and at most, a full disk, a Valkey that does not answer."""

    shortest: float = 5.0
    longest: float = 12.0
    full: float = 20.0
    cut: float = 60.0


class Store:
    """The disk of Valkey: a small file system of its own where that may be mounted, else a limit on files."""

    def __init__(self) -> None:
        self.folder = server_folder("valkey")
        self.way = "tmpfs" if is_root() and self._is_mounted() else "file size limit"

    def _is_mounted(self) -> bool:
        size = f"size={STORE_MEGABYTES}m,mode=0700"
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(self.folder)],
            check=False,
            capture_output=True,
        )
        server_folder("valkey")
        return done.returncode == 0

    def fill(self) -> None:
        """Leave no room; without a disk of its own, Valkey may write no further than its files are long."""
        if self.way != "tmpfs":
            for pid in processes_in(self.folder):
                subprocess.run(["prlimit", f"--pid={pid}", "--fsize=1"], check=False)
            return
        with contextlib.suppress(OSError), (self.folder / "filler").open("wb") as filler:
            while True:
                filler.write(b"\0" * 1_000_000)
                filler.flush()

    def empty(self) -> None:
        """Make room again."""
        if self.way != "tmpfs":
            for pid in processes_in(self.folder):
                subprocess.run(["prlimit", f"--pid={pid}", "--fsize=unlimited"], check=False)
            return
        with contextlib.suppress(OSError):
            (self.folder / "filler").unlink()

    def close(self) -> None:
        """Take the file system away; Valkey must have stopped."""
        if self.way == "tmpfs":
            subprocess.run(["umount", str(self.folder)], check=False, capture_output=True)


class Faults(threading.Thread):
    """Deals a shuffled deck of faults again and again, at random moments, until told to end."""

    def __init__(self, store: Store, log: Log, seed: str, pace: Pace = Pace()) -> None:
        super().__init__(name="faults", daemon=True)
        self._store, self._log, self._pace = store, log, pace
        self._rng = random.Random(f"faults {seed}")
        self._over = threading.Event()
        self._lasting: list[threading.Thread] = []
        self._deaths: dict[str, list[float]] = {}
        self.dealt: Counter[str] = Counter()

    def run(self) -> None:
        """One deck after another."""
        while not self._over.is_set():
            deck = sorted(self._deck())
            self._rng.shuffle(deck)
            for name in deck:
                if self._over.wait(self._rng.uniform(self._pace.shortest, self._pace.longest)):
                    return
                self._deal(name)

    @property
    def has_dealt_each(self) -> bool:
        """Whether every kind has happened; one that met nobody comes again with the next deck."""
        return set(self.dealt) >= set(self._deck())

    def finish(self) -> None:
        """No more faults; what lasts is ended at once."""
        self._over.set()
        self.join()
        for thread in self._lasting:
            thread.join()

    def _deck(self) -> list[str]:
        return [*_status(), *CHILDREN, "postgres", "valkey", "full disk", "valkey cut"]

    def _deal(self, name: str) -> None:
        lasting: dict[str, Callable[[], None]] = {"full disk": self._fill, "valkey cut": self._cut}
        if name in lasting:
            thread = threading.Thread(target=lasting[name], name=name)
            thread.start()
            self._lasting.append(thread)
        elif not (self._may_die(name) and self._kill(name)):
            return
        self.dealt[name] += 1

    def _may_die(self, name: str) -> bool:
        recent = [one for one in self._deaths.get(name, ()) if time.monotonic() - one < 60]
        self._deaths[name] = recent
        return len(recent) < DEATHS_A_MINUTE

    def _kill(self, name: str) -> bool:
        """Whether there was somebody to kill, also a moment later: it may just be starting."""
        deadline = time.monotonic() + START_SECONDS
        while not (pid := self._pid_of(name)):
            if time.monotonic() > deadline or self._over.wait(0.1):
                return False
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        self._deaths[name].append(time.monotonic())
        self._log.write(fault="kill -9", of=name)
        return True

    def _pid_of(self, name: str) -> int:
        if name in CHILDREN:
            return self._rng.choice(_children(_pid(CHILDREN[name])) or [0])
        return _pid(name)

    def _fill(self) -> None:
        self._log.write(fault="disk of valkey full", seconds=self._pace.full, by=self._store.way)
        self._store.fill()
        self._over.wait(self._pace.full)
        self._store.empty()
        self._log.write(ended="disk of valkey full")

    def _cut(self) -> None:
        """Valkey takes connections and answers nothing: worse than one that refuses them."""
        self._log.write(fault="valkey does not answer", seconds=self._pace.cut)
        deadline = time.monotonic() + self._pace.cut
        while time.monotonic() < deadline and not self._over.wait(0.5):
            _signal_valkey(signal.SIGSTOP)
        _signal_valkey(signal.SIGCONT)
        self._log.write(ended="valkey does not answer")


def _signal_valkey(number: signal.Signals) -> None:
    for pid in processes_in(server_folder("valkey")):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def _status() -> dict[str, dict[str, int]]:
    """The kept processes by name; empty for a moment while the file is written."""
    with contextlib.suppress(OSError, ValueError):
        found: dict[str, dict[str, int]] = json.loads(
            (data_folder() / "run" / "processes.json").read_text()
        )
        return found
    return {}


def _pid(name: str) -> int:
    if name == "valkey":
        return next(iter(processes_in(server_folder("valkey"))), 0)
    if name == "postgres":
        return _postmaster()
    return int(_status().get(name, {}).get("pid") or 0)


def _children(pid: int) -> list[int]:
    """What a process has started itself (Linux; elsewhere nothing)."""
    if not pid:
        return []
    with contextlib.suppress(OSError):
        files = Path(f"/proc/{pid}/task").glob("*/children")
        return sorted(int(child) for file in files for child in file.read_text().split())
    return []


def _postmaster() -> int:
    for file in Path(data_folder()).glob("pg*/postmaster.pid"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            return int(file.read_text().split()[0])
    return 0
