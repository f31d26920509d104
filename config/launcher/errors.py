"""What stops the launcher: one plain sentence, never a traceback."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

SCARCE_BYTES = 64 * 1024 * 1024
"""Below this, a step that failed has most likely failed for want of space."""


class Stopped(Exception):
    """The launcher cannot go on; the message is a whole sentence that says what to do."""


def full_disk(folder: Path) -> Stopped:
    """The sentence for a disk without room; names the folder that could not grow."""
    return Stopped(
        f"The disk is full: make room on the disk that holds {folder}, then start again."
    )


def is_full(error: OSError) -> bool:
    """Whether the operating system refused for want of space or of quota."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT)


def free_bytes(folder: Path) -> int:
    """Free bytes on the disk of a folder, or of its nearest parent that exists."""
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


def refuse_full_disk(folder: Path, needed: int = SCARCE_BYTES) -> None:
    """Raise Stopped when the disk of a folder has less than the bytes needed."""
    if free_bytes(folder) < needed:
        raise full_disk(folder)
