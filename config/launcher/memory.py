"""How much memory this machine has, or the container that everything runs in."""

from __future__ import annotations

import os
from pathlib import Path

GROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")
MEGABYTE = 2**20


def memory() -> int:
    """Bytes that the processes of this machine may use together."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        return min(machine, int(GROUP_LIMIT.read_text(encoding="ascii")))
    except (OSError, ValueError):
        # No container, or one without a limit ("max").
        return machine


def share(part: float, *, least: int, most: int) -> int:
    """A part of the memory, in whole megabytes between two bounds."""
    return max(least, min(most, int(memory() * part) // MEGABYTE))
