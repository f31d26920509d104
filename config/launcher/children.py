"""Starts processes that never outlive the one that started them, and stops them by group."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from config.launcher.accounts import Account, is_root
from config.launcher.places import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

PR_SET_PDEATHSIG = 1
# Loaded before any fork: afterwards the interpreter's own files may be out of reach.
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


def spawn(
    argv: Sequence[str], *, log: Path, env: Mapping[str, str], passed: Sequence[int] = ()
) -> subprocess.Popen[bytes]:
    """Start a process in a group of its own; `passed` are the open files that it inherits.

    When this process dies, however it dies, the child is asked to stop.
    """
    return _started(argv, log, signal.SIGTERM, env=env, cwd=ROOT, pass_fds=passed)


def complete(argv: Sequence[str], env: Mapping[str, str]) -> int:
    """Run a process to its end on this terminal and answer its exit status.

    A Ctrl-C reaches this process alone, which then stops the other: one of them speaks, not both.
    """
    process = subprocess.Popen(
        argv,
        stdin=subprocess.DEVNULL,
        env=env,
        cwd=ROOT,
        start_new_session=True,
        preexec_fn=_dies_with(os.getpid(), signal.SIGTERM),
    )
    try:
        return process.wait()
    finally:
        end_group(process)


def spawn_server(
    argv: Sequence[str], *, log: Path, account: Account, orphaned: signal.Signals
) -> subprocess.Popen[bytes]:
    """Start an embedded server as its account; when this process dies, it gets the signal `orphaned`."""
    if not is_root():
        return _started(argv, log, orphaned, cwd="/")
    return _started(
        argv, log, orphaned, cwd="/", user=account.uid, group=account.gid, extra_groups=[]
    )


def _started(
    argv: Sequence[str], log: Path, orphaned: signal.Signals, **options: Any
) -> subprocess.Popen[bytes]:
    with log.open("ab") as output:
        return subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            # Only here, after setuid, the setting lasts: a change of account clears it.
            preexec_fn=_dies_with(os.getpid(), orphaned),
            **options,
        )


def _dies_with(parent: int, number: signal.Signals) -> Callable[[], None]:
    def prepare() -> None:
        if LIBC is not None:
            LIBC.prctl(PR_SET_PDEATHSIG, int(number))
        if os.getppid() != parent:
            os._exit(1)

    return prepare


def stop(process: subprocess.Popen[bytes], number: signal.Signals, patience: float) -> None:
    """Ask a process to stop, wait, then end its whole group."""
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(number)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(patience)
    end_group(process)


def end_group(process: subprocess.Popen[bytes]) -> None:
    """Kill what is left of a process and its children: a child may still hold the port."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def processes_in(folder: Path) -> list[int]:
    """Ids of live processes whose working directory is the folder (Linux; elsewhere none)."""
    return [pid for pid in _process_ids() if _works_in(pid, folder)]


def processes_with(variable: str, value: str) -> list[int]:
    """Ids of other live processes that carry this environment variable (Linux; elsewhere none)."""
    entry = f"{variable}={value}".encode()
    return [pid for pid in _process_ids() if pid != os.getpid() and entry in _environment(pid)]


def end_all(pids: Sequence[int], patience: float) -> None:
    """Ask processes of an earlier start to stop, then kill what is left of them."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        if _all_gone(pids, patience):
            return


def _all_gone(pids: Sequence[int], patience: float) -> bool:
    deadline = time.monotonic() + patience
    while any(is_alive(pid) for pid in pids):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that ended and was not yet collected does not."""
    try:
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0]
    except FileNotFoundError:
        return sys.platform != "linux"
    except (ProcessLookupError, PermissionError):
        return False
    return state not in (b"Z", b"X")


def _process_ids() -> list[int]:
    proc = Path("/proc")
    return (
        [int(entry.name) for entry in proc.iterdir() if entry.name.isdigit()]
        if proc.is_dir()
        else []
    )


def _works_in(pid: int, folder: Path) -> bool:
    try:
        return Path(f"/proc/{pid}/cwd").readlink() == folder
    except OSError:
        return False


def _environment(pid: int) -> list[bytes]:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return []
