"""The engines by name: one contract, a problem in and a plan out."""

from collections.abc import Callable
from datetime import date
from enum import StrEnum

from brokering.matching import auction, greedy
from brokering.matching.problem import Plan, Problem
from brokering.matching.snapshot import Settings, WithinClass


class Engine(StrEnum):
    """How a round is solved."""

    GREEDY = "greedy"
    """Need by need, each the best place that is left: at once, and when nothing else can be had."""
    AUCTION = "auction"
    """Near the best by the order of choices, with a proof of how near: every few minutes."""


Solve = Callable[[Problem, Settings, int], Plan]
ENGINES: dict[Engine, Solve] = {
    Engine.GREEDY: greedy.solve,
    Engine.AUCTION: auction.solve,
}


def solve(problem: Problem, engine: Engine, *, within_class: WithinClass, on: date) -> Plan:
    """The engine's plan; the same problem has the same plan every time."""
    return ENGINES[engine](problem, Settings(within_class=within_class), on.toordinal())
