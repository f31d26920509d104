"""A file of times, row by row: its headings found, each row a place or the reason why it is none."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from uuid import UUID

from providers.errors import TooMany
from providers.files import cells
from providers.files.faults import (
    FileColumnsMissing,
    FileColumnsUnknown,
    FileEmpty,
    RowFault,
    Unreadable,
)
from providers.files.lines import Cell, Line, Table
from providers.patterns import SWEDEN, Spot, comes_twice, own_key, swedish_moment
from providers.staging import LONGEST_KEY, StagedRow

HEADINGS: Mapping[str, tuple[str, ...]] = {
    "care": ("vård", "vard", "care"),
    "form": ("form", "vårdform", "vardform"),
    "day": ("dag", "datum", "day", "date"),
    "starts": ("start", "börjar", "klockan", "från", "starts", "from"),
    "ends": ("slut", "slutar", "till", "ends", "to"),
    "minutes": ("minuter", "längd", "minutes", "length"),
    "places": ("antal", "platser", "places"),
    "key": ("nyckel", "key"),
    "clinic": ("mottagning", "hsa-id", "clinic"),
    "mode": ("besökssätt", "besöksform", "mode"),
}
"""The columns, and what they may be called; the first name is the template's."""
NEEDED = ("care", "day", "starts")
FORMS = {
    "": "",
    "öppen": "open",
    "öppen vård": "open",
    "open": "open",
    "sluten": "inpatient",
    "sluten vård": "inpatient",
    "inpatient": "inpatient",
}
MODES = {
    "": "on_site",
    "på plats": "on_site",
    "on_site": "on_site",
    "video": "video",
    "på video": "video",
}
MOST_PLACES = cells.PLACES[1]
EITHER = "inpatient_or_day"


@dataclass(frozen=True, kw_only=True)
class Desk:
    """What the reader may take for known: the clinic that sends the file, clinics by HSA-id, cares.

    `cares` has the code and form of every care of the catalogue by its code and its names, in small letters.
    """

    clinic: UUID
    clinics: Mapping[str, UUID]
    cares: Mapping[str, tuple[str, str]]


def index_of(line: int, place: int) -> int:
    """Index of a staged row: the line in the file and the place on it (from 1), in one number."""
    return line * MOST_PLACES + place - 1


def line_of(index: int) -> int:
    """The line in the file that a staged row came from."""
    return index // MOST_PLACES


def rows_of(table: Table, desk: Desk, *, most: int) -> Iterator[StagedRow]:
    """The places that a file tells of; a row that cannot be read carries the reason.

    A row where only the care is filled in is one that nobody has used yet. Raises FileEmpty,
    FileColumnsMissing, FileColumnsUnknown, TooMany above `most` lines, or as `lines.opened` does.
    """
    head = next(table.lines, None)
    if head is None:
        raise FileEmpty
    columns = _columns(head)
    found = 0
    for line in table.lines:
        named = _named(columns, line)
        if not any(named[name] for name in named.keys() - {"care", "form", "mode", "clinic"}):
            continue
        found += 1
        if found > most:
            raise TooMany(most=most)
        yield from _places(line.number, named, desk)
    if not found:
        raise FileEmpty


def _columns(head: Line) -> list[str]:
    """The column that each heading stands for."""
    meanings = {word: name for name, words in HEADINGS.items() for word in words}
    words = [str(cell or "").strip().removesuffix(" *").lower() for cell in head.cells]
    columns = [meanings.get(word, "") for word in words]
    lacking = [HEADINGS[name][0] for name in NEEDED if name not in columns]
    if not {"ends", "minutes"} & set(columns):
        lacking.append(HEADINGS["minutes"][0])
    if lacking:
        raise FileColumnsMissing(columns=lacking)
    strange = [
        word for at, word in enumerate(words) if not columns[at] or columns[at] in columns[:at]
    ]
    if strange:
        raise FileColumnsUnknown(columns=[word[:40] for word in strange])
    return columns


def _named(columns: list[str], line: Line) -> dict[str, Cell]:
    filled = dict.fromkeys(HEADINGS, None) | dict(zip(columns, line.cells, strict=False))
    return {name: None if cell == "" else cell for name, cell in filled.items()}


def _places(number: int, named: dict[str, Cell], desk: Desk) -> Iterator[StagedRow]:
    try:
        yield from _read(number, named, desk)
    except Unreadable as unreadable:
        shown = named["care"] if isinstance(named["care"], str) else ""
        yield StagedRow(index_of(number, 1), care=shown, problem=unreadable.fault.value)


def _read(number: int, named: dict[str, Cell], desk: Desk) -> Iterator[StagedRow]:
    care, form = _care(named, desk)
    clinic = _clinic(named, desk)
    spot = Spot(care, form, *_when(named), _mode(named["mode"]))
    count, key = cells.places(named["places"]), _key(named["key"])
    for place in range(1, count + 1):
        yield StagedRow(
            index=index_of(number, place),
            clinic=clinic,
            source_key=f"{key}:{place}" if key else own_key(spot, place),
            **spot._asdict(),
        )


def _care(named: dict[str, Cell], desk: Desk) -> tuple[str, str]:
    """Code and form; the form is empty where the row should have said it."""
    words = cells.text(named["care"]).lower()
    if not words:
        raise Unreadable(RowFault.CARE_MISSING)
    if words not in desk.cares:
        raise Unreadable(RowFault.CARE_UNKNOWN)
    code, only = desk.cares[words]
    form = FORMS.get(cells.text(named["form"]).lower())
    if form is None:
        raise Unreadable(RowFault.FORM_UNKNOWN)
    return code, form or ("" if only == EITHER else only)


def _mode(cell: Cell) -> str:
    mode = MODES.get(cells.text(cell).lower())
    if mode is None:
        raise Unreadable(RowFault.MODE_UNKNOWN)
    return mode


def _clinic(named: dict[str, Cell], desk: Desk) -> UUID:
    words = cells.text(named["clinic"]).upper()
    if words and words not in desk.clinics:
        raise Unreadable(RowFault.CLINIC_UNKNOWN)
    return desk.clinics[words] if words else desk.clinic


def _key(cell: Cell) -> str:
    key = cells.text(cell)
    if len(key) > LONGEST_KEY - len(f":{MOST_PLACES}") or not key.isprintable():
        raise Unreadable(RowFault.KEY_UNREADABLE)
    return key


def _when(named: dict[str, Cell]) -> tuple[datetime, datetime]:
    """From when until when, as moments; one that ends before it begins is left to the rules of publishing."""
    on = cells.day(named["day"])
    starts_at = _moment(on, *cells.clock(named["starts"]))
    length = cells.minutes(named["minutes"])
    if named["ends"] is None:
        if length is None:
            raise Unreadable(RowFault.LENGTH_MISSING)
        return starts_at, starts_at + timedelta(minutes=length)
    ends_at = _moment(on, *cells.clock(named["ends"]))
    if length is not None and ends_at != starts_at + timedelta(minutes=length):
        raise Unreadable(RowFault.LENGTHS_DISAGREE)
    return starts_at, ends_at


def _moment(on: date, shown: time, fold: int | None) -> datetime:
    """The moment when Swedish clocks show that; an hour that comes twice must say which is meant."""
    if not 1900 < on.year < 2200:
        raise Unreadable(RowFault.DAY_UNREADABLE)
    offset = _offset_of(on)
    if offset is not None and fold is None:
        return datetime.combine(on, shown, UTC) - offset
    if comes_twice(on, shown):
        if fold is None:
            raise Unreadable(RowFault.TIME_TWICE)
        return datetime.combine(on, shown.replace(fold=fold), SWEDEN).astimezone(UTC)
    moment = swedish_moment(on, shown)
    if moment is None:
        raise Unreadable(RowFault.TIME_SKIPPED)
    if fold is not None and bool(moment.astimezone(SWEDEN).dst()) != (fold == 0):
        raise Unreadable(RowFault.TIME_UNREADABLE)
    return moment


@lru_cache(maxsize=1000)
def _offset_of(on: date) -> timedelta | None:
    """How far ahead of UTC Swedish clocks are all that day; None on a day when they change."""
    ends = (datetime.combine(on, clock, SWEDEN).utcoffset() for clock in (time(), time(23, 59)))
    first, last = ends
    return first if first == last else None
