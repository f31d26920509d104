"""Builds `.venv` from the locks: again only when a lock, or Python, has changed."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from config.launcher.errors import SCARCE_BYTES, Stopped, free_bytes, full_disk
from config.launcher.locks import Lock
from config.launcher.places import ROOT
from config.launcher.steps import step

FOLDER = ROOT / ".venv"
PYTHON = FOLDER / "bin" / "python"
RUNTIME_LOCK = ROOT / "requirements.txt"
TOOLS_LOCK = ROOT / "requirements-dev.txt"
NEEDED_BYTES = {RUNTIME_LOCK: 700_000_000, TOOLS_LOCK: 2_000_000_000}


def ready(*, needs_tools: bool) -> Path:
    """The Python of `.venv` with what is needed installed; raises Stopped when that cannot be done."""
    lock = TOOLS_LOCK if needs_tools else RUNTIME_LOCK
    if not _is_current(lock):
        with Lock("virtualenv") as alone:
            alone.wait()
            if not _is_current(lock):
                _build(lock)
    return PYTHON


def _is_current(lock: Path) -> bool:
    stamp = _stamp(lock)
    return PYTHON.exists() and stamp.exists() and stamp.read_text() == _digest(lock)


def _stamp(lock: Path) -> Path:
    return FOLDER / f".{lock.stem}.installed"


def _digest(lock: Path) -> str:
    """What was installed: the lock, for this version of Python, at this place."""
    content = lock.read_bytes() + f"{sys.version_info[:2]} {FOLDER}".encode()
    return hashlib.sha256(content).hexdigest()


def _build(lock: Path) -> None:
    if free_bytes(ROOT) < NEEDED_BYTES[lock]:
        raise Stopped(
            f"The disk is too full: .venv needs about {NEEDED_BYTES[lock] // 1_000_000} MB in {ROOT}."
        )
    if not _works():
        with step("Virtual environment"):
            _create()
    with step(f"Packages of {lock.name}"):
        _install(lock)
    _stamp(lock).write_text(_digest(lock))
    if lock == TOOLS_LOCK:
        _stamp(RUNTIME_LOCK).write_text(_digest(RUNTIME_LOCK))


def _works() -> bool:
    """Whether .venv runs the same version of Python as this process."""
    if not PYTHON.exists():
        return False
    asked = [str(PYTHON), "-c", "import sys, pip; print(*sys.version_info[:2], sys.prefix)"]
    said = subprocess.run(asked, capture_output=True, text=True, check=False)
    return said.stdout.split(maxsplit=2) == [*map(str, sys.version_info[:2]), f"{FOLDER}\n"]


def _create() -> None:
    missing = [name for name in ("venv", "ensurepip") if importlib.util.find_spec(name) is None]
    if missing:
        raise Stopped(
            "This Python comes without venv and pip; install them "
            f"(Debian, Ubuntu: apt-get install python{sys.version_info[0]}.{sys.version_info[1]}-venv)."
        )
    shutil.rmtree(FOLDER, ignore_errors=True)
    _call([_outer_python(), "-m", "venv", str(FOLDER)], "The virtual environment could not be made")


def _outer_python() -> str:
    """The Python that made this one, so that a virtual environment is never built on another."""
    return getattr(sys, "_base_executable", sys.executable) or sys.executable


def _install(lock: Path) -> None:
    """With uv, in seconds; with pip alone where uv cannot be had."""
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check"]
    uv = _pinned("uv")
    if uv and _succeeds([*pip, "install", "-q", uv]):
        fast = [str(FOLDER / "bin" / "uv"), "pip", "install", "-q", "--compile-bytecode"]
        if _succeeds([*fast, "--python", str(PYTHON), "-r", str(lock)]):
            return
    _call([*pip, "install", "-q", "-r", str(lock)], "The packages could not be installed")


def _pinned(package: str) -> str | None:
    found = re.search(rf"^{package}==\S+", RUNTIME_LOCK.read_text(encoding="utf-8"), re.MULTILINE)
    return found[0] if found else None


def _succeeds(argv: list[str]) -> bool:
    return subprocess.run(argv, capture_output=True, check=False, env=_index()).returncode == 0


def _call(argv: list[str], sentence: str) -> None:
    done = subprocess.run(argv, capture_output=True, text=True, check=False, env=_index())
    if done.returncode == 0:
        return
    if free_bytes(ROOT) < SCARCE_BYTES or "No space left" in done.stderr + done.stdout:
        raise full_disk(ROOT)
    last = (done.stderr.strip() or done.stdout.strip() or "no reason given").splitlines()[-1]
    raise Stopped(f"{sentence}: {last}")


def _index() -> dict[str, str]:
    """uv reads its own variables: give it the package index that pip was told to use."""
    environment = dict(os.environ)
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    if index := environment.get("PIP_INDEX_URL"):
        environment.setdefault("UV_DEFAULT_INDEX", index)
    return environment
