"""The queue of `matching.queue` as an index of the database, and which of its turns do not stand."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from django.db import connections

from accounts.database.statements import tuples_of
from brokering.law.facts import Route
from brokering.matching.snapshot import WithinClass
from brokering.selectors.need_profiles import MATCHER

TURN = {
    WithinClass.RESCUABLE_FIRST: ("priority", "chooses_on", "since", "need_key"),
    WithinClass.LONGEST_WAITING_FIRST: ("priority", "since", "need_key"),
}
"""`matching.queue` as columns, each order kept by an index."""
AWAY = (Route.GUARANTEE_REROUTE, Route.FREE_CHOICE, Route.INPATIENT_CHOICE)
"""The routes beside one's own region's, which everybody has, in the order of their bits in a turn."""


UNSETTLED = """
    SELECT FROM (SELECT) one
     WHERE EXISTS (SELECT FROM brokering_turn WHERE care_id = %(care)s AND stands_until IS NULL)
        OR EXISTS (SELECT FROM brokering_turn WHERE care_id = %(care)s AND stands_until < %(on)s)
"""
"""Asked apart, each is one look into the index; together they would be a look at every turn."""


def away(routes: Collection[str]) -> int:
    """Routes as the bits of a turn; one's own region's has none."""
    return sum(1 << bit for bit, route in enumerate(AWAY) if route in routes)


def is_settled(care: str, *, on: date) -> bool:
    """Whether every turn of a care stands: looked at before each freed place, so it asks for nothing else."""
    return not tuples_of(UNSETTLED, {"care": care, "on": on}, using=MATCHER)


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
