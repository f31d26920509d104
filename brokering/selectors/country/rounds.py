"""What is told of a national round, which one is due, and whether somebody is at it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connections
from django.db.models import Count, Max
from django.utils import timezone

from brokering.matching.engines import Engine
from brokering.matching.shards import effort, shards
from brokering.models import NationalRound, Round
from brokering.selectors.need_profiles import MATCHER
from brokering.selectors.places import swedish_day
from contracts.selectors.caps import linked_cares

AT_WORK = """
    SELECT care FROM unnest(%(cares)s::text[]) AS care,
        LATERAL (SELECT hashtextextended(%(round)s || '/' || care, 0) AS key) AS named
    WHERE EXISTS (
        SELECT FROM pg_locks l WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
        AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND (l.classid::bigint << 32 | l.objid::bigint) = named.key)
"""
"""Whoever solves a care holds its lock until it is written; a worker that dies lets go of it."""


RESUMED = "resumed"
"""In a national round's parameters, how often it was taken up again."""
TAKEN_UP = "taken_up_at"
"""And when it was last."""
LINKED = "linked"
"""And the sets of cares that caps linked when it began: a round keeps to them."""
SHARDS = "shards"
"""And the cares as they were dealt to workers, where they were; nothing depends on it."""
LOOKED_BACK = 20
"""Rounds over the country in which a care is looked for to tell how long it took."""


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a round over the country has come; `state` is one of the row's, or `stopped`.

    One that has stopped is taken up again by the schedule.
    """

    engine: str
    state: str
    started_at: datetime
    cares: int
    done: int
    resumed: int
    summary: Mapping[str, Any]


def latest_rounds(*, now: datetime, most: int) -> list[Progress]:
    """The latest rounds over the country, the newest first."""
    rows = NationalRound.objects.using(MATCHER).annotate(done=Count("rounds"))
    return [
        Progress(
            engine=row.engine,
            state=_state(row, now),
            started_at=row.started_at,
            cares=len(row.cares),
            done=row.done,
            resumed=row.parameters.get(RESUMED, 0),
            summary=row.summary,
        )
        for row in rows.order_by("-started_at")[:most]
    ]


def _state(row: NationalRound, now: datetime) -> str:
    running = row.state == NationalRound.State.RUNNING
    return "stopped" if running and not is_alive(row, now=now) else row.state


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


def dealt(
    waiting: Mapping[str, int], engine: Engine, *, workers: int, now: datetime
) -> tuple[tuple[str, ...], ...]:
    """The cares that so many wait for in shards, by how long the engine took for each the last time."""
    return shards(
        effort(waiting, _seconds_before(engine)), workers, linked_cares(on=swedish_day(now))
    )


def _seconds_before(engine: Engine) -> dict[str, float]:
    """For how long the engine solved each care when it last did; a round may have been over some alone."""
    ended = NationalRound.objects.using(MATCHER).filter(
        engine=engine.value, state=NationalRound.State.DONE
    )
    lately = list(ended.order_by("-started_at").values_list("id", flat=True)[:LOOKED_BACK])
    rounds = Round.objects.using(MATCHER).filter(national__in=lately).order_by("started_at")
    return dict(rounds.values_list("care_id", "summary__solving_seconds"))


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
    last = max(row.started_at, written["at"] or row.started_at, _taken_up_at(row))
    return last > since or bool(cares_at_work(row))


def _taken_up_at(row: NationalRound) -> datetime:
    told = row.parameters.get(TAKEN_UP)
    return datetime.fromisoformat(told) if told else row.started_at
