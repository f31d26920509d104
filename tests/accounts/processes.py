"""Starts the relay and the websocket server as the processes that they are."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from config.launcher.valkey import program

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 30.0


class Running:
    """A process of the product and what it has said so far."""

    def __init__(
        self, argv: list[str], said: IO[bytes], pass_fds: tuple[int, ...], env: dict[str, str]
    ) -> None:
        self._said = said
        self.process = subprocess.Popen(
            argv,
            cwd=ROOT,
            env={**os.environ, **env},
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=pass_fds,
        )

    def said(self) -> str:
        """Everything it wrote."""
        return os.pread(self._said.fileno(), 10_000_000, 0).decode(errors="replace")

    def wait_for(self, words: str) -> "Running":
        """Return when it has said the words; fails with everything it said when it ends before."""
        deadline = time.monotonic() + PATIENCE
        while words not in self.said():
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < deadline, self.said()
            time.sleep(0.02)
        return self

    def kill(self) -> None:
        """kill -9, with everything it started."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """Ask it to stop; its exit status."""
        self.process.terminate()
        return self.process.wait(10)


@contextmanager
def running(argv: list[str], pass_fds: tuple[int, ...] = (), **env: str) -> Iterator[Running]:
    """A process for as long as the block runs."""
    with tempfile.TemporaryFile() as said:
        one = Running(argv, said, pass_fds, env)
        try:
            yield one
        finally:
            if one.process.poll() is None:
                one.kill()


@contextmanager
def relay(**env: str) -> Iterator[Running]:
    """A relay that has started to work."""
    with running([sys.executable, "manage.py", "relay"], **env) as one:
        yield one.wait_for("relay ready")


@contextmanager
def live_server(**env: str) -> Iterator[str]:
    """The address of /live/ on a server of its own."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        number = listening.fileno()
        argv = [sys.executable, "-m", "uvicorn", "config.asgi:application", "--fd", str(number)]
        with running(argv, (number,), LIVE_PULSE_SECONDS="1", **env) as one:
            one.wait_for("Application startup complete")
            yield f"ws://127.0.0.1:{listening.getsockname()[1]}/live/"


@contextmanager
def valkey(port: int) -> Iterator[Running]:
    """A Valkey of its own that keeps nothing, so that it can be killed."""
    with running([str(program()), "--port", str(port), "--save", "", "--bind", "127.0.0.1"]) as one:
        yield one.wait_for("Ready to accept connections")


def eventually(question: object, patience: float = PATIENCE) -> None:
    """Return when the question is answered with yes."""
    assert callable(question)
    deadline = time.monotonic() + patience
    while not question():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.05)
