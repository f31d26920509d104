"""Reads rows by statements that the server keeps prepared: planned once a connection, not once a search."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection
from django.db.backends.utils import CursorWrapper


def tuples_of(sql: str, known: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """What a statement answers."""
    with _cursor() as cursor:
        cursor.execute(sql, known)
        return cursor.fetchall()


def rows_of(sql: str, known: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What a statement answers, by the names of its columns."""
    with _cursor() as cursor:
        cursor.execute(sql, known)
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


@contextmanager
def _cursor() -> Iterator[CursorWrapper]:
    """A cursor whose values are bound by the server, logged and guarded as Django's own are."""
    connection.ensure_connection()
    with connection.wrap_database_errors:
        cursor: Any = psycopg.Cursor(connection.connection)
    log = connection.make_debug_cursor if connection.queries_logged else connection.make_cursor
    with log(cursor) as wrapped:
        yield wrapped
