"""The clock of the guarantee as a drawing: days become shares of a line, the same for every reader."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from django import template

register = template.Library()

Kind = Literal["counted", "pause"]


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """Days from `starts` up to, not including, `ends`; a pause carries its reason as `label`.

    `is_open`: it has not ended; it is drawn to `ends` and said to last since `starts`.
    """

    starts: date
    ends: date
    kind: Kind
    label: str = ""
    is_open: bool = False


@dataclass(frozen=True, kw_only=True)
class OfferPoint:
    """A time that was offered: the day of the offer and what became of it."""

    on: date
    label: str


@dataclass(frozen=True, kw_only=True)
class Clock:
    """What the drawing shows; `state` is running, paused, soon, passed, done or excluded."""

    title: str
    start: date
    today: date
    due: date | None
    limit_days: int
    day_number: int
    state: str
    state_words: str
    segments: Sequence[Stretch] = ()
    offers: Sequence[OfferPoint] = ()

    @property
    def last(self) -> date:
        """The right end of the line: the last day that anything on it falls on."""
        ends = [part.ends for part in self.segments]
        points = [offer.on for offer in self.offers]
        return max([self.start, self.today, *([self.due] if self.due else []), *ends, *points])


@register.inclusion_tag("components/_clock.html")
def guarantee_clock(clock: Clock) -> dict[str, Any]:
    """Draw one clock."""
    return {
        "clock": clock,
        "lines": [line for part in clock.segments for line in _lines(clock, part)],
        "points": [_share(clock, offer.on) for offer in clock.offers],
        "today": _mark(clock, clock.today),
        "due": _mark(clock, clock.due) if clock.due else None,
        "pauses": [part for part in clock.segments if part.kind == "pause"],
    }


def _share(clock: Clock, day: date) -> str:
    """Where a day lies on the line, in percent of its length, as SVG wants it."""
    whole = max((clock.last - clock.start).days, 1)
    return f"{100 * min(max((day - clock.start).days / whole, 0), 1):.2f}%"


def _lines(clock: Clock, part: Stretch) -> list[dict[str, str]]:
    """One line for a stretch; two when its days run past the due date of a breached guarantee."""
    if clock.state != "passed" or clock.due is None or not part.starts < clock.due < part.ends:
        late = clock.state == "passed" and clock.due is not None and part.starts >= clock.due
        return [_line(clock, part.starts, part.ends, "late" if late else part.kind)]
    kept = _line(clock, part.starts, clock.due, part.kind)
    return [kept, _line(clock, clock.due, part.ends, "late")]


def _line(clock: Clock, starts: date, ends: date, kind: str) -> dict[str, str]:
    return {"x1": _share(clock, starts), "x2": _share(clock, ends), "kind": kind}


def _mark(clock: Clock, day: date) -> dict[str, str]:
    """A day's place and the side on which its word has room."""
    x = _share(clock, day)
    share = float(x[:-1])
    anchor = "start" if share < 15 else "end" if share > 85 else "middle"
    return {"x": x, "anchor": anchor}
