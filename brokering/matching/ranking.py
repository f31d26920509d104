"""The order of choices between people. Change the ranking here and nowhere else.

Medical need decides before everything else (3 kap. 1 § HSL). A plan is better than another if it
is better on the first line of the order on which they differ, however much worse it is further
down:

1. for each need class, highest first: how many are treated, then how many of them in time
   (with `longest_waiting_first`, between the two: how many days the treated have waited);
2. fewest days late, all together;
3. most proposals unchanged since the last plan (nobody has been told, but calm has a value);
4. the home region's search order, in reroutes only;
5. shortest distance;
6. the turn: highest need, then longest wait, then lowest key comes to care soonest.

There is no line for the home region: a place ranks people by need alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np

from brokering.matching.problem import NOBODY, Days, Ints, Problem, Small
from brokering.matching.snapshot import PRIORITIES, Need, Settings, WithinClass

# Which route a proposal takes where law leaves several open: what costs the patient least first.
ROUTE_ORDER = ("own_region", "guarantee_reroute", "free_choice", "inpatient_choice")


class Counted(StrEnum):
    """What a line counts of each person's outcome; less is better."""

    UNTREATED = "untreated"
    """One for each person without a place."""
    NOT_IN_TIME = "not_in_time"
    """One for each person who is not treated by the due date; without one, any day is in time."""
    WAITED_IN_VAIN = "waited_in_vain"
    """The days already waited by those who are left without a place."""
    DAYS_LATE = "days_late"
    """Days from the due date to the care. Who is left without a place is counted as late until the day
    after the round's last place: otherwise leaving out those who are overdue the most would look better."""
    CHANGED = "changed"
    """One for each person who loses the proposal of the last plan."""
    SEARCH_STEP = "search_step"
    """The home region's search order, 0 first; 0 for everything but a reroute."""
    HECTOMETRES = "hectometres"
    """Great-circle distance in hundreds of metres; 0 where it is not known or may not be computed."""
    DAYS_BY_TURN = "days_by_turn"
    """Days until the care, each weighing more the earlier the person's turn is; without a place, days
    until the day after the round's last place."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the order: its code, what it counts, and of whom. `need_class` None: everyone."""

    code: str
    counted: Counted
    need_class: int | None = None


PER_NEED_CLASS = {
    WithinClass.RESCUABLE_FIRST: (
        ("treated", Counted.UNTREATED),
        ("in_time", Counted.NOT_IN_TIME),
    ),
    WithinClass.LONGEST_WAITING_FIRST: (
        ("treated", Counted.UNTREATED),
        ("waited", Counted.WAITED_IN_VAIN),
        ("in_time", Counted.NOT_IN_TIME),
    ),
}

FOR_EVERYONE = (
    Line("lateness", Counted.DAYS_LATE),
    Line("kept", Counted.CHANGED),
    Line("tier", Counted.SEARCH_STEP),
    Line("distance", Counted.HECTOMETRES),
    Line("turn", Counted.DAYS_BY_TURN),
)


def order(settings: Settings) -> tuple[Line, ...]:
    """The lines of the order under these settings, the weightiest first."""
    by_need = [
        Line(f"{code}_{need_class}", counted, need_class)
        for need_class in PRIORITIES
        for code, counted in PER_NEED_CLASS[settings.within_class]
    ]
    return (*by_need, *FOR_EVERYONE)


def turn(need: Need) -> tuple[int, date, str]:
    """Whose turn it is: the order of the rows of a problem, and the last line of the order."""
    return (need.priority, need.waiting_since, need.key)


def route_rank(route: str) -> tuple[int, str]:
    """The place of a route in ROUTE_ORDER; routes that are not named there come last."""
    known = ROUTE_ORDER.index(route) if route in ROUTE_ORDER else len(ROUTE_ORDER)
    return (known, route)


def paid(problem: Problem, lines: Sequence[Line], at: Ints) -> dict[str, Ints]:
    """What each person's outcome pays on each line, lower is better. Unit: the line's."""
    outcome = _outcome(problem, at)
    return {
        line.code: outcome[line.counted]
        * (line.need_class is None or problem.priority == line.need_class)
        for line in lines
    }


def value(problem: Problem, lines: Sequence[Line], at: Ints) -> dict[str, int]:
    """What a plan pays on each line of the order, lower is better. Unit: the line's."""
    return {code: int(each.sum()) for code, each in paid(problem, lines, at).items()}


def turn_weight(problem: Problem) -> Ints:
    """How much a day of each person's wait weighs on the last line: n for the first, 1 for the last."""
    return np.arange(len(problem.priority), 0, -1, dtype=np.int64)


def first_day(problem: Problem) -> int:
    """The day from which the last line counts: the round's first place."""
    return int(problem.day.min()) if len(problem.day) else problem.horizon


def _outcome(problem: Problem, at: Ints) -> dict[Counted, Ints]:
    """What each line counts, person by person, whatever their class."""
    treated = at != NOBODY
    offer = np.where(treated, at, 0)
    until = np.where(treated, _take(problem.day, offer), problem.horizon).astype(np.int64)
    late = np.maximum(until - problem.due, 0)
    had = problem.previous != NOBODY
    site, kind = _take(problem.site, offer), _take(problem.kind, offer)
    way = _take(problem.way.ravel(), problem.need_class * problem.way.shape[1] + kind)
    step = np.where(treated, _take(problem.tier, way), 0).astype(np.int64)
    far = _take(problem.hectometres.ravel(), problem.home * problem.hectometres.shape[1] + site)
    far = np.where(treated & (problem.home >= 0), np.maximum(far, 0), 0).astype(np.int64)
    return {
        Counted.UNTREATED: (~treated).astype(np.int64),
        Counted.NOT_IN_TIME: (~treated | (late > 0)).astype(np.int64),
        Counted.WAITED_IN_VAIN: np.where(treated, 0, problem.waited_days).astype(np.int64),
        Counted.DAYS_LATE: late,
        Counted.CHANGED: (had & (at != problem.previous)).astype(np.int64),
        Counted.SEARCH_STEP: step,
        Counted.HECTOMETRES: far,
        Counted.DAYS_BY_TURN: turn_weight(problem) * (until - first_day(problem)),
    }


def _take(values: Days | Small, index: Ints) -> Ints:
    """`values[index]`; zeros where there are no values, whose index then means nothing."""
    if not len(values):
        return np.zeros(len(index), np.int64)
    taken: Ints = values[np.clip(index, 0, len(values) - 1)].astype(np.int64)
    return taken
