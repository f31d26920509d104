"""The best places of the country for one need, in the ranking's order as far as it concerns one person.

Nearest clinics and first days are read first. How well a place at a clinic could suit at best is known
without reading it, so it is read on only while something unread could be among the best: the answer is that
of the whole country.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np

from accounts.database.prepared import Prepared, any_of
from accounts.database.statements import tuples_of
from brokering.matching.problem import UNKNOWN
from brokering.matching.settling import KM
from brokering.selectors.country.books import kept_book
from brokering.selectors.country.columns import one_moment
from brokering.selectors.country.needs import Only
from brokering.selectors.country.openness import Outlook
from brokering.selectors.country.problems import Given, Shard
from brokering.selectors.country.reasons import Reach
from providers.models import Slot

MOST = 20
OFTEN, ONCE = (3, 28), (24, 10)
"""How many of the nearest clinics are read at first, and days: where they may be named often, and once."""
BY_DAY = 3
"""How many of the nearest clinics for each place that is wanted, where the first days are the best."""
FURTHER = 4
"""So many times as much is read the next time."""
NOTHING = np.iinfo(np.int64).max
FIRST_OF_EACH = """
    SELECT DISTINCT ON (number) number, id
    FROM unnest(%(keys)s::uuid[], %(numbers)s::int[]) AS alike(id, number) JOIN providers_slot USING (id)
    ORDER BY number, starts_at, id
"""
THESE_PLACES = Prepared(
    lambda: (
        Slot.objects.select_related("clinic__municipality__region", "care")
        .filter(any_of("id", "slots"))
        .order_by()
    )
)


@dataclass(frozen=True, kw_only=True)
class BestPlace:
    """Places of a clinic on one day that are alike to the need: the first of them, and how many there are."""

    slot: Slot
    lot: uuid.UUID
    route: str
    places: int
    day: date
    lateness_days: int
    distance_km: float | None

    @property
    def in_time(self) -> bool:
        """Whether the visit is before the last day in time has passed."""
        return self.lateness_days == 0


def best_places(
    care: str, need: uuid.UUID, *, now: datetime, most: int = MOST, clinics_once: bool = False
) -> list[BestPlace] | None:
    """Free places that law, terms and wishes let the need have, the best first; None where no round sees it.

    In time first, then fewest days late; then, in a reroute, the home region's search order; then the
    nearest; then the first day. With `clinics_once` the best of each clinic alone.
    """
    return _best(care, Only(need), now, _Wanted(most, clinics_once))


def best_within(
    care: str, need: uuid.UUID, *, now: datetime, within: Mapping[uuid.UUID, date], most: int
) -> list[BestPlace] | None:
    """The same at some clinics, each before a day, for a need as if it were not given with another."""
    return _best(care, Only(need, by_itself=True), now, _Wanted(most, within=within))


@dataclass(frozen=True)
class _Wanted:
    """How many, each clinic once or often, and where: at all clinics, or at some before a day at each."""

    most: int
    once: bool = False
    within: Mapping[uuid.UUID, date] | None = None


def _best(care: str, need: Only, now: datetime, wanted: _Wanted) -> list[BestPlace] | None:
    book = kept_book(care, now)
    with one_moment() as cursor:
        shard = Shard(cursor, [care], now, need, book)
        if not len(shard.needs.of["key"]):
            return None
        look = _Look(shard, Outlook(shard, care, book.standing, wanted.within), wanted)
        look.read()
    return look.told()


class _Look:
    """What has been read for one need, and the best of it."""

    given: Given
    reach: Reach

    def __init__(self, shard: Shard, outlook: Outlook, wanted: _Wanted) -> None:
        self._shard, self._outlook = shard, outlook
        self._most, self._once = wanted.most, wanted.once
        self._begin()

    def _begin(self) -> None:
        """The first look: at the nearest clinics, or at the first days of the whole country."""
        outlook = self._outlook
        self._many, days = ONCE if self._once else OFTEN
        if outlook.is_by_day:
            outlook.narrow()
            # Weeks of holidays are not read day by day.
            outlook.first = min(self._shard.first_day(outlook.care, outlook.first), outlook.last)
            self._many = BY_DAY * self._most if outlook.is_located else len(outlook.order)
            days = 1 + 2 * self._most // max(min(self._many, len(outlook.order)), 1)
        self._seen = np.full(len(outlook.tier), outlook.first - 1)
        """By clinic: the last day that has been read."""
        self._last = outlook.first
        self._last = self._on(outlook.first + days - 1)
        self._seen[outlook.order[: self._many]] = self._last

    def read(self) -> None:
        """Read on until nothing unread could be among the best."""
        self._read()
        if self._goes_on():
            self._outlook.narrow()
            while self._goes_on():
                self._look_further()
                self._read()

    def told(self) -> list[BestPlace]:
        """The best, the best first."""
        given, reach, order = self.given, self.reach, self._order
        first = given.first
        keys = [given.slot[first[offer] : first[offer + 1]] for offer in order]
        rows = _first_slots([[uuid.UUID(bytes=bytes(key)) for key in mine] for mine in keys])
        late, way, far = reach.worth()["lateness"], reach.way(), reach.far()
        return [
            BestPlace(
                slot=row,
                lot=uuid.UUID(bytes=given.lots[given.ways[way[offer]].lot]),
                route=given.ways[way[offer]].route,
                places=len(mine),
                day=date.fromordinal(int(given.problem.day[offer])),
                lateness_days=int(late[offer]),
                distance_km=None if far[offer] == UNKNOWN else int(far[offer]) / KM,
            )
            for offer, mine, row in zip(order, keys, rows, strict=True)
        ]

    def _read(self) -> None:
        outlook = self._outlook
        here = outlook.order[self._seen[outlook.order] >= outlook.first]
        care_input = self._shard.input_near(outlook.care, here, outlook.first, self._seen[here])
        self.given = care_input.given()
        self.reach = reach = Reach(self.given, 0)
        before = outlook.before[care_input.places.clinic]
        offers = np.flatnonzero(reach.possible() & (self.given.problem.day < before))
        worth = reach.worth()
        value = outlook.value(*(worth[name][offers] for name in outlook.LINES))
        turn = np.argsort(value, kind="stable")
        offers, value = offers[turn], value[turn]
        self._found = np.full(len(outlook.tier), NOTHING)
        clinic, at = np.unique(care_input.places.clinic[offers], return_index=True)
        self._found[clinic] = value[at]
        chosen = np.sort(at) if self._once else np.arange(len(offers))
        self._order = offers[chosen[: self._most]]
        self._worst = int(value[chosen[self._most - 1]]) if len(chosen) >= self._most else NOTHING

    def _goes_on(self) -> bool:
        """Whether something unread could be among the best.

        What is as good as the worst may stand before it: among those the whole country's turn decides.
        """
        outlook, seen = self._outlook, self._seen[self._outlook.order]
        unread = outlook.may_matter_until(self._worst) > seen
        if self._once:
            # What a clinic has later does not count where it has as good or better before.
            unread &= outlook.at_best(outlook.order, seen + 1) < self._found[outlook.order]
        return bool(unread.any())

    def _look_further(self) -> None:
        """The next look: at all that could be among the best, or farther where too few have been found."""
        outlook = self._outlook
        if self._worst != NOTHING:
            self._seen[outlook.order] = outlook.may_matter_until(self._worst)
            return
        # Whatever is in time is better than all that is late, wherever it is.
        if self._last < outlook.due or self._many >= len(outlook.order):
            self._last = self._on(outlook.first + FURTHER * (self._last - outlook.first + 1) - 1)
        self._many *= FURTHER
        self._seen[outlook.order[: self._many]] = self._last

    def _on(self, until: int) -> int:
        """No later than the last day that can be, and than the last in time before those after it."""
        outlook = self._outlook
        in_time = self._last < outlook.due < until
        return min(outlook.due if in_time else until, outlook.last)


def _first_slots(alike: list[list[uuid.UUID]]) -> list[Slot]:
    """The first of each of some places that are alike."""
    known = {
        "keys": [key for mine in alike for key in mine],
        "numbers": [number for number, mine in enumerate(alike) for _ in mine],
    }
    first = [key for _, key in tuples_of(FIRST_OF_EACH, known)]
    rows = {row.id: row for row in THESE_PLACES.all(slots=first)}
    return [rows[key] for key in first]
