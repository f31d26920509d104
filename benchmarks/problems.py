"""Invented cares as arrays for the matching engines: any size, scarce or rich, the same from the same seed.

Nothing here is measured of Sweden: homes crowd in the south, waits are long for a third, private clinics are
open to some. What is real is the size of the country and how unevenly cares divide it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from brokering.matching.problem import NO_DUE_DAY, NO_LIMIT, NO_WAY, NOBODY, Ints, Problem

TODAY = 740_000
"""The day of every invented round, as a proleptic ordinal."""
WEEKS = 13
HOMES, REGIONS = 290, 21
WAITING, PLACES, LARGEST_CARE, CARES = 430_000, 2_000_000, 49_000, 300
GUARANTEE = 90
REACHES = np.array([400, 800, 1500, 3000, NO_LIMIT])
EARTH_DIAMETER = 127_420
"""Hundreds of metres."""
OWN, AGREED, OPEN = range(3)
RELEASED, LOCAL = range(2)


@dataclass(frozen=True, slots=True)
class Size:
    """One care: how many wait, at how many clinics, and places for each who waits."""

    needs: int
    sites: int
    share: float = 0.9
    previous: float = 0.0
    """The share of people who had a place in the last plan."""


def invented(seed: int, size: Size) -> Problem:
    """One care of this size."""
    draw = np.random.default_rng(seed)
    homes, towns = _points(draw, HOMES)
    at = draw.choice(HOMES, size.sites, p=_crowded(HOMES))
    home = draw.choice(HOMES, size.needs, p=_crowded(HOMES)).astype(np.int32)
    people = _people(draw, size.needs)
    order = np.lexsort((np.arange(size.needs), -people["waited_days"], people["priority"]))
    offers = _offers(draw, size, towns[at])
    turned_down, bounds = _turned_down(draw, size.needs, len(offers["day"]))
    profile = draw.integers(0, 4, size.needs)
    return Problem(
        **{name: values[order] for name, values in people.items()},
        home=home[order],
        need_class=(towns[home] * 4 + profile)[order].astype(np.int32),
        previous=_previous(draw, size, len(offers["day"])),
        **offers,
        hectometres=_distances(homes, homes[at] + draw.normal(0, 0.03, (size.sites, 2))),
        way=_ways(draw),
        tier=np.array([0, 1, 2], np.int8),
        barred_from=bounds,
        barred=turned_down,
        horizon=int(offers["day"].max(initial=TODAY)) + 1,
    )


def country(seed: int, scale: float = 1.0) -> Iterator[tuple[int, Size]]:
    """Every care of a country, the largest first: a seed and a size each.

    Cares differ in how scarce their places are; together they are as many as the country's.
    """
    draw = np.random.default_rng(seed)
    rest = 1 / np.arange(2, CARES + 1)
    waiting = np.append(LARGEST_CARE, (WAITING - LARGEST_CARE) * rest / rest.sum()) * scale
    share = draw.choice([0.5, 0.9, 1.5, 4.0, 12.0], CARES)
    share[0] = 0.9
    share[share > 1] *= (PLACES * scale - waiting @ (share * (share < 1))) / (
        waiting @ (share * (share > 1))
    )
    for i, needs in enumerate(waiting.astype(int)):
        yield seed + i, Size(max(int(needs), 20), min(900, 10 + int(needs) // 12), share[i])


def _points(draw: np.random.Generator, count: int) -> tuple[Ints, Ints]:
    """Towns from the south to the north as (latitude, longitude) in radians, and their regions."""
    lat = 55.4 + 12.4 * np.sort(draw.beta(1.2, 3.0, count))
    lon = 12.0 + 0.45 * (lat - 55.4) + draw.uniform(0, 4.5, count)
    return np.radians(np.column_stack([lat, lon])), np.arange(count) * REGIONS // count


def _crowded(count: int) -> Ints:
    weight = 1 / (1 + np.arange(count) * 7919 % count)
    return weight / weight.sum()


def _people(draw: np.random.Generator, n: int) -> dict[str, Ints]:
    waited = np.minimum(draw.gamma(1.3, 65, n), 1500).astype(np.int32)
    due = TODAY - waited + GUARANTEE
    due[draw.random(n) < 0.06] = NO_DUE_DAY
    target = draw.random(n) < 0.08
    due[target] = TODAY + draw.integers(-20, 70, target.sum())
    earliest = np.where(draw.random(n) < 0.2, TODAY + draw.integers(1, 40, n), 0)
    latest = np.where(draw.random(n) < 0.1, TODAY + draw.integers(30, 91, n), NO_LIMIT)
    return {
        "priority": draw.choice(4, n, p=[0.05, 0.2, 0.5, 0.25]).astype(np.int8) + np.int8(1),
        "due": due.astype(np.int32),
        "waited_days": waited,
        "earliest": earliest.astype(np.int32),
        "latest": latest.astype(np.int32),
        "reach": draw.choice(REACHES, n, p=[0.1, 0.25, 0.3, 0.2, 0.15]).astype(np.int32),
    }


def _offers(draw: np.random.Generator, size: Size, region: Ints) -> dict[str, Ints]:
    """Places on weekdays of thirteen weeks; one in twenty is a place in a week without a named day."""
    places = max(int(size.needs * size.share), 1)
    weight = draw.gamma(0.8, 1, size.sites)
    site = draw.choice(size.sites, places, p=weight / weight.sum())
    week, weekday = draw.integers(0, WEEKS, places), draw.integers(0, 5, places)
    unnamed = draw.random(places) < 0.05
    day = TODAY + 1 + 7 * week + np.where(unnamed, 4, weekday)
    begins = np.where(unnamed, day - 4, day)
    regime = draw.choice(3, size.sites, p=[0.55, 0.3, 0.15])
    wanted = np.column_stack([day, begins, site, (region * 3 + regime)[site]])
    alike, count = np.unique(wanted, axis=0, return_counts=True)
    alike, count = alike.astype(np.int32), count.astype(np.int32)
    return dict(zip(("day", "begins", "site", "kind"), alike.T.copy(), strict=True)) | {
        "count": count
    }


def _ways(draw: np.random.Generator) -> Ints:
    """Classes (region × profile) × kinds (region × regime): the number of the best way.

    Of four profiles the last may only go to the own region's; the third is in a reroute and has an order.
    """
    home = np.repeat(np.arange(REGIONS), 4)[:, None]
    profile = np.tile(np.arange(4), REGIONS)[:, None]
    region = np.repeat(np.arange(REGIONS), 3)[None, :]
    regime = np.tile(np.arange(3), REGIONS)[None, :]
    partner = draw.random((REGIONS, REGIONS * 3)) < 0.15
    own = home == region
    agreed = (regime == AGREED) & np.repeat(partner, 4, axis=0)
    near = np.where(agreed, 1, np.where(regime == OPEN, 2, 2))
    way = np.where(own, 0, np.where(profile == 2, near, 0))
    closed = ~own & ((profile == 3) | ((profile == 1) & (regime == OWN)))
    return np.where(closed, NO_WAY, way).astype(np.int32)


def _turned_down(draw: np.random.Generator, needs: int, offers: int) -> tuple[Ints, Ints]:
    """A few people have said no to one offer or two."""
    said = (
        draw.choice([0, 1, 2], needs, p=[0.96, 0.03, 0.01]) if offers > 1 else np.zeros(needs, int)
    )
    bounds = np.append(0, np.cumsum(said)).astype(np.int64)
    barred = np.empty(bounds[-1], np.int32)
    for i in np.flatnonzero(said):
        barred[bounds[i] : bounds[i + 1]] = np.sort(draw.choice(offers, said[i], replace=False))
    return barred, bounds


def _previous(draw: np.random.Generator, size: Size, offers: int) -> Ints:
    had = draw.random(size.needs) < size.previous
    return np.where(had, draw.integers(0, offers, size.needs), NOBODY).astype(np.int32)


def _distances(homes: Ints, sites: Ints) -> Ints:
    lat, lon = homes[:, None, :].transpose(2, 0, 1)
    to_lat, to_lon = sites[None, :, :].transpose(2, 0, 1)
    half = (
        np.sin((to_lat - lat) / 2) ** 2
        + np.cos(lat) * np.cos(to_lat) * np.sin((to_lon - lon) / 2) ** 2
    )
    return np.rint(EARTH_DIAMETER * np.arcsin(np.sqrt(half))).astype(np.int32)
