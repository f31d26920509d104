"""Why one need has its place in the last plan, or none: read as if nobody else waited, so at any size.

Nothing is solved. Law, terms and wishes are decided for this need alone; who has the places that suit it
better stands in the last round, and is told by relation, never by name.
"""

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import numpy as np
import psycopg

from brokering.matching.problem import NOBODY, UNKNOWN
from brokering.matching.settling import KM
from brokering.models import Round
from brokering.selectors.country.columns import Column
from brokering.selectors.country.plans import standing_rounds
from brokering.selectors.country.problems import Given, opened
from brokering.selectors.country.reasons import Law, Reach
from brokering.selectors.need_profiles import MATCHER

HOLDERS = """
    SELECT p.slot_id, n.priority, coalesce(n.decided_on, n.issued_on, n.contact_on)
    FROM brokering_proposal p JOIN need_profile n ON n.need_key = p.need_key
    WHERE p.round_id = %(round)s AND p.slot_id = ANY(%(slots)s)
"""


@dataclass(frozen=True, kw_only=True)
class Option:
    """A clinic and day as one person sees them.

    `less`: what makes it suit less than what the person has, for the one that came second; `taken`: who has
    its places, for the one that the person would rather have had.
    """

    clinic: str
    day: date
    in_time: bool
    distance_km: float | None
    less: str = ""
    taken: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class NeedTold:
    """The answer for one need, places counted by code; `place` is what it has in the last plan.

    `clinics`: how many clinics have a place that a reason takes away. `after_wish`: the first day of a place
    that only the end of the wished period takes away.
    """

    code: str
    taken: Mapping[str, int]
    removed: Mapping[str, int]
    clinics: Mapping[str, int]
    grounds: Mapping[str, tuple[str, ...]]
    place: Mapping[str, Any] | None
    rather: Option | None
    second: Option | None
    after_wish: date | None
    round_at: datetime | None


def told_of_need(care: str, need: uuid.UUID, *, now: datetime) -> NeedTold | None:
    """What the last plan means to a need that waits and may be matched; None where it does not."""
    last = Round.objects.using(MATCHER).filter(id__in=standing_rounds(care)[:1]).first()
    with opened([care], now=now, only=need) as shard:
        care_input = shard.input_of(care)
        given = care_input.given()
        if not len(given.needs):
            return None
        names = [shard.clinics.names[number] for number in care_input.places.clinic]
        seen = _Seen(given, names, shard.on)
        holders = seen.holders(shard.cursor, last)
    return seen.told(Law(given, [str(need)], now), str(need), holders, last)


class _Seen:
    """A problem of one row, and who has its places by the last plan."""

    def __init__(self, given: Given, names: Sequence[str], on: date) -> None:
        self._given, self._names, self._on = given, names, on
        self._reach = Reach(given, 0)
        self._possible = self._reach.possible()
        self._worth = self._reach.worth()
        self._order = self._ordered()
        own = int(given.problem.previous[0])
        self._own = own if own != NOBODY and self._possible[own] else NOBODY

    def holders(
        self, cursor: psycopg.Cursor[Any], last: Round | None
    ) -> dict[uuid.UUID, tuple[int, date]]:
        """Of the places that would suit better: need class of who has each, and since when they wait."""
        if last is None:
            return {}
        wanted = [key for offer in self._better() for key in self._slots(int(offer))]
        cursor.execute(HOLDERS, {"round": last.id, "slots": wanted}, prepare=False)
        return {slot: (priority, since) for slot, priority, since in cursor}

    def told(
        self,
        law: Law,
        need: str,
        holders: Mapping[uuid.UUID, tuple[int, date]],
        last: Round | None,
    ) -> NeedTold:
        """The answer, made of what was read."""
        better = self._better()
        taken: Counter[str] = Counter()
        for offer in better:
            taken.update(self._taken(int(offer), holders))
        reasons = self._reach.reasons(law, need)
        removed = self._reach.removed(reasons) or ({} if len(self._order) else {"no_places": 0})
        site = self._given.problem.site
        return NeedTold(
            code=self._code(taken, last),
            taken=dict(sorted(taken.items())),
            removed=removed,
            clinics={
                code: len(np.unique(site[reasons[code]])) for code in removed if code in reasons
            },
            grounds=law.grounds(need, removed),
            place=self._place(),
            rather=self._option(int(better[0]), holders) if len(better) else None,
            second=self._second(),
            after_wish=self._after_wish(),
            round_at=last.started_at if last else None,
        )

    def _ordered(self) -> Column:
        """The possible offers, the one that suits best first."""
        offers = np.flatnonzero(self._possible)
        lines = [line[offers] for line in self._worth.values()]
        return np.asarray(offers[np.lexsort(lines[::-1])])

    def _better(self) -> Column:
        """The possible offers that suit better than the own, all of them without one; the best first."""
        if self._own == NOBODY:
            return self._order
        return self._order[self._reach.better(self._own)[self._order]]

    def _second(self) -> Option | None:
        """The best of what suits no better than the own."""
        if self._own == NOBODY:
            return None
        others = self._order[~self._reach.better(self._own)[self._order]]
        others = others[others != self._own]
        return self._option(int(others[0]), {}, self._less(int(others[0]))) if len(others) else None

    def _less(self, offer: int) -> str:
        """The first line on which an offer suits less than the own."""
        worse = (code for code, line in self._worth.items() if line[offer] > line[self._own])
        return f"less_{next(worse, 'equal')}"

    def _option(
        self, offer: int, holders: Mapping[uuid.UUID, tuple[int, date]], less: str = ""
    ) -> Option:
        problem = self._given.problem
        return Option(
            clinic=self._name(offer),
            day=date.fromordinal(int(problem.day[offer])),
            in_time=bool(self._worth["lateness"][offer] == 0),
            distance_km=self._km(offer),
            less=less,
            taken={} if less else dict(sorted(self._taken(offer, holders).items())),
        )

    def _taken(self, offer: int, holders: Mapping[uuid.UUID, tuple[int, date]]) -> Counter[str]:
        return Counter(self._relation(holders.get(slot)) for slot in self._slots(offer))

    def _relation(self, holder: tuple[int, date] | None) -> str:
        """Who has a place, seen from the need."""
        if holder is None:
            return "free_now"
        problem = self._given.problem
        own, (priority, since) = int(problem.priority[0]), holder
        if priority != own:
            return "higher_need" if priority < own else "lower_need"
        waited = max((self._on - since).days, 0)
        return "same_need_waited_longer" if waited > problem.waited_days[0] else "same_need"

    def _code(self, taken: Mapping[str, int], last: Round | None) -> str:
        if self._own != NOBODY:
            if not taken:
                return "best_for_person"
            late = self._worth["lateness"][self._own] > 0
            return "best_left_late" if late else "best_left_in_time"
        if not len(self._order):
            return "nobody_possible"
        if not taken.get("free_now"):
            return "no_capacity"
        capped = last is not None and last.summary.get("caps_reached")
        return "cap_reached" if capped else "next_round"

    def _place(self) -> dict[str, Any] | None:
        if self._own == NOBODY:
            return None
        problem, own = self._given.problem, self._own
        way = self._given.ways[int(self._reach.way()[own])]
        late = int(self._worth["lateness"][own])
        return {
            "slot_id": str(uuid.UUID(bytes=bytes(self._given.previous[0]))),
            "lot": str(uuid.UUID(bytes=self._given.lots[way.lot])),
            "route": way.route,
            "clinic": self._name(own),
            "day": date.fromordinal(int(problem.day[own])),
            "in_time": late == 0,
            "lateness_days": late,
            "distance_km": self._km(own),
        }

    def _after_wish(self) -> date | None:
        """The first day after the wished period on which nothing else stands in the way."""
        problem, against = self._given.problem, self._reach.against()
        outside = against.pop("outside_wished_period")
        rest = np.any(list(against.values()), axis=0)
        alone = (self._reach.way() >= 0) & ~rest & outside & (problem.day > problem.latest[0])
        return date.fromordinal(int(problem.day[alone].min())) if alone.any() else None

    def _slots(self, offer: int) -> list[uuid.UUID]:
        first, last = self._given.first[offer], self._given.first[offer + 1]
        return [uuid.UUID(bytes=bytes(key)) for key in self._given.slot[first:last]]

    def _name(self, offer: int) -> str:
        return self._names[offer]

    def _km(self, offer: int) -> float | None:
        far = int(self._reach.far()[offer])
        return None if far == UNKNOWN else far / KM
