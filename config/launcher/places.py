"""Where the launcher keeps things: the repository, the data, the logs, the sockets."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

from config.launcher.errors import Stopped

ROOT = Path(__file__).resolve().parents[2]
SHARED_TEMPORARY = Path("/tmp")
"""For sockets: their path may have 107 bytes, so they never stand below the repository."""
LASTING_TEMPORARY = Path("/var/tmp")
"""For root, when other accounts cannot reach the repository."""


def data_folder() -> Path:
    """Where the embedded servers keep their data; VARDBRYGGAN_DATA moves it."""
    return Path(os.environ.get("VARDBRYGGAN_DATA") or ROOT / ".data").resolve()


def mark() -> str:
    """Twelve characters that stand for this data folder in names outside it."""
    return hashlib.sha256(str(data_folder()).encode()).hexdigest()[:12]


def log_file(name: str) -> Path:
    """The log of one process."""
    return made(data_folder() / "log") / f"{name}.log"


def made(folder: Path, mode: int = 0o755) -> Path:
    """The folder, made with its parents when it is missing."""
    folder.mkdir(mode=mode, parents=True, exist_ok=True)
    return folder


def private(folder: Path, owner: int) -> Path:
    """A folder outside the repository that one account alone may enter.

    Raises Stopped when somebody else made it first: /tmp belongs to everyone.
    """
    try:
        folder.mkdir(mode=0o700)
        os.chown(folder, owner, -1)
    except FileExistsError:
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner or found.st_mode & 0o077:
            raise Stopped(
                f"{folder} belongs to somebody else; remove it, then start again."
            ) from None
    return folder
