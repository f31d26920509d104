"""Works out the last day in time of those whose turn changed; the law says it, the index keeps it."""

from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import connections

from brokering.selectors.need_profiles import MATCHER, Profile, profiles_of_care
from brokering.selectors.places import swedish_day
from brokering.selectors.snapshots import due_of
from brokering.selectors.turns import to_work_out

AT_ONCE = 1_000
HOLDS = timedelta(days=7)
"""How long a last day is believed, and up to SPREAD days more: then law is read anew in any case."""
SPREAD = 7
"""Days over which, by their keys, those are spread who were worked out on one day."""
DAY = timedelta(days=1)

WRITE = """
    WITH mine AS (
        SELECT t.need_key, g.due, g.until
          FROM unnest(%s::uuid[], %s::date[], %s::date[], %s::bigint[]) AS g(need_key, due, until, stamp)
          JOIN brokering_turn t USING (need_key) WHERE t.stamp = g.stamp
         ORDER BY t.need_key FOR UPDATE OF t SKIP LOCKED)
    UPDATE brokering_turn t SET due = mine.due, stands_until = mine.until
      FROM mine WHERE t.need_key = mine.need_key
"""
"""Whoever is being changed at this moment is left: the change asks for it to be worked out once more."""


def work_out(care: str, *, now: datetime) -> int:
    """Work out every last day of a care that is not known; how many were written."""
    written, today = 0, swedish_day(now)
    while stamps := to_work_out(care, on=today, most=AT_ONCE):
        # The stamps are read first: what changes after that is not overwritten with what was before.
        profiles = profiles_of_care(care, among=stamps)
        done = _write(profiles, stamps, today)
        written += done
        if not done or len(stamps) < AT_ONCE:
            break
    return written


def _write(profiles: list[Profile], stamps: dict[UUID, int], today: date) -> int:
    columns = (
        [one.need_key for one in profiles],
        [due_of(one, today) for one in profiles],
        [_holds_until(one, today) for one in profiles],
        [stamps[one.need_key] for one in profiles],
    )
    with connections[MATCHER].cursor() as cursor:
        cursor.execute(WRITE, columns)
        return int(cursor.rowcount)


def _holds_until(profile: Profile, today: date) -> date:
    """The day before the next event that is written but still ahead, or some days on."""
    ahead = [event.on for event in profile.events if event.on > today]
    last = today + HOLDS + DAY * (profile.need_key.int % SPREAD)
    return min([*(day - DAY for day in ahead), last])
