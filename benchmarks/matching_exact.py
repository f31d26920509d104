"""The exact engine on invented cares of rising size, beside the other engines and two solvers of others.

Every size is solved by all who manage it in time, in the same run: CPU seconds, what each plan pays on every
line, what is proven. HiGHS and OR-tools are asked for what they have room for: the need lines of the two
highest classes in one number, every pair written out; of the largest care OR-tools alone, days in spans. The
exact engine solves all lines.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from resource import RUSAGE_SELF, getrusage
from time import process_time
from typing import Any, TypeVar

from benchmarks.matching_oracles import arcs, highs, ortools, ortools_by_span, prices
from benchmarks.problems import TODAY, next_day, problem
from benchmarks.stage import tell_of
from brokering.matching import auction, exact, greedy
from brokering.matching.exact.layout import lay_out
from brokering.matching.exact.nearby import nearby
from brokering.matching.problem import Ints, Plan, Problem
from brokering.matching.ranking import order, value
from brokering.matching.snapshot import Settings

LINES = order(Settings())
HIGHEST = LINES[:4]
SIZES, PLACES = (250, 500, 1_000, 2_000, 4_000, 8_000, 16_000), 4
"""As in the country, where two million places are open to those who wait."""
LARGEST, SHORT, PATIENCE = 49_000, 0.9, 120.0
CHURN = 0.02
T = TypeVar("T")


@dataclass(frozen=True)
class Other:
    """A solver of others, and up to how many people it is asked: more take it minutes."""

    name: str
    title: str
    solve: Callable[[Problem, tuple[Ints, Ints, Ints]], int]
    most: int


OTHERS = (Other("highs", "HiGHS", highs, 1_000), Other("ortools", "OR-tools", ortools, 4_000))


def measure() -> None:
    """Cares of rising size; the largest of the country, rich and short; the rich one a day later."""
    exact.warm_up()
    auction.solve(problem(250, PLACES), Settings(), TODAY)
    for people in SIZES:
        _beside_others(people)
    largest = problem(LARGEST, PLACES)
    took, plan = _beside_greedy("matching.exact_largest", largest)
    _beside_ortools(largest, took, plan)
    _beside_greedy("matching.exact_next_day", next_day(largest, plan.at, churn=CHURN))
    _beside_greedy("matching.exact_short", problem(LARGEST, SHORT))


def pairs_of(care: Problem) -> int:
    """How many pairs of a person and an offer may be, where nobody has turned down anything."""
    laid = lay_out(care).care
    near = nearby(laid)
    count = 0
    for i, row in enumerate(near.row):
        groups = near.group[near.bounds[row] : near.bounds[row + 1]]
        until, before = laid.upto[groups, laid.latest[i] + 1], max(laid.earliest[i], 0)
        count += int((until - laid.upto[groups, before]).clip(0).sum())
    return count


def _beside_others(people: int) -> None:
    """One size by every engine and by those solvers that manage it."""
    care = problem(people, PLACES)
    took, plan = _seconds(partial(exact.solve, care))
    quick, choice = _seconds(partial(greedy.solve, care, Settings(), TODAY))
    bid, bought = _seconds(partial(auction.solve, care, Settings(), TODAY))
    more: dict[str, Any] = {"greedy_seconds": quick, "auction_seconds": bid}
    for other in OTHERS:
        if people <= other.most:
            more |= _asked(other, care, took, plan)
    tell_of(
        "matching.growth",
        (took, "CPU seconds"),
        ("the greedy engine", quick),
        people,
        pairs=pairs_of(care),
        **more,
        **_proof(care, plan),
        auction_pays=value(care, LINES, bought.at),
        greedy_pays=value(care, LINES, choice.at),
    )


def _asked(other: Other, care: Problem, took: float, plan: Plan) -> dict[str, Any]:
    """What another solver took for the highest need lines; a line of its own at its largest size."""
    pairs = arcs(care, HIGHEST)
    theirs, least = _seconds(partial(other.solve, care, pairs))
    agrees = int(prices(care, HIGHEST, plan.at).sum()) == least
    if len(care.priority) == other.most:
        reference = (f"{other.title}, the lines of the two highest need classes alone", theirs)
        told = {"pairs": len(pairs[0]), "agrees": agrees}
        name = f"matching.exact_{other.name}"
        tell_of(name, (took, "CPU seconds"), reference, other.most, **told)
    return {f"{other.name}_seconds": theirs, f"{other.name}_agrees": agrees}


def _beside_ortools(care: Problem, took: float, plan: Plan) -> None:
    """What OR-tools took for the highest need lines of the largest care, days in spans."""
    theirs, (least, many) = _seconds(partial(ortools_by_span, care, HIGHEST))
    tell_of(
        "matching.exact_largest_ortools",
        (took, "CPU seconds"),
        ("OR-tools, the lines of the two highest need classes alone, days in spans", theirs),
        len(care.priority),
        arcs=many,
        agrees=int(prices(care, HIGHEST, plan.at).sum()) == least,
        megabytes=getrusage(RUSAGE_SELF).ru_maxrss // 1024,
    )


def _beside_greedy(name: str, care: Problem) -> tuple[float, Plan]:
    """A care too large for others, given up in time: then the proof says how far off the plan may be."""
    took, plan = _seconds(partial(exact.solve, care, seconds=PATIENCE))
    quick, choice = _seconds(partial(greedy.solve, care, Settings(), TODAY))
    tell_of(
        name,
        (took, "CPU seconds"),
        ("the greedy engine", quick),
        len(care.priority),
        megabytes=getrusage(RUSAGE_SELF).ru_maxrss // 1024,
        **_proof(care, plan),
        greedy_pays=value(care, LINES, choice.at),
    )
    return took, plan


def _proof(care: Problem, plan: Plan) -> dict[str, Any]:
    """What the plan pays, on how many lines that is proven, how far off it may be on the next one."""
    return {
        "proven_lines": len(plan.certificate.proven),
        "lines": len(LINES),
        "gap": dict(plan.certificate.gap),
        "pays": value(care, LINES, plan.at),
    }


def _seconds(call: Callable[[], T]) -> tuple[float, T]:
    begun = process_time()
    answer = call()
    return max(round(process_time() - begun, 4), 0.0001), answer
