"""Rounds over the country: begun by the schedule or a person, shared by workers, finished by whoever can."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from accounts.selectors.actors import system_actor
from brokering.actions.forgetting import forget_rounds
from brokering.actions.national_rounds import (
    CareDone,
    abandon,
    begin,
    close,
    keep_inputs,
    take_up,
    write_cares,
)
from brokering.actions.turns import work_out
from brokering.matching.engines import Engine
from brokering.matching.shards import groups
from brokering.models import NationalRound
from brokering.selectors.country.rounds import LINKED, dealt, engine_due, is_alive
from brokering.selectors.need_profiles import MATCHER
from brokering.selectors.places import swedish_day
from brokering.selectors.turns import cares_to_work_out
from brokering.selectors.upkeep import waiting_by_care
from brokering.tasks.rounds import offered

SEPARATOR = ","
"""Between the codes of a shard's cares, on their way to a worker."""


@shared_task(name="brokering.round_tasks.run_national_round")
def run_national_round(engine: str = "") -> str:
    """Begin a round over every care with someone waiting and hand its shards to the workers; its id.

    Without an engine, by the one that is due. One that still runs is left to finish: a second one would give
    nobody anything sooner.
    """
    now, waiting = timezone.now(), waiting_by_care()
    if not waiting or any(is_alive(row, now=now) for row in _unended()):
        return ""
    wanted = Engine(engine) if engine else engine_due(sum(waiting.values()), now=now)
    cares = sorted(waiting, key=lambda care: (-waiting[care], care))
    shards = dealt(waiting, wanted, workers=settings.ROUND_WORKERS, now=now)
    national = begin(cares=cares, engine=wanted, now=now, shards=shards)
    for shard in shards:
        match_shard.delay(str(national), SEPARATOR.join(shard))
    return str(national)


@shared_task(name="brokering.round_tasks.match_shard")
def match_shard(national: str, cares: str) -> dict[str, int]:
    """The cares of a shard that nobody has done, with offers; the end of the round if it was the last."""
    done = run_shard(UUID(national), cares.split(SEPARATOR), offers=settings.ROUND_OFFERS_MAX)
    sent = sum(offered(one, now=timezone.now()) for care in done for one in care.first)
    return {"proposals": sum(care.proposals for care in done), "offers": sent}


@shared_task(name="brokering.round_tasks.work_out_turns")
def work_out_turns() -> int:
    """Work out the last days that changes have moved, so that no freed place waits for it; how many."""
    now = timezone.now()
    return sum(work_out(care, now=now) for care in cares_to_work_out(on=swedish_day(now)))


@shared_task(name="brokering.round_tasks.resume_national_rounds")
def resume_national_rounds() -> int:
    """Take up rounds that nobody has finished: what is missing is run again; how many cares."""
    now, missing = timezone.now(), 0
    for row in _unended():
        if is_alive(row, now=now):
            continue
        left = [] if _given_up(row, now) else take_up(by=system_actor(), national=row.id, now=now)
        for group in groups(left, row.parameters.get(LINKED, ())):
            match_shard.delay(str(row.id), SEPARATOR.join(group))
        missing += len(left)
    return missing


@shared_task(name="brokering.round_tasks.forget_old_rounds")
def forget_old_rounds() -> int:
    """Remove what is kept of rounds for a time only; how many proposals."""
    return forget_rounds(now=timezone.now())


def run_shard(national: UUID, cares: Sequence[str], *, offers: int) -> list[CareDone]:
    """Some cares of a national round as the system, and its end if they were the last."""
    by, now = system_actor(), timezone.now()
    written = write_cares(by=by, national=national, cares=cares, now=now, explained=offers)
    close(by=by, national=national, finished=timezone.now())
    keep_inputs(written, now=now)
    return [one.done for one in written]


def _unended() -> list[NationalRound]:
    """Rounds that are not ended, the oldest first."""
    running = NationalRound.objects.using(MATCHER).filter(state=NationalRound.State.RUNNING)
    return list(running.order_by("started_at"))


def _given_up(row: NationalRound, now: datetime) -> bool:
    """End a stopped round that is done after all, or overtaken; whether it is ended."""
    by = system_actor()
    if close(by=by, national=row.id, finished=now):
        return True
    return _overtaken(row) and abandon(by=by, national=row.id, finished=now)


def _overtaken(row: NationalRound) -> bool:
    """Whether a later round has begun: what this one lacks is answered by that."""
    later = NationalRound.objects.using(MATCHER).filter(started_at__gt=row.started_at)
    return later.exists()
