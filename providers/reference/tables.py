"""A line of a shipped CSV file, read by column with errors that name file, line and column."""

import csv
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from accounts.errors import Refusal

DATA = Path(__file__).resolve().parent.parent / "data"


class UnreadableReference(Refusal):
    """A reference file could not be read."""

    code = "reference_unreadable"
    status = 422

    def __init__(self, *, file: str, line: int | str, column: str, problem: str) -> None:
        super().__init__(file=file, line=line, column=column, problem=problem)

    def __str__(self) -> str:
        return "{file}, line {line}, column {column}: {problem}".format(**self.data)


@dataclass(frozen=True)
class Line:
    """One data line: `file` is the bare name, `number` counts the header as line 1."""

    file: str
    number: int
    cells: Mapping[str, str]

    def fault(self, column: str, problem: str) -> UnreadableReference:
        """The error that points at one column of this line."""
        return UnreadableReference(file=self.file, line=self.number, column=column, problem=problem)

    def text(self, column: str) -> str:
        """The cell, which must not be empty."""
        if not self.cells[column]:
            raise self.fault(column, "is empty")
        return self.cells[column]

    def maybe(self, column: str) -> str | None:
        """The cell, or None when it is empty."""
        return self.cells[column] or None

    def digits(self, column: str, length: int) -> str:
        """A code of exactly `length` digits, leading zeros kept."""
        value = self.text(column)
        if len(value) != length or not (value.isascii() and value.isdigit()):
            raise self.fault(column, f"{value!r} is not a code of {length} digits")
        return value

    def whole(self, column: str) -> int:
        """A whole number, not negative."""
        value = self.text(column)
        if not (value.isascii() and value.isdigit()):
            raise self.fault(column, f"{value!r} is not a whole number")
        return int(value)

    def maybe_whole(self, column: str) -> int | None:
        """A whole number, or None when the cell is empty."""
        return self.whole(column) if self.cells[column] else None

    def day(self, column: str) -> date:
        """A date written YYYY-MM-DD."""
        try:
            return date.fromisoformat(self.text(column))
        except ValueError as error:
            raise self.fault(column, f"{self.cells[column]!r} is not a date") from error

    def choice(self, column: str, allowed: Collection[str]) -> str:
        """A cell that is one of the allowed values."""
        value = self.text(column)
        if value not in allowed:
            raise self.fault(column, f"{value!r} is not one of {', '.join(sorted(allowed))}")
        return value


def read_lines(path: Path, columns: Collection[str]) -> Iterator[Line]:
    """Every data line of a CSV file in UTF-8 whose header has at least `columns`.

    Raises UnreadableReference when the file is absent, a column is missing, or a line is too long
    or too short.
    """
    try:
        rows = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UnreadableReference(file=path.name, line=0, column="-", problem=str(error)) from error
    header = rows[0] if rows else []
    for column in columns:
        if column not in header:
            raise UnreadableReference(file=path.name, line=1, column=column, problem="is missing")
    for number, cells in enumerate(rows[1:], start=2):
        yield _line(path, number, header, cells)


def _line(path: Path, number: int, header: list[str], cells: list[str]) -> Line:
    if len(cells) != len(header):
        column = header[min(len(cells), len(header) - 1)]
        raise UnreadableReference(
            file=path.name,
            line=number,
            column=column,
            problem=f"the line has {len(cells)} cells, the header {len(header)}",
        )
    return Line(path.name, number, dict(zip(header, cells, strict=True)))


def refuse_doubles(lines: Collection[tuple[Line, str]], column: str) -> None:
    """Raise for the first line whose key was seen on an earlier line."""
    seen: dict[str, int] = {}
    for line, key in lines:
        if key in seen:
            raise line.fault(column, f"{key!r} already stands on line {seen[key]}")
        seen[key] = line.number
