"""The test database: made once as a template, copied for each worker, put back after each test."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import psycopg
from django.core.management import call_command
from django.db import connections
from psycopg import sql

from config.launcher import postgres
from config.launcher.locks import Lock
from tests.servers import own_database

TEMPLATE = "tests_template"
TABLES = """
    SELECT relname FROM pg_class
     WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1
"""
WRITERS_WAIT = sql.SQL("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE")
"""Taken before rows are removed: the relay of a stack that still runs may be at the same rows."""
EMPTIED = sql.SQL(
    "BEGIN; LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE; DELETE FROM {table}; COMMIT;"
)
"""A transaction a table, all in one message."""
LOCK_WAIT = "SET lock_timeout = '10s'"
"""A test that leaves a transaction open makes the next reset fail loudly instead of hanging."""


def superuser(database: str) -> psycopg.Connection:
    """A connection that may do everything, for setting up and putting back only."""
    return psycopg.connect(postgres.url(postgres.SUPERUSER, database), autocommit=True)


def make_database() -> None:
    """Give this worker a migrated database with the reference data; the first worker builds it."""
    with Lock("template") as building:
        building.wait()
        if not _exists(TEMPLATE):
            _build_template()
    if not _exists(own_database()):
        postgres.provide_database(own_database(), template=TEMPLATE)


def _build_template() -> None:
    postgres.provide_database(own_database())
    call_command("migrate", verbosity=0)
    call_command("load_reference", verbosity=0)
    connections.close_all()
    postgres.provide_database(TEMPLATE, template=own_database())


def _exists(database: str) -> bool:
    with superuser("postgres") as connection:
        found = connection.execute(
            "SELECT 1 FROM pg_database WHERE datname = %s", [database]
        ).fetchone()
    return found is not None


@dataclass
class Baseline:
    """What every test starts from: the reference data and nothing else.

    A table is touched when its number of rows or its newest transaction differs from the start; touched
    tables get their first rows back. Triggers and row-level security do not apply: tests commit what an
    append-only table would keep.
    """

    connection: psycopg.Connection
    _marks: dict[str, tuple[int, int]] = field(default_factory=dict)
    _rows: dict[str, bytes] = field(default_factory=dict)
    _count: sql.Composed | None = None

    def remember(self) -> None:
        """Take the present content as the start of every test."""
        self.connection.execute(LOCK_WAIT)
        self.connection.execute("SET session_replication_role = replica")
        names = [row[0] for row in self.connection.execute(TABLES)]
        self._count = _counting(names)
        self._marks = self._read_marks(self._count)
        for table, (count, _) in self._marks.items():
            if count:
                self._rows[table] = self._copy_out(table)

    def put_back(self) -> None:
        """Undo what the last test committed."""
        assert self._count is not None
        now = self._read_marks(self._count)
        touched = [table for table, mark in now.items() if mark != self._marks[table]]
        if not touched:
            return
        self._empty(table for table in touched if table not in self._rows)
        for table in touched:
            if table in self._rows:
                self._filled_again(table)
        self._marks |= self._read_marks(_counting(touched))

    def _empty(self, tables: Iterable[str]) -> None:
        try:
            self.connection.execute(
                sql.SQL("").join(EMPTIED.format(table=sql.Identifier(one)) for one in tables)
            )
        except psycopg.Error:
            self.connection.rollback()
            raise

    def _filled_again(self, table: str) -> None:
        with self.connection.transaction():
            self.connection.execute(WRITERS_WAIT.format(sql.Identifier(table)))
            self.connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
            self._copy_in(table, self._rows[table])

    def _read_marks(self, query: sql.Composed) -> dict[str, tuple[int, int]]:
        return {row[0]: (row[1], row[2]) for row in self.connection.execute(query)}

    def _columns(self, table: str) -> sql.Composed:
        found = self.connection.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
            " AND NOT attisdropped AND attgenerated = '' ORDER BY attnum",
            [f'"{table}"'],
        )
        return sql.SQL(", ").join(sql.Identifier(row[0]) for row in found)

    def _copy_out(self, table: str) -> bytes:
        query = sql.SQL("COPY {} ({}) TO STDOUT").format(
            sql.Identifier(table), self._columns(table)
        )
        with self.connection.cursor().copy(query) as copy:
            return b"".join(bytes(part) for part in copy)

    def _copy_in(self, table: str, rows: bytes) -> None:
        query = sql.SQL("COPY {} ({}) FROM STDIN").format(
            sql.Identifier(table), self._columns(table)
        )
        with self.connection.cursor().copy(query) as copy:
            copy.write(rows)


def _counting(tables: list[str]) -> sql.Composed:
    """The number of rows and the newest transaction of each table."""
    one = sql.SQL("SELECT {}, count(*), coalesce(max(xmin::text::bigint), 0) FROM {}")
    parts = [one.format(sql.Literal(name), sql.Identifier(name)) for name in tables]
    return sql.SQL(" UNION ALL ").join(parts)
