"""Pure readers of the reference data that are shipped with the product."""

from providers.reference.catalogue import CareRow, read_cares
from providers.reference.places import (
    MunicipalityRow,
    Polygon,
    RegionRow,
    read_municipalities,
    read_polygons,
    read_regions,
)
from providers.reference.tables import DATA, Line, UnreadableReference, read_lines
from providers.reference.waits import (
    AgeTable,
    PublishedWaitRow,
    RegionShareRow,
    read_age_tables,
    read_bup_first_visits,
    read_published_waits,
    read_region_shares,
)

__all__ = [
    "DATA",
    "AgeTable",
    "CareRow",
    "Line",
    "MunicipalityRow",
    "Polygon",
    "PublishedWaitRow",
    "RegionRow",
    "RegionShareRow",
    "UnreadableReference",
    "read_age_tables",
    "read_bup_first_visits",
    "read_cares",
    "read_lines",
    "read_municipalities",
    "read_polygons",
    "read_published_waits",
    "read_region_shares",
    "read_regions",
]
