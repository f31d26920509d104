"""The freshness of places for querysets: the same condition as everywhere, said to the ORM."""

from datetime import datetime
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, F, Func, Q, Value
from django.db.models.sql.compiler import SQLCompiler

from accounts.database.prepared import Asked
from providers.freshness import Columns, Standing, Told
from providers.models import Slot


class Stands(Func):
    """Whether a slot's information stands so, or worse, at a moment."""

    output_field = BooleanField()

    def __init__(self, standing: Standing, now: datetime | Asked) -> None:
        columns = ("confirmed_at", "feed__succeeded_at", "feed__promised_age")
        moment = now if isinstance(now, Asked) else Value(now)
        super().__init__(moment, *map(F, columns), F("clinic__promised_age"))
        self.standing = standing

    def as_sql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, *args: Any, **context: Any
    ) -> tuple[str, list[Any]]:
        """The condition of `providers.freshness` over this query's own columns."""
        compiled = [compiler.compile(one) for one in self.get_source_expressions()]
        now, confirmed, fed, feed_promised, promised = (sql for sql, _ in compiled)
        columns = Columns(
            confirmed_at=confirmed,
            promised_age=promised,
            fed_at=fed,
            feed_promised_age=feed_promised,
        )
        params = [value for _, found in compiled for value in found]
        return columns.stands(self.standing, now=now), params


def advertised(now: datetime | Asked) -> Q:
    """Slots that no probe has hidden and whose publisher's word still carries them."""
    return Q(~Stands(Standing.WITHDRAWN, now), hidden_why="")


def told_of(slot: Slot) -> Told:
    """What is known of the age of a slot (with clinic and feed fetched)."""
    return Told(
        confirmed_at=slot.confirmed_at,
        promised_age=slot.clinic.promised_age,
        fed_at=slot.feed.succeeded_at if slot.feed else None,
        feed_promised_age=slot.feed.promised_age if slot.feed else None,
    )
