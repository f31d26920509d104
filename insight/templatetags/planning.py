"""The drawing of a plan: a square for each region and week, its number in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django import template

from insight.selectors.planning import Plan

register = template.Library()
WIDE, HIGH, NAMES = 46, 30, 150
"""Width and height of a square and room for names, in the drawing's own units."""


@dataclass(frozen=True, kw_only=True)
class Square:
    """A region's week; `tone`: gap, even, surplus or hidden. The word tells it without the colour."""

    x: int
    y: int
    tone: str
    word: str


@register.inclusion_tag("insight/_heat.html")
def drawn_plan(plan: Plan) -> dict[str, object]:
    """The squares; the table below the drawing says the same."""
    lines = (*plan.lines, plan.group)
    squares = [
        _square(at, row, cell.balance)
        for row, line in enumerate(lines)
        for at, cell in enumerate(line.cells)
    ]
    return {
        "squares": squares,
        "names": [
            (line.region.name if line.region else "", row * HIGH) for row, line in enumerate(lines)
        ],
        "weeks": [(monday, NAMES + at * WIDE + WIDE / 2) for at, monday in enumerate(plan.mondays)],
        "square": (WIDE - 3, HIGH - 3),
        "width": NAMES + len(plan.mondays) * WIDE,
        "height": len(lines) * HIGH,
    }


@register.filter
def signed(number: int) -> str:
    """A balance with its sign: +3, −3, 0."""
    return f"+{number}" if number > 0 else f"−{-number}" if number else "0"


@register.filter
def week_at(mondays: Sequence[date], at: int) -> str:
    """The number of a week of the plan."""
    return f"{mondays[at]:%V}".lstrip("0")


def _square(at: int, row: int, balance: int | None) -> Square:
    tone = "hidden" if balance is None else ("gap", "even", "surplus")[1 + _sign(balance)]
    word = "✱" if balance is None else signed(balance)
    return Square(x=NAMES + at * WIDE, y=row * HIGH, tone=tone, word=word)


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)
