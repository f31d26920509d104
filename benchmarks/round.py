"""Rounds: snapshot, candidates by law and terms, optimum, proposals written; care by care."""

from datetime import UTC, datetime
from functools import partial

from django.db import connections

from benchmarks.stage import milliseconds, tell
from brokering.tasks import matched

NOW = datetime.now(UTC)
CARES_MEASURED = 12


def measure() -> None:
    """The cares with the longest queues; size is how many wait for them."""
    queues = _longest_queues()
    took, _ = milliseconds(partial(matched, care, now=NOW) for care, _ in queues)
    read, _ = milliseconds(partial(_read, care) for care, _ in queues)
    reference = ("its need profiles and open times read once", read)
    tell("round.care", took, reference, sum(waiting for _, waiting in queues))


def _longest_queues() -> list[tuple[str, int]]:
    with connections["matcher"].cursor() as cursor:
        cursor.execute(
            "SELECT care_id, count(*) FROM need_profile GROUP BY care_id"
            " ORDER BY count(*) DESC, care_id LIMIT %s",
            [CARES_MEASURED],
        )
        return cursor.fetchall()


def _read(care: str) -> None:
    with connections["matcher"].cursor() as cursor:
        cursor.execute("SELECT * FROM need_profile WHERE care_id = %s", [care])
        cursor.fetchall()
        cursor.execute(
            "SELECT * FROM providers_slot WHERE care_id = %s AND state = 'open' AND starts_at > %s",
            [care, NOW],
        )
        cursor.fetchall()
