"""Statements that the server keeps prepared: planned once a connection, not once a search or booking."""

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.utils import CursorWrapper

Values = Mapping[str, Any] | Sequence[Any]


def tuples_of(sql: str, known: Values, *, using: str = DEFAULT_DB_ALIAS) -> list[tuple[Any, ...]]:
    """What a statement answers."""
    with _sent(sql, known, using) as cursor:
        return cursor.fetchall()


def carried_out(sql: str, known: Values) -> int:
    """Carry out a statement that answers nothing; how many rows it wrote."""
    with _sent(sql, known) as cursor:
        return cursor.rowcount


def rows_of(sql: str, known: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What a statement answers, by the names of its columns."""
    with _sent(sql, known) as cursor:
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _sent(sql: str, known: Values, using: str = DEFAULT_DB_ALIAS) -> CursorWrapper:
    """Send a statement whose values the server binds; the cursor logs and guards as Django's own do."""
    connection = connections[using]
    connection.ensure_connection()
    with connection.wrap_database_errors:
        cursor: Any = psycopg.Cursor(connection.connection)
    log = connection.make_debug_cursor if connection.queries_logged else connection.make_cursor
    wrapped = log(cursor)
    wrapped.execute(sql, known)
    return wrapped
