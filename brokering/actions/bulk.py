"""Copies many rows into tables whose indexes and foreign keys are laid again afterwards."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.db import models
from psycopg import sql

from brokering.sweden.batch import Batch, Packed

SIGNATURE = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
INDEXES = """
SELECT c.relname, pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
 WHERE i.indrelid = ANY(%s::regclass[])
   AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid)
 ORDER BY c.relname
"""
FOREIGN_KEYS = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
 WHERE contype = 'f' AND conrelid = ANY(%s::regclass[]) ORDER BY conrelid::regclass::text, conname
"""
FOR_INDEXES = "SET LOCAL maintenance_work_mem = '256MB'"
"""Sorting two million keys in memory instead of on disk."""


@contextlib.contextmanager
def bare(cursor: Any, written: Sequence[type[models.Model]]) -> Iterator[None]:
    """Take off indexes and foreign keys of some tables, and lay them again on the way out.

    Inside one transaction: nobody else sees the tables meanwhile, every row is checked when a key is laid
    again, and whatever fails leaves all as it was. Primary keys and the indexes of constraints stay.
    """
    tables = [model._meta.db_table for model in written]
    cursor.execute(FOREIGN_KEYS, [tables])
    keys = cursor.fetchall()
    cursor.execute(INDEXES, [tables])
    indexes = cursor.fetchall()
    for table, name, _ in keys:
        cursor.execute(_said("ALTER TABLE {} DROP CONSTRAINT {}", table, name))
    for name, _ in indexes:
        cursor.execute(_said("DROP INDEX {}", name))
    yield
    cursor.execute(FOR_INDEXES)
    for _, definition in indexes:
        cursor.execute(definition)
    for table, name, definition in keys:
        cursor.execute(
            _said("ALTER TABLE {} ADD CONSTRAINT {} ", table, name) + sql.SQL(definition)
        )


def _said(statement: Any, *names: str) -> sql.Composable:
    return sql.SQL(statement).format(*map(sql.Identifier, names))


def copy_in(cursor: Any, batch: Batch | Packed, tell: Callable[[int], object]) -> int:
    """COPY the rows of a batch; how many. `tell` is called with how many came since the last time."""
    columns = sql.SQL(", ").join(map(sql.Identifier, batch.columns))
    into = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(batch.table), columns)
    if isinstance(batch, Batch):
        return _copy_rows(cursor, into, batch, tell)
    return _copy_blocks(cursor, into + sql.SQL(" (FORMAT binary)"), batch, tell)


def _copy_rows(
    cursor: Any, into: sql.Composable, batch: Batch, tell: Callable[[int], object]
) -> int:
    count = 0
    with cursor.copy(into) as copy:
        for count, row in enumerate(batch.rows, start=1):
            copy.write_row(row)
            if count % 1000 == 0:
                tell(1000)
    tell(count % 1000)
    return count


def _copy_blocks(
    cursor: Any, into: sql.Composable, batch: Packed, tell: Callable[[int], object]
) -> int:
    count = 0
    with cursor.copy(into) as copy:
        copy.write(SIGNATURE)
        for block in batch.blocks:
            copy.write(block.data)
            count += block.rows
            tell(block.rows)
        copy.write(TRAILER)
    return count
