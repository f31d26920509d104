"""One cell at a time: days, clocks, lengths and words as Swedes and their programs write them."""

import re
from datetime import date, datetime, time, timedelta

from providers.files.faults import RowFault, Unreadable
from providers.files.lines import Cell

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan januari january",
            "feb februari february",
            "mar mars march",
            "apr april",
            "maj may",
            "jun juni june",
            "jul juli july",
            "aug augusti august",
            "sep sept september",
            "okt oktober oct october",
            "nov november",
            "dec december",
        ),
        start=1,
    )
    for name in names.split()
}
ISO_DAY = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})", re.ASCII)
PLAIN_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
SWEDISH_DAY = re.compile(r"(\d{1,2})([-/.])(\d{1,2})(?:\2| )\s*(\d{4})", re.ASCII)
WORDED_DAY = re.compile(r"(\d{1,2})[.:]?[ae]? ([a-z]{3,9})\.? (\d{4})", re.ASCII)
CLOCK = re.compile(
    r"(?:kl\.? ?)?(\d{1,2})[:.](\d{2})(?::00)?(?: ?(sommartid|vintertid|normaltid|[+]0[12]:00))?",
    re.ASCII,
)
FOLDS = {"sommartid": 0, "+02:00": 0, "vintertid": 1, "normaltid": 1, "+01:00": 1}
WHOLE = re.compile(r"\d{1,5}(?:[.,]0+)?", re.ASCII)
FIRST_OF_FORMULA = "=@\t\r"
SIGNED = re.compile(r"[+-]\s*[\d.,]", re.ASCII)
LONGEST_TEXT = 200
MINUTES = (5, 24 * 60)
PLACES = (1, 50)


def text(cell: Cell) -> str:
    """The cell's words; raises Unreadable for what a spreadsheet would compute."""
    if cell is None:
        return ""
    words = str(cell).strip()
    if words.startswith(tuple(FIRST_OF_FORMULA)):
        raise Unreadable(RowFault.FORMULA)
    if words[:1] in {"+", "-"} and not SIGNED.match(words):
        raise Unreadable(RowFault.FORMULA)
    return words[: LONGEST_TEXT + 1]


def day(cell: Cell) -> date:
    """A Swedish day: 2026-12-01, 1/12 2026, 1.12.2026, 1 december 2026, or a date of Excel."""
    if isinstance(cell, datetime):
        if cell.time() != time():
            raise Unreadable(RowFault.DAY_UNREADABLE)
        return cell.date()
    if isinstance(cell, date):
        return cell
    words = text(cell).lower()
    if not words:
        raise Unreadable(RowFault.DAY_MISSING)
    try:
        return date(*_numbers_of(words))
    except ValueError:
        raise Unreadable(RowFault.DAY_UNREADABLE) from None


def clock(cell: Cell) -> tuple[time, int | None]:
    """A time of day, and which of the two is meant where it says so: 0 the first, 1 the second."""
    found = _excel_clock(cell)
    if found is not None:
        return found, None
    words = text(cell).lower()
    if not words:
        raise Unreadable(RowFault.TIME_MISSING)
    match = CLOCK.fullmatch(words)
    if match is None or int(match[1]) > 23 or int(match[2]) > 59:
        raise Unreadable(RowFault.TIME_UNREADABLE)
    return time(int(match[1]), int(match[2])), FOLDS.get(match[3])


def minutes(cell: Cell) -> int | None:
    """A length in minutes; None where none is given."""
    return _whole(cell, MINUTES, RowFault.LENGTH_UNREADABLE)


def places(cell: Cell) -> int:
    """How many patients one time receives; one where nothing is said."""
    return _whole(cell, PLACES, RowFault.PLACES_UNREADABLE) or 1


def _numbers_of(words: str) -> tuple[int, int, int]:
    """Year, month, day; raises ValueError."""
    if match := ISO_DAY.fullmatch(words):
        return int(match[1]), int(match[3]), int(match[4])
    if match := PLAIN_DAY.fullmatch(words):
        return int(match[1]), int(match[2]), int(match[3])
    if match := SWEDISH_DAY.fullmatch(words):
        return int(match[4]), int(match[3]), int(match[1])
    if match := WORDED_DAY.fullmatch(words):
        return int(match[3]), MONTHS.get(match[2], 0), int(match[1])
    raise ValueError


def _excel_clock(cell: Cell) -> time | None:
    """The time of a cell that Excel calls a time; None for words."""
    if cell is None or isinstance(cell, str):
        return None
    if isinstance(cell, datetime) and cell.year <= 1904:
        cell = cell.time()
    if isinstance(cell, time):
        cell = timedelta(
            hours=cell.hour, minutes=cell.minute, seconds=cell.second + cell.microsecond / 1e6
        )
    if isinstance(cell, float):
        cell = timedelta(days=cell) if abs(cell) < 2 else None
    if not isinstance(cell, timedelta):
        raise Unreadable(RowFault.TIME_UNREADABLE)
    return _of_day(cell)


def _of_day(since_midnight: timedelta) -> time:
    """A whole minute of the day; a spreadsheet's own rounding is taken away."""
    found = round(since_midnight / timedelta(minutes=1))
    if not 0 <= found < 24 * 60 or abs(since_midnight - timedelta(minutes=found)) > timedelta(
        seconds=1
    ):
        raise Unreadable(RowFault.TIME_UNREADABLE)
    return time(*divmod(found, 60))


def _whole(cell: Cell, bounds: tuple[int, int], fault: RowFault) -> int | None:
    if isinstance(cell, bool | date | time | timedelta):
        raise Unreadable(fault)
    words = text(cell)
    if not words:
        return None
    if not WHOLE.fullmatch(words) or not bounds[0] <= int(re.split("[.,]", words)[0]) <= bounds[1]:
        raise Unreadable(fault)
    return int(re.split("[.,]", words)[0])
