"""One row on its way in, from a file, a call or a feed: as it was read, before anyone has judged it."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

UNREADABLE = "invalid"
"""Problem of a row whose values are no place at all; whoever reads the source may know a better code."""
LONGEST_CARE = 60
LONGEST_FORM = 10
LONGEST_MODE = 8
LONGEST_KEY = 80


class StagedRow(NamedTuple):
    """One place as its source told it.

    `index` is the row's own number in the source, from 0, each once. `problem` is the code of a refusal for a
    row that could not be read; what else it holds is then shown, never used. A row without `source_key` is a
    new place each time that it comes: a source that repeats itself names its places. Times are aware moments.
    """

    index: int  # type: ignore[assignment]  # nobody asks a row where a value stands in it
    clinic: UUID | None = None
    care: str = ""
    form: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    source_key: str = ""
    mode: str = ""
    problem: str = ""


def storable(rows: Iterable[StagedRow]) -> Iterable[StagedRow]:
    """The same rows; one that the database could not hold carries a problem instead of its values."""
    for row in rows:
        yield row if row.problem == "" and _holds(row) else _told(row)


def _holds(row: StagedRow) -> bool:
    starts, ends = row.starts_at, row.ends_at
    return (
        row.clinic is not None
        and starts is not None
        and ends is not None
        and _is_moment(starts)
        and _is_moment(ends)
        and _is_text(row.care, LONGEST_CARE)
        and _is_text(row.form, LONGEST_FORM)
        and _is_text(row.mode, LONGEST_MODE)
        and _is_text(row.source_key, LONGEST_KEY)
    )


def _told(row: StagedRow) -> StagedRow:
    """What can be shown of a row that cannot be used."""
    starts, ends = row.starts_at, row.ends_at
    return row._replace(
        care=row.care if _is_text(row.care, LONGEST_CARE) else "",
        form=row.form if _is_text(row.form, LONGEST_FORM) else "",
        mode=row.mode if _is_text(row.mode, LONGEST_MODE) else "",
        source_key=row.source_key if _is_text(row.source_key, LONGEST_KEY) else "",
        starts_at=starts if starts is not None and _is_moment(starts) else None,
        ends_at=ends if ends is not None and _is_moment(ends) else None,
        problem=row.problem or UNREADABLE,
    )


def _is_moment(moment: datetime) -> bool:
    """Whether it is one moment everywhere: it has an offset, and is a day in every time zone."""
    return 1 < moment.year < 9999 and moment.tzinfo is not None


def _is_text(text: str, longest: int) -> bool:
    """Whether the database can hold it: short enough, no NUL, no half characters."""
    if text.isascii():
        return len(text) <= longest and "\0" not in text
    return len(text) <= longest and "\0" not in text and not _has_half(text)


def _has_half(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)
