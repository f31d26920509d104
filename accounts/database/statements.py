"""Statements that the server keeps prepared: planned once a connection, not once a search or booking."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

Values = Mapping[str, Any] | Sequence[Any]
CURSORS_MOST = 80
"""For how many statements a connection keeps the cursor; fewer than psycopg keeps prepared."""
ROWS_KEPT = 200
"""A cursor holds its last rows: one that has had more is given up."""


def tuples_of(sql: str, known: Values, *, using: str = DEFAULT_DB_ALIAS) -> list[tuple[Any, ...]]:
    """What a statement answers."""
    cursor = _sent(sql, known, using)
    rows: list[tuple[Any, ...]] = cursor.fetchall()
    if len(rows) > ROWS_KEPT:
        _forget(sql, using)
    return rows


def carried_out(sql: str, known: Values, *, using: str = DEFAULT_DB_ALIAS) -> int:
    """Carry out a statement that answers nothing; how many rows it wrote."""
    return int(_sent(sql, known, using).rowcount)


def rows_of(
    sql: str, known: Mapping[str, Any], *, using: str = DEFAULT_DB_ALIAS
) -> list[dict[str, Any]]:
    """What a statement answers, by the names of its columns."""
    cursor = _sent(sql, known, using)
    # The cursor's own description makes an object of every column.
    result = cursor.pgresult
    names = [result.fname(number).decode() for number in range(result.nfields)]
    rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    if len(rows) > ROWS_KEPT:
        _forget(sql, using)
    return rows


class _Kept:
    """The cursors of one connection by statement, the one used last at the end."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self._cursors: OrderedDict[str, tuple[str, Any]] = OrderedDict()

    def cursor(self, sql: str) -> tuple[str, Any]:
        """The cursor for a statement, and the statement as the very object that it was sent before."""
        if sql in self._cursors:
            self._cursors.move_to_end(sql)
            return self._cursors[sql]
        while len(self._cursors) >= CURSORS_MOST:
            self._cursors.popitem(last=False)
        self._cursors[sql] = sql, psycopg.Cursor(self.connection)
        return self._cursors[sql]

    def forget(self, sql: str) -> None:
        """Let go of a cursor and the rows that it holds."""
        self._cursors.pop(sql, None)


_kept: WeakKeyDictionary[BaseDatabaseWrapper, _Kept] = WeakKeyDictionary()


def _sent(sql: str, known: Values, using: str = DEFAULT_DB_ALIAS) -> CursorWrapper:
    """Send a statement whose values the server binds; the cursor logs and guards as Django's own do.

    A cursor that is sent the same statement again knows how to write its values and to read its rows.
    """
    connection = connections[using]
    connection.ensure_connection()
    with connection.wrap_database_errors:
        same, cursor = _kept_of(connection).cursor(sql)
    log = connection.make_debug_cursor if connection.queries_logged else connection.make_cursor
    wrapped = log(cursor)
    wrapped.execute(same, known)
    return wrapped


def _forget(sql: str, using: str) -> None:
    _kept[connections[using]].forget(sql)


def _kept_of(connection: BaseDatabaseWrapper) -> _Kept:
    kept = _kept.get(connection)
    if kept is None or kept.connection is not connection.connection:
        kept = _kept[connection] = _Kept(connection.connection)
    return kept
