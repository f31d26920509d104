"""The supervisor: restarts what dies, gives up in the end, leaves nobody behind."""

import os
import signal
import sys
import time

import pytest

from config.launcher import supervisor as module
from config.launcher.children import is_alive
from config.launcher.errors import Stopped
from config.launcher.processes import Process
from config.launcher.supervisor import Supervisor

STAYS = "import time; print('ready', flush=True); time.sleep(60)"
DIES = "print('ready'); print('no such table'); raise SystemExit(4)"
PARENT = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print("ready", child.pid, flush=True)
time.sleep(60)
"""


@pytest.fixture
def supervised(tmp_path, monkeypatch):
    """Makes supervisors that are stopped afterwards, with little patience."""
    monkeypatch.setenv("VARDBRYGGAN_DATA", str(tmp_path))
    monkeypatch.setattr(module, "FIRST_DELAY", 0.01)
    monkeypatch.setattr(module, "STOP_SECONDS", 2.0)
    made: list[Supervisor] = []

    def make(code: str) -> Supervisor:
        process = Process("it", [sys.executable, "-c", code], "ready")
        made.append(Supervisor([process], {"PATH": os.environ["PATH"]}))
        return made[-1]

    yield make
    for each in made:
        each.stop()


def test_what_dies_is_started_again(supervised):
    it = supervised(STAYS)
    it.wait_ready()
    former = it.pid("it")
    os.kill(former, signal.SIGKILL)
    wait_until(it, lambda: it.pid("it") not in (None, former))
    it.wait_ready()


def test_what_keeps_dying_is_given_up_with_its_last_words(supervised):
    it = supervised(DIES)
    with pytest.raises(Stopped, match=r"^it keeps stopping: no such table"):
        wait_until(it, lambda: False)


def test_the_children_of_what_died_go_with_it(supervised, tmp_path):
    it = supervised(PARENT)
    it.wait_ready()
    child = int((tmp_path / "log" / "it.log").read_text().split()[1])
    os.kill(it.pid("it"), signal.SIGKILL)
    wait_until(it, lambda: not is_alive(child))


def test_stopping_ends_every_process_and_its_children(supervised, tmp_path):
    it = supervised(PARENT)
    it.wait_ready()
    both = [it.pid("it"), int((tmp_path / "log" / "it.log").read_text().split()[1])]
    it.stop()
    assert not is_alive(both[0])
    # The child is the system's to end: it has been killed, and is gone in a moment.
    deadline = time.monotonic() + 5
    while is_alive(both[1]) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not is_alive(both[1])


def wait_until(it: Supervisor, holds) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        it.tick()
        time.sleep(0.02)
