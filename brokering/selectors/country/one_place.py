"""Why a place of a round went to whom it did: from the round's stored input, nothing solved again."""

import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from brokering.matching.problem import NO_LIMIT, NOBODY, UNKNOWN
from brokering.matching.settling import KM
from brokering.models import Proposal, Round, RoundStore
from brokering.selectors.country.columns import (
    UUID,
    Column,
    Wanted,
    columns,
    one_moment,
    positions,
)
from brokering.selectors.country.packing import unpacked
from brokering.selectors.country.plans import ONLY
from brokering.selectors.country.problems import Given
from brokering.selectors.need_profiles import MATCHER, declined_of
from providers.models import Slot

PAIRS = f"FROM {Proposal._meta.db_table} WHERE round_id = %(round)s"


@dataclass(frozen=True, kw_only=True)
class Holder:
    """Who has the place, without identity."""

    need_class: int
    waited_days: int
    lateness_days: int
    distance_km: float | None


@dataclass(frozen=True, kw_only=True)
class PlaceTold:
    """The answer for one place; people are counted, never named.

    `others`: who else could have used it, by how they did; `removed`: who could not, by first reason.
    """

    code: str
    holder: Holder | None
    others: Mapping[str, int]
    removed: Mapping[str, int]
    round_at: datetime


def told_of_place(round_id: uuid.UUID, slot: uuid.UUID) -> PlaceTold | None:
    """Why this person, or why nobody; None where the place was not in the round or its input is not kept.

    A round over some places alone keeps only those whom it read: who else could have used one, it cannot say.
    """
    row = Round.objects.using(MATCHER).filter(id=round_id).first()
    store = RoundStore.objects.using(MATCHER).filter(round=round_id).first()
    if row is None or store is None or ONLY in row.settings:
        return None
    given = unpacked(bytes(store.body))
    place = int(positions(np.frombuffer(slot.bytes, "V16"), given.slot)[0])
    offers = _offers(given, round_id)
    if place < 0 or len(offers[0]) < row.summary["proposals"]:
        return None
    needs, slots = offers
    holder = needs[slots == place]
    at = np.full(len(given.needs), NOBODY, np.int64)
    at[needs] = _offer_of(given, slots)
    seen = _Place(given, int(_offer_of(given, np.array([place]))[0]), at)
    return seen.told(int(holder[0]) if len(holder) else NOBODY, row.started_at)


def told_of_last(slot: uuid.UUID) -> PlaceTold | None:
    """The same of the last round that had the place and whose input is kept."""
    care = Slot.objects.filter(id=slot).values_list("care_id", flat=True).first()
    rounds = Round.objects.using(MATCHER).filter(care=care, store__isnull=False)
    rounds = rounds.exclude(settings__has_key=ONLY)
    found = (
        told_of_place(one, slot)
        for one in rounds.order_by("-started_at").values_list("id", flat=True)
    )
    return next((told for told in found if told is not None), None)


def places_of_round(round_id: uuid.UUID, *, most: int) -> list[Proposal]:
    """The first places that a round gave out, for which it can be told why; empty where it cannot."""
    kept = RoundStore.objects.using(MATCHER).filter(round=round_id)
    if not kept.exclude(round__settings__has_key=ONLY).exists():
        return []
    rows = Proposal.objects.using(MATCHER).filter(round=round_id).select_related("slot__clinic")
    return list(rows.order_by("id")[:most])


def _offers(given: Given, round_id: uuid.UUID) -> tuple[Column, Column]:
    """Who got which place: rows of the problem, positions among its places."""
    wanted = {"need": Wanted("need_key", UUID), "slot": Wanted("slot_id", UUID)}
    with one_moment() as cursor:
        found = columns(cursor, wanted, PAIRS, {"round": round_id})
    return positions(found["need"], given.needs), positions(found["slot"], given.slot)


def _offer_of(given: Given, slots: Column) -> Column:
    return np.asarray(np.searchsorted(given.first, slots, side="right") - 1)


@dataclass(frozen=True, eq=False)
class _Place:
    """An offer of the problem, seen by everyone in it; `at` is the offer that each got."""

    given: Given
    offer: int
    at: Column

    def told(self, holder: int, when: datetime) -> PlaceTold:
        """The answer, with the row of who has the place (NOBODY without)."""
        against = self._against()
        possible = ~np.any(list(against.values()), axis=0)
        if holder != NOBODY:
            possible[holder] = False
        others = Counter(self._standing(int(row), holder) for row in np.flatnonzero(possible))
        removed, left = Counter[str](), np.ones(len(possible), bool)
        for code, blocked in against.items():
            removed[code] = int((left & blocked).sum())
            left &= ~blocked
        return PlaceTold(
            code=_code(holder, others),
            holder=None if holder == NOBODY else self._holder(holder),
            others=dict(sorted(others.items())),
            removed={code: people for code, people in removed.most_common() if people},
            round_at=when,
        )

    def _against(self) -> dict[str, Column]:
        """Whom each reason keeps from the place, first reason first."""
        problem, offer, far = self.given.problem, self.offer, self._far()
        refused = np.zeros(len(far), bool)
        bars = np.flatnonzero(problem.barred == offer)
        refused[np.searchsorted(problem.barred_from, bars, side="right") - 1] = True
        declined = np.zeros(len(far), bool)
        declined[self._declined(np.flatnonzero(refused))] = True
        stated = problem.reach != NO_LIMIT
        return {
            "not_open": problem.way[problem.need_class, problem.kind[offer]] < 0,
            "clinic_said_no": declined,
            "outside_wished_period": (problem.begins[offer] < problem.earliest)
            | (problem.day[offer] > problem.latest),
            "refused_before": refused,
            "distance_unknown": (far == UNKNOWN) & stated,
            "too_far": (far > problem.reach) & stated,
        }

    def _declined(self, rows: Column) -> Column:
        """Those of some rows to whose need the clinic has said no, as it stands now."""
        if not len(rows):
            return rows
        keys = {uuid.UUID(bytes=bytes(self.given.needs[row])): row for row in rows}
        slot = uuid.UUID(bytes=bytes(self.given.slot[self.given.first[self.offer]]))
        found = declined_of(self.given.care, slot, among=keys)
        return np.array([keys[key] for key in found], np.int64)

    def _far(self) -> Column:
        """Hundreds of metres from each home, UNKNOWN where none may be computed."""
        problem = self.given.problem
        far = np.full(len(problem.home), UNKNOWN, np.int64)
        known = problem.home != UNKNOWN
        far[known] = problem.hectometres[problem.home[known], problem.site[self.offer]]
        return far

    def _late(self, row: int) -> int:
        problem = self.given.problem
        return max(int(problem.day[self.at[row]]) - int(problem.due[row]), 0)

    def _standing(self, row: int, holder: int) -> str:
        """How somebody who could have used the place did, seen from who has it."""
        if self.at[row] != NOBODY:
            return "placed_late" if self._late(row) else "placed_in_time"
        if holder == NOBODY:
            return "unplaced"
        problem = self.given.problem
        own, other = int(problem.priority[holder]), int(problem.priority[row])
        if own != other:
            return "unplaced_higher_need" if other < own else "unplaced_lower_need"
        longer = problem.waited_days[row] > problem.waited_days[holder]
        return "unplaced_same_need_waited_longer" if longer else "unplaced_same_need"

    def _holder(self, row: int) -> Holder:
        problem, far = self.given.problem, int(self._far()[row])
        return Holder(
            need_class=int(problem.priority[row]),
            waited_days=int(problem.waited_days[row]),
            lateness_days=self._late(row),
            distance_km=None if far == UNKNOWN else far / KM,
        )


def _code(holder: int, others: Mapping[str, int]) -> str:
    if holder != NOBODY:
        return "chosen_by_need" if others else "only_one_possible"
    if "unplaced" in others:
        return "others_left_out"
    return "all_placed_elsewhere" if others else "place_for_nobody"
