"""The drawing of what became of published times: one bar a week, in parts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django import template

from insight.measures import Fate, Line

register = template.Library()
WIDE, GAP, HIGH = 40, 12, 160
"""Width of a bar, room between bars and height of the tallest, in the drawing's own units."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """A piece of a bar."""

    fate: Fate
    y: float
    height: float


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One week."""

    monday: date
    x: int
    middle: float
    parts: tuple[Part, ...]
    published: int
    top: float


@register.inclusion_tag("insight/_drawing.html")
def drawn_outcome(lines: Sequence[Line]) -> dict[str, object]:
    """The bars; the table beside the drawing says the same."""
    most = max((line.published for line in lines), default=0) or 1
    bars = [_bar(at, line, HIGH / most) for at, line in enumerate(lines)]
    return {
        "bars": bars,
        "wide": len(bars) * (WIDE + GAP),
        "bar": WIDE,
        "high": HIGH,
        "fates": list(Fate),
    }


@register.filter
def of_fate(line: Line, fate: str) -> int:
    """How many times of a line came to that."""
    return line.fates.get(Fate(fate), 0)


def _bar(at: int, line: Line, scale: float) -> Bar:
    x, y, parts = at * (WIDE + GAP), float(HIGH), []
    for fate in Fate:
        height = line.fates.get(fate, 0) * scale
        y -= height
        if height:
            parts.append(Part(fate=fate, y=round(y, 2), height=round(height, 2)))
    return Bar(
        monday=line.monday,
        x=x,
        middle=x + WIDE / 2,
        parts=tuple(parts),
        published=line.published,
        top=round(y - 6, 2),
    )
