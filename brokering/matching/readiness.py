"""What somebody ticks off who wants to be asked at short notice; the list is data (readiness.toml)."""

import tomllib
from collections.abc import Collection, Mapping
from functools import lru_cache
from pathlib import Path

FILE = Path(__file__).with_name("readiness.toml")


@lru_cache(maxsize=1)
def checklist() -> Mapping[str, bool]:
    """Every code in the order of the list, and whether only a planned operation asks for it."""
    tables = tomllib.loads(FILE.read_bytes().decode())
    return {code: table["asked_of"] == "operation" for code, table in tables.items()}


def asked_of(*, operation: bool) -> tuple[str, ...]:
    """The codes that a visit asks for, or a planned operation."""
    return tuple(
        code for code, only_operation in checklist().items() if operation or not only_operation
    )


def missing(ready: Collection[str], *, operation: bool) -> tuple[str, ...]:
    """What is not ticked off yet; as long as anything is, nobody is asked."""
    return tuple(code for code in asked_of(operation=operation) if code not in ready)
