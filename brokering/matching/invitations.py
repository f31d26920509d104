"""Who is asked about a place that becomes free at short notice, and in which order: need first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np

from brokering.matching.arrays import problem_of
from brokering.matching.candidates import Candidates
from brokering.matching.problem import NOBODY, Ints, Problem, possible
from brokering.matching.ranking import Line, order, paid, turn
from brokering.matching.snapshot import Need, Snapshot


@dataclass(frozen=True, slots=True)
class Consent:
    """That somebody wants to be asked, how long beforehand they must know, how far they would go.

    `need` is the opaque key. `asleep`: how long it is until they can be told. `is_ready`: whether everything
    is ticked off that such a visit asks for.
    """

    need: str
    notice: timedelta
    max_distance_km: float | None = None
    is_ready: bool = True
    asleep: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class InLine:
    """Somebody who may have the place, and how it would come about."""

    need: str
    lot: str
    route: str


def line(snapshot: Snapshot, consents: Iterable[Consent], *, left: timedelta) -> tuple[InLine, ...]:
    """Everybody who may have the snapshot's only place, best first; `left` is the time until it begins.

    The order is that of a round with this one place: each stands where the plan that gives it to them stands.
    """
    said = {one.need: one for one in consents if one.is_ready and one.notice <= left - one.asleep}
    needs = [_as_consented(one, said[one.key]) for one in snapshot.needs if one.key in said]
    needs.sort(key=turn)
    if not needs or not snapshot.places:
        return ()
    asked = replace(snapshot, needs=tuple(needs))
    candidates = Candidates(asked)
    problem = problem_of(candidates, asked.needs)
    costs = _alone(problem, order(asked.settings))
    may = [i for i in range(len(needs)) if possible(problem, i)[0]]
    ranked = sorted(may, key=lambda i: [int(cost[i]) for cost in costs])
    ways = [candidates.ways[problem.way[problem.need_class[i], problem.kind[0]]] for i in ranked]
    return tuple(
        InLine(needs[i].key, way.lot, way.route) for i, way in zip(ranked, ways, strict=True)
    )


def _as_consented(need: Need, said: Consent) -> Need:
    """The need with the shorter of the two ways that its person is ready to go."""
    limits = [far for far in (need.max_distance_km, said.max_distance_km) if far is not None]
    return replace(need, max_distance_km=min(limits, default=None))


def _alone(problem: Problem, lines: Sequence[Line]) -> list[Ints]:
    """What each plan costs, line by line, that gives the one place to one person, person by person."""
    everyone = np.arange(len(problem.priority))
    without = paid(problem, lines, np.full_like(everyone, NOBODY))
    given = paid(problem, lines, np.zeros_like(everyone))
    return [without[line.code].sum() - without[line.code] + given[line.code] for line in lines]
