"""The shipped reference data is whole, and every fault names its file, line and column."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from providers.reference import (
    DATA,
    UnreadableReference,
    read_cares,
    read_municipalities,
    read_polygons,
    read_published_waits,
    read_region_shares,
    read_regions,
)


def broken(tmp_path: Path, name: str, old: str, new: str) -> Path:
    """A copy of a shipped file with the first occurrence of a text replaced."""
    text = (DATA / name).read_text(encoding="utf-8")
    assert old in text
    (tmp_path / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    return tmp_path / name


def test_there_are_21_regions_and_290_municipalities_inside_them() -> None:
    regions = {row.code for row in read_regions()}
    municipalities = read_municipalities()
    assert (len(regions), len(municipalities)) == (21, 290)
    assert {row.region for row in municipalities} == regions


def test_a_visit_and_an_operation_are_told_apart_by_name_in_each_language() -> None:
    cares = read_cares()
    for names in ([care.name_sv for care in cares], [care.name_en for care in cares]):
        assert len(set(names)) == len(names) > 60


@pytest.mark.parametrize(
    ("file", "old", "new", "line", "column", "read"),
    [
        ("regioner.csv", "03,Region Uppsala", "3,Region Uppsala", 3, "lanskod", read_regions),
        ("regioner.csv", "2454821", "many", 2, "folkmangd_2023_12_31", read_regions),
        ("regioner.csv", "orgnr_kalla", "kalla", 1, "orgnr_kalla", read_regions),
        ("kommuner.csv", "0115,Vallentuna,01", "0115,Vallentuna,03", 3, "lanskod", read_municipalities),
        ("kommuner.csv", "0115,Vallentuna", "0114,Vallentuna", 3, "kommunkod", read_municipalities),
        ("cares.csv", "besok-onh,Öron", "besok onh,Öron", 3, "code", read_cares),
        ("cares.csv", "open,ogon,besok", "open,ogon,snart", 2, "guarantee", read_cares),
        (
            "bilaga2_longwaiters_dec2020.csv",
            "region,Skåne",
            "region,Skone",
            3,
            "name",
            read_published_waits,
        ),
    ],
)  # fmt: skip
def test_a_fault_names_file_line_and_column(
    tmp_path: Path,
    file: str,
    old: str,
    new: str,
    line: int,
    column: str,
    read: Callable[[Path], object],
) -> None:
    with pytest.raises(UnreadableReference) as caught:
        read(broken(tmp_path, file, old, new))
    assert (caught.value.data["file"], caught.value.data["line"]) == (file, line)
    assert caught.value.data["column"] == column
    assert f"{file}, line {line}, column {column}" in str(caught.value)


def test_a_line_that_is_too_short_is_refused(tmp_path: Path) -> None:
    path = broken(
        tmp_path, "kommuner.csv", "0117,Österåker,01,Stockholm-Gotland,", "0117,Österåker,01,"
    )
    with pytest.raises(UnreadableReference, match="line 4"):
        read_municipalities(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableReference, match=r"regioner\.csv"):
        read_regions(tmp_path / "regioner.csv")


def test_a_broken_outline_is_named_by_its_feature(tmp_path: Path) -> None:
    broken(tmp_path, "lan.geojson", '"lan_kod":"03"', '"kod":"03"')
    with pytest.raises(UnreadableReference, match="feature 2"):
        read_polygons("region", tmp_path)


def test_suppressed_counts_stay_unknown() -> None:
    hidden = {
        (row.measure, row.over_days, row.region or row.care)
        for row in read_published_waits()
        if row.n is None
    }
    assert hidden == {
        ("first_visit", 180, "besok-hematologi"),
        ("first_visit", 365, "besok-hematologi"),
        ("first_visit", 365, "besok-njure"),
        ("first_visit", 365, "besok-reumatologi"),
        ("operation", 365, "09"),
    }


def test_a_published_zero_is_a_zero() -> None:
    rows = [
        row for row in read_published_waits() if row.region == "05" and row.measure == "operation"
    ]
    assert {row.over_days: row.n for row in rows} == {180: 591, 365: 0}


def test_both_copies_of_the_statistics_agree() -> None:
    """The CSV and the transcribed tables were made apart from each other."""
    tables = json.loads((DATA / "sou-tables.json").read_text(encoding="utf-8"))["bilaga2"]
    transcribed = {
        (table["measure"], table["over_days"], row["source_line"]): (
            row["n"],
            row["share_within_pct"],
        )
        for table in tables.values()
        for row in table.get("rows", [])
        if isinstance(row, dict)
    }
    read = {
        (row.measure, row.over_days, row.source_line): (row.n, row.share_within_pct)
        for row in read_published_waits()
        if row.region or row.care
    }
    assert read == transcribed


def test_shares_between_regions_cover_eight_cares_of_each_measure() -> None:
    rows = read_region_shares()
    assert len({row.care for row in rows}) == 16
    assert all(
        97 <= sum(r.percent for r in rows if r.care == care) <= 101
        for care in {r.care for r in rows}
    )


def test_every_municipality_has_an_outline_of_the_same_name() -> None:
    outlines = {polygon.code: polygon.name for polygon in read_polygons("municipality")}
    assert outlines == {row.code: row.name for row in read_municipalities()}


@pytest.mark.parametrize(
    ("code", "latitude", "longitude"),
    [("0180", 59.33, 18.0), ("2480", 63.9, 20.2), ("1280", 55.6, 13.0)],
)
def test_a_centre_lies_where_the_municipality_is(
    code: str, latitude: float, longitude: float
) -> None:
    polygon = next(row for row in read_polygons("municipality") if row.code == code)
    assert polygon.centroid() == pytest.approx((latitude, longitude), abs=0.15)
