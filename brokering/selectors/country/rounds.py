"""What is told of a national round, which one is due, and whether somebody is at it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connections
from django.db.models import Max
from django.utils import timezone

from brokering.matching.engines import Engine
from brokering.models import NationalRound, Round
from brokering.selectors.need_profiles import MATCHER

AT_WORK = """
    SELECT care FROM unnest(%(cares)s::text[]) AS care,
        LATERAL (SELECT hashtextextended(%(round)s || '/' || care, 0) AS key) AS named
    WHERE EXISTS (
        SELECT FROM pg_locks l WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
        AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND (l.classid::bigint << 32 | l.objid::bigint) = named.key)
"""
"""Whoever solves a care holds its lock until it is written; a worker that dies lets go of it."""


def told_of(national: UUID) -> dict[str, Any]:
    """The record of a round over many cares, as it stands."""
    row = NationalRound.objects.using(MATCHER).get(id=national)
    return {
        "id": row.id,
        "engine": row.engine,
        "state": row.state,
        "cares": len(row.cares),
        "parameters": row.parameters,
        "fingerprint": row.fingerprint,
        "started_at": row.started_at,
        "finished_at": row.finished_at,
        "summary": row.summary,
    }


def engine_due(waiting: int, *, now: datetime) -> Engine:
    """Which engine the next round is for, when so many wait: the proven one wherever there is time for it.

    A small country is solved exactly every time, a large one once a night; by day it keeps to that plan.
    """
    if waiting <= settings.ROUND_EXACT_MOST or _night_is_due(now):
        return Engine.EXACT
    return Engine(settings.ROUND_ENGINE)


def _night_is_due(now: datetime) -> bool:
    """Whether it is night, and the exact round of this night has not been begun, or has failed."""
    first, last = settings.ROUND_NIGHT
    local = timezone.localtime(now)
    if not first <= local.hour < last:
        return False
    begins = local.replace(hour=first, minute=0, second=0, microsecond=0)
    begun = NationalRound.objects.using(MATCHER).filter(
        engine=NationalRound.Engine.EXACT, started_at__gte=begins
    )
    return not begun.exclude(state=NationalRound.State.ABANDONED).exists()


def missing_cares(row: NationalRound) -> list[str]:
    """The cares of a national round that nobody has written yet, in its order."""
    done = set(Round.objects.using(MATCHER).filter(national=row).values_list("care_id", flat=True))
    return [care for care in row.cares if care not in done]


def cares_at_work(row: NationalRound) -> set[str]:
    """The cares of a national round that somebody is solving at this moment."""
    with connections[MATCHER].cursor() as cursor:
        cursor.execute(AT_WORK, {"cares": row.cares, "round": str(row.id)})
        return {care for (care,) in cursor.fetchall()}


def is_alive(row: NationalRound, *, now: datetime) -> bool:
    """Whether a round that is not ended goes on: it has begun, or done a care, not long ago, or is at one."""
    written = Round.objects.using(MATCHER).filter(national=row).aggregate(at=Max("finished_at"))
    since = now - settings.ROUND_RESUMED_AFTER
    return max(row.started_at, written["at"] or row.started_at) > since or bool(cares_at_work(row))
