"""The whole product as processes of its own, for tests of screens, sockets and sudden deaths."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from config.launcher.accounts import server_folder
from config.launcher.children import processes_in
from config.launcher.places import ROOT
from tests.servers import own_database

READY_SECONDS = 90.0


class LiveStack:
    """Web, live, relay, worker and beat on this worker's test database."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.address = ""

    def pid(self, name: str) -> int:
        """Process id of `web-1`, `web-2`, `relay`, `worker` or `beat`."""
        return int(self._status()[name]["pid"] or 0)

    def kill(self, name: str) -> None:
        """End a process without warning (kill -9); it is started again by itself."""
        pid = self.pid(name)
        assert pid, f"{name} is being started; killing 0 would kill the tests"
        os.kill(pid, signal.SIGKILL)

    def kill_valkey(self) -> None:
        """End Valkey without warning; its keeper starts it again."""
        for pid in processes_in(server_folder("valkey")):
            os.kill(pid, signal.SIGKILL)

    def wait_restarted(self, name: str, former: int) -> None:
        """Return when a process has another id than the former one, and works."""
        self._wait(
            lambda status: status[name]["pid"] not in (None, former) and status[name]["ready"]
        )

    def wait_ready(self) -> None:
        """Return when every process works."""
        self._wait(lambda status: all(process["ready"] for process in status.values()))

    def log(self, name: str) -> str:
        """What a process has said."""
        return (self.folder / "log" / f"{name}.log").read_text(errors="replace")

    def _status(self) -> dict:
        with contextlib.suppress(FileNotFoundError):
            return json.loads((self.folder / "run" / "processes.json").read_text())
        return {}

    def _wait(self, holds) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not ((status := self._status()) and holds(status)):
            assert time.monotonic() < deadline, f"not ready in time: {status}"
            time.sleep(0.05)


@contextlib.contextmanager
def running_stack() -> Iterator[LiveStack]:
    """Start the stack on a free port, wait until it works, stop it afterwards."""
    stack = LiveStack(Path(os.environ["VARDBRYGGAN_DATA"]) / f"stack-{own_database()}")
    # A round in the middle of a story would be one more person in it: the tests start their own.
    ours = {"PORT": "0", "WEB_PROCESSES": "2", "ROUND_MINUTES": "1440"}
    env = {**os.environ, "VARDBRYGGAN_DATA": str(stack.folder), **ours}
    command = [sys.executable, "-m", "config.launcher.stack"]
    process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True)
    try:
        stack.address = _address(process)
        yield stack
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)


def _address(process: subprocess.Popen[str]) -> str:
    said = []
    for line in process.stdout or ():
        if line.startswith("Running: "):
            return line.removeprefix("Running: ").strip()
        said.append(line)
    raise AssertionError(f"the stack did not start: {said}")
