"""Works out what the turns of those who have changed tell; the law says it, the index keeps it."""

from dataclasses import fields
from datetime import date, datetime
from time import sleep
from typing import Any
from uuid import UUID

from django.db import connections

from brokering.models import Turn
from brokering.selectors.need_profiles import MATCHER, Profile, brief_profiles
from brokering.selectors.places import swedish_day
from brokering.selectors.turning import Turning, turning
from brokering.selectors.turns import is_settled, to_work_out

AT_ONCE = 2_000
PATIENCE, PAUSE = 20, 0.05
"""How often, with how many seconds between, to look again at rows that somebody else is at."""
COLUMNS = tuple(field.name for field in fields(Turning))


def _type(column: str) -> str:
    """The type of a column without its length."""
    field: Any = Turn._meta.get_field(column)
    return str(field.db_type(connections[MATCHER])).split("(")[0]


WRITE = f"""
    WITH mine AS (
        SELECT g.*
          FROM unnest(%s::uuid[], %s::bigint[], {", ".join(f"%s::{_type(one)}[]" for one in COLUMNS)})
               AS g(need_key, stamp, {", ".join(COLUMNS)})
          JOIN brokering_turn t USING (need_key) WHERE t.stamp = g.stamp
         ORDER BY t.need_key FOR UPDATE OF t SKIP LOCKED)
    UPDATE brokering_turn t SET {", ".join(f"{one} = mine.{one}" for one in COLUMNS)}
      FROM mine WHERE t.need_key = mine.need_key
"""
"""Whoever is being changed at this moment is left: the change asks for it to be worked out once more."""


def work_out(care: str, *, now: datetime) -> int:
    """Work out every turn of a care that does not stand; how many were written."""
    written, waited, today = 0, 0, swedish_day(now)
    if is_settled(care, on=today):
        return 0
    while stamps := to_work_out(care, on=today, most=AT_ONCE):
        # The stamps are read first: what changes after that is not overwritten with what was before.
        profiles = brief_profiles(care, stamps)
        done = _write(profiles, stamps, today)
        written += done
        if not done:
            # Another worker is at them for a moment, or a change until its transaction ends.
            waited += 1
            if waited > PATIENCE:
                break
            sleep(PAUSE)
    return written


def _write(profiles: list[Profile], stamps: dict[UUID, int], today: date) -> int:
    found = [turning(one, today) for one in profiles]
    keys = [one.need_key for one in profiles]
    columns = [[getattr(one, name) for one in found] for name in COLUMNS]
    with connections[MATCHER].cursor() as cursor:
        cursor.execute(WRITE, [keys, [stamps[key] for key in keys], *columns])
        return int(cursor.rowcount)
