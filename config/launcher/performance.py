"""Writes docs/performance.md from the lines of the benchmarks: figures, goals, and whether they are met."""

from __future__ import annotations

import json
import os
import platform
import sys
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from config.launcher import growth
from config.launcher.memory import memory
from config.launcher.places import ROOT

DOCUMENT = ROOT / "docs" / "performance.md"
LINES = ROOT / "docs" / "performance.jsonl"
"""The last line of each name and size, which the document is written from."""
GOALS = ROOT / "benchmarks" / "goals.toml"
Line = dict[str, Any]
Goal = dict[str, Any]
CONTRACT = ("name", "value", "unit", "reference", "reference_value", "ratio", "size", "at", "load")
"""What the table tells; everything else of a line stands below it."""
SIGNS = {"most": "≤", "least": "≥"}
VARYING = ("search.flat", growth.NAME)
"""Where the size is what varies, each size has a line of its own."""
PLOT = "matching-growth.svg"
THOSE = "of the three engines and two solvers of others"
HEAD = """# How fast it is

Printed by `make bench`; do not edit. Each figure stands beside a reference that was measured in the same
run on the same machine: compare the ratios, not the seconds. A line is as old as its date says:
`make bench ONLY="bench_…"` measures some of them anew and leaves the rest.

Machine: {machine}.
PostgreSQL is the embedded one with a quarter of the memory, at most 2 GB (shared_buffers), and fsync on;
clients, servers and whatever else ran shared the processors. *Load* is how many processes wanted to run in
the minute before a benchmark began, its own not among them: above the number of processors others were at
work too, and times are longer than the product's own. What has not been measured has no line.

| what | size | measured | beside | ratio | goal | met | date, load |
|---|---|---|---|---|---|---|---|
"""


def remember(fresh: list[Line]) -> list[Line]:
    """Put fresh lines in the place of older ones with the same name and size; all lines."""
    old = map(json.loads, LINES.read_text(encoding="utf-8").splitlines())
    known = {(line["name"], _kind(line)): line for line in (*old, *fresh)}
    text = "".join(f"{json.dumps(line)}\n" for line in known.values())
    LINES.write_text(text, encoding="utf-8")
    return list(known.values())


def _kind(line: Line) -> Any:
    """What tells lines of one name apart."""
    return line["size"] if line["name"] in VARYING else None


def write(lines: list[Line]) -> None:
    """Write the document: first what has words in goals.toml, in its order, then the rest by name."""
    goals: dict[str, Goal] = tomllib.loads(GOALS.read_text(encoding="utf-8"))
    order = {name: position for position, name in enumerate(goals)}
    lines = sorted(
        lines, key=lambda one: (order.get(one["name"], len(order)), one["name"], one["size"])
    )
    rows = [_row(line, goals.get(line["name"], {})) for line in lines]
    details = [told for line in lines if (told := _details(line, goals.get(line["name"], {})))]
    text = HEAD.format(machine=_machine()) + "\n".join(rows) + "\n"
    if drawn := growth.drawing(lines):
        (DOCUMENT.parent / PLOT).write_text(drawn, encoding="utf-8")
        text += (
            f"\n## What a plan costs as a care grows\n\n![CPU seconds by pairs, {THOSE}]({PLOT})\n"
        )
    if details:
        text += "\n## More of each\n\n" + "\n".join(details) + "\n"
    DOCUMENT.write_text(text, encoding="utf-8")


def is_met(line: Line, goal: Goal) -> bool | None:
    """Whether the line keeps within every limit of its goal; None where there is none."""
    limits = _limits(goal)
    if not limits:
        return None
    return all(
        line[figure] <= limit if bound == "most" else line[figure] >= limit
        for figure, bound, limit in limits
    )


def stamp(line: Line, load: float) -> Line:
    """The line with its day and the load of the machine before its benchmark began."""
    return line | {"at": f"{datetime.now(UTC):%Y-%m-%d}", "load": round(load, 1)}


def _limits(goal: Goal) -> list[tuple[str, str, float]]:
    parted = ((*name.split("_"), limit) for name, limit in goal.items() if name != "what")
    return [(figure, bound, limit) for figure, bound, limit in parted]


def _row(line: Line, goal: Goal) -> str:
    met = {True: "yes", False: "**no**", None: ""}[is_met(line, goal)]
    cells = (
        goal.get("what", f"`{line['name']}`"),
        _number(line["size"]),
        f"{_number(line['value'])} {line['unit']}",
        f"{_number(line['reference_value'])}: {line['reference']}",
        _number(line["ratio"]),
        _goal(goal, line["unit"]),
        met,
        f"{line['at']}, {line['load']}",
    )
    return f"| {' | '.join(cells)} |"


def _goal(goal: Goal, unit: str) -> str:
    units = {"value": f" {unit}", "ratio": " × the reference"}
    said = [
        f"{_sign(goal, figure, bound)} {_number(limit)}{units[figure]}"
        for figure, bound, limit in _limits(goal)
    ]
    return ", ".join(dict.fromkeys(said))


def _sign(goal: Goal, figure: str, bound: str) -> str:
    """A figure that may be neither less nor more is exact."""
    least, most = goal.get(f"{figure}_least"), goal.get(f"{figure}_most")
    return "exactly" if least == most else SIGNS[bound]


def _details(line: Line, goal: Goal) -> str:
    more = {name: value for name, value in line.items() if name not in CONTRACT}
    if not more:
        return ""
    told = ", ".join(f"{name.replace('_', ' ')} {_said(value)}" for name, value in more.items())
    size = f" ({_number(line['size'])})" if _kind(line) else ""
    return f"- {goal.get('what', line['name'])}{size}: {told}."


def _said(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_inside(one)}" for key, one in sorted(value.items()))
    return value if isinstance(value, str) else _number(value)


def _inside(value: Any) -> str:
    return f"({_said(value)})" if isinstance(value, dict) else _said(value)


def _number(value: float) -> str:
    return f"{value:,}"


def _machine() -> str:
    """Processor, memory and versions, as the system tells them."""
    return (
        f"{_processor()}, {os.cpu_count()} processors, {memory() / 2**30:.0f} GB, {platform.system()}"
        f" {platform.release()}, Python {sys.version.split()[0]}"
    )


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()
