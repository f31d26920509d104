"""Writes rows by statements that are built once and that the server keeps prepared."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Field, Model

from accounts.database.statements import carried_out


def add(
    rows: Sequence[Model],
    *,
    unless_taken: bool = False,
    beside: Sequence[Model] = (),
    using: str = DEFAULT_DB_ALIAS,
) -> int:
    """Insert rows of one model, keys and all, in one statement; how many went in.

    Rows `beside`, each of a model of its own, go in first, by the same statement.

    Rows that a unique constraint keeps out raise IntegrityError, or stay out where `unless_taken`. Keys that
    the database gives are not read back.
    """
    if not rows:
        assert not beside
        return 0
    model = type(rows[0])
    columns = [_prepared_values(field, rows) for field in _written(model)]
    values = columns if len(rows) > 1 else _values(rows[0])
    insert = _insert(model, len(rows) > 1, unless_taken)
    values = [value for one in beside for value in _values(one)] + values
    written = carried_out(_with(tuple(map(type, beside)), insert), values, using=using)
    _are_in([*beside, *(rows if written == len(rows) else ())], using)
    return written


def change(
    model: type[Model],
    where: Mapping[str, Any],
    to: Mapping[str, Any],
    *,
    telling: Model | None = None,
) -> int:
    """Set columns of the rows that have these values; how many there were. Names are those of the columns'
    attributes (`clinic_id`).

    The row `telling` of it goes in by the same statement, once for each row that was changed.
    """
    said = [*to.items(), *where.items()]
    fields = _fields(model)
    values = [fields[name].get_db_prep_save(value, connection) for name, value in said]
    update = _update(model, tuple(to), tuple(where))
    if telling is None:
        return carried_out(update, values)
    return carried_out(_told(update, type(telling)), [*values, *_values(telling)])


def _values(row: Model) -> list[Any]:
    return [
        field.get_db_prep_save(field.pre_save(row, add=True), connection)
        for field in _written(type(row))
    ]


def _are_in(rows: Sequence[Model], using: str) -> None:
    for row in rows:
        row._state.adding, row._state.db = False, using


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
    arrays = ", ".join(f"%s::{_unbounded(field)}[]" for field in fields)
    one = ", ".join("%s" for _ in fields)
    values = f"SELECT * FROM unnest({arrays})" if several else f"VALUES ({one})"
    taken = " ON CONFLICT DO NOTHING" if unless_taken else ""
    return f"{_into(model)} {values}{taken}"


def _into(model: type[Model]) -> str:
    columns = ", ".join(_quoted(field.column) for field in _written(model))
    return f"INSERT INTO {_quoted(model._meta.db_table)} ({columns})"


def _unbounded(field: "Field[Any, Any]") -> str:
    """The type without its length: a cast to that would cut off what is too long, the column refuses it."""
    return str(field.db_type(connection)).split("(")[0]


@cache
def _with(beside: tuple[type[Model], ...], last: str) -> str:
    if not beside:
        return last
    named = (f"beside_{at} AS ({_insert(one, False, False)})" for at, one in enumerate(beside))
    return f"WITH {', '.join(named)} {last}"


@cache
def _told(update: str, by: type[Model]) -> str:
    values = ", ".join(f"%s::{_unbounded(field)}" for field in _written(by))
    return f"WITH changed AS ({update} RETURNING 1) {_into(by)} SELECT {values} FROM changed"


@cache
def _update(model: type[Model], to: tuple[str, ...], where: tuple[str, ...]) -> str:
    fields = _fields(model)
    new = ", ".join(f"{_quoted(fields[name].column)} = %s" for name in to)
    same = " AND ".join(f"{_quoted(fields[name].column)} = %s" for name in where)
    return f"UPDATE {_quoted(model._meta.db_table)} SET {new} WHERE {same}"


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
