"""The first date that somebody who joins a clinic's queue today can expect, with an interval of 80 %.

A queue model that can be told in a sentence: weeks to come are drawn from the clinic's own past weeks, those
before you and those with greater need who come meanwhile are served first, and the day on which a place is
left is yours. Every figure is measured; where the history is too short the answer is unknown.
What it assumes and where it fails: docs/forecast.md. Deterministic: the same inputs give the same days.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

VERSION = "1"
"""Stands in every stored forecast; a change of the method changes it."""
CLASSES = 5
"""Need classes 1 to 4, and last those without one."""
HISTORY_WEEKS = 26
FEWEST_WEEKS = 8
"""With fewer past weeks than this nothing is said."""
FEWEST_SERVED = 8
"""Nor where fewer of those who waited were served in all those weeks."""
WEEKS_AHEAD = 52
"""What is not reached within this is later than can be told: None."""
PATHS = 400
LOW, MIDDLE, HIGH = 0.1, 0.5, 0.9

Days = NDArray[np.int64]
Ahead = NDArray[np.float64]


@dataclass(frozen=True)
class Week:
    """A past week: places that somebody of the queue had, and who joined it.

    `served` holds for each such place its weekday (0 Monday) and how many days before it was published;
    `arrivals` has a number for each class of need.
    """

    served: tuple[tuple[int, int], ...] = ()
    arrivals: tuple[int, ...] = (0,) * CLASSES


@dataclass(frozen=True)
class Share:
    """A share that was counted: of how many, how many."""

    hits: int
    of: int

    @property
    def value(self) -> float:
        """Between 0 and 1; a share of none is 0."""
        return self.hits / self.of if self.of else 0.0


@dataclass(frozen=True, kw_only=True)
class Known:
    """Everything that a forecast rests on.

    `weeks` from the oldest to the last whole one. `waiting` by class of need. `free` and `booked`: published
    places by day, the first day is tomorrow. `used`: of published places that began, those that the queue
    had and came to. `cancelled`: of bookings, those that gave their place back. `leave`: of those who have
    left the queue, those who got no time here.
    """

    on: date
    weeks: tuple[Week, ...]
    waiting: tuple[int, ...]
    free: tuple[int, ...] = ()
    booked: tuple[int, ...] = ()
    used: Share = Share(1, 1)
    cancelled: Share = Share(0, 0)
    leave: Share = Share(0, 0)

    @property
    def fingerprint(self) -> str:
        """Names the inputs and the method; it is also the seed."""
        said = json.dumps([VERSION, asdict(self)], default=str, sort_keys=True)
        return hashlib.sha256(said.encode()).hexdigest()[:32]

    @property
    def is_enough(self) -> bool:
        """Whether the history is long enough to say anything."""
        served = sum(len(week.served) for week in self.weeks)
        return len(self.weeks) >= FEWEST_WEEKS and served >= FEWEST_SERVED


@dataclass(frozen=True, kw_only=True)
class Expected:
    """The days before which 10, 50 and 90 of 100 get a time; None: later than WEEKS_AHEAD.

    `places` has for each class of need and each week ahead how many of today's queue, at the median, are
    served by its end: what tells somebody who already waits when their turn comes. `stays` is the share of
    those in the queue who do not leave it.
    """

    early: date | None
    middle: date | None
    late: date | None
    places: tuple[tuple[int, ...], ...]
    stays: float
    fingerprint: str


def turn(places: Sequence[int], ahead: float, *, on: date) -> date | None:
    """The Friday of the first week by whose end more places than `ahead` are given; None: not in sight."""
    found = next((week for week, number in enumerate(places) if number > ahead), None)
    return None if found is None else max(on, _monday(on) + timedelta(weeks=found, days=4))


def class_of(priority: int | None) -> int:
    """Where a class of need stands in the tuples; those without one are last."""
    return CLASSES - 1 if priority is None else priority - 1


def expected(known: Known) -> Expected | None:
    """The forecast; None where the history is too short."""
    if not known.is_enough:
        return None
    chance = np.random.default_rng(int(known.fingerprint, 16))
    drawn = _drawn(len(known.weeks), chance)
    given = _given(known, drawn, chance)
    left = _left(known, given, drawn, chance)
    first = _first_days(known, left, chance)
    early, middle, late = (_day(known.on, value) for value in interval(first))
    ends = _week_ends(known.on)
    return Expected(
        early=early,
        middle=middle,
        late=late,
        places=tuple(tuple(_medians(one[:, ends])) for one in left),
        stays=1 - known.leave.value,
        fingerprint=known.fingerprint,
    )


def _drawn(weeks: int, chance: np.random.Generator) -> Days:
    """Past weeks by path and week ahead. Each path has a history of its own, drawn from the real one: that
    a short history may not be typical makes the interval wider."""
    histories = chance.integers(weeks, size=(PATHS, weeks))
    which = chance.integers(weeks, size=(PATHS, WEEKS_AHEAD))
    return np.take_along_axis(histories, which, axis=1)


def _given(known: Known, drawn: Days, chance: np.random.Generator) -> Days:
    """Places that the queue gets, by path and day from tomorrow: what is published, and what is to come."""
    skip = known.on.weekday() + 1
    pattern = _to_come(known.weeks, skip)
    coming = pattern[drawn, np.arange(WEEKS_AHEAD)].reshape(PATHS, WEEKS_AHEAD * 7)[:, skip:]
    days = coming.shape[1]
    used, freed = known.used.value, known.cancelled.value * known.used.value
    free = chance.binomial(_padded(known.free, days), used, size=(PATHS, days))
    booked = chance.binomial(_padded(known.booked, days), freed, size=(PATHS, days))
    return np.cumsum(coming + free + booked, axis=1)


def _to_come(weeks: Sequence[Week], skip: int) -> Days:
    """Places by past week, week ahead and weekday that would not be published yet if that week came then."""
    pattern = np.zeros((len(weeks), WEEKS_AHEAD, 7), dtype=np.int64)
    for number, week in enumerate(weeks):
        for weekday, published_before in week.served:
            # The first week in which that day is farther off than the place is published before.
            soonest = (published_before - weekday + skip - 1) // 7 + 1
            pattern[number, max(0, soonest) :, weekday] += 1
    return pattern


def _left(known: Known, given: Days, drawn: Days, chance: np.random.Generator) -> list[Days]:
    """By class of need: places left for today's queue by path and day; greater need that comes goes first."""
    skip, stays = known.on.weekday() + 1, 1 - known.leave.value
    taken = np.zeros_like(drawn)
    left = []
    for own in range(CLASSES):
        by_day = np.repeat(taken, 7, axis=1)[:, skip:]
        left.append(np.asarray(np.maximum.accumulate(given - by_day, axis=1)))
        arrivals = np.array([week.arrivals[own] for week in known.weeks], dtype=np.int64)
        come = chance.binomial(arrivals[drawn], stays)
        # Whoever comes in a week is there from the next one on.
        taken = taken + np.cumsum(come, axis=1) - come
    return left


def _first_days(known: Known, left: Sequence[Days], chance: np.random.Generator) -> Ahead:
    """By path, days until the turn of somebody of a class drawn from those who come; inf: never."""
    come = np.array([sum(week.arrivals[own] for week in known.weeks) for own in range(CLASSES)])
    come = come if come.sum() else np.array(known.waiting)
    shares = come / come.sum() if come.sum() else np.eye(CLASSES)[-1]
    own = chance.choice(CLASSES, size=PATHS, p=shares)
    queue = np.cumsum(known.waiting)
    ahead = chance.binomial(queue[own], 1 - known.leave.value)
    first = np.full(PATHS, np.inf)
    for number in range(CLASSES):
        mine = own == number
        reached = left[number][mine] > ahead[mine, None]
        first[mine] = np.where(reached.any(axis=1), reached.argmax(axis=1) + 1.0, np.inf)
    return first


def interval(found: Ahead) -> tuple[float, float, float]:
    """The days that leave nearest to a tenth before them, half on each side, a tenth after them.

    Days are whole, and many meet on one: the first day before which at most a tenth lies would as a rule
    leave far less than that, and 80 % would be said of an interval that holds nine of ten.
    """
    days, counts = np.unique(found, return_counts=True)
    until = np.cumsum(counts) / len(found)
    before = until - counts / len(found)
    early = int(np.argmin(np.abs(before - LOW)))
    middle = max(early, int(np.argmin(np.abs((before + until) / 2 - MIDDLE))))
    late = max(middle, int(np.argmin(np.abs(until - HIGH))))
    return float(days[early]), float(days[middle]), float(days[late])


def _medians(ends: Days) -> list[int]:
    """The number that at least half of the paths reach."""
    low = np.quantile(ends, 0.5, axis=0, method="inverted_cdf")
    return [int(value) for value in np.maximum(low, 0)]


def _week_ends(on: date) -> Days:
    """Places among the days from tomorrow of the Sundays of the weeks, this one first."""
    skip = on.weekday() + 1
    return np.maximum(0, np.arange(1, WEEKS_AHEAD + 1) * 7 - 1 - skip)


def _padded(counts: Sequence[int], days: int) -> Days:
    found = np.zeros(days, dtype=np.int64)
    kept = np.array(counts[:days], dtype=np.int64)
    found[: len(kept)] = kept
    return found


def _day(on: date, ahead: float) -> date | None:
    return None if np.isinf(ahead) else on + timedelta(days=int(ahead))


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
