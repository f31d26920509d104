"""Columns on their way to the server, each as one array; and a problem packed to be solved again."""

import io
import json
import math
import zipfile
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from typing import Any

import numpy as np
import psycopg
from psycopg.adapt import Dumper
from psycopg.pq import Format

from brokering.errors import RoundInputOutdated
from brokering.matching.problem import Problem
from brokering.matching.ranking import ROUTE_ORDER
from brokering.matching.snapshot import WithinClass
from brokering.selectors.country.columns import Column
from brokering.selectors.country.problems import Given
from brokering.selectors.country.ways import Way

TOLD = "told"
LEVEL = 1
"""Of packing: what shrinks at all shrinks at once."""


class Uuids:
    """Keys as an array parameter."""

    oid, element, array = 2950, np.dtype("V16"), 2951

    def __init__(self, values: Column) -> None:
        self.packed = _packed(np.ascontiguousarray(values), self.element, self.oid)


class Smalls:
    """Small numbers as an array parameter."""

    oid, element, array = 21, np.dtype(">i2"), 1005

    def __init__(self, values: Column) -> None:
        self.packed = _packed(values, self.element, self.oid)


class _Dumper(Dumper):
    format = Format.BINARY

    def dump(self, obj: Any) -> bytes:
        packed: bytes = obj.packed
        return packed


class _UuidsDumper(_Dumper):
    oid = Uuids.array


class _SmallsDumper(_Dumper):
    oid = Smalls.array


def takes_arrays(cursor: psycopg.Cursor[Any]) -> None:
    """Teach a cursor to send columns."""
    cursor.adapters.register_dumper(Uuids, _UuidsDumper)
    cursor.adapters.register_dumper(Smalls, _SmallsDumper)


def _packed(values: Column, element: Any, oid: int) -> bytes:
    """An array as PostgreSQL reads it: dimensions, flags, type, size, lower bound, elements."""
    head = np.array([1, 0, oid, len(values), 1], ">i4").tobytes()
    cells = np.empty(len(values), [("size", ">i4"), ("value", element)])
    cells["size"] = element.itemsize
    cells["value"] = values
    return head + cells.tobytes()


KEYS = ("needs", "tenants", "slot", "first", "previous")
WAY = ("lot", "route", "tier")
RANDOM = {"key_needs", "key_slot", "key_previous"}
"""Opaque keys, all different: they do not shrink, whatever is spent on them, so they lie as they are."""


def stored(given: Given) -> bytes:
    """Everything that a round was solved from, packed."""
    arrays = {one.name: getattr(given.problem, one.name) for one in fields(Problem)}
    arrays |= {f"key_{name}": getattr(given, name) for name in KEYS}
    arrays["way_lot"] = np.array([way.lot for way in given.ways], np.int32)
    arrays["way_route"] = np.array([ROUTE_ORDER.index(way.route) for way in given.ways], np.int8)
    arrays["way_tier"] = np.array([way.tier for way in given.ways], np.int8)
    arrays["key_lots"] = np.frombuffer(b"".join(given.lots), "V16")
    told = {
        "care": given.care,
        "on": given.on.isoformat(),
        "within_class": given.within_class,
        "routes": ROUTE_ORDER,
        "left_out": dict(given.left_out),
    }
    return _file({name: np.asarray(values) for name, values in arrays.items()}, told)


def _file(arrays: Mapping[str, Column], told: Mapping[str, Any]) -> bytes:
    """Arrays and numbers as numpy's own file, all of a kind as one: each by itself would be mostly head.

    Those that do not shrink come first and are not packed.
    """
    parts = defaultdict[tuple[bool, str], list[Column]](list)
    layout = dict[str, tuple[str, tuple[int, ...]]]()
    """By name in which part it lies, and its shape; in a part each begins where the one before ends."""
    for name, values in arrays.items():
        part = (name not in RANDOM, values.dtype.str)
        parts[part].append(values.ravel())
        layout[name] = (_name(part), values.shape)
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", compresslevel=LEVEL) as file:
        for part, own in sorted(parts.items()):
            file.compression = zipfile.ZIP_DEFLATED if part[0] else zipfile.ZIP_STORED
            with file.open(f"{_name(part)}.npy", "w") as cells:
                np.lib.format.write_array(cells, np.concatenate(own), allow_pickle=False)
        file.compression = zipfile.ZIP_DEFLATED
        file.writestr(TOLD, json.dumps({"layout": layout, **told}))
    return body.getvalue()


def _name(part: tuple[bool, str]) -> str:
    shrinks, kind = part
    return kind if shrinks else f"{kind} as it is"


def _arrays(found: Any, layout: Mapping[str, Any]) -> dict[str, Column]:
    """The arrays of a file by name, each a view of its part."""
    parts = {part: found[part] for part, _ in layout.values()}
    begins = Counter[str]()
    arrays = dict[str, Column]()
    for name, (part, shape) in layout.items():
        first, size = begins[part], math.prod(shape)
        arrays[name] = parts[part][first : first + size].reshape(shape)
        begins[part] += size
    return arrays


def unpacked(body: bytes) -> Given:
    """What `stored` has packed. Raises RoundInputOutdated where another release has."""
    try:
        found = np.load(io.BytesIO(body), allow_pickle=False)
        told = json.loads(found[TOLD])
        return _given(_arrays(found, told["layout"]), told)
    except (KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
        raise RoundInputOutdated from error


def _given(found: Mapping[str, Any], told: Mapping[str, Any]) -> Given:
    values = {one.name: found[one.name] for one in fields(Problem)}
    values["horizon"] = int(values["horizon"])
    return Given(
        care=told["care"],
        on=date.fromisoformat(told["on"]),
        problem=Problem(**values),
        ways=tuple(
            Way(int(lot), told["routes"][route], int(tier))
            for lot, route, tier in zip(*(found[f"way_{one}"] for one in WAY), strict=True)
        ),
        lots=tuple(bytes(key) for key in found["key_lots"]),
        within_class=WithinClass(told["within_class"]),
        left_out=told["left_out"],
        **{name: found[f"key_{name}"] for name in KEYS},
    )
