"""Reader of `parameters/*.toml`: every figure and date of the law, dated and with its source."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from brokering.law.citations import Citation, CitationKind
from brokering.law.errors import NotInForce

FOLDER = Path(__file__).resolve().parent / "parameters"


@dataclass(frozen=True, kw_only=True)
class Value:
    """What a parameter is from one day: value, where it stands and when that was last checked.

    `recorded` is the day the product learned of it, which answers "what did we know then".
    """

    value: Any
    first: date
    last: date | None
    citation: Citation
    checked: date
    recorded: date
    interpretation: bool
    note: str

    def holds(self, on: date, known: date | None) -> bool:
        """Whether it is in force on a day, as far as was known on another."""
        begun = self.first <= on and (known is None or self.recorded <= known)
        return begun and (self.last is None or on <= self.last)


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A figure or list of the law and its values through time; `unit` says what it counts."""

    name: str
    label: str
    unit: str
    values: tuple[Value, ...]

    def at(self, on: date, known: date | None = None) -> Value:
        """The value in force on a day; raises NotInForce, never a default.

        With `known`, the value as it was recorded on that day: a later record replaces an earlier one.
        """
        held = [value for value in self.values if value.holds(on, known)]
        if not held:
            raise NotInForce(self.name, on)
        return max(held, key=lambda value: (value.recorded, value.first))


@lru_cache(maxsize=1)
def parameters() -> Mapping[str, Parameter]:
    """All parameters, by `file.name`."""
    read = (_read_file(path) for path in sorted(FOLDER.glob("*.toml")))
    return {parameter.name: parameter for part in read for parameter in part}


def parameter(name: str) -> Parameter:
    """One parameter; an unknown name is a mistake in the code (KeyError)."""
    return parameters()[name]


def _read_file(path: Path) -> list[Parameter]:
    tables = tomllib.loads(path.read_bytes().decode())
    return [_parameter(f"{path.stem}.{name}", table) for name, table in tables.items()]


def _parameter(name: str, table: Mapping[str, Any]) -> Parameter:
    return Parameter(
        name=name,
        label=table["label"],
        unit=table["unit"],
        values=tuple(_value(entry) for entry in table["values"]),
    )


def _value(entry: Mapping[str, Any]) -> Value:
    value = entry["value"]
    return Value(
        value=frozenset(value) if isinstance(value, list) else value,
        first=entry["from"],
        last=entry.get("to"),
        citation=Citation(
            kind=CitationKind(entry["kind"]),
            law=entry["law"],
            place=entry["place"],
            as_of=entry["checked"],
            source=entry["source"],
        ),
        checked=entry["checked"],
        recorded=entry["recorded"],
        interpretation=entry.get("interpretation", False),
        note=entry.get("note", ""),
    )
