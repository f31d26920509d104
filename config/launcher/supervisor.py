"""Keeps processes running: restarts what dies, gives up after repeated failure, stops them all."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import time
from collections import deque
from typing import TYPE_CHECKING

from config.launcher.children import end_group, spawn
from config.launcher.errors import Stopped
from config.launcher.places import data_folder, log_file, made
from config.launcher.steps import say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from config.launcher.processes import Process

TICK_SECONDS = 0.1
START_SECONDS = 60.0
STOP_SECONDS = 10.0
DEATHS_ALLOWED = 6
DEATHS_WITHIN = 60.0
FIRST_DELAY, LONGEST_DELAY = 0.3, 10.0


class Kept:
    """One process with its history."""

    def __init__(self, process: Process, env: Mapping[str, str], passed: Sequence[int]) -> None:
        self.process = process
        self._env = env
        self._passed = passed
        self._deaths: deque[float] = deque(maxlen=DEATHS_ALLOWED)
        self._running: subprocess.Popen[bytes] | None = None
        self._log_start = 0
        self._next_start = 0.0
        self.is_ready = False

    @property
    def pid(self) -> int | None:
        """Its process id while it runs."""
        return self._running.pid if self._running else None

    def tick(self, now: float) -> None:
        """Notice a death, start when it is time, notice readiness; raises Stopped after repeated failure."""
        if self._running and self._running.poll() is not None:
            self._bury(self._running, now)
        if self._running is None and now >= self._next_start:
            self._start()
        if self._running and not self.is_ready:
            self.is_ready = self.process.ready_line.encode() in self._said()

    def ask_to_stop(self) -> None:
        """Send the signal on which it finishes what it does."""
        if self._running:
            with contextlib.suppress(ProcessLookupError):
                self._running.send_signal(signal.SIGTERM)

    def end(self, deadline: float) -> None:
        """Wait for it until the deadline, then end what is left of it and its children."""
        if self._running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._running.wait(max(0.0, deadline - time.monotonic()))
            end_group(self._running)
            self._running = None

    def _start(self) -> None:
        log = log_file(self.process.name)
        self._log_start = log.stat().st_size if log.exists() else 0
        self._running = spawn(self.process.argv, log=log, env=self._env, passed=self._passed)

    def _bury(self, dead: subprocess.Popen[bytes], now: float) -> None:
        end_group(dead)
        self._running, self.is_ready = None, False
        self._deaths.append(now)
        if len(self._deaths) == DEATHS_ALLOWED and now - self._deaths[0] < DEATHS_WITHIN:
            raise Stopped(f"{self.process.name} keeps stopping: {self._last_words()}")
        recent = sum(now - death < DEATHS_WITHIN for death in self._deaths)
        self._next_start = now + min(LONGEST_DELAY, FIRST_DELAY * 2 ** (recent - 1))
        say(f"{self.process.name} stopped (exit status {dead.returncode}) and is started again.")

    def _said(self) -> bytes:
        with log_file(self.process.name).open("rb") as log:
            log.seek(self._log_start)
            return log.read(1_000_000)

    def _last_words(self) -> str:
        lines = [
            line for line in self._said().decode(errors="replace").splitlines() if line.strip()
        ]
        return f"{lines[-1] if lines else 'it said nothing'} ({log_file(self.process.name)})"


class Supervisor:
    """All processes together."""

    def __init__(
        self, processes: Sequence[Process], env: Mapping[str, str], passed: Sequence[int] = ()
    ) -> None:
        self._kept = [Kept(process, env, passed) for process in processes]
        self._status = made(data_folder() / "run") / "processes.json"
        self._written: object = None

    def tick(self) -> None:
        """One look at every process."""
        for kept in self._kept:
            kept.tick(time.monotonic())
        self._write_status()

    def wait_ready(self) -> None:
        """Return when all are ready; raises Stopped with the names of those that are not in time."""
        deadline = time.monotonic() + START_SECONDS
        self.tick()
        while late := [kept.process.name for kept in self._kept if not kept.is_ready]:
            if time.monotonic() > deadline:
                raise Stopped(f"Not ready in time: {', '.join(late)}; see {data_folder() / 'log'}.")
            time.sleep(TICK_SECONDS)
            self.tick()

    def pid(self, name: str) -> int | None:
        """Process id of a process while it runs."""
        return next(kept.pid for kept in self._kept if kept.process.name == name)

    def stop(self) -> None:
        """Ask all to stop at once, then end what has not."""
        deadline = time.monotonic() + STOP_SECONDS
        for kept in self._kept:
            kept.ask_to_stop()
        for kept in self._kept:
            kept.end(deadline)
        self._status.unlink(missing_ok=True)

    def _write_status(self) -> None:
        """For whoever wants to know which process is which; nothing depends on it."""
        status = {
            kept.process.name: {"pid": kept.pid, "ready": kept.is_ready} for kept in self._kept
        }
        if status != self._written:
            fresh = self._status.with_suffix(".new")
            fresh.write_text(json.dumps(status))
            fresh.rename(self._status)
            self._written = status
