"""How well a place at each clinic could suit one need at best, told of terms, distance and day alone."""

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

import numpy as np
from django.conf import settings

from brokering.matching.problem import NO_DUE_DAY, UNKNOWN
from brokering.selectors.alternatives import REROUTE_SEARCH_ORDER
from brokering.selectors.country.columns import NO_DAY, Column
from brokering.selectors.country.lot_types import Asking
from brokering.selectors.country.needs import UNSAID
from brokering.selectors.country.problems import Shard
from brokering.selectors.country.standing import CLOSED, Standing
from brokering.selectors.country.ways import WayFinder
from brokering.selectors.places import swedish_day
from brokering.verdict import LawOn

OPEN_NOWHERE = len(REROUTE_SEARCH_ORDER)
BITS = {"tier": 4, "distance": 20, "day": 14}
"""So that all lines of the order are one number: hundreds of metres on Earth, days of the horizon."""


class Outlook:
    """What is known before any place is read: whom it may concern, how far away, when at the earliest."""

    LINES = ("lateness", "tier", "distance", "day")

    def __init__(
        self,
        shard: Shard,
        care: str,
        standing: Standing,
        within: Mapping[UUID, date] | None = None,
    ) -> None:
        self.care = care
        self._shard, self._standing = shard, standing
        self._of = {name: column[0] for name, column in shard.needs.of.items()}
        now = shard.now
        begins, ends = _day(now + settings.MATCH_NOTICE), _day(now + settings.MATCH_HORIZON)
        earliest, latest = int(self._of["earliest"]), int(self._of["latest"])
        self._is_narrow = False
        self.first = max(begins, earliest)
        self.last = max(ends if latest == NO_DAY else min(ends, latest), self.first)
        """First and last day on which a place may begin."""
        self.due = int(self._of["due"])
        self._begin = _day(now)
        every = np.arange(len(shard.clinics.ids))
        home, far = shard.distances(shard.needs.of, every)
        self.is_located = bool(home[0] != UNKNOWN)
        """Whether it is known where the person lives."""
        self._far = (
            np.maximum(far[home[0]], 0) if self.is_located else np.zeros(len(every), np.int64)
        )
        self.tier = standing.tiers(
            shard.needs.words.regions[self._of["home"]],
            elsewhere=bool(self._of["elsewhere"]),
            rerouted=bool(self._of["rerouted"]),
        )
        """By clinic: where at best it stands in the home region's search order, CLOSED where nowhere."""
        self.before = np.array([_before(within, one) for one in shard.clinics.ids], np.int64)
        """By clinic: the day before which its places count; with `within` other clinics have none."""
        self.order = self._in_turn()
        """The clinics that may have a place, what could suit best first."""

    def narrow(self) -> None:
        """Ask the law of every lot too, once: whom it leaves, and where they stand."""
        if self._is_narrow:
            return
        self._is_narrow = True
        found = self._asked()
        # What binds a reroute alone may leave a free choice, which has no order: its tier is 0.
        better = (found != CLOSED) & self._standing.binds_reroutes
        self.tier = np.where(better, self.tier, found)
        self.order = self._in_turn()

    @property
    def is_by_day(self) -> bool:
        """Whether first days are best, wherever they are: nothing is in time, or no distance known."""
        return not self.is_located or self.is_late(self.first)

    def is_late(self, day: int) -> bool:
        """Whether a visit on that day is after the last one in time."""
        return self.due != NO_DUE_DAY and day > self.due

    def value(self, late: Column, tier: Column, far: Column, day: Column) -> Column:
        """The lines of the order as one number, lower is better."""
        found = late.astype(np.int64)
        for name, line in (("tier", tier), ("distance", far), ("day", day - self._begin)):
            found = (found << BITS[name]) + line
        return found

    def at_best(self, clinics: Column, days: Column) -> Column:
        """The value that no place of each clinic on a day of its own, or later, is below."""
        late = np.maximum(days - self.due, 0)
        return self.value(late, self.tier[clinics], self._far[clinics], days)

    def may_matter_until(self, worst: int) -> Column:
        """By clinic of `order`: the last day on which a place could be no worse than a value.

        The day before the first one where none could be.
        """
        low = np.full(len(self.order), self.first - 1, np.int64)
        high = np.clip(self.before[self.order] - 1, self.first - 1, self.last)
        while (low < high).any():
            middle = (low + high + 1) // 2
            may = self.at_best(self.order, middle) <= worst
            low, high = np.where(may, middle, low), np.where(may, high, middle - 1)
        return low

    def _asked(self) -> Column:
        """By clinic the same as `tier`, of every lot that the law opens to the need."""
        shard, care, standing = self._shard, self.care, self._standing
        of = {name: column[shard.needs.of_care(care)] for name, column in shard.needs.of.items()}
        law = LawOn(shard.on, shard.rules_of(care))
        asking = Asking(of, shard.needs.words, law, shard.values[care])
        found = WayFinder(asking, standing.kinds, shard.clinics).found({})
        best = np.array([*(one.tier for one in found.ways), OPEN_NOWHERE])
        tier = np.full(len(shard.clinics.ids), OPEN_NOWHERE)
        np.minimum.at(tier, standing.clinic, best[found.way[found.need_class[0]]])
        return np.where(tier == OPEN_NOWHERE, CLOSED, tier)

    def _in_turn(self) -> Column:
        may = (self.tier != CLOSED) & (self.before > self.first)
        if self._of["km"] != UNSAID:
            may &= self.is_located & (self._far <= self._of["km"] * 10)
        clinics = np.flatnonzero(may)
        return clinics[np.lexsort((self._far[clinics], self.tier[clinics]))]


def _before(within: Mapping[UUID, date] | None, clinic: UUID) -> int:
    return (date.max if within is None else within.get(clinic, date.min)).toordinal()


def _day(moment: datetime) -> int:
    return swedish_day(moment).toordinal()
