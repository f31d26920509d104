"""The waiting statistics of 31 December 2020 (SOU 2021:59, bilaga 2 and figure 9.2)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from providers.reference.catalogue import read_cares
from providers.reference.places import read_regions
from providers.reference.tables import DATA, Line, UnreadableReference, read_lines

AS_OF = date(2020, 12, 31)
POPULATION = "hela riket, inkl. patientvald väntan (PVV), exkl. medicinskt orsakad väntan (MOV)"
THRESHOLDS = {"gt180d": 180, "gt1y": 365}
DIMENSIONS = {"region", "vardomrade"}
MEASURES = {"first_visit", "operation"}
TOTAL = "Totalt"
SUPPRESSED = "count(blank=suppressed <10)"
WAIT_COLUMNS = (
    "measure",
    "threshold",
    "dimension",
    "name",
    SUPPRESSED,
    "share_of_all_pct",
    "share_within_unit_pct",
    "source_line",
)
SHARE_FILES = {
    "first_visit": "bilaga2_t5_first_visit_gt1y_region_x_area_pct.csv",
    "operation": "bilaga2_t11_operation_gt1y_region_x_area_pct.csv",
}
CATALOGUE_SOURCE = {
    "first_visit": "SOU 2021:59 bilaga 2 table 2",
    "operation": "SOU 2021:59 bilaga 2 table 8",
}
OPERATION_PREFIX = "Operation eller åtgärd: "
AREA_SPELLINGS = {"Öron, näsa, hals": "Öron, näs och hals"}
"""Table 11 spells one area otherwise than tables 8 and 10."""
REGION_SPELLINGS = {"Västra Götaland": "Västra Götalandsregionen"}
AGE_GROUPS = ("0-19", "20-39", "40-59", "60-79", "80+")


@dataclass(frozen=True, kw_only=True)
class PublishedWaitRow:
    """How many waited longer than `over_days` in one region, one care, or (neither) the country.

    `n` is None where the source prints ** (fewer than ten): it stays unknown. Shares are whole
    percent: of all who waited that long in the country, and of all who waited in the unit.
    """

    measure: str
    over_days: int
    region: str | None
    care: str | None
    n: int | None
    share_of_all_pct: int
    share_within_pct: int
    source_line: int
    as_of: date = AS_OF
    population: str = POPULATION


@dataclass(frozen=True, kw_only=True)
class RegionShareRow:
    """Percent of those who waited over one year for `care` that waited in `region`."""

    measure: str
    region: str
    care: str
    percent: int
    source_line: int


@dataclass(frozen=True, kw_only=True)
class AgeTable:
    """Counts by sex ("K", "M") and age group (AGE_GROUPS) over 180, 365, 730 and 1095 days.

    16 regions, patient-chosen and medical waits included: another population than the other tables.
    A suppressed cell is None.
    """

    measure: str
    over_days: int
    women: tuple[int | None, ...]
    men: tuple[int | None, ...]


def read_published_waits(
    path: Path = DATA / "bilaga2_longwaiters_dec2020.csv",
) -> tuple[PublishedWaitRow, ...]:
    """Tables 1–4 and 7–10, totals included (no region and no care); raises UnreadableReference."""
    regions, cares = _regions_by_name(), _cares_by_area()
    return tuple(_wait(line, regions, cares) for line in read_lines(path, WAIT_COLUMNS))


def _wait(
    line: Line, regions: Mapping[str, str], cares: Mapping[tuple[str, str], str]
) -> PublishedWaitRow:
    measure = line.choice("measure", MEASURES)
    region, care = _unit(line, regions, cares)
    return PublishedWaitRow(
        measure=measure,
        over_days=THRESHOLDS[line.choice("threshold", THRESHOLDS)],
        region=region,
        care=care,
        n=line.maybe_whole(SUPPRESSED),
        share_of_all_pct=line.whole("share_of_all_pct"),
        share_within_pct=line.whole("share_within_unit_pct"),
        source_line=line.whole("source_line"),
    )


def _unit(
    line: Line, regions: Mapping[str, str], cares: Mapping[tuple[str, str], str]
) -> tuple[str | None, str | None]:
    name = line.text("name")
    if name == TOTAL:
        return None, None
    if line.choice("dimension", DIMENSIONS) == "region":
        return _known(line, "name", regions.get(name)), None
    return None, _known(line, "name", cares.get((line.text("measure"), name)))


def _known(line: Line, column: str, code: str | None) -> str:
    if code is None:
        raise line.fault(column, "names neither a region nor a care of the catalogue")
    return code


def _regions_by_name() -> dict[str, str]:
    """Länskod by the name that the tables print ("Skåne", "Örebro län")."""
    by_name = {row.name.removeprefix("Region "): row.code for row in read_regions()}
    return by_name | {short: by_name[full] for short, full in REGION_SPELLINGS.items()}


def _cares_by_area() -> dict[tuple[str, str], str]:
    """Care code by measure and the vårdområde that the tables print."""
    return {
        (measure, row.name_sv.removeprefix(OPERATION_PREFIX)): row.code
        for measure, source in CATALOGUE_SOURCE.items()
        for row in read_cares()
        if row.source == source
    }


def read_region_shares(folder: Path = DATA) -> tuple[RegionShareRow, ...]:
    """Tables 5 and 11; beyond the first, a column's area is inferred (see data/README.md)."""
    regions, cares = _regions_by_name(), _cares_by_area()
    return tuple(
        RegionShareRow(
            measure=measure,
            region=_known(line, "region", regions.get(line.text("region"))),
            care=_known(line, area, cares.get((measure, AREA_SPELLINGS.get(area, area)))),
            percent=line.whole(area),
            source_line=line.whole("source_line"),
        )
        for measure, file in SHARE_FILES.items()
        for line in read_lines(folder / file, ("region", "source_line"))
        if line.cells["region"] != "Summa"
        for area in line.cells
        if area not in {"region", "source_line"}
    )


def read_age_tables(path: Path = DATA / "sou-tables.json") -> tuple[AgeTable, ...]:
    """Tables 6 and 12; raises UnreadableReference."""
    tables = _json(path)["bilaga2"]
    return tuple(
        AgeTable(
            measure=measure,
            over_days=days,
            women=_counts(path, table, tables[table][key], "K"),
            men=_counts(path, table, tables[table][key], "M"),
        )
        for table, measure in (("t6", "first_visit"), ("t12", "operation"))
        for key, days in (("over_180d", 180), ("over_1y", 365), ("over_2y", 730), ("over_3y", 1095))
    )


def _counts(path: Path, table: str, rows: Mapping[str, Any], sex: str) -> tuple[int | None, ...]:
    counts = tuple(rows[sex])[: len(AGE_GROUPS)]
    if len(counts) < len(AGE_GROUPS) or not all(n is None or isinstance(n, int) for n in counts):
        raise UnreadableReference(
            file=path.name, line=f"bilaga2.{table}", column=sex, problem="five counts are needed"
        )
    return counts


def read_bup_first_visits(path: Path = DATA / "sou-tables.json") -> Mapping[str, int]:
    """Figure 9.2: who waited for a first visit to BUP, by length of wait."""
    figure = _json(path)["figure_9_2_bup"]
    return dict(zip(figure["buckets"], figure["första besök"], strict=True))


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UnreadableReference(file=path.name, line=1, column="-", problem=str(error)) from error
