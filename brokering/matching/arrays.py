"""The values of a round as arrays for the engines: the slow and plain way, one need at a time."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import TypeVar

import numpy as np

from brokering.matching.candidates import Candidates
from brokering.matching.offers import Offer, hectometres
from brokering.matching.problem import (
    NO_DUE_DAY,
    NO_LIMIT,
    NO_WAY,
    NOBODY,
    UNKNOWN,
    Days,
    Problem,
    possible,
)
from brokering.matching.snapshot import Need, Point

T = TypeVar("T")


def problem_of(candidates: Candidates, needs: Sequence[Need]) -> Problem:
    """The candidates' snapshot with these needs, which stand in the order of `ranking.turn`.

    Offers are those of the candidates, in their order; ways are numbered as in `candidates.ways`.
    """
    snapshot, offers = candidates.snapshot, candidates.offers
    kind, kinds = _numbered([_kind(candidates, j) for j in range(len(offers))])
    site, sites = _numbered([(offer.clinic, offer.point) for offer in offers])
    home, homes = _numbered([need.home for need in needs])
    need_class, way = _classes(candidates, needs, kinds)
    barred = [_turned_down(need, offers) for need in needs]
    whole = Problem(
        priority=np.array([need.priority for need in needs], np.int8),
        due=_days(needs, "due", NO_DUE_DAY),
        waited_days=_ints(max((snapshot.on - x.waiting_since).days, 0) for x in needs),
        earliest=_days(needs, "earliest", 0),
        latest=_days(needs, "latest", NO_LIMIT),
        home=np.where([need.home is None for need in needs], UNKNOWN, home).astype(np.int32),
        reach=_ints(_reach(need) for need in needs),
        need_class=need_class,
        previous=np.full(len(needs), NOBODY, np.int32),
        day=_ints(offer.day.toordinal() for offer in offers),
        begins=_ints(offer.begins_on.toordinal() for offer in offers),
        site=site,
        kind=kind,
        count=_ints(len(offer.slots) for offer in offers),
        hectometres=_distances(homes, [point for _, point in sites]),
        way=way,
        tier=np.array([one.tier for one in candidates.ways], np.int8),
        barred_from=np.cumsum([0, *map(len, barred)]).astype(np.int64),
        barred=_ints(j for mine in barred for j in mine),
        horizon=snapshot.horizon.toordinal(),
    )
    return replace(whole, previous=_previous(candidates, needs, whole))


def _numbered(values: Sequence[T]) -> tuple[Days, list[T]]:
    """Each value's number, and the values by number, in the order of their first sight."""
    numbers: dict[T, int] = {}
    each = [numbers.setdefault(value, len(numbers)) for value in values]
    return np.array(each, np.int32), list(numbers)


def _kind(candidates: Candidates, column: int) -> tuple[int, str, str, bool]:
    """What decides whether a need may have an offer at all: terms, care, region, still to be had."""
    offer = candidates.offers[column]
    there = offer.released and offer.day >= candidates.snapshot.on
    return (int(candidates.kind[column]), offer.care, offer.region, there)


def _classes(
    candidates: Candidates, needs: Sequence[Need], kinds: Sequence[tuple[int, str, str, bool]]
) -> tuple[Days, Days]:
    """The class of each need, and the best way of each class at each kind."""
    terms = np.array([kind[0] for kind in kinds], np.int64)
    rows: dict[bytes, int] = {}
    ways: list[Days] = []
    each: list[int] = []
    for need in needs:
        fits = [_wanted(need, *kind[1:]) for kind in kinds]
        row = np.where(fits, candidates.ways_at(need)[0][terms], NO_WAY).astype(np.int32)
        number = rows.setdefault(row.tobytes(), len(rows))
        if number == len(ways):
            ways.append(row)
        each.append(number)
    return np.array(each, np.int32), np.array(ways, np.int32).reshape(len(ways), len(kinds))


def _wanted(need: Need, care: str, region: str, there: bool) -> bool:
    return there and care == need.care and (need.regions is None or region in need.regions)


def _distances(homes: Sequence[Point | None], points: Sequence[Point | None]) -> Days:
    """Homes × sites; a home that is None has a row that nobody reads."""
    lat, lon = np.radians(np.array([x or (0.0, 0.0) for x in points]).reshape(-1, 2)).T
    located = np.array([point is not None for point in points], bool)
    far = np.full((len(homes), len(points)), UNKNOWN, np.int32)
    for row, home in enumerate(homes):
        if home is not None:
            far[row] = np.where(located, hectometres(home, lat, lon), UNKNOWN)
    return far


def _turned_down(need: Need, offers: Sequence[Offer]) -> list[int]:
    if not need.refused:
        return []
    no = need.declined_by
    return [
        j for j, x in enumerate(offers) if x.clinic in no or (x.clinic, x.begins_on) in need.refused
    ]


def _previous(candidates: Candidates, needs: Sequence[Need], problem: Problem) -> Days:
    """The offer of each need's last proposal, where it may still be."""
    slots = {slot: j for j, offer in enumerate(candidates.offers) for slot in offer.slots}
    before = [slots.get(candidates.snapshot.previous.get(need.key, "")) for need in needs]
    return _ints(
        NOBODY if j is None or not possible(problem, i)[j] else j for i, j in enumerate(before)
    )


def _reach(need: Need) -> int:
    return NO_LIMIT if need.max_distance_km is None else int(need.max_distance_km * 10)


def _days(needs: Sequence[Need], name: str, without: int) -> Days:
    stated: list[date | None] = [getattr(need, name) for need in needs]
    return _ints(without if day is None else day.toordinal() for day in stated)


def _ints(values: Iterable[int]) -> Days:
    return np.fromiter(values, np.int32)
