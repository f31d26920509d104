"""Whole-country margins of the waiting population that agree with every published figure.

Published are, per region and per care, how many waited over 180 and over 365 days and, in whole percent,
which share of all who waited there that was. From count and share follows an interval for how many waited
in all; one number is taken from each interval, all at the same way between its ends, so that regions and
cares have the same sum. Suppressed counts (fewer than ten) are filled inside what the totals leave.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from brokering.sweden.fit import Counts, Unfittable, apportion, within
from providers.reference import PublishedWaitRow

BANDS = ("0-90", "91-180", "181-365", "366-")
"""Days waited. The first two are not published apart: see `over_90_factor`."""
SUPPRESSED_BELOW = 10


@dataclass(frozen=True)
class Interval:
    """Whole numbers from `low` to `high`, both included."""

    low: int
    high: int

    def cut(self, other: "Interval") -> "Interval":
        """What both hold; raises Unfittable when that is nothing."""
        low, high = max(self.low, other.low), min(self.high, other.high)
        if low > high:
            raise Unfittable(f"no whole number lies in both {self} and {other}")
        return Interval(low, high)


ANY = Interval(0, 10**9)


@dataclass(frozen=True, kw_only=True)
class Margins:
    """Who waits, by unit × band, for one measure; regions and cares have the same sum in every band."""

    measure: str
    regions: tuple[str, ...]
    cares: tuple[str, ...]
    by_region: Counts
    by_care: Counts

    @property
    def total(self) -> int:
        """How many wait in all."""
        return int(self.by_region.sum())


@dataclass(frozen=True)
class Published:
    """One unit's row over 180 and over 365 days."""

    unit: str
    over_180: PublishedWaitRow
    over_365: PublishedWaitRow


def margins(rows: Sequence[PublishedWaitRow], measure: str, over_90_factor: float) -> Margins:
    """Margins of one measure. `over_90_factor`: how many waited over 90 days for each over 180.

    Raises Unfittable when published figures contradict each other.
    """
    mine = [row for row in rows if row.measure == measure]
    over_180, over_365 = (_national(mine, days) for days in (180, 365))
    regions = _published([row for row in mine if row.region])
    cares = _published([row for row in mine if row.care])
    totals = _totals(regions, cares, (over_180, over_365))
    over_90 = round(_count(over_180) * over_90_factor)
    return Margins(
        measure=measure,
        regions=tuple(row.unit for row in regions),
        cares=tuple(row.unit for row in cares),
        by_region=_bands(regions, (over_180, over_365), (totals[0], over_90)),
        by_care=_bands(cares, (over_180, over_365), (totals[1], over_90)),
    )


def total_interval(count: Interval, share_percent: int) -> Interval:
    """How many may wait in all when `count` of them are `share_percent`, rounded to whole percent."""
    highest = (
        ANY.high
        if share_percent == 0
        else math.floor(count.high * 100 / (share_percent - 0.5) - 1e-9)
    )
    return Interval(max(count.low, math.ceil(count.low * 100 / (share_percent + 0.5))), highest)


def count_interval(total: Interval, share_percent: int) -> Interval:
    """How many `share_percent` of a total may be when rounding is undone."""
    return Interval(
        max(0, math.ceil(total.low * (share_percent - 0.5) / 100)),
        math.floor(total.high * (share_percent + 0.5) / 100),
    )


def _national(rows: Sequence[PublishedWaitRow], days: int) -> PublishedWaitRow:
    return next(r for r in rows if r.over_days == days and r.region is None and r.care is None)


def _count(row: PublishedWaitRow) -> int:
    if row.n is None:
        raise Unfittable("a national total is suppressed")
    return row.n


def _published(rows: Sequence[PublishedWaitRow]) -> tuple[Published, ...]:
    by_key = {(row.region or row.care or "", row.over_days): row for row in rows}
    units = sorted({unit for unit, _ in by_key})
    return tuple(Published(unit, by_key[unit, 180], by_key[unit, 365]) for unit in units)


def _known(row: PublishedWaitRow) -> Interval:
    return Interval(1, SUPPRESSED_BELOW - 1) if row.n is None else Interval(row.n, row.n)


def _total(unit: Published) -> Interval:
    """What both thresholds say about how many wait in the unit."""
    first, second = (
        total_interval(_known(row), row.share_within_pct) for row in (unit.over_180, unit.over_365)
    )
    return first.cut(second)


def _filled(units: Sequence[Published], national: PublishedWaitRow) -> Counts:
    """Counts over one threshold; a suppressed one lies in 1–9 and in what its share allows."""
    intervals = [
        _allowed(unit, unit.over_180 if national.over_days == 180 else unit.over_365)
        for unit in units
    ]
    return within([i.low for i in intervals], [i.high for i in intervals], _count(national))


def _allowed(unit: Published, row: PublishedWaitRow) -> Interval:
    if row.n is not None:
        return _known(row)
    inside = _known(row).cut(count_interval(_total(unit), row.share_within_pct))
    return inside.cut(Interval(0, _known(unit.over_180).high))


def _totals(
    regions: Sequence[Published],
    cares: Sequence[Published],
    national: tuple[PublishedWaitRow, PublishedWaitRow],
) -> tuple[Counts, Counts]:
    """How many wait in every region and in every care, with one sum inside the national interval."""
    whole = ANY
    for row in national:
        whole = whole.cut(total_interval(_known(row), row.share_within_pct))
    sides = [[_settled(unit, units, national) for unit in units] for units in (regions, cares)]
    for side in sides:
        whole = whole.cut(Interval(sum(i.low for i in side), sum(i.high for i in side)))
    total = (whole.low + whole.high) // 2
    by_region, by_care = (within([i.low for i in s], [i.high for i in s], total) for s in sides)
    return by_region, by_care


def _settled(
    unit: Published,
    units: Sequence[Published],
    national: tuple[PublishedWaitRow, PublishedWaitRow],
) -> Interval:
    """The unit's interval once its suppressed counts are filled."""
    position = units.index(unit)
    inside = ANY
    for row, whole in zip((unit.over_180, unit.over_365), national, strict=True):
        count = int(_filled(units, whole)[position])
        inside = inside.cut(total_interval(Interval(count, count), row.share_within_pct))
    return inside


def _bands(
    units: Sequence[Published],
    national: tuple[PublishedWaitRow, PublishedWaitRow],
    sizes: tuple[Counts, int],
) -> Counts:
    """Unit × band. Over 90 days is apportioned like over 180: that split is an assumption."""
    totals, over_90_total = sizes
    over_180, over_365 = (_filled(units, row) for row in national)
    over_90 = over_180 + apportion(over_180, over_90_total - int(over_180.sum()))
    table = [totals - over_90, over_90 - over_180, over_180 - over_365, over_365]
    if min(int(column.min()) for column in table) < 0:
        raise Unfittable("more waited over 90 days than waited at all")
    return np.stack(table, axis=1)
