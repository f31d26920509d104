"""How near a loaded population lies to the published figures, and what in it is an estimate."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from brokering.sweden.calibration import SUPPRESSED_BELOW
from brokering.sweden.waiting import Waiting
from providers.reference import PublishedWaitRow, RegionShareRow

Loaded = Mapping[tuple[str, str], tuple[int, int, int]]
"""By region and care: how many wait, over 180 days, over 365 days."""
POSITION = {180: 1, 365: 2}
HALF_A_PERCENT = 0.5


@dataclass(frozen=True, kw_only=True)
class Closeness:
    """Published against loaded. Differences of counts are in persons, once the published ones are scaled to
    how many were loaded; those of shares in percentage points."""

    loaded: int
    of_all: int
    counts: tuple[float, ...]
    shares: tuple[float, ...]
    suppressed: tuple[int, ...]
    """What stands in cells that are published as fewer than ten."""
    joint: tuple[float, ...]
    """Estimated shares of a region in a care, against the only ones published (tables 5 and 11)."""

    def lines(self) -> Iterator[str]:
        """What is told after a load."""
        whole = self.loaded == self.of_all
        exact = sum(gap == 0 for gap in self.counts)
        near = sum(gap <= HALF_A_PERCENT for gap in self.shares)
        filled = sum(1 <= count < SUPPRESSED_BELOW for count in self.suppressed)
        yield f"Fit: {self.loaded:,} people loaded of {self.of_all:,} in the published tables."
        if whole:
            yield f"  published counts over 180 and 365 days: {exact} of {len(self.counts)} exact"
            yield f"  published shares: {near} of {len(self.shares)} within their rounding"
            yield f"  suppressed counts: {filled} of {len(self.suppressed)} filled with 1-9 (invented)"
        else:
            yield (
                f"  published counts over 180 and 365 days, scaled: {len(self.counts)}, at most"
                f" {max(self.counts):.1f} persons away"
            )
        yield (
            "  estimated, not published: who waits where for what (region x care), by iterative"
            " proportional fit;"
        )
        yield (
            f"  against the {len(self.joint)} regional shares over a year that are published: mean"
            f" {sum(self.joint) / len(self.joint):.2f}, at most {max(self.joint):.1f} percentage points"
        )


def closeness(
    loaded: Loaded,
    parts: tuple[Waiting, ...],
    waits: tuple[PublishedWaitRow, ...],
    shares: tuple[RegionShareRow, ...],
    of_all: int,
) -> Closeness:
    """Compare. `parts` says which cares belong to which measure, `of_all` how many the tables hold."""
    cares = {part.measure: frozenset(part.cares) for part in parts}
    factor = sum(row[0] for row in loaded.values()) / of_all
    found = [(row, _cells(loaded, cares[row.measure], row)) for row in waits]
    return Closeness(
        loaded=sum(row[0] for row in loaded.values()),
        of_all=of_all,
        counts=tuple(
            abs(cell[POSITION[row.over_days]] - row.n * factor) for row, cell in found if row.n
        ),
        shares=tuple(
            abs(100 * cell[POSITION[row.over_days]] / cell[0] - row.share_within_pct)
            for row, cell in found
            if cell[0]
        ),
        suppressed=tuple(cell[POSITION[row.over_days]] for row, cell in found if row.n is None),
        joint=tuple(_joint_gaps(loaded, shares)),
    )


def _cells(loaded: Loaded, cares: frozenset[str], row: PublishedWaitRow) -> tuple[int, int, int]:
    """The sum of the cells that a published row speaks of."""
    mine = [
        counts
        for (region, care), counts in loaded.items()
        if care in cares and row.region in (None, region) and row.care in (None, care)
    ]
    first, second, third = (sum(counts[position] for counts in mine) for position in range(3))
    return first, second, third


def _joint_gaps(loaded: Loaded, shares: tuple[RegionShareRow, ...]) -> Iterator[float]:
    over_a_year: dict[str, int] = {}
    for (_, care), counts in loaded.items():
        over_a_year[care] = over_a_year.get(care, 0) + counts[2]
    for row in shares:
        if whole := over_a_year.get(row.care):
            mine = loaded.get((row.region, row.care), (0, 0, 0))[2]
            yield abs(100 * mine / whole - row.percent)
