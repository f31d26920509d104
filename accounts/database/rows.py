"""Writes rows by statements that are built once and that the server keeps prepared."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Field, Model

from accounts.database.statements import carried_out


def add(rows: Sequence[Model], *, unless_taken: bool = False) -> int:
    """Insert rows of one model, keys and all, in one statement; how many went in.

    Rows that a unique constraint keeps out raise IntegrityError, or stay out where `unless_taken`. Keys that
    the database gives are not read back.
    """
    if not rows:
        return 0
    model = type(rows[0])
    columns = [_prepared_values(field, rows) for field in _written(model)]
    values = columns if len(rows) > 1 else [value for (value,) in columns]
    written = carried_out(_insert(model, len(rows) > 1, unless_taken), values)
    if written == len(rows):
        for row in rows:
            row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS
    return written


def change(model: type[Model], where: Mapping[str, Any], to: Mapping[str, Any]) -> int:
    """Set columns of the rows that have these values; how many there were. Names are those of the columns'
    attributes (`clinic_id`)."""
    said = [*to.items(), *where.items()]
    fields = _fields(model)
    values = [fields[name].get_db_prep_save(value, connection) for name, value in said]
    return carried_out(_update(model, tuple(to), tuple(where)), values)


def _prepared_values(field: "Field[Any, Any]", rows: Sequence[Model]) -> list[Any]:
    return [field.get_db_prep_save(field.pre_save(row, add=True), connection) for row in rows]


@cache
def _written(model: type[Model]) -> tuple["Field[Any, Any]", ...]:
    """All columns but a number that the database gives."""
    auto = model._meta.auto_field
    return tuple(field for field in model._meta.concrete_fields if field is not auto)


@cache
def _fields(model: type[Model]) -> "dict[str, Field[Any, Any]]":
    return {field.attname: field for field in model._meta.concrete_fields}


@cache
def _insert(model: type[Model], several: bool, unless_taken: bool) -> str:
    fields = _written(model)
    columns = ", ".join(_quoted(field.column) for field in fields)
    arrays = ", ".join(f"%s::{field.db_type(connection)}[]" for field in fields)
    one = ", ".join("%s" for _ in fields)
    values = f"SELECT * FROM unnest({arrays})" if several else f"VALUES ({one})"
    taken = " ON CONFLICT DO NOTHING" if unless_taken else ""
    table = _quoted(model._meta.db_table)
    return f"INSERT INTO {table} ({columns}) {values}{taken}"


@cache
def _update(model: type[Model], to: tuple[str, ...], where: tuple[str, ...]) -> str:
    fields = _fields(model)
    new = ", ".join(f"{_quoted(fields[name].column)} = %s" for name in to)
    same = " AND ".join(f"{_quoted(fields[name].column)} = %s" for name in where)
    return f"UPDATE {_quoted(model._meta.db_table)} SET {new} WHERE {same}"


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
