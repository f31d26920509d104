"""The best places of the country for one need, in the ranking's order as far as it concerns one person.

The nearest clinics are read first, through the index of open places; whether any farther clinic could have a
better place is known from how far away it is, so the answer is that of the whole country.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np

from brokering.matching.problem import NO_LIMIT, UNKNOWN
from brokering.matching.settling import KM
from brokering.selectors.country.columns import Column
from brokering.selectors.country.problems import Given, Shard, opened
from brokering.selectors.country.reasons import Reach
from providers.models import Slot

RINGS = (100, 600)
"""How many of the nearest clinics are read, before all are."""
NO_EDGE = np.iinfo(np.int64).max
Ring = tuple[Column, int]
"""Clinics by number, and the hundreds of metres within which there is no other."""


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
    care: str, need: uuid.UUID, *, now: datetime, most: int = 20
) -> list[BestPlace] | None:
    """Free places that law, terms and wishes let the need have, the best first; None where no round sees it.

    In time first, then fewest days late; then, in a reroute, the home region's search order; then the
    nearest; then the first day.
    """
    with opened([care], now=now, only=need) as shard:
        if not len(shard.needs.of["key"]):
            return None
        for clinics, edge in _rings(shard):
            given = shard.input_near(care, clinics).given()
            reach = Reach(given, 0)
            order = _best(reach, most)
            if _is_whole(reach, order, edge, most):
                break
    return _told(given, reach, order)


def _rings(shard: Shard) -> Iterator[Ring]:
    """Ever more clinics, the nearest first; all at once where the home has no place."""
    every = np.arange(len(shard.clinics.ids))
    home, far = shard.distances(shard.needs.of, every)
    if home[0] != UNKNOWN:
        order = np.argsort(far[home[0]], kind="stable")
        for many in RINGS:
            if many < len(order):
                yield order[:many], int(far[home[0]][order[many]])
    yield every, NO_EDGE


def _best(reach: Reach, most: int) -> Column:
    """The best of the possible offers, the best first."""
    offers = np.flatnonzero(reach.possible())
    lines = [line[offers] for line in reach.worth().values()]
    return np.asarray(offers[np.lexsort(lines[::-1])][:most])


def _is_whole(reach: Reach, order: Column, edge: int, most: int) -> bool:
    """Whether no clinic at the edge or beyond could have a place among the best."""
    stated = int(reach.given.problem.reach[0])
    if edge == NO_EDGE or (stated != NO_LIMIT and stated < edge):
        return True
    if len(order) < most:
        return False
    worth, last = reach.worth(), order[-1]
    return bool(
        worth["lateness"][last] == 0 and worth["tier"][last] == 0 and worth["distance"][last] < edge
    )


def _told(given: Given, reach: Reach, order: Column) -> list[BestPlace]:
    first = given.first
    keys = {
        int(offer): [
            uuid.UUID(bytes=bytes(key)) for key in given.slot[first[offer] : first[offer + 1]]
        ]
        for offer in order
    }
    wanted = [key for mine in keys.values() for key in mine]
    rows = Slot.objects.select_related("clinic__municipality__region", "care").in_bulk(wanted)
    late, way, far = reach.worth()["lateness"], reach.way(), reach.far()
    return [
        BestPlace(
            slot=min((rows[key] for key in mine), key=lambda row: (row.starts_at, row.id)),
            lot=uuid.UUID(bytes=given.lots[given.ways[way[offer]].lot]),
            route=given.ways[way[offer]].route,
            places=len(mine),
            day=date.fromordinal(int(given.problem.day[offer])),
            lateness_days=int(late[offer]),
            distance_km=None if far[offer] == UNKNOWN else int(far[offer]) / KM,
        )
        for offer, mine in keys.items()
    ]
