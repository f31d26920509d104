"""What processes cost: CPU and memory as the kernel counts them."""

import os
from collections.abc import Iterable
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
KILO = 1024


def tree(pid: int) -> list[int]:
    """A process and everything that it has started."""
    found = [pid]
    for one in found:
        for task in Path(f"/proc/{one}/task").glob("*/children"):
            found += [int(child) for child in task.read_text().split()]
    return found


def cpu_seconds(pids: Iterable[int]) -> float:
    """Seconds of CPU that processes have used, with those of children that ended."""
    return sum(map(_ticks, pids)) / TICKS


def megabytes(pids: Iterable[int]) -> float:
    """Proportional memory (PSS): what processes share is counted once, divided between them."""
    return sum(map(_pss, pids)) / KILO


def _ticks(pid: int) -> int:
    try:
        told = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0
    return sum(map(int, told[11:15]))


def _pss(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
