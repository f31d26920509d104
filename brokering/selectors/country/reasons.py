"""Why the first of a round got their places: counted over the arrays, the law asked again for each kind."""

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
from brokering.selectors.country.problems import Given
from brokering.selectors.country.solving import Solved
from brokering.selectors.snapshots import Narrowed, round_input
from providers.models import Slot

CAP_REACHED = "cap_reached"
SAID_NO = "clinic_said_no"


def reasons_of(found: Solved, many: int, *, now: datetime) -> list[dict[str, Any]]:
    """Of the first `many` who got a place: code, better places that others have, places that could not be.

    As `Explanations.need` tells it of a snapshot.
    """
    rows = found.outcome.rows[:many]
    if not len(rows):
        return []
    law = Law(found.given, [str(UUID(bytes=bytes(key))) for key in found.given.needs[rows]], now)
    return [_Person(found, int(row), at).told(law) for at, row in enumerate(rows)]


class Law:
    """What law and terms have against each kind of places, told of one place of each."""

    def __init__(self, given: Given, needs: Sequence[str], now: datetime) -> None:
        self._place = given.slot[given.first[:-1]]
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

    def declined(self, need: str, offers: Column) -> Column:
        """Which of some offers are of clinics that have said no to the need."""
        clinics = self._needs[need].declined_by if need in self._needs else frozenset()
        slots = [UUID(bytes=bytes(self._place[at])) for at in offers] if clinics else []
        theirs = Slot.objects.filter(id__in=slots, clinic__in=clinics)
        found = set(theirs.values_list("id", flat=True))
        return np.array([slot in found for slot in slots] or [False] * len(offers), bool)

    def grounds(self, need: str, removed: Mapping[str, int]) -> dict[str, tuple[str, ...]]:
        """What the law rests those reasons on."""
        if need not in self._needs:
            return {}
        return grounds_of(self._snapshot, self._needs[need], removed)


@dataclass(frozen=True, eq=False)
class Reach:
    """What one person (a row of the problem) may have of its offers, and how each would suit."""

    given: Given
    row: int

    def far(self) -> Column:
        """Hundreds of metres to each offer, UNKNOWN where none may be computed."""
        problem = self.given.problem
        if problem.home[self.row] == UNKNOWN:
            return np.full(len(problem.day), UNKNOWN)
        return problem.hectometres[problem.home[self.row]][problem.site]

    def barred(self) -> Column:
        """The offers that the person has turned down, or the clinic the person."""
        problem, row = self.given.problem, self.row
        return problem.barred[problem.barred_from[row] : problem.barred_from[row + 1]]

    def against(self) -> dict[str, Column]:
        """What stands against each offer because of what the person has stated, first reason first."""
        problem, row, far = self.given.problem, self.row, self.far()
        outside = (problem.begins < problem.earliest[row]) | (problem.day > problem.latest[row])
        refused = np.zeros(len(problem.day), bool)
        refused[self.barred()] = True
        stated = problem.reach[row] != NO_LIMIT
        return {
            "outside_wished_period": outside,
            "refused_before": refused,
            "distance_unknown": (far == UNKNOWN) & stated,
            "too_far": (far > problem.reach[row]) & stated,
        }

    def way(self) -> Column:
        """The number of the best way to each offer, below 0 where none is lawful."""
        problem = self.given.problem
        return problem.way[problem.need_class[self.row]][problem.kind]

    def possible(self) -> Column:
        """Which offers the person may have."""
        against = np.any(list(self.against().values()), axis=0)
        return (self.way() >= 0) & ~against

    def reasons(self, law: Law, need: str) -> dict[str, Column]:
        """Which offers each first reason takes away; what the person cannot change is named first."""
        kind = self.given.problem.kind
        left = self.way() >= 0
        found: dict[str, Column] = {}
        for number in np.unique(kind[~left]):
            code, of_kind = law.against(need, int(number)), ~left & (kind == number)
            found[code] = found[code] | of_kind if code in found else of_kind
        declined = np.zeros(len(left), bool)
        declined[self.barred()] = law.declined(need, self.barred())
        for code, blocked in ({SAID_NO: declined} | self.against()).items():
            found[code] = found.get(code, np.zeros(len(left), bool)) | (left & blocked)
            left = left & ~blocked
        return {code: offers for code, offers in found.items() if offers.any()}

    def removed(self, reasons: Mapping[str, Column]) -> dict[str, int]:
        """How many places each first reason takes away, the most first."""
        count = self.given.problem.count
        counts = {code: int(count[offers].sum()) for code, offers in reasons.items()}
        return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))

    def worth(self) -> dict[str, Column]:
        """How well each offer suits, by the lines of the order that concern one person; lower is better."""
        problem, due = self.given.problem, int(self.given.problem.due[self.row])
        late = np.maximum(problem.day.astype(np.int64) - due, 0) * (due != NO_DUE_DAY)
        tiers = np.array([*(way.tier for way in self.given.ways), 0], np.int64)[self.way()]
        far = np.maximum(self.far(), 0)
        return {"lateness": late, "tier": tiers, "distance": far, "day": problem.day}

    def better(self, own: int) -> Column:
        """The possible offers that suit the person better than one of them."""
        better, same = np.zeros(len(self.given.problem.day), bool), True
        for line in self.worth().values():
            better |= same & (line < line[own])
            same &= line == line[own]
        return better & self.possible()


@dataclass(frozen=True, eq=False)
class _Person:
    """One who got a place: row of the problem, and which of the placed."""

    found: Solved
    row: int
    at: int

    def told(self, law: Law) -> dict[str, Any]:
        """Why this place."""
        given, outcome = self.found.given, self.found.outcome
        reach, need = Reach(given, self.row), str(UUID(bytes=bytes(given.needs[self.row])))
        removed = reach.removed(reach.reasons(law, need))
        better = reach.better(int(outcome.offer[self.at]))
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
