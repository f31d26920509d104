"""What stops the launcher: one plain sentence, never a traceback."""

from __future__ import annotations

import errno
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

SCARCE_BYTES = 64 * 1024 * 1024
"""Below this, a step that failed has most likely failed for want of space."""


class Stopped(Exception):
    """The launcher cannot go on; the message is a whole sentence that says what to do."""


class DiskFull(Stopped):
    """There is no room on a disk; room may come."""


def full_disk(folder: Path) -> DiskFull:
    """The sentence for a disk without room; names the folder that could not grow."""
    return DiskFull(
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
    """Raise DiskFull when the disk of a folder has less than the bytes needed."""
    if free_bytes(folder) < needed:
        raise full_disk(folder)


def told(command: Callable[[list[str]], int], argv: list[str]) -> int:
    """Exit status of a command; what stops it is printed as one sentence."""
    try:
        return command(argv)
    except Stopped as refusal:
        print(f"\n{refusal}", file=sys.stderr)
    except PermissionError as error:
        print(f"\nThis account may not write {error.filename}.", file=sys.stderr)
    except OSError as error:
        if not is_full(error):
            raise
        print(f"\n{full_disk(Path(error.filename or '.'))}", file=sys.stderr)
    except KeyboardInterrupt:
        return 130
    return 1
