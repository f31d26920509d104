"""Cares solved so that no volume cap is exceeded, those that caps link together, and what came of it."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from django.conf import settings

from brokering.matching import exact
from brokering.matching.capped import certificate
from brokering.matching.engines import Engine, solve
from brokering.matching.exact.relaxed import Free
from brokering.matching.problem import NOBODY, Certificate, Plan, Problem
from brokering.matching.ranking import order, value
from brokering.matching.settling import NO_PLACE, Outcome, settle
from brokering.matching.snapshot import Settings
from brokering.selectors.country.columns import positions
from brokering.selectors.country.problems import CareInput, Given

Turn = tuple[int, int, bytes]


@dataclass(frozen=True, eq=False)
class Solved:
    """A problem, its plan, and the places dealt out; `caps_reached` names the caps that cut the plan.

    Where caps cut plans the certificate is of all cares together that they link: `linked` names them, no
    care that stands alone.
    """

    given: Given
    plan: Plan
    outcome: Outcome
    caps_reached: tuple[str, ...]
    linked: tuple[str, ...]


def solved(cares: Sequence[CareInput], engine: Engine) -> list[Solved]:
    """Solve; where a cap is exceeded close it to those whom it had no room for, and solve again.

    Once no cap is exceeded each is solved afresh: then its plan follows from its problem alone, and whoever
    solves the stored problem again finds the same one.
    """
    tries = [_Try(care, engine) for care in cares]
    free = [(one.given, one.plan) for one in tries]
    _keep_within_caps(tries)
    if any(one.closed for one in tries):
        told = _within_caps(tries, free) if engine is Engine.EXACT else Certificate()
        for one in tries:
            one.plan = replace(one.plan, certificate=told)
    linked = tuple(care.care for care in cares) if len(cares) > 1 else ()
    return [one.found(linked) for one in tries]


def _keep_within_caps(tries: Sequence["_Try"]) -> None:
    """Close what is exceeded until nothing is; roughly, while others come after those who are shut out."""
    while over := _over_caps(tries):
        for one, row, cap in over:
            one.closed[row] = one.closed.get(row, frozenset()) | {cap}
        for one in {id(one): one for one, _, _ in over}.values():
            one.go_on()
        for solve_better in (_Try.improve, _Try.settle):
            if not _over_caps(tries):
                for one in tries:
                    solve_better(one)


class _Try:
    """A care, its caps that are closed to some rows so far, and its plan then."""

    def __init__(self, care: CareInput, engine: Engine) -> None:
        self.care, self._engine = care, engine
        self.closed: dict[int, frozenset[str]] = {}
        self.given = care.given(self.closed)
        self._solver = exact.Solver(Settings(self.given.within_class))
        self._settled = False
        self.settle()

    def settle(self) -> None:
        """The plan that follows from the problem alone."""
        if self._settled:
            return
        if self._engine is Engine.EXACT:
            self.plan = self._solver.afresh(self.given.problem, settings.ROUND_EXACT_SECONDS)
        else:
            given = self.given
            self.plan = solve(
                given.problem, self._engine, within_class=given.within_class, on=given.on
            )
        self._settled = True

    def go_on(self) -> None:
        """A plan with what is closed now: the exact engine goes on from the plan before, roughly."""
        self.given = self.care.given(self.closed)
        self._settled = False
        if self._engine is Engine.EXACT:
            self.plan = self._solver.roughly(self.given.problem, settings.ROUND_EXACT_SECONDS)
        else:
            self.settle()

    def improve(self) -> None:
        """As good a plan as there is with what is closed now, whichever of equal ones."""
        if not self._settled:
            self.plan = self._solver.again(self.given.problem, settings.ROUND_EXACT_SECONDS)

    @property
    def caps(self) -> frozenset[str]:
        """The caps that are closed to somebody."""
        return frozenset[str]().union(*self.closed.values())

    def found(self, linked: tuple[str, ...]) -> Solved:
        """What came of it."""
        outcome = outcome_of(self.given, self.plan)
        return Solved(self.given, self.plan, outcome, tuple(sorted(self.caps)), linked)

    def drawing(self) -> Iterator[tuple[Turn, int, tuple[str, ...]]]:
        """Turn, row and caps of all who draw on one."""
        problem, ways = self.given.problem, self.given.ways
        rows = np.flatnonzero(self.plan.at != NOBODY)
        way = problem.way[problem.need_class[rows], problem.kind[self.plan.at[rows]]]
        lot_of_way = np.array([one.lot for one in ways], np.int64)
        capped = self.care.capped_lots[lot_of_way[way]] if len(rows) else np.zeros(0, bool)
        for row, number in zip(rows[capped].tolist(), way[capped], strict=True):
            waited = -int(problem.waited_days[row])
            turn = (int(problem.priority[row]), waited, bytes(self.given.needs[row]))
            yield turn, row, self.care.caps_of(row, ways[number])


def outcome_of(given: Given, plan: Plan) -> Outcome:
    """The plan's places; keys of places are told apart by where they stand."""
    had = np.full(len(given.needs), NO_PLACE, np.int64)
    rows = np.flatnonzero(given.problem.previous != NOBODY)
    had[rows] = positions(given.previous[rows], given.slot)
    return settle(given.problem, plan.at, given.first, had)


def _over_caps(tries: Sequence[_Try]) -> list[tuple[_Try, int, str]]:
    """Rows that must do without a cap, where each in turn, whichever the care, takes what is left of it."""
    drawing = [(turn, one, row, caps) for one in tries for turn, row, caps in one.drawing()]
    taken: dict[str, int] = defaultdict(int)
    over = []
    for _, one, row, caps in sorted(drawing, key=lambda each: each[0]):
        full = next((cap for cap in caps if taken[cap] >= one.care.left[cap]), None)
        if full is not None:
            over.append((one, row, full))
            continue
        for cap in caps:
            taken[cap] += 1
    return over


def _within_caps(tries: Sequence[_Try], free: Sequence[tuple[Given, Plan]]) -> Certificate:
    """What is proven of plans that caps have cut, all together."""
    chosen = Settings(free[0][0].within_class)
    caps = sorted(frozenset[str]().union(*(one.caps for one in tries)))
    paid: dict[str, int] = defaultdict(int)
    for one, (before, _) in zip(tries, free, strict=True):
        # A proposal that a cap takes away is a proposal lost.
        asked = replace(one.given.problem, previous=before.problem.previous)
        for code, pays in value(asked, order(chosen), one.plan.at).items():
            paid[code] += pays
    unlimited = [
        Free(given.problem, plan, {cap: _without(one.care, given, cap) for cap in caps})
        for one, (given, plan) in zip(tries, free, strict=True)
    ]
    left = {cap: max(one.care.left[cap], 0) for one in tries for cap in one.caps}
    return certificate(unlimited, paid, left, chosen)


def _without(care: CareInput, given: Given, cap: str) -> Problem:
    """The problem as if nobody could draw on a cap."""
    if cap not in care.left:
        return given.problem
    return care.given(dict.fromkeys(range(len(given.needs)), frozenset({cap}))).problem
