"""A care's problem solved so that no volume cap is exceeded, and what came of it."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from django.conf import settings

from brokering.matching.engines import Engine, solve
from brokering.matching.problem import NOBODY, Plan
from brokering.matching.settling import NO_PLACE, Outcome, settle
from brokering.selectors.country.columns import positions
from brokering.selectors.country.problems import CareInput, Given


@dataclass(frozen=True, eq=False)
class Solved:
    """A problem, its plan, and the places dealt out; `caps_reached` names the caps that cut the plan."""

    given: Given
    plan: Plan
    outcome: Outcome
    caps_reached: tuple[str, ...]


def solved(care: CareInput, engine: Engine) -> Solved:
    """Solve; where a cap is exceeded close it to those whom it had no room for, and solve again."""
    closed: dict[int, frozenset[str]] = {}
    while True:
        given = care.given(closed)
        plan = solve(
            given.problem,
            engine,
            within_class=given.within_class,
            on=given.on,
            seconds=settings.ROUND_EXACT_SECONDS,
        )
        over = _over_caps(care, given, plan)
        if not over:
            reached = frozenset[str]().union(*closed.values())
            return Solved(given, plan, outcome_of(given, plan), tuple(sorted(reached)))
        for row, cap in over:
            closed[row] = closed.get(row, frozenset()) | {cap}


def outcome_of(given: Given, plan: Plan) -> Outcome:
    """The plan's places; keys of places are told apart by where they stand."""
    had = np.full(len(given.needs), NO_PLACE, np.int64)
    rows = np.flatnonzero(given.problem.previous != NOBODY)
    had[rows] = positions(given.previous[rows], given.slot)
    return settle(given.problem, plan.at, given.first, had)


def _over_caps(care: CareInput, given: Given, plan: Plan) -> list[tuple[int, str]]:
    """Needs that must do without a cap, where each in turn takes what is left of it."""
    rows = np.flatnonzero(plan.at != NOBODY)
    way = given.problem.way[given.problem.need_class[rows], given.problem.kind[plan.at[rows]]]
    lot_of_way = np.array([one.lot for one in given.ways], np.int64)
    capped = care.capped_lots[lot_of_way[way]] if len(rows) else np.zeros(0, bool)
    taken: dict[str, int] = defaultdict(int)
    over = []
    for row, number in zip(rows[capped], way[capped], strict=True):
        caps = care.caps_of(int(row), given.ways[number])
        full = next((cap for cap in caps if taken[cap] >= care.left[cap]), None)
        if full is not None:
            over.append((int(row), full))
            continue
        for cap in caps:
            taken[cap] += 1
    return over
