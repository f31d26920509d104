"""A clinic's forecasts and how they have held: promises against what came, no small number among them."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from brokering.forecast import HIGH, LOW, MIDDLE
from brokering.selectors.forecast_facts import Kept, record_of
from brokering.selectors.forecasts import Outlook, outlooks
from insight.disclosure import protected_list, shown
from providers.models import Care


@dataclass(frozen=True, kw_only=True)
class Point:
    """Of so many per cent it was promised that they would have a time by the day; so many had one."""

    promised: int
    came: int


@dataclass(frozen=True, kw_only=True)
class Record:
    """How the promises of a year have held. Counts are None where one of them would be too small to show.

    Waits are in days, the middle one of those promised and of those that came; None where too few.
    """

    judged: int | None = None
    earlier: int | None = None
    held: int | None = None
    later: int | None = None
    points: tuple[Point, ...] = ()
    promised: int | None = None
    waited: int | None = None

    @property
    def percent(self) -> int | None:
        """Of a hundred promises, how many held, rounded down."""
        if self.held is None or not self.judged:
            return None
        return 100 * self.held // self.judged


@dataclass(frozen=True, kw_only=True)
class Line:
    """What is said of one care now; None: unknown."""

    care: Care
    outlook: Outlook | None


def lines_of(clinic: UUID, cares: list[Care], *, on: date) -> tuple[Line, ...]:
    """Each care of a clinic with what its queue can expect."""
    return tuple(
        Line(care=care, outlook=outlooks([clinic], care.code, on=on).get(clinic)) for care in cares
    )


def record(clinic: UUID, care: str, *, on: date) -> Record:
    """How a clinic's promises for one care have held during a year."""
    found = record_of(care, on=on, clinics=[clinic]).get(clinic)
    return shown_record(found) if found else Record()


def shown_record(kept: Kept) -> Record:
    """What may be shown of a record: all its parts, or how many there were, or nothing."""
    parts, judged = protected_list([kept.earlier, kept.first_half, kept.second_half, kept.later])
    if judged is None or None in parts:
        return Record(judged=shown(kept.judged))
    return Record(
        judged=judged,
        earlier=kept.earlier,
        held=kept.held,
        later=kept.later,
        points=_points(kept),
        promised=_days(kept.promised),
        waited=_days(kept.waited),
    )


def _points(kept: Kept) -> tuple[Point, ...]:
    until = (kept.earlier, kept.earlier + kept.first_half, kept.judged - kept.later)
    return tuple(
        Point(promised=round(100 * share), came=round(100 * number / kept.judged))
        for share, number in zip((LOW, MIDDLE, HIGH), until, strict=True)
    )


def _days(value: float | None) -> int | None:
    return None if value is None else round(value)
