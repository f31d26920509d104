"""Free times as PostgreSQL's binary COPY takes them: filled by arrays, not row by row.

Format: https://www.postgresql.org/docs/current/sql-copy.html, "Binary Format": a row is a count of fields,
then each field's length and bytes, in network byte order; moments are microseconds since 2000.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brokering.sweden.batch import Block
from brokering.sweden.slots import Times

COLUMNS = (
    *("id", "clinic_id", "care_id", "form", "mode", "starts_at", "ends_at", "state"),
    *("published_at", "opens_at", "confirmed_at", "source_key", "synthetic"),
)
ROWS = 50_000
"""Rows of a block: what memory holds of them does not grow with the scale."""
MICROSECONDS = 60_000_000
MINUTES_TO_2000 = 10_957 * 24 * 60
LONGEST_TEXT = 100
UUID_BYTES, MOMENT = "V16", ">i8"
Column = NDArray[Any]


def slot_blocks(times: Times, seed: int) -> Iterator[Block]:
    """All times. The ids follow from the seed, the keys from the number of the time."""
    rng = np.random.default_rng([seed, 3])
    clinics = np.array([clinic.id.bytes for clinic, _ in times.pairs], dtype=UUID_BYTES)
    cares = np.array([care.code.encode() for _, care in times.pairs])
    for first in range(0, len(times), ROWS):
        part = slice(first, min(first + ROWS, len(times)))
        pair, count = times.pair[part], part.stop - first
        columns = {
            "id": _ids(rng, count),
            "clinic_id": clinics[pair],
            "care_id": cares[pair],
            "form": np.where(times.inpatient[part], b"inpatient", b"open"),
            "mode": np.where(times.video[part], b"video", b"on_site"),
            "starts_at": _moments(times.starts[part]),
            "ends_at": _moments(times.ends[part]),
            "state": np.full(count, b"open"),
            "published_at": _moments(times.published[part]),
            "opens_at": _moments(times.opens[part]),
            "confirmed_at": _moments(times.confirmed[part]),
            "source_key": _keys(first, count),
            "synthetic": np.full(count, b"\x01"),
        }
        yield Block(count, _packed(columns))


def _ids(rng: np.random.Generator, count: int) -> Column:
    """Random UUIDs of version 4 (RFC 9562)."""
    ids = np.frombuffer(rng.bytes(16 * count), dtype=np.uint8).reshape(count, 16).copy()
    ids[:, 6] = ids[:, 6] & 0x0F | 0x40
    ids[:, 8] = ids[:, 8] & 0x3F | 0x80
    return ids.view(UUID_BYTES).ravel()


def _keys(first: int, count: int) -> Column:
    numbers = np.arange(first + 1, first + count + 1).astype(np.bytes_)
    return np.char.add(b"syntetisk-", np.char.zfill(numbers, 8))


def _moments(minutes: Column) -> Column:
    return ((minutes - MINUTES_TO_2000) * MICROSECONDS).astype(MOMENT)


def _packed(columns: dict[str, Column]) -> bytes:
    """Rows whose texts are equally long have one layout and are filled together."""
    shape = np.zeros(len(columns["id"]), dtype=np.int64)
    for column in columns.values():
        if column.dtype.kind == "S":
            shape = shape * LONGEST_TEXT + np.char.str_len(column)
    _, which = np.unique(shape, return_inverse=True)
    order = np.argsort(which, kind="stable")
    groups = np.split(order, np.cumsum(np.bincount(which))[:-1])
    return b"".join(_alike([(name, columns[name][mine]) for name in COLUMNS]) for mine in groups)


def _alike(columns: list[tuple[str, Column]]) -> bytes:
    """Rows of one layout."""
    layout: list[tuple[str, str]] = [("fields", ">i2")]
    for name, column in columns:
        layout += [(f"{name} length", ">i4"), (name, _kind(column))]
    rows = np.zeros(len(columns[0][1]), dtype=layout)
    rows["fields"] = len(columns)
    for name, column in columns:
        rows[f"{name} length"] = rows.dtype[name].itemsize
        rows[name] = column
    return rows.tobytes()


def _kind(column: Column) -> str:
    """Type of the column where all its texts are as long as the first."""
    return f"S{len(column[0])}" if column.dtype.kind == "S" else column.dtype.str
