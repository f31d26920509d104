"""Two drawings as SVG text: the long queues week by week, and what each region gives and takes."""

from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 760, 300
LEFT, RIGHT, TOP, BOTTOM = 70, 190, 40, 40
COLOURS = ("#8a3b12", "#1b4f8f")
"""Without sharing, with it; readable on white, and told apart by the dashes too."""
ROW, NAMES = 20, 190
MOST_STEPS = 5


def long_queues(report: dict[str, Any], measure: str, title: str) -> str:
    """How many wait longer than the guarantee's days, without sharing (dashed) and with it, from nought."""
    lines = [
        (name, [all_of - within for all_of, within in report[key][measure]["in_queue"]])
        for name, key in (("without sharing", "without"), ("with sharing", "shared"))
    ]
    steps = _steps(max(max(points) for _, points in lines))
    top = steps[-1]
    body = [_axis(value, top) for value in steps]
    body += [_line(points, top, number) for number, (_, points) in enumerate(lines)]
    body += [_legend(name, number) for number, (name, _) in enumerate(lines)]
    weeks = len(lines[0][1]) - 1
    body += [
        _text(LEFT + _across(week, weeks), HEIGHT - 12, f"week {week}", "middle")
        for week in range(0, weeks + 1, 13)
    ]
    return _svg(HEIGHT, title, body)


def given_and_taken(rows: Sequence[tuple[str, int]], title: str) -> str:
    """A bar a region: to the right people received more than sent, to the left sent more than received."""
    top = max((abs(net) for _, net in rows), default=0) or 1
    middle, half = NAMES + (WIDTH - NAMES - 60) / 2, (WIDTH - NAMES - 180) / 2
    body = [
        f'<line x1="{middle}" x2="{middle}" y1="30" y2="{35 + ROW * len(rows)}" stroke="#555"/>'
    ]
    for number, (name, net) in enumerate(rows):
        y, length = 36 + ROW * number, abs(net) / top * half
        left = middle if net >= 0 else middle - length
        body.append(_text(NAMES - 10, y + 12, name, "end"))
        colour = COLOURS[int(net >= 0)]
        body.append(
            f'<rect x="{left:.1f}" y="{y}" width="{length:.1f}" height="14" fill="{colour}"/>'
        )
        end = middle + (length + 5 if net >= 0 else -length - 5)
        body.append(_text(end, y + 12, f"{net:+,}", "start" if net >= 0 else "end"))
    return _svg(50 + ROW * len(rows), title, body)


def _svg(height: int, title: str, body: Sequence[str]) -> str:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'font-family="sans-serif" font-size="12"><title>{escape(title)}</title>'
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>'
    )
    heading = f'<text x="12" y="20" font-size="14" font-weight="bold">{escape(title)}</text>'
    return "\n".join([head, heading, *body, "</svg>", ""])


def _steps(most: int) -> list[int]:
    """Round numbers from nought until one that is no less, few enough to be read."""
    size = 10 ** (len(str(most)) - 1)
    fine = (max(size // 5, 1), max(size // 2, 1), size, 2 * size)
    step = next(one for one in fine if most <= MOST_STEPS * one)
    return [*range(0, max(most, 1) + step, step)]


def _across(week: int, weeks: int) -> float:
    return week / weeks * (WIDTH - LEFT - RIGHT)


def _up(value: float, top: int) -> float:
    return HEIGHT - BOTTOM - value / top * (HEIGHT - TOP - BOTTOM)


def _axis(value: int, top: int) -> str:
    y = _up(value, top)
    line = f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ccc"/>'
    return line + _text(LEFT - 6, y + 4, f"{value:,}", "end")


def _line(points: Sequence[int], top: int, number: int) -> str:
    weeks = len(points) - 1
    path = " ".join(
        f"{LEFT + _across(week, weeks):.1f},{_up(value, top):.1f}"
        for week, value in enumerate(points)
    )
    return f'<polyline points="{path}" {_stroke(number)}/>'


def _legend(name: str, number: int) -> str:
    y, x = TOP + 16 + 22 * number, WIDTH - RIGHT + 12
    line = f'<line x1="{x}" x2="{x + 34}" y1="{y}" y2="{y}" {_stroke(number)}/>'
    return line + _text(x + 42, y + 4, name, "start")


def _stroke(number: int) -> str:
    dashes = "" if number else ' stroke-dasharray="6 4"'
    return f'fill="none" stroke="{COLOURS[number]}" stroke-width="2.5"{dashes}'


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'
