"""Query sets that are built and planned once: each call after the first only sends its values."""

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS
from django.db.models import BooleanField, Expression, F, Func, Model, QuerySet
from django.db.models.query import get_related_populators  # type: ignore[attr-defined]
from django.db.models.sql.compiler import SQLCompiler

from accounts.database.statements import tuples_of

Row = TypeVar("Row", bound=Model)


class Asked(Expression):
    """Stands in a query set for a value that each call brings under this name."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> tuple[str, list[Any]]:
        """A place for the value, which is filled in by the call."""
        return "%s", [self]


def any_of(field: str, name: str) -> Expression:
    """Whether a field is any of the values in the list that each call brings under this name."""
    asked = {"template": "%(expressions)s)", "arg_joiner": " = ANY("}
    return Func(F(field), Asked(name), **asked, output_field=BooleanField())


class Prepared(Generic[Row]):
    """A query set as a statement that the server keeps prepared; its rows are models, as ever.

    For the reads of every booking: Django takes longer to build a statement with many joins, and the
    server to plan it, than it takes to answer. Whatever differs between calls must be `Asked`.
    """

    def __init__(self, build: Callable[[], QuerySet[Row]]) -> None:
        self._build = build

    def first(self, **known: Any) -> Row | None:
        """The first row, or None."""
        return next(self._rows(known), None)

    def all(self, **known: Any) -> list[Row]:
        """Every row, in the order of the query set."""
        return list(self._rows(known))

    def _rows(self, known: dict[str, Any]) -> Iterator[Row]:
        shape = self._shape
        params = [known[one.name] if isinstance(one, Asked) else one for one in shape.params]
        return map(shape.model_of, shape.converted(tuples_of(shape.sql, params)))

    @cached_property
    def _shape(self) -> "_Shape":
        return _Shape(self._build())


class _Shape:
    """What Django works out for a query set before it sends it."""

    def __init__(self, rows: QuerySet[Any]) -> None:
        compiler = rows.query.get_compiler(DEFAULT_DB_ALIAS)
        self.sql, self.params = compiler.as_sql()
        self._compiler = compiler
        self._converters = compiler.get_converters([one[0] for one in compiler.select])
        about: Any = compiler.klass_info
        first, last = about["select_fields"][0], about["select_fields"][-1] + 1
        self._own = slice(first, last)
        self._names = [one[0].target.attname for one in compiler.select[self._own]]
        self._model = about["model"]
        self._related = get_related_populators(about, compiler.select, DEFAULT_DB_ALIAS)
        self._beside = tuple(compiler.annotation_col_map.items())

    def converted(self, rows: list[tuple[Any, ...]]) -> Iterator[Any]:
        """Rows whose values are what the models' fields say."""
        if not self._converters:
            return iter(rows)
        return iter(self._compiler.apply_converters(rows, self._converters))

    def model_of(self, row: Any) -> Any:
        """A row as a model with those that were selected beside it."""
        found = self._model.from_db(DEFAULT_DB_ALIAS, self._names, row[self._own])
        for related in self._related:
            related.populate(row, found)
        for name, column in self._beside:
            setattr(found, name, row[column])
        return found
