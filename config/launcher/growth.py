"""Draws docs/matching-growth.svg from the lines of the benchmarks: what a plan costs as pairs grow."""

from __future__ import annotations

import math
from html import escape
from typing import Any

NAME = "matching.growth"
WIDTH, HEIGHT = 760, 420
LEFT, RIGHT, TOP, BOTTOM = 80, 130, 46, 56
SERIES = (
    ("exact, proven", "value", "#8a3b12", ""),
    ("auction", "auction_seconds", "#1b4f8f", "8 4"),
    ("greedy", "greedy_seconds", "#2f6b3a", "2 4"),
    ("OR-tools, four lines", "ortools_seconds", "#5b3a8c", "10 3 2 3"),
    ("HiGHS, four lines", "highs_seconds", "#555555", "4 4"),
)
"""Name, figure of the line, colour and dashes: told apart by either."""
Line = dict[str, Any]
Point = tuple[float, float]


def drawing(lines: list[Line]) -> str:
    """The drawing as SVG text, both axes by powers of ten; empty where there are fewer than two sizes."""
    lines = sorted((one for one in lines if one["name"] == NAME), key=lambda one: one["pairs"])
    if len(lines) < 2:
        return ""
    series = [
        (name, [(one["pairs"], one[figure]) for one in lines if figure in one], colour, dashes)
        for name, figure, colour, dashes in SERIES
    ]
    pairs = _powers([x for _, points, _, _ in series for x, _ in points])
    seconds = _powers([y for _, points, _, _ in series for _, y in points])
    title = "CPU seconds for the plan of one care, by pairs of a person and an offer"
    body = [*_across(pairs), *_up(seconds)]
    for name, points, colour, dashes in series:
        placed = [(_x(x, pairs), _y(y, seconds)) for x, y in points]
        body += _line(name, placed, colour, dashes)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'font-family="sans-serif" font-size="12"><title>{title}</title>'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>'
        f'<text x="12" y="22" font-size="14" font-weight="bold">{title}</text>'
    )
    return "\n".join([head, *body, "</svg>", ""])


def _powers(values: list[float]) -> tuple[int, int]:
    """The powers of ten around the values."""
    least, most = min(values), max(values)
    low = math.floor(math.log10(least))
    return low, max(math.ceil(math.log10(most)), low + 1)


def _x(value: float, powers: tuple[int, int]) -> float:
    low, high = powers
    return LEFT + (math.log10(value) - low) / (high - low) * (WIDTH - LEFT - RIGHT)


def _y(value: float, powers: tuple[int, int]) -> float:
    low, high = powers
    return HEIGHT - BOTTOM - (math.log10(value) - low) / (high - low) * (HEIGHT - TOP - BOTTOM)


def _across(powers: tuple[int, int]) -> list[str]:
    body = [_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, "pairs", "middle")]
    for power in range(powers[0], powers[1] + 1):
        x = _x(10.0**power, powers)
        body.append(f'<path d="M{x:.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="#ddd"/>')
        body.append(_text(x, HEIGHT - BOTTOM + 18, f"{10**power:,}", "middle"))
    return body


def _up(powers: tuple[int, int]) -> list[str]:
    body = []
    for power in range(powers[0], powers[1] + 1):
        y = _y(10.0**power, powers)
        body.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>')
        body.append(_text(LEFT - 8, y + 4, f"{10.0**power:g} s", "end"))
    return body


def _line(name: str, placed: list[Point], colour: str, dashes: str) -> list[str]:
    """A line through the points, with its name beside the last one, or above it where other lines go on."""
    if not placed:
        return []
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in placed)
    stroke = f'stroke="{colour}" stroke-width="2.5" stroke-dasharray="{dashes or "none"}"'
    x, y = placed[-1]
    marks = [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>' for x, y in placed]
    beside = x > WIDTH - RIGHT - 60
    label = (
        _text(x + 8, y + 4, name, "start", colour)
        if beside
        else _text(x, y - 10, name, "middle", colour)
    )
    return [
        f'<polyline points="{path}" fill="none" {stroke}/>',
        *marks,
        label,
    ]


def _text(x: float, y: float, words: str, anchor: str, colour: str = "#222") -> str:
    where = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}"'
    return f"<text {where}>{escape(words)}</text>"
