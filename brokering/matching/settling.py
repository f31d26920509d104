"""A plan over offers becomes places for people, and figures: by arrays, for a whole care at once."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from brokering.matching.problem import NO_DUE_DAY, NOBODY, UNKNOWN, Ints, Problem
from brokering.matching.snapshot import PRIORITIES

NO_PLACE = -1
KM = 10
"""Hundreds of metres in one."""


class Contradiction(ValueError):
    """A plan gives away what is not there, or a pair that may not be."""


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a plan means to those who get a place (`rows`, in the order of the problem); numbers line up."""

    rows: Ints
    offer: Ints
    slot: Ints
    """Position of the place among all places of the care."""
    way: Ints
    late: Ints
    """Days late, 0 in time."""
    hectometres: Ints
    """UNKNOWN where no distance may be computed."""
    kept: npt.NDArray[np.bool_]


def settle(problem: Problem, at: Ints, first: Ints, previous: Ints) -> Outcome:
    """Deal the places of each offer to its takers in turn; who had one of them before keeps it.

    `first` bounds the places of each offer, `previous` is the position of the place that a need was proposed
    before (NO_PLACE without). Raises Contradiction: a plan is never trusted.
    """
    rows = np.flatnonzero(at != NOBODY)
    offer = at[rows]
    _check(problem, rows, offer)
    slot = _dealt(offer, first, previous[rows])
    home = problem.home[rows]
    far = np.full(len(rows), UNKNOWN, np.int64)
    placed = home != UNKNOWN
    far[placed] = problem.hectometres[home[placed], problem.site[offer[placed]]]
    late = np.maximum(problem.day[offer].astype(np.int64) - problem.due[rows], 0)
    return Outcome(
        rows=rows,
        offer=offer,
        slot=slot,
        way=problem.way[problem.need_class[rows], problem.kind[offer]].astype(np.int64),
        late=late,
        hectometres=far,
        kept=slot == previous[rows],
    )


def _check(problem: Problem, rows: Ints, offer: Ints) -> None:
    """Raise Contradiction where more is given than there is, or to whom it may not be."""
    given = np.bincount(offer, minlength=len(problem.count))
    way = problem.way[problem.need_class[rows], problem.kind[offer]]
    fits = (problem.begins[offer] >= problem.earliest[rows]) & (
        problem.day[offer] <= problem.latest[rows]
    )
    if (given > problem.count).any() or (way < 0).any() or not fits.all():
        raise Contradiction("the plan gives away a place that is not there, or may not be had")


def _dealt(offer: Ints, first: Ints, previous: Ints) -> Ints:
    """A place for each taker: the own one of before, or the next that nobody keeps."""
    had = np.maximum(previous, 0)
    keeps = (previous != NO_PLACE) & (first[offer] <= had) & (had < first[offer + 1])
    free = np.ones(int(first[-1]), bool)
    free[previous[keeps]] = False
    left = np.flatnonzero(free)
    left_from = np.searchsorted(left, first[:-1])
    takers = np.flatnonzero(~keeps)
    takers = takers[np.argsort(offer[takers], kind="stable")]
    wanted = offer[takers]
    begins = np.searchsorted(wanted, wanted, side="left")
    slot = np.where(keeps, previous, NO_PLACE)
    slot[takers] = left[left_from[wanted] + np.arange(len(takers)) - begins]
    return slot.astype(np.int64)


def summary(problem: Problem, outcome: Outcome) -> dict[str, Any]:
    """The round in figures, as `round.Summary` has them; days late and kilometres are sums over people."""
    nobody = np.ones(len(problem.priority), bool)
    nobody[outcome.rows] = False
    overdue = np.where(
        problem.due == NO_DUE_DAY, 0, np.maximum(problem.horizon - problem.due.astype(np.int64), 0)
    )
    mine = problem.priority[outcome.rows]
    far = outcome.hectometres
    return {
        "classes": {
            str(one): {
                "waiting": int((problem.priority == one).sum()),
                "treated": int((mine == one).sum()),
                "in_time": int(((mine == one) & (outcome.late == 0)).sum()),
            }
            for one in PRIORITIES
        },
        "lateness_days_treated": int(outcome.late.sum()),
        "lateness_days_untreated": int(overdue[nobody].sum()),
        "km": round(float(far[far != UNKNOWN].sum()) / KM, 1),
        "places": int(problem.count.sum()),
        "kept": int(outcome.kept.sum()),
        "proposals": len(outcome.rows),
        "needs": len(problem.priority),
    }
