"""How many wait in each region for each care: nowhere printed, so estimated from what is."""

from dataclasses import dataclass
from functools import cache

from brokering.sweden.sources import read_sources
from brokering.sweden.waiting import Waiting, waiting
from insight.disclosure import shown
from providers.reference import read_regions


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """An estimated count of those who waited over 180 days; None where it is too small to show."""

    region: str
    name: str
    count: int | None


def estimated(care: str) -> tuple[Estimate, ...]:
    """Estimate per region for one care of the published tables; empty for any other care."""
    for table in _tables():
        if care in table.cares:
            column = table.cares.index(care)
            over_180 = table.places[:, column, 2:].sum(axis=1)
            names = {region.code: region.name for region in read_regions()}
            rows = zip(table.regions, over_180, strict=True)
            return tuple(
                Estimate(region=code, name=names[code], count=shown(int(count)))
                for code, count in rows
            )
    return ()


def cares_with_estimates() -> tuple[str, ...]:
    """Codes of the cares that the published tables name."""
    return tuple(care for table in _tables() for care in table.cares)


@cache
def _tables() -> tuple[Waiting, ...]:
    return waiting(read_sources().statistics)
