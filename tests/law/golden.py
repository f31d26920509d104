"""Reads the cases in `cases/*.toml`: named sentences with their source, as JSON questions."""

import copy
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CASES = Path(__file__).parent / "cases"


@dataclass(frozen=True)
class Case:
    """One sentence that must hold."""

    sentence: str
    source: str
    question: dict[str, Any]
    expect: dict[str, Any]
    reasons: tuple[str, ...]


def cases(file: str) -> Iterator[Case]:
    """The cases of one file, each on the file's base question."""
    read = tomllib.loads((CASES / file).read_text(encoding="utf-8"))
    for case in read["case"]:
        yield Case(
            case["sentence"],
            case["source"],
            question(read["base"], case),
            {field: nulled(value) for field, value in case["expect"].items()},
            tuple(case["reasons"]),
        )


def question(base: dict[str, Any], case: dict[str, Any]) -> dict[str, Any]:
    """The base question with the case's changes at dotted paths."""
    asked = copy.deepcopy(base)
    for path, value in case.get("given", {}).items():
        *parents, last = path.split(".")
        part = asked
        for parent in parents:
            part = part[parent]
        part[last] = nulled(value)
    if "rows" in case:
        asked["rules"] = {"rows": case["rows"], "complete": case.get("complete", [])}
    if "events" in case:
        asked["events"] = [event(*told) for told in case["events"]]
    return asked


def event(kind: str, on: str, more: dict[str, str] | None = None) -> dict[str, str]:
    """One event of a clock."""
    return {"type": kind, "on": on, **(more or {})}


def nulled(value: Any) -> Any:
    """TOML has no null: the text "null" stands for it."""
    return None if value == "null" else value
