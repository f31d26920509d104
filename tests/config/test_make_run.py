"""`make run` from nothing: up, killed without warning, up again with its data, gone without a trace."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from config.launcher import postgres
from config.launcher.children import is_alive, processes_with
from config.launcher.places import ROOT, SHARED_TEMPORARY

PRODUCT = ("DATABASE", "REDIS_URL", "VARDBRYGGAN", "SECRET_KEY", "IDENTITY_KEYS", "DEBUG", "PYTEST")


class Start:
    """One `make run` on a data folder."""

    def __init__(self, folder: Path) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(PRODUCT)}
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, "-m", "config.launcher.run"],
            cwd=ROOT,
            env={**kept, "VARDBRYGGAN_DATA": str(folder), "PORT": "0"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.said = ""
        while not (found := re.search(r"running: (\S+)", self.said)):
            line = self.process.stdout.readline()
            assert line, self.said
            self.said += line
        self.address = found[1]

    def pids(self) -> list[int]:
        """Everything that runs on the data folder."""
        return processes_with("VARDBRYGGAN_DATA", str(self.folder))

    def status(self) -> dict:
        return json.loads((self.folder / "run" / "processes.json").read_text())


@pytest.fixture
def folder(monkeypatch) -> Iterator[Path]:
    """A data folder of its own; whatever still runs on it afterwards is ended."""
    folder = Path(tempfile.mkdtemp(prefix="vardbryggan-run-", dir=SHARED_TEMPORARY))
    folder.chmod(0o755)
    monkeypatch.setenv("VARDBRYGGAN_DATA", str(folder))
    yield folder
    for pid in processes_with("VARDBRYGGAN_DATA", str(folder)):
        os.kill(pid, signal.SIGKILL)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.slow
def test_a_start_that_is_killed_leaves_nobody_behind_and_the_next_has_the_data(folder):
    first = Start(folder)
    assert "patient-24" in first.said + first.process.stdout.readline() + rest(first)
    times = free_times()
    assert times > 10_000
    former = first.status()["relay"]["pid"]
    os.kill(former, signal.SIGKILL)
    wait_until(lambda: first.status()["relay"]["pid"] not in (None, former))
    first.process.kill()
    first.process.communicate()
    wait_until(lambda: not first.pids())

    started = time.monotonic()
    second = Start(folder)
    assert time.monotonic() - started < 30
    assert "synthetic Sweden" not in second.said
    assert free_times() == times
    second.process.send_signal(signal.SIGINT)
    said, _ = second.process.communicate(timeout=60)
    assert said.endswith("Stopped; the data are kept.\n")
    assert second.process.returncode == 0
    wait_until(lambda: not second.pids())


def rest(start: Start) -> str:
    """What it says until the logins are told."""
    said = ""
    while "Ctrl-C stops it" not in said:
        line = start.process.stdout.readline()
        assert line, said
        said += line
    return said


def free_times() -> int:
    with psycopg.connect(postgres.url("vardbryggan_owner")) as connection:
        (count,) = connection.execute("SELECT count(*) FROM providers_slot").fetchone()
    return count


def wait_until(holds, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_the_helpers_see_only_what_lives():
    assert is_alive(os.getpid())
    assert os.getpid() not in processes_with("VARDBRYGGAN_DATA", "/nowhere")
