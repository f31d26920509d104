"""Places that became free: taken to be matched again, and forgotten once they have been."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from accounts.database.statements import tuples_of
from providers.models import FreedPlace

KEPT_BY_A_WORKER = timedelta(minutes=5)
"""A worker that has not finished after so long is taken for dead."""
MOST_AT_ONCE = 20
"""So many are matched together: the last of them waits for the first less than a second."""
OLDEST_AT_ONCE = 5
"""So many of them have waited longest, however late they begin: no place is passed over for ever."""
LEFT = "(f.taken_at IS NULL OR f.taken_at < %(dead)s)"
OF_CARE = f"""
    FROM first CROSS JOIN providers_freedplace f CROSS JOIN LATERAL (
        SELECT s.starts_at FROM providers_slot s
         WHERE s.id = f.slot_id AND s.care_id = first.care_id OFFSET 0) s
    WHERE {LEFT}
"""
"""Notes of one care. Each slot is looked up by itself: left to choose, the server would read all slots."""
TAKE = f"""
    WITH first AS (
        SELECT (SELECT s.care_id FROM providers_slot s WHERE s.id = f.slot_id) AS care_id
          FROM providers_freedplace f
         WHERE {LEFT} ORDER BY f.id LIMIT 1 FOR UPDATE OF f SKIP LOCKED),
    oldest AS MATERIALIZED (
        SELECT f.id {OF_CARE}
         ORDER BY f.id LIMIT %(oldest)s FOR UPDATE OF f SKIP LOCKED),
    soonest AS MATERIALIZED (
        SELECT f.id, s.starts_at {OF_CARE} AND f.id NOT IN (SELECT id FROM oldest)
         ORDER BY s.starts_at, f.id LIMIT %(most)s - %(oldest)s FOR UPDATE OF f SKIP LOCKED),
    chosen AS (
        SELECT id, starts_at FROM soonest UNION ALL SELECT id, NULL FROM oldest)
    UPDATE providers_freedplace f SET taken_at = %(now)s FROM chosen WHERE f.id = chosen.id
    RETURNING f.id, f.slot_id, chosen.starts_at
"""
"""Of two statements that take at once, each leaves what the other is at."""


@dataclass(frozen=True)
class Freed:
    """A note of the database that a place became free."""

    note: int
    slot: UUID


def take_freed(*, now: datetime) -> list[Freed]:
    """Take what nobody else is at of one care: what begins soonest and some of the oldest.

    The care is that of the one that has waited longest. `MOST_AT_ONCE` at most.
    """
    known = {"most": MOST_AT_ONCE, "oldest": OLDEST_AT_ONCE}
    rows = tuples_of(TAKE, {**known, "now": now, "dead": now - KEPT_BY_A_WORKER})
    rows.sort(key=lambda row: (row[2] is None, row[2], row[0]))
    return [Freed(note, place) for note, place, _ in rows]


def forget_freed(done: Iterable[Freed]) -> None:
    """They have been matched again. What became free once more meanwhile has a note of its own."""
    FreedPlace.objects.filter(id__in=[one.note for one in done]).delete()
