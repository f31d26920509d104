"""The exact engine on invented cares: CPU seconds, what is proven, and the same answers from two others.

HiGHS and OR-tools are asked for what they have room for: the need lines of the two highest classes in one
number, every pair written out. The exact engine solves all lines.
"""

from collections.abc import Callable
from time import process_time
from typing import TypeVar

from benchmarks.matching_oracles import arcs, highs, ortools, prices
from benchmarks.problems import TODAY, next_day, problem
from benchmarks.stage import tell_of
from brokering.matching import exact, greedy
from brokering.matching.problem import Plan, Problem
from brokering.matching.ranking import order, value
from brokering.matching.snapshot import Settings

LINES = order(Settings())
HIGHEST = LINES[:4]
CARES, LARGEST, SHARE = (400, 2_000, 10_000), 49_000, 0.9
FOR_HIGHS, FOR_ORTOOLS = 400, 2_000
T = TypeVar("T")


def measure() -> None:
    """Cares of rising size, the largest of the country, the same a day later, and two other solvers."""
    exact.warm_up()
    for people in CARES:
        care = problem(people, SHARE)
        _beside_greedy(f"matching.exact_{people}", care, exact.solve)
    largest = problem(LARGEST, SHARE)
    plan = _beside_greedy("matching.exact_largest", largest, exact.solve)
    after = next_day(largest, plan.at)
    _beside_greedy("matching.exact_next_day", after, exact.solve)
    _beside("matching.exact_highs", problem(FOR_HIGHS, SHARE), ("HiGHS", highs))
    _beside("matching.exact_ortools", problem(FOR_ORTOOLS, SHARE), ("OR-tools", ortools))


def _beside_greedy(name: str, care: Problem, engine: Callable[[Problem], Plan]) -> Plan:
    took, plan = _seconds(lambda: engine(care))
    quick, choice = _seconds(lambda: greedy.solve(care, Settings(), TODAY))
    tell_of(
        name,
        (took, "CPU seconds"),
        ("the greedy engine", quick),
        len(care.priority),
        proven=list(plan.certificate.proven),
        gap=dict(plan.certificate.gap),
        pays=value(care, LINES, plan.at),
        greedy_pays=value(care, LINES, choice.at),
    )
    return plan


def _beside(name: str, care: Problem, other: tuple[str, Callable[..., int]]) -> None:
    """All lines by the exact engine, beside the highest need lines by another solver, which must agree."""
    title, solver = other
    took, plan = _seconds(lambda: exact.solve(care))
    pairs = arcs(care, HIGHEST)
    theirs, least = _seconds(lambda: solver(care, pairs))
    agrees = int(prices(care, HIGHEST, plan.at).sum()) == least
    reference = (f"{title}, the lines of the two highest need classes alone", theirs)
    tell_of(
        name,
        (took, "CPU seconds"),
        reference,
        len(care.priority),
        pairs=len(pairs[0]),
        agrees=agrees,
    )


def _seconds(call: Callable[[], T]) -> tuple[float, T]:
    begun = process_time()
    answer = call()
    return max(round(process_time() - begun, 4), 0.0001), answer
