"""Reads a query as numpy columns: the server packs each into one array, nothing is read row by row."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
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
NO_DAY = int(np.iinfo(np.int32).min)
"""A date that is not there."""

AT_ONE_MOMENT = """
    SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY;
    SET LOCAL work_mem = '128MB';
    SET LOCAL max_parallel_workers_per_gather = 0;
    SET LOCAL jit = off
"""
"""Each round has its workers already; what is asked of many rows is little for each."""


@dataclass(frozen=True)
class Kind:
    """How a column is cast on the server, and what its elements are on the wire and here.

    Columns of few bits travel several to a number: what the server spends on an array is spent by element.
    """

    cast: str
    """Of an expression, `{}`."""
    wire: str
    here: str
    bits: int = 0
    """0: it travels alone."""


SMALL = Kind("({})::smallint", ">i2", "i4", 16)
WHOLE = Kind("({})::integer", ">i4", "i4", 32)
TRUTH = Kind("({})::integer", ">i4", "?", 1)
LARGE = Kind("({})::bigint", ">i8", "i8")
REAL = Kind("({})::double precision", ">f8", "f8")
UUID = Kind("({})::uuid", "V16", "V16")
DAY = Kind(f"coalesce(({{}}) - date '2000-01-01', {NO_DAY})", ">i4", "i4", 32)
"""Days from there; NO_DAY where there is none."""
MOMENT = Kind("({})::timestamptz", ">i8", "i8")
"""Microseconds from there."""
WORD = 64
"""Bits of a number that several columns share."""


@dataclass(frozen=True)
class Wanted:
    """An expression and its kind; with `where`, of those rows alone."""

    sql: str
    kind: Kind
    where: str = ""


@contextmanager
def one_moment() -> Iterator[psycopg.Cursor[Any]]:
    """A cursor of the matching role that sees the database as it was at one moment, and changes nothing."""
    with transaction.atomic(using=MATCHER):
        connection = connections[MATCHER].connection
        # Django binds on the client, which leaves no room for binary answers.
        with psycopg.Cursor(connection) as cursor:
            cursor.execute(AT_ONE_MOMENT, prepare=False)
            yield cursor


def columns(
    cursor: psycopg.Cursor[Any],
    wanted: Mapping[str, Wanted],
    source: str,
    known: Mapping[str, Any],
    *,
    prepare: bool = False,
) -> dict[str, Column]:
    """The columns of `source` (from FROM on), all in one order; no expression but a DAY may be null.

    With `prepare` the server keeps the statement and in time a plan for any values: none where those that
    are asked for decide how it is best read.
    """
    sent, packed = _packed_together(tuple(wanted.items()))
    cursor.execute(f"SELECT {packed} {source}", known, prepare=prepare, binary=True)
    result = cursor.pgresult
    assert result is not None
    found: dict[str, Column] = {}
    for number, names in enumerate(sent):
        found |= _received(wanted, names, result.get_value(0, number))
    return {name: found[name] for name in wanted}


@lru_cache(maxsize=100)
def _packed_together(wanted: tuple[tuple[str, Wanted], ...]) -> tuple[list[list[str]], str]:
    """Which columns travel together, and what is selected for that."""
    among = dict(wanted)
    sent = _sent_together(among)
    return sent, ", ".join(_aggregate(among, names) for names in sent)


def _sent_together(wanted: Mapping[str, Wanted]) -> list[list[str]]:
    """The columns that share a number: those of most bits first, each where it fits."""
    alone = [[name] for name, one in wanted.items() if not one.kind.bits or one.where]
    words: list[list[str]] = []
    shared = [name for name, one in wanted.items() if one.kind.bits and not one.where]
    for name in sorted(shared, key=lambda name: -wanted[name].kind.bits):
        room = WORD - wanted[name].kind.bits
        fits = (x for x in words if sum(wanted[other].kind.bits for other in x) <= room)
        word = next(fits, None)
        if word is None:
            words.append([name])
        else:
            word.append(name)
    return alone + words


def _aggregate(wanted: Mapping[str, Wanted], names: list[str]) -> str:
    """Columns as one array; of several, the first has the lowest bits."""
    casts = [wanted[name].kind.cast.format(wanted[name].sql) for name in names]
    where = wanted[names[0]].where
    if len(names) == 1:
        return f"array_agg({casts[0]})" + (f" FILTER (WHERE {where})" if where else "")
    bits = [wanted[name].kind.bits for name in names]
    parts = (
        f"((({cast})::bigint & {(1 << own) - 1}) << {sum(bits[:at])})"
        for at, (cast, own) in enumerate(zip(casts, bits, strict=True))
    )
    return f"array_agg({' | '.join(parts)})"


def _received(
    wanted: Mapping[str, Wanted], names: list[str], packed: bytes | None
) -> dict[str, Column]:
    if len(names) == 1:
        kind = wanted[names[0]].kind
        return {names[0]: _elements(packed, kind.wire).astype(kind.here)}
    words = _elements(packed, LARGE.wire).astype(np.int64)
    found: dict[str, Column] = {}
    low = 0
    for name in names:
        kind = wanted[name].kind
        # What is shifted and then narrowed keeps its own bits alone, the first of them as its sign.
        part = words >> low
        part = (part & 1) if kind.bits == 1 else part.astype(f"i{kind.bits // 8}")
        found[name] = part.astype(kind.here)
        low += kind.bits
    return found


def _elements(packed: bytes | None, wire: str) -> Column:
    """The elements of an array as it is sent; none where there are no rows."""
    element = np.dtype([("size", ">i4"), ("value", np.dtype(wire))])
    if packed is None:
        return np.zeros(0, element)["value"]
    return np.frombuffer(packed, element, offset=HEAD + PER_DIMENSION)["value"]


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
