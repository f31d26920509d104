"""The product of a drill: `make run` in the production layout, on a data folder of the drill's own."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from typing import Any

from config.launcher import environment
from config.launcher.errors import Stopped
from config.launcher.places import ROOT

READY_SECONDS = 120.0
OURS = {
    "PORT": "0",
    "LIVE_PORT": "0",
    "HOLD_MINUTES": "1",
    "ROUND_MINUTES": "1",
    "QUIET_BEGINS_HOUR": "0",
    "QUIET_ENDS_HOUR": "0",
}
"""gunicorn for HTTP, uvicorn for live connections; holds run out, rounds run, messages go at any hour."""


class Product:
    """A start of the product, until it is stopped."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self._process = subprocess.Popen(
            [sys.executable, "-m", "config.launcher.run"],
            cwd=ROOT,
            env=os.environ | OURS,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.address = self._told(r"running: (\S+)")
        self.live_address = self._told(r"(ws://\S+)")
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def is_up(self) -> bool:
        """Whether the supervisor itself still runs."""
        return self._process.poll() is None

    def wait_ready(self) -> bool:
        """Whether it answers, with database, Valkey and relay, before patience ends."""
        deadline = time.monotonic() + READY_SECONDS
        while self.is_up and time.monotonic() < deadline:
            with (
                contextlib.suppress(OSError),
                urllib.request.urlopen(f"{self.address}readyz", timeout=10) as answer,
            ):
                if answer.status == 200:
                    return True
            time.sleep(0.5)
        return False

    def stop(self) -> None:
        """As Ctrl-C does."""
        self._process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(60)
        self._process.kill()
        self._process.wait()

    def _told(self, words: str) -> str:
        for line in self._process.stdout or ():
            self.said.append(line.rstrip())
            if found := re.search(words, line):
                return found[1]
        raise Stopped("The product did not start: " + " ".join(self.said[-3:]))

    def _listen(self) -> None:
        for line in self._process.stdout or ():
            self.said.append(line.rstrip())


def printed(module: str, *arguments: str) -> Any:
    """What a module with Django prints as JSON."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env=environment.complete() | OURS,
        check=False,
        capture_output=True,
        text=True,
    )
    try:
        return json.loads(done.stdout)
    except ValueError:
        last = done.stderr.strip().rpartition("\n")[2]
        raise Stopped(f"{module} failed: {last}") from None
