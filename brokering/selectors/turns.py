"""Who comes next for a care: the queue of `matching.queue`, streamed from an index of the database.

Nothing is kept in memory that would have to be kept true: each page is asked for as it is needed, and law,
terms and wishes are asked of those on it by the code that a round asks.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import connections

from brokering.matching.snapshot import PRIORITIES, WithinClass
from brokering.selectors.need_profiles import MATCHER

PAGE = 32
"""How many are read at once: most places suit one of the first."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Part of the queue inside a need class: a condition, and the columns that order it."""

    condition: str
    columns: tuple[str, ...]


BY_WAIT = ("since", "need_key")
STRETCHES = {
    WithinClass.RESCUABLE_FIRST: (
        Stretch("due >= %(today)s", ("due", *BY_WAIT)),
        Stretch("due IS NULL", BY_WAIT),
        Stretch("due < %(today)s", BY_WAIT),
    ),
    WithinClass.LONGEST_WAITING_FIRST: (Stretch("true", BY_WAIT),),
}
"""`matching.queue` inside a class, as conditions and orders that an index answers."""


def in_turn(care: str, *, on: date, within: WithinClass) -> Iterator[list[UUID]]:
    """Everyone whose turn is known, page by page, whoever chooses first first.

    Those whose last day is still to be worked out are left out (`to_work_out`).
    """
    everyone = (
        key
        for priority in PRIORITIES
        for stretch in STRETCHES[within]
        for key in _stretch(stretch, {"care": care, "priority": priority, "today": on})
    )
    while page := list(islice(everyone, PAGE)):
        yield page


def _stretch(stretch: Stretch, known: dict[str, Any]) -> Iterator[UUID]:
    """A stretch of one class, a page of the index at a time."""
    columns = ", ".join(stretch.columns)
    after, begun = "true", dict(known)
    while True:
        with connections[MATCHER].cursor() as cursor:
            cursor.execute(
                f"SELECT {columns} FROM brokering_turn WHERE care_id = %(care)s"
                f" AND priority = %(priority)s AND stands_until >= %(today)s"
                f" AND {stretch.condition} AND {after} ORDER BY {columns} LIMIT {PAGE}",
                begun,
            )
            rows = cursor.fetchall()
        yield from (row[-1] for row in rows)
        if len(rows) < PAGE:
            return
        last = {
            f"last_{name}": value for name, value in zip(stretch.columns, rows[-1], strict=True)
        }
        after = f"({columns}) > ({', '.join(f'%({name})s' for name in last)})"
        begun = known | last


def to_work_out(care: str, *, on: date, most: int) -> dict[UUID, int]:
    """Needs of a care whose last day is not known or holds no longer, each with the stamp of its change."""
    with connections[MATCHER].cursor() as cursor:
        cursor.execute(
            "SELECT need_key, stamp FROM brokering_turn JOIN need_profile USING (need_key)"
            " WHERE brokering_turn.care_id = %s AND (stands_until IS NULL OR stands_until < %s)"
            " LIMIT %s",
            [care, on, most],
        )
        return dict(cursor.fetchall())


def cares_to_work_out(*, on: date) -> list[str]:
    """Cares in which somebody's last day is to be worked out."""
    with connections[MATCHER].cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT care_id FROM brokering_turn"
            " WHERE stands_until IS NULL OR stands_until < %s ORDER BY care_id",
            [on],
        )
        return [care for (care,) in cursor.fetchall()]
