"""Why the first of a round got their places: counted over the arrays, the law asked again for each kind."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
from django.conf import settings

from brokering.matching.candidates import POSSIBLE, Candidates
from brokering.matching.explain import grounds_of
from brokering.matching.problem import NO_DUE_DAY, NO_LIMIT, UNKNOWN
from brokering.matching.snapshot import Snapshot
from brokering.selectors.country.columns import Column
from brokering.selectors.country.solving import Solved
from brokering.selectors.snapshots import Narrowed, round_input

CAP_REACHED = "cap_reached"


def reasons_of(found: Solved, many: int, *, now: datetime) -> list[dict[str, Any]]:
    """Of the first `many` who got a place: code, better places that others have, places that could not be.

    As `Explanations.need` tells it of a snapshot.
    """
    rows = found.outcome.rows[:many]
    if not len(rows):
        return []
    law = _Law(found, [str(UUID(bytes=bytes(key))) for key in found.given.needs[rows]], now)
    return [_Person(found, int(row), at).told(law) for at, row in enumerate(rows)]


class _Law:
    """What law and terms have against each kind of places, told of one place of each."""

    def __init__(self, found: Solved, needs: Sequence[str], now: datetime) -> None:
        given = found.given
        kinds, offer = np.unique(given.problem.kind, return_index=True)
        places = [str(UUID(bytes=bytes(given.slot[given.first[at]]))) for at in offer]
        narrowed = Narrowed(
            needs=frozenset(UUID(need) for need in needs), notice=settings.MATCH_NOTICE
        )
        read = round_input(given.care, now=now, slots=map(UUID, places), narrowed=narrowed)
        self._snapshot: Snapshot = read.snapshot
        self._candidates = Candidates(read.snapshot)
        self._needs = {need.key: need for need in read.snapshot.needs}
        at = {slot: j for j, one in enumerate(self._candidates.offers) for slot in one.slots}
        self._offer = {int(kind): at.get(place) for kind, place in zip(kinds, places, strict=True)}

    def against(self, need: str, kind: int) -> str:
        """The first reason; a cap that was reached in the round itself where nothing else stands there."""
        offer = self._offer.get(kind)
        if need not in self._needs or offer is None:
            return "undecided"
        _, numbers = self._candidates.ways_of(self._needs[need])
        word = self._candidates.codes.words()[numbers[offer]]
        return CAP_REACHED if word == POSSIBLE else word

    def grounds(self, need: str, removed: Mapping[str, int]) -> dict[str, tuple[str, ...]]:
        """What the law rests those reasons on."""
        if need not in self._needs:
            return {}
        return grounds_of(self._snapshot, self._needs[need], removed)


@dataclass(frozen=True, eq=False)
class _Person:
    """One who got a place: row of the problem, and which of the placed."""

    found: Solved
    row: int
    at: int

    def told(self, law: _Law) -> dict[str, Any]:
        """Why this place."""
        given, outcome = self.found.given, self.found.outcome
        need = str(UUID(bytes=bytes(given.needs[self.row])))
        removed = self._removed(law, need)
        better = self._better()
        taken = self._taken(better)
        code = "best_left_in_time" if outcome.late[self.at] == 0 else "best_left_late"
        if outcome.kept[self.at]:
            code = "kept"
        elif not better.any():
            code = "best_for_person"
        return {
            "code": code,
            "taken": taken,
            "removed": removed,
            "grounds": law.grounds(need, removed),
        }

    def _far(self) -> Column:
        """Hundreds of metres to each offer, UNKNOWN where none may be computed."""
        problem = self.found.given.problem
        if problem.home[self.row] == UNKNOWN:
            return np.full(len(problem.day), UNKNOWN)
        return problem.hectometres[problem.home[self.row]][problem.site]

    def _against(self) -> dict[str, Column]:
        """What stands against each offer because of what the person has stated, first reason first."""
        problem, row, far = self.found.given.problem, self.row, self._far()
        outside = (problem.begins < problem.earliest[row]) | (problem.day > problem.latest[row])
        refused = np.zeros(len(problem.day), bool)
        refused[problem.barred[problem.barred_from[row] : problem.barred_from[row + 1]]] = True
        stated = problem.reach[row] != NO_LIMIT
        return {
            "outside_wished_period": outside,
            "refused_before": refused,
            "distance_unknown": (far == UNKNOWN) & stated,
            "too_far": (far > problem.reach[row]) & stated,
        }

    def _way(self) -> Column:
        problem = self.found.given.problem
        return problem.way[problem.need_class[self.row]][problem.kind]

    def _possible(self) -> Column:
        against = np.any(list(self._against().values()), axis=0)
        return (self._way() >= 0) & ~against

    def _removed(self, law: _Law, need: str) -> dict[str, int]:
        """How many places each first reason takes away; what the person cannot change is named first."""
        problem = self.found.given.problem
        counts: Counter[str] = Counter()
        closed = self._way() < 0
        by_kind = np.bincount(problem.kind[closed], problem.count[closed])
        for kind in np.flatnonzero(by_kind):
            counts[law.against(need, int(kind))] += int(by_kind[kind])
        left = ~closed
        for code, blocked in self._against().items():
            counts[code] += int(problem.count[left & blocked].sum())
            left = left & ~blocked
        told = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        return {code: places for code, places in told if places}

    def _better(self) -> Column:
        """The possible offers that suit the person better: less late, earlier step, nearer, sooner."""
        given = self.found.given
        problem, own = given.problem, int(self.found.outcome.offer[self.at])
        due = int(problem.due[self.row])
        late = np.maximum(problem.day.astype(np.int64) - due, 0) * (due != NO_DUE_DAY)
        tiers = np.array([*(way.tier for way in given.ways), 0], np.int64)[self._way()]
        worth = (late, tiers, np.maximum(self._far(), 0), problem.day)
        better, same = np.zeros(len(late), bool), np.ones(len(late), bool)
        for line in worth:
            better |= same & (line < line[own])
            same &= line == line[own]
        return better & self._possible()

    def _taken(self, better: Column) -> dict[str, int]:
        """Who has the better places, seen from the person; `free` where nobody has."""
        problem, outcome = self.found.given.problem, self.found.outcome
        holders = outcome.rows[better[outcome.offer]]
        priority, waited = problem.priority, problem.waited_days
        same = priority[holders] == priority[self.row]
        longer = waited[holders] > waited[self.row]
        counts = {
            "higher_need": int((priority[holders] < priority[self.row]).sum()),
            "same_need_waited_longer": int((same & longer).sum()),
            "same_need": int((same & ~longer).sum()),
            "lower_need": int((priority[holders] > priority[self.row]).sum()),
            "free": int(problem.count[better].sum()) - len(holders),
        }
        return {code: places for code, places in sorted(counts.items()) if places}
