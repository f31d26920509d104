"""The engines by name: one contract, a problem in and a plan out."""

from collections.abc import Callable
from datetime import date
from enum import StrEnum

import numpy as np

from brokering.matching import auction, exact, greedy
from brokering.matching.leftover import why_left
from brokering.matching.problem import NOBODY, Plan, Problem, least
from brokering.matching.snapshot import Settings, WithinClass


class Engine(StrEnum):
    """How a round is solved."""

    GREEDY = "greedy"
    """Need by need, each the best place that is left: at once, and when nothing else can be had."""
    AUCTION = "auction"
    """Near the best by the order of choices, with a proof of how near: every few minutes."""
    EXACT = "exact"
    """The best by the order of choices, proven; at night, with all the time that it needs."""


def solve(
    problem: Problem,
    engine: Engine,
    *,
    within_class: WithinClass,
    on: date,
    seconds: float | None = None,
) -> Plan:
    """The engine's plan; the same problem has the same plan every time, unless time runs out.

    `seconds` bounds the exact engine alone: then its certificate says what is proven of the plan so far.
    """
    settings = Settings(within_class=within_class)
    if engine is Engine.EXACT:
        return exact.solve(problem, settings, seconds=seconds)
    return QUICK[engine](problem, settings, on.toordinal())


QUICK: dict[Engine, Callable[[Problem, Settings, int], Plan]] = {
    Engine.GREEDY: greedy.solve,
    Engine.AUCTION: auction.solve,
}


def load(engine: Engine) -> Plan:
    """Compile what an engine calls, or read it from the cache on disk; its plan for the least problem."""
    return solve(least(), engine, within_class=WithinClass.RESCUABLE_FIRST, on=date(1, 1, 1))


def warm_up() -> None:
    """Compile, or read from the cache on disk, whatever a round calls: a worker's first one is not slow."""
    exact.warm_up()
    for engine in Engine:
        plan = load(engine)
    # With nobody seated there is somebody to ask why.
    why_left(least(), np.full_like(plan.at, NOBODY))
