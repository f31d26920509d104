"""Rounds over many cares: begun once, run care by care wherever a worker is free, closed when all are done.

Each care is solved and written in one transaction, so a worker that dies leaves whole cares and nothing
else; what is missing is run again by anybody. Two workers never write one care of one round: `Round` has a
constraint for it, and a lock tells the later one that somebody is at it. What a care was solved from is
stored once its proposals are seen by everybody: nobody waits for it, and a worker that dies in between
leaves a round that says that it cannot be solved again.
"""

import hashlib
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from time import perf_counter
from typing import Any
from uuid import UUID

import numpy as np
import psycopg
from django.conf import settings
from django.db import connections, transaction

from accounts import topics
from accounts.actions.trail import record
from accounts.news import News, tell
from accounts.tenancy import Actor, acting_as
from brokering.actions.rounds import Proposed
from brokering.matching.engines import Engine
from brokering.matching.leftover import why_left
from brokering.matching.problem import UNKNOWN
from brokering.matching.ranking import ROUTE_ORDER
from brokering.matching.round import Proposal as MatchedPair
from brokering.matching.settling import KM, summary
from brokering.matching.shards import groups
from brokering.models import NationalRound, Proposal, Round, RoundStore
from brokering.selectors.country.columns import halves
from brokering.selectors.country.packing import Smalls, Uuids, stored, takes_arrays
from brokering.selectors.country.problems import CareInput, Given, opened
from brokering.selectors.country.reasons import reasons_of
from brokering.selectors.country.rounds import (
    LINKED,
    RESUMED,
    SHARDS,
    TAKEN_UP,
    cares_at_work,
    missing_cares,
)
from brokering.selectors.country.seen import SEEN, seen_now
from brokering.selectors.country.solving import Solved, solved
from brokering.selectors.need_profiles import MATCHER
from brokering.selectors.places import swedish_day
from contracts.selectors.caps import linked_cares

LOCK = "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))"
INSERT = f"""
    INSERT INTO {Proposal._meta.db_table}
        (round_id, need_key, tenant_id, slot_id, lot_id, route, rank, why)
    SELECT %(round)s, need, tenant, slot, lot, (%(routes)s::text[])[route + 1], '{{}}', '{{}}'
    FROM unnest(%(needs)s::uuid[], %(tenants)s::uuid[], %(slots)s::uuid[], %(lots)s::uuid[],
                %(route)s::smallint[]) AS given(need, tenant, slot, lot, route)
"""
"""COPY would be refused: the table has row security. Arrays are as quick, and travel the same way."""
SOON_ON_DISK = "SET LOCAL synchronous_commit = off"
"""A server that dies loses the last cares as if their worker had died; what is written later, too."""
STORE = f"INSERT INTO {RoundStore._meta.db_table} (round_id, body, stored_at) VALUES (%s, %b, %s)"


@dataclass(frozen=True, kw_only=True)
class CareDone:
    """A care of a national round: its round, and the first proposals, for whoever makes offers of them."""

    care: str
    round: UUID
    first: tuple[Proposed, ...]
    proposals: int


def begin(
    *, cares: Sequence[str], engine: Engine, now: datetime, shards: Sequence[Sequence[str]] = ()
) -> UUID:
    """A new national round over some cares, the longest queue first; `shards` are noted, and no more."""
    row = NationalRound(
        engine=engine,
        state=NationalRound.State.RUNNING,
        cares=list(cares),
        parameters={
            "within_class": settings.MATCH_WITHIN_CLASS,
            LINKED: [sorted(one) for one in linked_cares(on=swedish_day(now))],
            SHARDS: [list(one) for one in shards],
        },
        started_at=now,
    )
    row.save(using=MATCHER, force_insert=True)
    return row.id


@dataclass(frozen=True, eq=False)
class Written:
    """A care whose proposals everybody sees, and what it was solved from."""

    done: CareDone
    given: Given


def run_cares(
    *, by: Actor, national: UUID, cares: Iterable[str], now: datetime, explained: int = 0
) -> list[CareDone]:
    """`write_cares` and `keep_inputs`, one after the other."""
    written = write_cares(by=by, national=national, cares=cares, now=now, explained=explained)
    keep_inputs(written, now=now)
    return [one.done for one in written]


def write_cares(
    *, by: Actor, national: UUID, cares: Iterable[str], now: datetime, explained: int = 0
) -> list[Written]:
    """Read some cares at one moment, solve them and write what each proposes; those done already are left.

    Those that caps link with these are done with them. The first `explained` proposals of each care are told
    with their reasons: offers are to be made of them.
    """
    row = NationalRound.objects.using(MATCHER).get(id=national)
    run = _Run(by, row, now, explained, perf_counter())
    together = _groups_to_do(row, cares)
    if not together:
        return []
    with opened([care for one in together for care in one], now=now) as shard:
        run = replace(run, seen=seen_now())
        inputs = [[shard.input_of(care) for care in one] for one in together]
    return [written for one in inputs for written in _run_group(run, one)]


def keep_inputs(written: Iterable[Written], *, now: datetime) -> None:
    """Store what each care was solved from, so that it can be solved again."""
    for one in written if settings.ROUND_STORE_KEPT else ():
        body = stored(one.given)
        with transaction.atomic(using=MATCHER), connections[MATCHER].wrap_database_errors:
            cursor = psycopg.Cursor(connections[MATCHER].connection)
            cursor.execute(STORE, [one.done.round, body, now], prepare=False)


def _groups_to_do(row: NationalRound, cares: Iterable[str]) -> list[tuple[str, ...]]:
    """The cares asked for that nobody has done or is at, each with those that caps link it with."""
    asked, at_work = list(cares), cares_at_work(row)
    missing = groups(missing_cares(row), row.parameters.get(LINKED, ()))
    free = [one for one in missing if at_work.isdisjoint(one) and not set(one).isdisjoint(asked)]
    return sorted(free, key=lambda one: min(asked.index(care) for care in one if care in asked))


def close(*, by: Actor, national: UUID, finished: datetime) -> bool:
    """Close a round all of whose cares are done, once; whether this call did."""
    row = NationalRound.objects.using(MATCHER).get(id=national)
    if missing_cares(row):
        return False
    return _end(row, NationalRound.State.DONE, by=by, finished=finished)


def take_up(*, by: Actor, national: UUID, now: datetime) -> list[str]:
    """The cares that a stopped round lacks, to be run again; that it was taken up is part of its record."""
    with transaction.atomic(using=MATCHER):
        row = NationalRound.objects.using(MATCHER).select_for_update().get(id=national)
        times = row.parameters.get(RESUMED, 0) + 1
        row.parameters |= {RESUMED: times, TAKEN_UP: now.isoformat()}
        row.save(using=MATCHER, update_fields=["parameters"])
    with acting_as(by):
        record("national_round.resumed", row.id, by=by, now=now, times=times)
    return missing_cares(row)


def abandon(*, by: Actor, national: UUID, finished: datetime) -> bool:
    """Give up a round that another has overtaken; the cares that are done stand."""
    row = NationalRound.objects.using(MATCHER).get(id=national)
    return _end(row, NationalRound.State.ABANDONED, by=by, finished=finished)


def _end(row: NationalRound, state: str, *, by: Actor, finished: datetime) -> bool:
    """Compare and swap: whoever comes later finds it ended."""
    rounds = list(Round.objects.using(MATCHER).filter(national=row).order_by("care_id"))
    digests = "".join(one.digest for one in rounds)
    ended = (
        NationalRound.objects.using(MATCHER)
        .filter(id=row.id, state=NationalRound.State.RUNNING)
        .update(
            state=state,
            finished_at=finished,
            fingerprint=hashlib.sha256(digests.encode()).hexdigest(),
            summary=_added_up(_summaries(rounds)),
        )
    )
    if ended:
        with acting_as(by):
            record("national_round.ended", row.id, by=by, now=finished, cares=len(rounds))
    return bool(ended)


def _summaries(rounds: Sequence[Round]) -> list[dict[str, Any]]:
    """Figures of each care; a gap that linked cares have together, as a cap cut them, the first tells."""
    linked = {one.care_id: one.summary.get("linked", ()) for one in rounds}
    cut = {x for one in rounds if one.summary.get("caps_reached") for x in linked[one.care_id]}
    told = {care for care in cut if care != min(linked[care])}
    return [one.summary | ({"gap": {}} if one.care_id in told else {}) for one in rounds]


def _added_up(summaries: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Figures of all cares: numbers are added, classes class by class."""
    total: dict[str, Any] = {}
    for one in summaries:
        for name, value in one.items():
            if isinstance(value, dict):
                total[name] = _added_up([total.get(name, {}), value])
            elif isinstance(value, (int, float)):
                total[name] = round(total.get(name, 0) + value, 3)
    return total


@dataclass(frozen=True)
class _Run:
    """Who runs which round, when, and how many proposals of each care are explained."""

    by: Actor
    row: NationalRound
    now: datetime
    explained: int
    begun: float
    """Seconds of the process when `now` was."""
    seen: str = ""
    """What had been seen of the database when the cares were read."""


def _run_group(run: _Run, cares: Sequence[CareInput]) -> list[Written]:
    """Solve cares that caps link and write them; none where somebody else has, or is at it."""
    with transaction.atomic(using=MATCHER):
        if not all(_is_ours(run.row, care.care) for care in cares):
            return []
        with connections[MATCHER].cursor() as cursor:
            cursor.execute(SOON_ON_DISK)
        begun = perf_counter()
        found = solved(cares, Engine(run.row.engine))
        took = round((perf_counter() - begun) / len(found), 3)
        written = [_written(run, one, took) for one in found]
    for one in written:
        _announce(run, one.done)
    return written


def _written(run: _Run, found: Solved, took: float) -> Written:
    """A care's round and proposals, as rows."""
    why = reasons_of(found, run.explained, now=run.now)
    round_id = _write(run, found, took)
    done = _done(round_id, found, run.explained)
    _write_proposals(found, done, why)
    return Written(done, found.given)


def _is_ours(row: NationalRound, care: str) -> bool:
    """Whether a care is left to do, and this transaction alone does it."""
    with connections[MATCHER].cursor() as cursor:
        cursor.execute(LOCK, [f"{row.id}/{care}"])
        [(alone,)] = cursor.fetchall()
    return alone and not Round.objects.using(MATCHER).filter(national=row, care=care).exists()


def _write(run: _Run, found: Solved, took: float) -> UUID:
    """The care's round as a row."""
    given, figures = found.given, summary(found.given.problem, found.outcome)
    round_id = uuid.uuid4()
    Round.objects.using(MATCHER).create(
        id=round_id,
        care_id=given.care,
        state=Round.State.DONE,
        started_at=run.now,
        finished_at=run.now + timedelta(seconds=perf_counter() - run.begun),
        digest=given.fingerprint(),
        settings={
            "within_class": given.within_class,
            "engine": run.row.engine,
            SEEN: run.seen,
        },
        summary=figures
        | {
            "solving_seconds": took,
            "unmatched_by_first_reason": why_left(given.problem, found.plan.at),
            "left_out": dict(given.left_out),
            "caps_reached": list(found.caps_reached),
            "linked": list(found.linked),
            "proven": list(found.plan.certificate.proven),
            "gap": dict(found.plan.certificate.gap),
        },
        national=run.row,
    )
    return round_id


def _write_proposals(found: Solved, done: CareDone, why: list[dict[str, Any]]) -> None:
    """The first one by one, with what they mean and why; all others as arrays."""
    rows = [
        Proposal(
            round_id=one.round,
            need_key=one.need_key,
            tenant_id=one.tenant,
            slot_id=one.slot,
            lot_id=one.lot,
            route=one.route,
            rank=_rank(found, at, one),
            why=why[at],
        )
        for at, one in enumerate(done.first)
    ]
    Proposal.objects.using(MATCHER).bulk_create(rows)
    with connections[MATCHER].wrap_database_errors:
        cursor = psycopg.Cursor(connections[MATCHER].connection)
        takes_arrays(cursor)
        rest = _columns(found, slice(len(rows), None))
        cursor.execute(INSERT, {"round": done.round, **rest}, prepare=False)


def _rank(found: Solved, at: int, one: Proposed) -> dict[str, Any]:
    """What the place means to the need, as `matching.round.Proposal` tells it."""
    given, outcome = found.given, found.outcome
    far, way = int(outcome.hectometres[at]), given.ways[outcome.way[at]]
    told = MatchedPair(
        need=str(one.need_key),
        slot_id=str(one.slot),
        lot=str(one.lot),
        route=one.route,
        priority=int(given.problem.priority[outcome.rows[at]]),
        in_time=bool(outcome.late[at] == 0),
        lateness_days=int(outcome.late[at]),
        kept=bool(outcome.kept[at]),
        tier=way.tier,
        distance_km=None if far == UNKNOWN else far / KM,
    )
    return asdict(told)


def _columns(found: Solved, which: slice) -> dict[str, Any]:
    """Some proposals as arrays, ordered as an index of theirs is: what lies together is written at once."""
    given, outcome = found.given, found.outcome
    lots = np.array([given.lots[way.lot] for way in given.ways], "V16")
    routes = np.array([ROUTE_ORDER.index(way.route) for way in given.ways], np.int16)
    first, _ = halves(given.needs[outcome.rows[which]])
    order = np.argsort(first, kind="stable")
    rows, way, slots = (one[which][order] for one in (outcome.rows, outcome.way, outcome.slot))
    return {
        "needs": Uuids(given.needs[rows]),
        "tenants": Uuids(given.tenants[rows]),
        "slots": Uuids(given.slot[slots]),
        "lots": Uuids(lots[way]),
        "route": Smalls(routes[way]),
        "routes": list(ROUTE_ORDER),
    }


def _done(round_id: UUID, found: Solved, most: int) -> CareDone:
    given, outcome = found.given, found.outcome
    first = [
        Proposed(
            round=round_id,
            need_key=UUID(bytes=bytes(given.needs[outcome.rows[at]])),
            tenant=UUID(bytes=bytes(given.tenants[outcome.rows[at]])),
            slot=UUID(bytes=bytes(given.slot[outcome.slot[at]])),
            lot=UUID(bytes=given.lots[given.ways[outcome.way[at]].lot]),
            route=given.ways[outcome.way[at]].route,
        )
        for at in range(min(most, len(outcome.rows)))
    ]
    return CareDone(
        care=given.care, round=round_id, first=tuple(first), proposals=len(outcome.rows)
    )


def _announce(run: _Run, done: CareDone) -> None:
    with acting_as(run.by):
        record(
            "round.done",
            done.round,
            by=run.by,
            now=run.now,
            care=done.care,
            proposals=done.proposals,
        )
        data = {"round": str(done.round)}
        tell(News(topic=topics.round_of(done.care), kind="round_done", data=data), now=run.now)
