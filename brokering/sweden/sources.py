"""Everything that a synthetic Sweden is made from, read once."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from brokering.sweden.waiting import Statistics
from contracts.reference import read_completeness, read_referral_rules
from providers.reference import (
    CareRow,
    MunicipalityRow,
    RegionRow,
    read_age_tables,
    read_bup_first_visits,
    read_cares,
    read_municipalities,
    read_polygons,
    read_published_waits,
    read_region_shares,
    read_regions,
)

FIRST_TOWN = "80"
"""Municipality codes from 80 on were towns; the first of a county is its seat."""


@dataclass(frozen=True)
class Sources:
    """Reference rows, and the published statistics."""

    regions: tuple[RegionRow, ...]
    municipalities: tuple[MunicipalityRow, ...]
    centres: Mapping[str, tuple[float, float]]
    statistics: Statistics
    ruled: frozenset[tuple[str, str]]
    """Region and care with a referral rule."""
    declared: frozenset[str]
    """Regions whose rules are declared complete."""

    @property
    def cares(self) -> tuple[CareRow, ...]:
        """The catalogue."""
        return tuple(self.statistics.cares)

    @cached_property
    def region(self) -> Mapping[str, RegionRow]:
        """Region by code."""
        return {row.code: row for row in self.regions}

    @cached_property
    def care(self) -> Mapping[str, CareRow]:
        """Care by code."""
        return {row.code: row for row in self.cares}

    @cached_property
    def places(self) -> Mapping[str, tuple[MunicipalityRow, ...]]:
        """The municipalities of each region."""
        return {
            region.code: tuple(row for row in self.municipalities if row.region == region.code)
            for region in self.regions
        }

    def towns(self, region: str) -> tuple[MunicipalityRow, ...]:
        """The towns of a region, its seat first."""
        return tuple(row for row in self.places[region] if row.code[2:] >= FIRST_TOWN)

    def needs_no_remiss(self, region: str, care: str) -> bool:
        """Whether the shipped rules let a resident seek the care without remiss."""
        return region in self.declared and (region, care) not in self.ruled


def read_sources() -> Sources:
    """Read the shipped files; raises UnreadableReference."""
    return Sources(
        regions=read_regions(),
        municipalities=read_municipalities(),
        centres={polygon.code: polygon.centroid() for polygon in read_polygons("municipality")},
        statistics=Statistics(
            waits=read_published_waits(),
            region_shares=read_region_shares(),
            ages=read_age_tables(),
            bup_first_visits=read_bup_first_visits(),
            cares=read_cares(),
        ),
        ruled=frozenset((rule.region, rule.care) for rule in read_referral_rules()),
        declared=frozenset(row.region for row in read_completeness()),
    )
