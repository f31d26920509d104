"""Reads a query as numpy columns: the server packs each into one array, nothing is read row by row."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import psycopg
from django.db import connections, transaction

from brokering.selectors.need_profiles import MATCHER

Column = npt.NDArray[Any]
HEAD, PER_DIMENSION = 12, 8
"""Bytes before the elements of an array as PostgreSQL sends it: dimensions, flags, type; then sizes."""

DAYS_BEFORE = 730_120
"""The proleptic ordinal of 2000-01-01, from which PostgreSQL counts days and microseconds."""
NO_DAY = np.iinfo(np.int32).min
"""-infinity: a date that is not there."""


@dataclass(frozen=True)
class Kind:
    """How a column is cast on the server, and what its elements are on the wire and here."""

    cast: str
    wire: str
    here: str


SMALL = Kind("smallint", ">i2", "i4")
WHOLE = Kind("integer", ">i4", "i4")
LARGE = Kind("bigint", ">i8", "i8")
REAL = Kind("double precision", ">f8", "f8")
TRUTH = Kind("boolean", "?", "?")
UUID = Kind("uuid", "V16", "V16")
DAY = Kind("date", ">i4", "i4")
"""Days from there; ask for `coalesce(…, '-infinity')` where there may be none."""
MOMENT = Kind("timestamptz", ">i8", "i8")
"""Microseconds from there."""


@contextmanager
def one_moment() -> Iterator[psycopg.Cursor[Any]]:
    """A cursor of the matching role that sees the database as it was at one moment, and changes nothing."""
    with transaction.atomic(using=MATCHER):
        connection = connections[MATCHER].connection
        # Django binds on the client, which leaves no room for binary answers.
        with psycopg.Cursor(connection) as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute("SET LOCAL work_mem = '128MB'")
            yield cursor


def columns(
    cursor: psycopg.Cursor[Any],
    wanted: Mapping[str, tuple[str, Kind]],
    source: str,
    known: Mapping[str, Any],
) -> dict[str, Column]:
    """The columns of `source` (from FROM on), all in one order; no expression may be null."""
    packed = ", ".join(f"array_agg(({sql})::{kind.cast})" for sql, kind in wanted.values())
    cursor.execute(f"SELECT {packed} {source}", known, prepare=False, binary=True)
    result = cursor.pgresult
    assert result is not None
    return {
        name: _column(result.get_value(0, number), kind)
        for number, (name, (_, kind)) in enumerate(wanted.items())
    }


def _column(packed: bytes | None, kind: Kind) -> Column:
    wire = np.dtype(kind.wire)
    if packed is None:
        return np.zeros(0, kind.here)
    element = np.dtype([("size", ">i4"), ("value", wire)])
    found = np.frombuffer(packed, element, offset=HEAD + PER_DIMENSION)["value"]
    return found.astype(kind.here)


def halves(keys: Column) -> tuple[Column, Column]:
    """The two halves of opaque keys as numbers: sorted by them, keys stand as their texts do."""
    both = np.ascontiguousarray(keys).view(">u8").reshape(-1, 2)
    return both[:, 0].astype(np.uint64), both[:, 1].astype(np.uint64)


def positions(keys: Column, among: Column) -> Column:
    """Where each key stands in `among` (each once there, in any order); -1 where it does not."""
    if not len(keys) or not len(among):
        return np.full(len(keys), -1, np.int64)
    high, low = halves(among)
    order = np.argsort(high)
    ascending = high[order]
    if (ascending[1:] == ascending[:-1]).any():
        return _positions_by_both(keys, among)
    # First halves tell these keys apart.
    wanted_high, wanted_low = halves(keys)
    at = order[np.minimum(np.searchsorted(ascending, wanted_high), len(order) - 1)]
    same = (high[at] == wanted_high) & (low[at] == wanted_low)
    return np.where(same, at, -1)


def _positions_by_both(keys: Column, among: Column) -> Column:
    """The same for any keys."""
    # A key's number is the same wherever it stands: both halves, sorted together with all others.
    together = np.concatenate((among, keys))
    high, low = halves(together)
    order = np.lexsort((low, high))
    same = (np.diff(high[order]) == 0) & (np.diff(low[order]) == 0)
    number = np.empty(len(together), np.int64)
    number[order] = np.concatenate(([0], np.cumsum(~same)))
    at = np.full(number.max() + 1, -1, np.int64)
    at[number[: len(among)]] = np.arange(len(among))
    found: Column = at[number[len(among) :]]
    return found
