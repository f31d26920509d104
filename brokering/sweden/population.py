"""Everyone who waits, as parallel arrays drawn from the estimated joint table."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from brokering.sweden.fit import Counts, Weights
from brokering.sweden.waiting import GROUPS, Waiting
from providers.reference import AgeTable

BAND_DAYS = ((1, 90), (91, 180), (181, 365), (366, 730), (731, 1095), (1096, 1460))
"""Days waited, both included. The last three divide the band over a year (tables 6 and 12); nobody is
known to have waited longer than four years: a choice."""
LONG = 3


@dataclass(frozen=True, kw_only=True)
class Population:
    """One element per person: indexes into `regions`, `cares` (both measures together) and GROUPS."""

    regions: tuple[str, ...]
    cares: tuple[str, ...]
    region: Counts
    care: Counts
    band: Counts
    group: Counts
    days: Counts

    def __len__(self) -> int:
        return len(self.region)

    def first(self, care: str, band: int, **wanted: Any) -> int:
        """The first person who waits for a care in a band, of a `region` or one of some `groups`.

        Raises LookupError when the population is too small to have one.
        """
        fits = (self.care == self.cares.index(care)) & (self.band == band)
        if "region" in wanted:
            fits &= self.region == self.regions.index(wanted["region"])
        if "groups" in wanted:
            fits &= np.isin(self.group, wanted["groups"])
        if not fits.any():
            raise LookupError(f"nobody waits for {care} so long at this scale: {wanted}")
        return int(fits.argmax())


def population(waiting: Sequence[Waiting], ages: Sequence[AgeTable], seed: int) -> Population:
    """Lay out the cells and draw, within each, who is of which sex and age and how long each waited."""
    rng = np.random.default_rng([seed, 1])
    cares = tuple(care for part in waiting for care in part.cares)
    columns: list[Counts] = []
    first = 0
    for part in waiting:
        columns.append(_part(part, first, _long_weights(ages, part.measure), rng))
        first += len(part.cares)
    region, care, band, group, days = np.concatenate(columns, axis=1)
    return Population(
        regions=waiting[0].regions,
        cares=cares,
        region=region,
        care=care,
        band=band,
        group=group,
        days=days,
    )


def _part(part: Waiting, first: int, long: Weights, rng: np.random.Generator) -> Counts:
    """Five rows: region, care, band, group, days."""
    cells = [np.empty((5, 0), dtype=np.int64)]
    for care in range(len(part.cares)):
        for band in range(part.places.shape[2]):
            regions = np.repeat(np.arange(len(part.regions)), part.places[:, care, band])
            groups = np.repeat(np.arange(len(GROUPS)), part.people[care, band])
            rng.shuffle(groups)
            days = _days(band, len(regions), long, rng)
            same = np.ones_like(regions)
            cells.append(np.stack([regions, same * (first + care), same * band, groups, days]))
    return np.concatenate(cells, axis=1)


def _days(band: int, size: int, long: Weights, rng: np.random.Generator) -> Counts:
    """Days waited, even within each interval."""
    intervals = np.full(size, band)
    if band == LONG:
        intervals = LONG + rng.choice(len(long), size=size, p=long)
    low, high = np.array(BAND_DAYS)[intervals].reshape(-1, 2).T
    days: Counts = rng.integers(low, high + 1)
    return days


def _long_weights(ages: Sequence[AgeTable], measure: str) -> Weights:
    """Shares of one to two, two to three and over three years among those over one."""
    over = [
        sum(n or 0 for n in (*table.women, *table.men))
        for days in (365, 730, 1095)
        for table in ages
        if table.measure == measure and table.over_days == days
    ]
    counts = np.array([over[0] - over[1], over[1] - over[2], over[2]], dtype=np.float64)
    shares: Weights = counts / counts.sum()
    return shares
