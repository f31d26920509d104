"""Regions, municipalities and their outlines."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from providers.reference.tables import (
    DATA,
    Line,
    UnreadableReference,
    read_lines,
    refuse_doubles,
)

Ring = tuple[tuple[float, float], ...]
"""Closed outline: (longitude, latitude) in degrees WGS84, first point repeated last."""

REGION_COLUMNS = (
    "lanskod",
    "region",
    "lan",
    "iso_3166_2",
    "folkmangd_2023_12_31",
    "samverkansregion",
    "orgnr",
    "orgnr_kalla",
)
MUNICIPALITY_COLUMNS = ("kommunkod", "kommun", "lanskod", "samverkansregion", "kalla")
POLYGON_FILES = {
    "region": ("lan.geojson", "lan_kod", "lan"),
    "municipality": ("kommun.geojson", "kommun_kod", "kommun"),
}


@dataclass(frozen=True, kw_only=True)
class RegionRow:
    """A region; `population` on 2023-12-31, `org_number_source` says how sure the number is."""

    code: str
    name: str
    county: str
    iso_code: str
    population: int
    collaboration_region: str
    org_number: str
    org_number_source: str


@dataclass(frozen=True, kw_only=True)
class MunicipalityRow:
    """A municipality, the region it lies in and where the row comes from."""

    code: str
    name: str
    region: str
    collaboration_region: str
    source: str


@dataclass(frozen=True, kw_only=True)
class Polygon:
    """The outline of a region or municipality: one ring per part."""

    code: str
    name: str
    rings: tuple[Ring, ...]

    def centroid(self) -> tuple[float, float]:
        """Area-weighted centre of all parts as (latitude, longitude) in degrees."""
        parts = [_moments(ring) for ring in self.rings]
        area = sum(part[0] for part in parts)
        lon = sum(part[1] for part in parts) / area
        lat = sum(part[2] for part in parts) / area
        return lat, lon


def _moments(ring: Ring) -> tuple[float, float, float]:
    """Area and first moments of one part (shoelace formula), whichever way round it runs."""
    area = lon = lat = 0.0
    for (x1, y1), (x2, y2) in zip(ring, ring[1:], strict=False):
        cross = x1 * y2 - x2 * y1
        area += cross / 2
        lon += (x1 + x2) * cross / 6
        lat += (y1 + y2) * cross / 6
    return (area, lon, lat) if area >= 0 else (-area, -lon, -lat)


def read_regions(path: Path = DATA / "regioner.csv") -> tuple[RegionRow, ...]:
    """The 21 regions in code order; raises UnreadableReference."""
    lines = tuple(read_lines(path, REGION_COLUMNS))
    rows = tuple(_region(line) for line in lines)
    refuse_doubles([(line, row.code) for line, row in zip(lines, rows, strict=True)], "lanskod")
    return rows


def _region(line: Line) -> RegionRow:
    return RegionRow(
        code=line.digits("lanskod", 2),
        name=line.text("region"),
        county=line.text("lan"),
        iso_code=line.text("iso_3166_2"),
        population=line.whole("folkmangd_2023_12_31"),
        collaboration_region=line.text("samverkansregion"),
        org_number=line.digits("orgnr", 10),
        org_number_source=line.text("orgnr_kalla"),
    )


def read_municipalities(path: Path = DATA / "kommuner.csv") -> tuple[MunicipalityRow, ...]:
    """The 290 municipalities in code order; raises UnreadableReference."""
    lines = tuple(read_lines(path, MUNICIPALITY_COLUMNS))
    rows = tuple(_municipality(line) for line in lines)
    refuse_doubles([(line, row.code) for line, row in zip(lines, rows, strict=True)], "kommunkod")
    return rows


def _municipality(line: Line) -> MunicipalityRow:
    code, region = line.digits("kommunkod", 4), line.digits("lanskod", 2)
    if not code.startswith(region):
        raise line.fault("lanskod", f"{region!r} does not begin the municipality code {code!r}")
    return MunicipalityRow(
        code=code,
        name=line.text("kommun"),
        region=region,
        collaboration_region=line.text("samverkansregion"),
        source=line.text("kalla"),
    )


def read_polygons(
    level: Literal["region", "municipality"], folder: Path = DATA
) -> tuple[Polygon, ...]:
    """The outlines of all regions or municipalities in file order; raises UnreadableReference."""
    name, code_key, name_key = POLYGON_FILES[level]
    try:
        features = json.loads((folder / name).read_text(encoding="utf-8"))["features"]
    except (OSError, KeyError, ValueError) as error:
        raise UnreadableReference(
            file=name, line=1, column="features", problem=repr(error)
        ) from error
    return tuple(
        _polygon(name, number, feature, (code_key, name_key))
        for number, feature in enumerate(features, start=1)
    )


def _polygon(file: str, number: int, feature: Mapping[str, Any], keys: tuple[str, str]) -> Polygon:
    """One feature; GeoJSON has no lines, so the error names the feature by its number."""
    try:
        code, name = (feature["properties"][key] for key in keys)
        parts = feature["geometry"]["coordinates"]
        rings = tuple(tuple((float(x), float(y)) for x, y in part[0]) for part in parts)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise UnreadableReference(
            file=file, line=f"feature {number}", column="geometry", problem=repr(error)
        ) from error
    return Polygon(code=code, name=name, rings=rings)
