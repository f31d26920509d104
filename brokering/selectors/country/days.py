"""Swedish days and last days in time, for many at once."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from brokering.law.clock import ClockEvent
from brokering.law.clock_facts import ClockKind
from brokering.law.deadline import deadline
from brokering.matching.problem import NO_DUE_DAY
from brokering.selectors.clocks import Dates, clock_of
from brokering.selectors.country.columns import DAYS_BEFORE, NO_DAY, Column
from brokering.selectors.places import swedish_day

HOUR = 3_600_000_000
"""Microseconds; Swedish clocks change on the hour."""
START = datetime(2000, 1, 1, tzinfo=UTC)
GUARANTEES = ("", ClockKind.BESOK.value, ClockKind.BEHANDLING.value)
"""By their number in a column; anything else is 0."""

Days = npt.NDArray[np.int32]


def swedish_days(moments: Column) -> Days:
    """The Swedish civil day of each moment (microseconds from 2000), as a proleptic ordinal."""
    hours, at = np.unique(moments // HOUR, return_inverse=True)
    days = [swedish_day(START + timedelta(hours=int(hour))).toordinal() for hour in hours]
    found: Days = np.array(days, np.int32)[at]
    return found


def due_days(
    needs: Mapping[str, Column],
    events: Mapping[int, tuple[ClockEvent, ...]],
    known: Mapping[int, int],
    *,
    on: date,
) -> Days:
    """The last day in time of each need, by the clinician's target or the guarantee; NO_DUE_DAY without.

    Without events a guarantee's day follows from its kind and the day on which it began: the law is asked
    once for each of those. `events` holds those needs whose trail says more, each asked about on its own;
    `known` the days that have been worked out of such trails before and hold.
    """
    kinds = _starts(needs).astype(np.int64) * len(GUARANTEES) + needs["guarantee"]
    known_kinds = _due_by_kind(on)
    some, first, kind = np.unique(kinds, return_index=True, return_inverse=True)
    for one, row in zip(some.tolist(), first.tolist(), strict=True):
        if one not in known_kinds:
            known_kinds[one] = _due(_dates(needs, row), (), None, on)
    due = np.array([known_kinds[one] for one in some.tolist()], np.int32)[kind]
    target = np.where(needs["target"] == NO_DAY, NO_DUE_DAY, needs["target"])
    found: Days = np.minimum(due, target).astype(np.int32)
    for row, day in known.items():
        found[row] = day
    for row, told in events.items():
        found[row] = _due(_dates(needs, row), told, _day(int(needs["target"][row])), on)
    return found


@lru_cache(maxsize=1)
def _due_by_kind(on: date) -> dict[int, int]:
    """What the law has answered on a day, by a guarantee's kind and the day on which it began."""
    return {}


def _starts(needs: Mapping[str, Column]) -> Column:
    """The day from which each need's guarantee is counted: what `law.limits.started` reads first."""
    besok = np.where(needs["issued"] == NO_DAY, needs["contact"], needs["issued"])
    chosen = (needs["guarantee"] == 1, needs["guarantee"] == 2)
    found: Column = np.select(chosen, (besok, needs["decided"]), NO_DAY)
    return found


def lacks_start(needs: Mapping[str, Column]) -> Column:
    """Which needs `Dates.lacks_start` holds of."""
    found: Column = (needs["guarantee"] == GUARANTEES.index(ClockKind.BESOK)) & (
        _starts(needs) == NO_DAY
    )
    return found


def _due(dates: Dates, events: Iterable[ClockEvent], target: date | None, on: date) -> int:
    last = deadline(clock_of(dates, events, on=on), target)
    return NO_DUE_DAY if last is None else last.on.toordinal()


def _dates(needs: Mapping[str, Column], row: int) -> Dates:
    issued, contact, decided = (
        _day(int(needs[name][row])) for name in ("issued", "contact", "decided")
    )
    return Dates(
        guarantee=GUARANTEES[int(needs["guarantee"][row])],
        region="",
        issued_on=issued,
        contact_on=contact,
        decided_on=decided,
    )


def _day(ordinal: int) -> date | None:
    return None if ordinal == NO_DAY else date.fromordinal(ordinal)


def ordinals(days: Column) -> Column:
    """Days as the server counts them, as proleptic ordinals; NO_DAY stays."""
    found: Column = np.where(days == NO_DAY, NO_DAY, days + DAYS_BEFORE)
    return found
