"""Places on the wire, as lines of JSON or as one array: each item becomes a row, readable or not."""

import io
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

import ijson

from providers.errors import (
    BodyUnreadable,
    ClinicUnreadable,
    LineTooLong,
    LineUnreadable,
    TextUnreadable,
    TimeUnreadable,
)
from providers.staging import LONGEST_CARE, LONGEST_KEY, StagedRow

LONGEST_LINE = 4096
"""Bytes; an honest line has about 250."""
FORMS = {"open", "inpatient"}
MODES = {"on_site", "video"}


class Unread(Exception):
    """A value is not what it should be; holds the code of the refusal."""


class ItemReader:
    """Turns items into rows. A clinic's id is read once, however many places it has."""

    def __init__(self) -> None:
        self._clinics: dict[str, UUID] = {}

    def rows_of_lines(self, content: io.BufferedReader) -> Iterator[StagedRow]:
        """One row a line; empty lines count for nothing."""
        for index, line in enumerate(_lines(content)):
            yield self._row_of_line(index, line)

    def rows_of_array(self, content: io.BufferedReader) -> Iterator[StagedRow]:
        """One row an item of one array; raises BodyUnreadable where the JSON breaks, or is no array."""
        if not content.peek(1).lstrip().startswith(b"["):
            raise BodyUnreadable
        try:
            for index, item in enumerate(ijson.items(content, "item", use_float=True)):
                yield self._row(index, item)
        except (ijson.JSONError, UnicodeDecodeError) as error:
            raise BodyUnreadable from error

    def _row_of_line(self, index: int, line: bytes | None) -> StagedRow:
        if line is None:
            return StagedRow(index, problem=LineTooLong.code)
        try:
            return self._row(index, json.loads(line))
        except (ValueError, RecursionError):
            return StagedRow(index, problem=LineUnreadable.code)

    def _row(self, index: int, item: Any) -> StagedRow:
        if not isinstance(item, dict):
            return StagedRow(index, problem=LineUnreadable.code)
        try:
            return StagedRow(
                index,
                self._clinic(item.get("clinic")),
                _text(item.get("care"), LONGEST_CARE),
                _one_of(FORMS, item.get("form")),
                _moment(item.get("starts_at")),
                _moment(item.get("ends_at")),
                _text(item.get("source_key", ""), LONGEST_KEY),
                _one_of(MODES, item.get("mode")),
            )
        except Unread as error:
            return StagedRow(index, problem=str(error))

    def _clinic(self, value: Any) -> UUID:
        known = self._clinics.get(value) if isinstance(value, str) else None
        if known is not None:
            return known
        try:
            self._clinics[value] = UUID(value)
        except (ValueError, TypeError, AttributeError):
            raise Unread(ClinicUnreadable.code) from None
        return self._clinics[value]


def _moment(value: Any) -> datetime:
    """A moment with its offset from UTC; a time without one could be two moments, or none."""
    try:
        moment = datetime.fromisoformat(value)
    except (ValueError, TypeError):
        raise Unread(TimeUnreadable.code) from None
    if moment.tzinfo is None:
        raise Unread(TimeUnreadable.code)
    return moment


def _one_of(known: set[str], value: Any) -> str:
    """The value, one of the known; empty where nothing is said."""
    if value is None:
        return ""
    if not isinstance(value, str) or value not in known:
        raise Unread(TextUnreadable.code)
    return value


def _text(value: Any, longest: int) -> str:
    if not isinstance(value, str) or len(value) > longest:
        raise Unread(TextUnreadable.code)
    return value.strip()


def _lines(content: io.BufferedReader) -> Iterator[bytes | None]:
    """Every line that holds something; None for one that is longer than any honest line."""
    while line := content.readline(LONGEST_LINE + 1):
        if len(line) > LONGEST_LINE and not line.endswith(b"\n"):
            _skip_line(content)
            yield None
        elif line.strip():
            yield line


def _skip_line(content: io.BufferedReader) -> None:
    while (part := content.readline(LONGEST_LINE)) and not part.endswith(b"\n"):
        pass
