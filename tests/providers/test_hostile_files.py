"""Hostile files are refused whole with a clear reason, hostile rows alone; nothing falls over."""

import contextlib
import io
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.errors import Refusal
from providers.errors import TooMany
from providers.files.faults import RowFault, UnusableFile
from providers.files.lines import Limits, opened
from providers.files.reading import Desk, line_of, rows_of
from providers.patterns import SWEDEN
from providers.staging import StagedRow
from tests.providers.hostile import BIG, CSV_HEAD, FILES, LINE, book, good_row

CLINIC, OTHER = UUID(int=1), UUID(int=2)
LIMITS = Limits(bytes_sent=10_000_000, bytes_unpacked=BIG)
DESK = Desk(
    clinic=CLINIC,
    clinics={"SE1-A": CLINIC, "SE1-B": OTHER},
    cares={
        "besok-ogon": ("besok-ogon", "open"),
        "besök: ögon": ("besok-ogon", "open"),
        "op": ("op", "inpatient_or_day"),
    },
)


def naive(year: int, month: int = 1, day: int = 1, hour: int = 0) -> datetime:
    """What Excel's cells and clocks on a wall say: no time zone."""
    return datetime(year, month, day, hour, tzinfo=UTC).replace(tzinfo=None)


def read(content: bytes) -> list[StagedRow]:
    return list(rows_of(opened(io.BytesIO(content), LIMITS), DESK, most=2000))


def told(**cells: str) -> StagedRow:
    """What is read of one row of a CSV file."""
    row = {"vård": "besok-ogon", "dag": "2027-01-11", "start": "09:30", "slut": "", "minuter": "30"}
    row |= {"form": "", "antal": "", "nyckel": "", "mottagning": ""} | cells
    return read(f"{';'.join(row)}\n{';'.join(row.values())}\n".encode())[0]


@pytest.mark.parametrize("name", FILES)
def test_a_hostile_file_is_refused_whole_with_its_reason(name, tmp_path):
    code, make = FILES[name]
    path = tmp_path / name
    path.write_bytes(make())
    with path.open("rb") as file, pytest.raises(Refusal) as refused:
        list(rows_of(opened(file, LIMITS), DESK, most=2000))
    assert refused.value.code == code


def test_the_same_file_without_its_fault_is_read():
    assert [row.problem for row in read((CSV_HEAD + LINE).encode())] == [""]
    assert [row.problem for row in read(book(good_row()))] == [""]


@pytest.mark.parametrize(
    ("cells", "fault"),
    [
        ({"vård": "=HYPERLINK(1)"}, RowFault.FORMULA),
        ({"vård": "@SUM(A1)"}, RowFault.FORMULA),
        ({"nyckel": "+cmd|calc"}, RowFault.FORMULA),
        ({"dag": "-A1"}, RowFault.FORMULA),
        ({"start": "=NOW()"}, RowFault.FORMULA),
        ({"vård": ""}, RowFault.CARE_MISSING),
        ({"vård": "healing"}, RowFault.CARE_UNKNOWN),
        ({"form": "halvöppen"}, RowFault.FORM_UNKNOWN),
        ({"mottagning": "SE1-C"}, RowFault.CLINIC_UNKNOWN),
        ({"dag": ""}, RowFault.DAY_MISSING),
        ({"dag": "2027-02-30"}, RowFault.DAY_UNREADABLE),
        ({"dag": "11/1/27"}, RowFault.DAY_UNREADABLE),
        ({"dag": "0001-01-01"}, RowFault.DAY_UNREADABLE),
        ({"dag": "9999-12-31"}, RowFault.DAY_UNREADABLE),
        ({"start": ""}, RowFault.TIME_MISSING),
        ({"start": "-09:30"}, RowFault.TIME_UNREADABLE),
        ({"start": "24:00"}, RowFault.TIME_UNREADABLE),
        ({"start": "9:60"}, RowFault.TIME_UNREADABLE),
        ({"start": "09:30 sommartid"}, RowFault.TIME_UNREADABLE),
        ({"minuter": ""}, RowFault.LENGTH_MISSING),
        ({"minuter": "-30"}, RowFault.LENGTH_UNREADABLE),
        ({"minuter": "0"}, RowFault.LENGTH_UNREADABLE),
        ({"minuter": "1e9"}, RowFault.LENGTH_UNREADABLE),
        ({"minuter": "٣٠"}, RowFault.LENGTH_UNREADABLE),
        ({"slut": "10:30"}, RowFault.LENGTHS_DISAGREE),
        ({"antal": "51"}, RowFault.PLACES_UNREADABLE),
        ({"antal": "-1"}, RowFault.PLACES_UNREADABLE),
        ({"nyckel": "k" * 78}, RowFault.KEY_UNREADABLE),
        ({"nyckel": "a\u202eb"}, RowFault.KEY_UNREADABLE),
        ({"dag": "2027-03-28", "start": "02:30"}, RowFault.TIME_SKIPPED),
        ({"dag": "2027-10-31", "start": "02:30"}, RowFault.TIME_TWICE),
        ({"dag": "2027-10-31", "start": "01:30", "slut": "02:30", "minuter": ""}, RowFault.TIME_TWICE),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_read_says_why(cells, fault):
    assert told(**cells).problem == fault


@pytest.mark.parametrize(
    "day", ["2027-01-11", "20270111", "2027/1/11", "11/1 2027", "11.1.2027", "11-01-2027", "11 januari 2027",
            "11 jan. 2027"],
)  # fmt: skip
@pytest.mark.parametrize(
    "clock", ["09:30", "9.30", "kl 9:30", "kl. 09.30", "09:30:00", "09:30 vintertid"]
)
def test_days_and_clocks_are_read_as_swedes_write_them(day, clock):
    assert told(dag=day, start=clock).starts_at == datetime(2027, 1, 11, 8, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "hour"),
    [("sommartid", 0), ("+02:00", 0), ("normaltid", 1), ("vintertid", 1), ("+01:00", 1)],
)
def test_of_the_hour_that_comes_twice_the_row_says_which(said, hour):
    row = told(dag="2027-10-31", start=f"02:30 {said}")
    assert row.starts_at == datetime(2027, 10, 31, hour, 30, tzinfo=UTC)


def test_a_length_over_a_change_of_clock_is_real_minutes():
    row = told(dag="2027-03-28", start="01:30", minuter="60")
    assert row.ends_at == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)
    assert row.ends_at.astimezone(SWEDEN).time() == time(3, 30)


@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("letters", ["utf-8", "utf-8-sig", "windows-1252"])
def test_separators_and_letters_are_found(separator, letters):
    content = "Vård;Dag;Start;Minuter\nBesök: ögon;2027-01-11;09:30;30\n".replace(";", separator)
    assert [row.care for row in read(content.encode(letters))] == ["besok-ogon"]


def test_three_patients_on_a_row_are_three_places_of_that_line():
    rows = read(f"{CSV_HEAD.strip()};Antal\n\n{LINE.strip()};3\n".encode())
    assert [line_of(row.index) for row in rows] == [3, 3, 3]
    assert len({row.source_key for row in rows}) == 3


def test_a_row_may_name_another_of_ones_own_clinics():
    assert told(mottagning="se1-b").clinic == OTHER


@pytest.mark.parametrize(
    ("cells", "fault"),
    [
        ({"minutes": "=1+1"}, RowFault.FORMULA),
        ({"day": -1}, RowFault.DAY_UNREADABLE),
        ({"day": naive(2027, 1, 11, 9)}, RowFault.DAY_UNREADABLE),
        ({"start": -0.5}, RowFault.TIME_UNREADABLE),
        ({"start": timedelta(days=-1)}, RowFault.TIME_UNREADABLE),
        ({"start": timedelta(hours=25)}, RowFault.TIME_UNREADABLE),
        ({"start": True}, RowFault.TIME_UNREADABLE),
        ({"minutes": -30}, RowFault.LENGTH_UNREADABLE),
        ({"minutes": 30.5}, RowFault.LENGTH_UNREADABLE),
        ({"minutes": True}, RowFault.LENGTH_UNREADABLE),
    ],
)
def test_a_cell_of_excel_that_is_no_time_says_why(cells, fault):
    assert read(book(good_row(**cells)))[0].problem == fault


@pytest.mark.parametrize("start", [time(9, 30), "9:30", 9.5 / 24, timedelta(hours=9.5)])
@pytest.mark.parametrize("day", [date(2027, 1, 11), naive(2027, 1, 11), "2027-01-11"])
def test_days_and_clocks_of_excel_are_read_in_every_shape(day, start):
    (row,) = read(book(good_row(day=day, start=start)))
    assert (row.problem, row.starts_at) == ("", datetime(2027, 1, 11, 8, 30, tzinfo=UTC))


@settings(max_examples=300)
@given(st.binary(max_size=600) | st.text(max_size=400).map(lambda text: (CSV_HEAD + text).encode()))
def test_no_bytes_at_all_make_the_reader_fall_over(content):
    try:
        rows = read(content)
    except (UnusableFile, TooMany):
        return
    assert all(row.problem or row.starts_at for row in rows)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), min_size=1, max_size=6))
def test_a_damaged_excel_file_is_read_or_refused(damage):
    content = bytearray(book(good_row(), good_row()))
    for where, byte in damage:
        content[int(where * len(content))] = byte
    with contextlib.suppress(UnusableFile, TooMany):
        read(bytes(content))


@given(
    st.datetimes(naive(2026), naive(2035)).map(lambda m: m.replace(second=0, microsecond=0)),
    st.integers(5, 1440),
)  # fmt: skip
def test_every_minute_that_swedish_clocks_show_once_comes_back_as_it_was_written(shown, minutes):
    row = told(dag=shown.date().isoformat(), start=f"{shown:%H:%M}", minuter=str(minutes))
    if row.problem:
        assert row.problem in {RowFault.TIME_SKIPPED, RowFault.TIME_TWICE}
        assert shown.month in {3, 10}
        assert shown.hour == 2
    else:
        assert row.starts_at.astimezone(SWEDEN).replace(tzinfo=None) == shown
        assert row.ends_at - row.starts_at == timedelta(minutes=minutes)
