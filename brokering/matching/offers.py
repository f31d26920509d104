"""Capacity as the solver sees it: equal places are one offer with a count; people never are."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from brokering.matching.reception import Reception
from brokering.matching.snapshot import Place, Point

EARTH_RADIUS_KM = 6371.0088  # mean radius, IUGG


@dataclass(frozen=True, slots=True)
class Offer:
    """Places that no need can tell apart: same clinic, day, terms and reception. `slots` are sorted."""

    day: date
    clinic: str
    region: str
    care: str
    form: str
    lots: tuple[str, ...]
    period: str
    released: bool
    point: Point | None
    slots: tuple[str, ...]
    kept: bool
    begins_on: date
    """The first day on which the visit may be; `day` is the last."""
    reception: Reception


def aggregate(places: Iterable[Place]) -> tuple[Offer, ...]:
    """The places as offers, earliest day first: the order in which equal offers are taken."""
    alike: dict[tuple[object, ...], list[Place]] = defaultdict(list)
    for place in places:
        alike[_traits(place)].append(place)
    offers = [_offer(group) for group in alike.values()]
    return tuple(sorted(offers, key=lambda offer: (offer.day, offer.clinic, offer.slots)))


def deal(offer: Offer, takers: Iterable[str], previous: Mapping[str, str]) -> dict[str, str]:
    """Give each taker, in turn, a slot of the offer; who had one of them before keeps it."""
    takers = list(takers)
    kept = {key: previous[key] for key in takers if previous.get(key) in offer.slots}
    dealt: dict[str, str] = {}
    for key, slot in kept.items():
        if slot not in dealt.values():
            dealt[key] = slot
    left = iter(sorted(set(offer.slots) - set(dealt.values())))
    return {key: dealt[key] if key in dealt else next(left) for key in takers}


def hectometres(
    home: Point, lat: npt.NDArray[np.float64], lon: npt.NDArray[np.float64]
) -> npt.NDArray[np.int64]:
    """Great-circle distance from `home` to points in radians, in whole hundreds of metres."""
    lat1, lon1 = np.radians(home.lat), np.radians(home.lon)
    half = (
        np.sin((lat - lat1) / 2) ** 2 + np.cos(lat1) * np.cos(lat) * np.sin((lon - lon1) / 2) ** 2
    )
    km = 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.minimum(half, 1.0)))
    distance: npt.NDArray[np.int64] = np.rint(km * 10).astype(np.int64)
    return distance


def _traits(place: Place) -> tuple[object, ...]:
    return (
        place.day,
        place.begins_on,
        place.clinic,
        place.region,
        place.care,
        place.form,
        tuple(sorted(place.lots)),
        place.period,
        place.released,
        place.kept,
        place.point,
        place.reception,
    )


def _offer(group: list[Place]) -> Offer:
    one = group[0]
    return Offer(
        day=one.day,
        clinic=one.clinic,
        region=one.region,
        care=one.care,
        form=one.form,
        lots=tuple(sorted(one.lots)),
        period=one.period,
        released=one.released,
        point=one.point,
        slots=tuple(sorted(place.slot_id for place in group)),
        kept=one.kept,
        begins_on=one.begins_on,
        reception=one.reception,
    )
