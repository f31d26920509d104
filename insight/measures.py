"""What became of a clinic's published times: each has one fate, so the fates add up to all of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class Fate(StrEnum):
    """What a published time came to, or how it stands; in the order in which it is drawn."""

    GIVEN = "given"
    MISSED = "missed"
    BOOKED = "booked"
    """Booked, the visit ahead or not yet reported."""
    HELD = "held"
    FREE = "free"
    UNUSED = "unused"
    """Its time came and nobody had booked it."""
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, kw_only=True)
class Count:
    """Times of one care that begin in one Swedish week, counted by fate."""

    monday: date
    care: str
    fates: Mapping[Fate, int]
    ever_held: int = 0
    """Times that somebody has held at some moment."""
    ever_booked: int = 0
    """Times that somebody has booked at some moment, cancelled bookings included."""
    late: int | None = None
    """Bookings cancelled late (17:00 the day before an operation); None where that is not asked."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One week of some cares, added up."""

    monday: date
    fates: Mapping[Fate, int] = field(default_factory=dict)
    ever_held: int = 0
    ever_booked: int = 0
    late: int | None = None

    @property
    def published(self) -> int:
        """All times, whatever became of them."""
        return sum(self.fates.values())


def by_week(counts: Iterable[Count], mondays: Iterable[date]) -> tuple[Line, ...]:
    """The weeks in order with their counts added up; a week without times is a line of noughts."""
    found = list(counts)
    return tuple(
        _line(monday, [one for one in found if one.monday == monday]) for monday in mondays
    )


def _line(monday: date, counts: list[Count]) -> Line:
    late = [one.late for one in counts if one.late is not None]
    return Line(
        monday=monday,
        fates={fate: sum(one.fates.get(fate, 0) for one in counts) for fate in Fate},
        ever_held=sum(one.ever_held for one in counts),
        ever_booked=sum(one.ever_booked for one in counts),
        late=sum(late) if late else None,
    )
