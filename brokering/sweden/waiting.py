"""The estimated joint table of who waits: measure × region × care × days waited × sex and age."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from brokering.sweden.calibration import BANDS, Margins, margins
from brokering.sweden.fit import Counts, Weights, apportion, fitted, rounded
from providers.reference import AgeTable, CareRow, PublishedWaitRow, RegionShareRow

UNDER_HALF_A_PERCENT = 0.25
"""What a published 0 % is taken for: the middle of what rounds to it."""
GROUPS = tuple((sex, group) for sex in ("K", "M") for group in range(5))
"""Sex and age group, in the order of a row of the age tables: women first."""
CHILDREN_ONLY = frozenset({"barnmedicin", "bup"})
ADULTS_ONLY = frozenset({"psykiatri"})
WOMEN_ONLY = frozenset({"kvinno"})


@dataclass(frozen=True, kw_only=True)
class Statistics:
    """Everything published that the population is fitted to."""

    waits: Sequence[PublishedWaitRow]
    region_shares: Sequence[RegionShareRow]
    ages: Sequence[AgeTable]
    bup_first_visits: Mapping[str, int]
    cares: Sequence[CareRow]

    @property
    def over_90_factor(self) -> float:
        """How many wait over 90 days for each over 180: figure 9.2's BUP, applied to every care."""
        counts = list(self.bup_first_visits.values())
        return sum(counts[3:]) / sum(counts[4:])


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """One measure at one scale. `places` is region × care × band, `people` care × band × GROUPS.

    Both are estimates: only their margins are published.
    """

    measure: str
    regions: tuple[str, ...]
    cares: tuple[str, ...]
    places: Counts
    people: Counts

    @property
    def total(self) -> int:
        """How many wait."""
        return int(self.places.sum())


def waiting(statistics: Statistics, total: int | None = None) -> tuple[Waiting, ...]:
    """The population of both measures; `total` None means the whole country, otherwise the same
    proportions by largest remainder. Raises fit.Unfittable when `total` is too small to be proportional.
    """
    whole = [
        margins(statistics.waits, measure, statistics.over_90_factor)
        for measure in ("first_visit", "operation")
    ]
    sizes = _sizes(whole, total)
    return tuple(_measure(statistics, part, size) for part, size in zip(whole, sizes, strict=True))


def _sizes(whole: Sequence[Margins], total: int | None) -> Counts:
    """How many wait, by measure × band."""
    bands = np.stack([part.by_region.sum(axis=0) for part in whole])
    if total is None:
        return bands
    return apportion(bands.ravel(), total).reshape(bands.shape)


def _measure(statistics: Statistics, whole: Margins, sizes: Counts) -> Waiting:
    places = [_places(statistics, whole, band, int(sizes[band])) for band in range(len(BANDS))]
    table = np.stack(places, axis=2)
    return Waiting(
        measure=whole.measure,
        regions=whole.regions,
        cares=whole.cares,
        places=table,
        people=np.stack(
            [
                _people(statistics, whole, band, table[:, :, band].sum(axis=0))
                for band in range(len(BANDS))
            ],
            axis=1,
        ),
    )


def _places(statistics: Statistics, whole: Margins, band: int, size: int) -> Counts:
    """Region × care for one band. Only waits over a year are published jointly (tables 5 and 11, eight
    cares); elsewhere the fit starts from independence."""
    rows, columns = whole.by_region[:, band], whole.by_care[:, band]
    seed = np.outer(rows, columns).astype(np.float64)
    if BANDS[band] == "366-":
        seed = _seed(statistics.region_shares, whole)
    fit = fitted(seed, rows, columns)
    if size != int(rows.sum()):
        fit = fitted(fit, apportion(rows, size), apportion(columns, size))
    return rounded(fit)


def _seed(shares: Sequence[RegionShareRow], whole: Margins) -> Weights:
    """Published cells in persons; the cares without any share what the others leave of each region."""
    rows, columns = whole.by_region[:, 3], whole.by_care[:, 3]
    percent = np.zeros((len(whole.regions), len(whole.cares)))
    for share in shares:
        if share.measure == whole.measure:
            cell = whole.regions.index(share.region), whole.cares.index(share.care)
            percent[cell] = max(share.percent, UNDER_HALF_A_PERCENT)
    known: Weights = percent * columns / 100
    rest = np.maximum(rows - known.sum(axis=1), rows / 100)
    unknown: Weights = np.outer(rest, columns * (percent.sum(axis=0) == 0)) / columns.sum()
    return known + unknown


def _people(statistics: Statistics, whole: Margins, band: int, columns: Counts) -> Counts:
    """Care × sex and age for one band, on the cells that the care leaves open."""
    groups = apportion(_age_weights(statistics.ages, whole.measure, band), int(columns.sum()))
    areas = {care.code: care.area for care in statistics.cares}
    open_cells = np.array(
        [[_open(areas[code], *group) for group in GROUPS] for code in whole.cares]
    )
    return rounded(fitted(np.outer(columns, groups) * open_cells, columns, groups))


def _age_weights(tables: Sequence[AgeTable], measure: str, band: int) -> Weights:
    """Published counts by sex and age. Waits under 180 days are not published by age: the shape of
    181–365 days stands in for them. A suppressed cell weighs nothing here (none lies in these bands)."""
    by_days = {table.over_days: table for table in tables if table.measure == measure}
    counts = {
        days: np.array([n or 0 for n in (*table.women, *table.men)], dtype=np.float64)
        for days, table in by_days.items()
    }
    return counts[365] if BANDS[band] == "366-" else counts[180] - counts[365]


def _open(area: str, sex: str, group: int) -> bool:
    """Whether a person of the sex and age group may wait in a care area: a choice, not a statistic."""
    if area in CHILDREN_ONLY:
        return group == 0
    if area in ADULTS_ONLY:
        return group > 0
    return area not in WOMEN_ONLY or sex == "K"
