"""How well a place at each clinic could suit one need at best, told of terms, distance and day alone."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

import numpy as np
from django.conf import settings

from brokering.matching.problem import NO_DUE_DAY, UNKNOWN
from brokering.matching.reception import Reception
from brokering.selectors.alternatives import REROUTE_SEARCH_ORDER, search_step
from brokering.selectors.country.columns import NO_DAY, Column
from brokering.selectors.country.kinds import Kinds, LotUse
from brokering.selectors.country.lot_types import EVERYWHERE, Asking
from brokering.selectors.country.needs import MODES, UNSAID
from brokering.selectors.country.problems import Shard
from brokering.selectors.country.ways import WayFinder
from brokering.selectors.places import swedish_day
from brokering.verdict import LawOn
from contracts.terms import OpenForOthers, Terms

CLOSED = -1
OPEN_NOWHERE = len(REROUTE_SEARCH_ORDER)
BITS = {"tier": 4, "distance": 20, "day": 14}
"""So that all lines of the order are one number: hundreds of metres on Earth, days of the horizon."""


class Outlook:
    """What is known before any place is read: whom it may concern, how far away, when at the earliest."""

    LINES = ("lateness", "tier", "distance", "day")

    def __init__(self, shard: Shard, care: str, within: Mapping[UUID, date] | None = None) -> None:
        self._shard, self._care = shard, care
        self._of = {name: column[0] for name, column in shard.needs.of.items()}
        now = shard.now
        begins, ends = _day(now + settings.MATCH_NOTICE), _day(now + settings.MATCH_HORIZON)
        earliest, latest = int(self._of["earliest"]), int(self._of["latest"])
        self.first = max(begins, earliest)
        self.last = max(ends if latest == NO_DAY else min(ends, latest), self.first)
        """First and last day on which a place may begin."""
        self.due = int(self._of["due"])
        self._begin = _day(now)
        every = np.arange(len(shard.clinics.ids))
        home, far = shard.distances(shard.needs.of, every)
        self._located = home[0] != UNKNOWN
        self._far = np.maximum(far[home[0]], 0) if self._located else np.zeros(len(every), np.int64)
        self._region = shard.needs.words.regions[self._of["home"]]
        terms = shard.book.terms(care, shard.on, None)
        self.tier = np.array(
            [self._tier(terms.get(one, [])) for one in shard.clinics.ids], np.int64
        )
        """By clinic: where at best it stands in the home region's search order, CLOSED where nowhere."""
        self.before = np.array([_before(within, one) for one in shard.clinics.ids], np.int64)
        """By clinic: the day before which its places count; with `within` other clinics have none."""
        self.order = self._in_turn()
        """The clinics that may have a place, what could suit best first."""

    def narrow(self) -> None:
        """Ask the law of every lot too: whom it leaves, and where they stand."""
        found = _Asked(self._shard, self._care, self.order).tiers()
        # What binds a reroute alone may leave a free choice, which has no order: its tier is 0.
        better = (found != CLOSED) & self._binds_reroutes()
        self.tier = np.where(better, self.tier, found)
        self.order = self._in_turn()

    @property
    def is_by_day(self) -> bool:
        """Whether first days are best, wherever they are: nothing is in time, or no distance known."""
        return not self._located or self.is_late(self.first)

    def is_late(self, day: int) -> bool:
        """Whether a visit on that day is after the last one in time."""
        return self.due != NO_DUE_DAY and day > self.due

    def value(self, late: Column, tier: Column, far: Column, day: Column) -> Column:
        """The lines of the order as one number, lower is better."""
        found = late.astype(np.int64)
        for name, line in (("tier", tier), ("distance", far), ("day", day - self._begin)):
            found = (found << BITS[name]) + line
        return found

    def at_best(self, clinics: Column, day: int) -> Column:
        """The value that no place of each clinic on that day, or later, is below."""
        late = max(day - self.due, 0) if self.is_late(day) else 0
        days = np.full(len(clinics), day)
        return self.value(np.full(len(clinics), late), self.tier[clinics], self._far[clinics], days)

    def _tier(self, lots: list[Terms]) -> int:
        return min((step for one in lots if (step := self._step(one)) != CLOSED), default=CLOSED)

    def _step(self, lot: Terms) -> int:
        """The same of one lot; on every route but a reroute it is 0."""
        ours = self._region in lot.buyers or self._region in lot.usable_by
        if not ours and lot.open_for_others is not OpenForOthers.YES:
            return CLOSED
        if self._region in lot.buyers or self._of["elsewhere"]:
            # Its own region's patients come without a reroute; a choice of one's own has no order.
            return 0
        if not self._of["rerouted"]:
            return CLOSED
        return REROUTE_SEARCH_ORDER.index(search_step(lot, self._region))

    def _binds_reroutes(self) -> Column:
        """By clinic, whether windows, caps or designations may close a reroute to some of its places."""
        windowed = {policy.clinic_id for policy in self._shard.book.windows}
        terms = self._shard.book.terms(self._care, self._shard.on, None)
        return np.array(
            [
                one in windowed
                or any(lot.caps or lot.designated != EVERYWHERE for lot in terms.get(one, []))
                for one in self._shard.clinics.ids
            ],
            bool,
        )

    def _in_turn(self) -> Column:
        may = (self.tier != CLOSED) & (self.before > self.first)
        if self._of["km"] != UNSAID:
            may &= self._located & (self._far <= self._of["km"] * 10)
        clinics = np.flatnonzero(may)
        return clinics[np.lexsort((self._far[clinics], self.tier[clinics]))]


class _Asked:
    """Every lot of some clinics in every form and mode, as if it had a place whenever it is in force."""

    def __init__(self, shard: Shard, care: str, clinics: Column) -> None:
        self._clinics = shard.clinics
        self._lots: list[LotUse] = []
        self._members: list[tuple[int, ...]] = []
        self._receptions: list[Reception] = []
        terms = shard.book.terms(care, shard.on, None)
        for clinic in clinics.tolist():
            for one in terms[shard.clinics.ids[clinic]]:
                self._take(one, clinic, shard.on)
        of = {name: column[shard.needs.of_care(care)] for name, column in shard.needs.of.items()}
        law = LawOn(shard.on, shard.rules_of(care))
        self._asking = Asking(of, shard.needs.words, law, shard.values[care])

    def tiers(self) -> Column:
        """By clinic, as `Outlook.tier`."""
        kinds = Kinds(
            of_offer=np.arange(len(self._members)),
            lots=tuple(self._lots),
            members=tuple(self._members),
            kept=np.zeros(len(self._members), bool),
            receptions=tuple(self._receptions),
        )
        found = WayFinder(self._asking, kinds, self._clinics).found({})
        way = found.way[found.need_class[0]]
        best = np.array([*(one.tier for one in found.ways), OPEN_NOWHERE])[way]
        tier = np.full(len(self._clinics.ids), OPEN_NOWHERE)
        of_kind = [self._lots[lot].clinic for (lot,) in self._members]
        np.minimum.at(tier, np.array(of_kind, np.int64), best)
        return np.where(tier == OPEN_NOWHERE, CLOSED, tier)

    def _take(self, terms: Terms, clinic: int, on: date) -> None:
        # Who is designated when is left to the days that are read.
        if terms.designated != EVERYWHERE:
            terms = replace(terms, designated=EVERYWHERE)
        here = self._clinics
        for inpatient in (False, True):
            number = len(self._lots)
            self._lots.append(LotUse(str(number), terms, inpatient, clinic, on, on))
            for mode in MODES:
                self._members.append((number,))
                there = Reception(mode, here.languages[clinic], here.premises[clinic])
                self._receptions.append(there)


def _before(within: Mapping[UUID, date] | None, clinic: UUID) -> int:
    return (date.max if within is None else within.get(clinic, date.min)).toordinal()


def _day(moment: datetime) -> int:
    return swedish_day(moment).toordinal()
