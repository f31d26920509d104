"""Rows for one table, and what only the outside can do while they are made."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from accounts.identity import Sealed

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Batch:
    """Rows for one table."""

    table: str
    columns: tuple[str, ...]
    rows: Iterable[Row]


class Block(NamedTuple):
    """Some rows as binary COPY takes them, without its header and trailer."""

    rows: int
    data: bytes


@dataclass(frozen=True)
class Packed:
    """Rows for one table, laid out already."""

    table: str
    columns: tuple[str, ...]
    blocks: Iterable[Block]


@dataclass(frozen=True)
class Secrets:
    """Seal and hash identity numbers, seal addresses; `password` is the demo logins' password, hashed;
    `writer` is the id of who loads."""

    seal: Callable[[str, bytes], Sealed]
    keyed_hash: Callable[[str], str]
    password: str
    writer: UUID
