"""Runs a matching round for a care and writes down what it proposes; nobody is told anything here."""

import uuid
from collections import Counter
from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings

from accounts import topics
from accounts.actions.trail import event
from accounts.database.rows import add
from accounts.news import News, tell
from accounts.tenancy import Actor, acting_as
from brokering.matching import exact
from brokering.matching.engines import Engine as Engines
from brokering.matching.explain import Explanations
from brokering.matching.round import Engine, Result, run
from brokering.models import Proposal, Round, RoundStore
from brokering.selectors.country.packing import stored
from brokering.selectors.country.plans import ONLY
from brokering.selectors.country.problems import Given
from brokering.selectors.country.remembered import given_of
from brokering.selectors.country.seen import SEEN, seen_now
from brokering.selectors.need_profiles import MATCHER
from brokering.selectors.snapshots import RoundInput, lot_of, round_input


@dataclass(frozen=True, kw_only=True)
class Proposed:
    """One proposal as the makers of offers need it; no identity."""

    round: UUID
    need_key: UUID
    tenant: UUID
    slot: UUID
    lot: UUID
    route: str
    follow: UUID | None = None
    """The place that follows, for a need that is given together with another."""


@dataclass(frozen=True)
class RoundOutcome:
    """A round that was run: its row, what it read, what came out, and the proposals to offer."""

    id: UUID
    given: RoundInput
    result: Result
    proposals: tuple[Proposed, ...]


@dataclass(frozen=True)
class Only:
    """Which places are given out, where not all are, and by which engine.

    `given` is what was read of them, `seen` what had been seen then (`selectors.country.seen`); where they
    are empty, both are read anew.
    """

    slots: Collection[UUID]
    given: RoundInput | None = None
    engine: Engine = exact.solve
    seen: str = ""


def run_round(
    *, by: Actor, care: str, now: datetime, finished: datetime, only: Only | None = None
) -> RoundOutcome:
    """One round over the waiting needs and free places of a care, written as the matching role.

    With `only`, some places alone are given out (freed ones, matched at once). Deterministic: the same rows
    give the same proposals.
    """
    seen = (only.seen if only else "") or seen_now()
    read = only and only.given
    given = read or round_input(care, now=now, slots=only.slots if only else None)
    engine = only.engine if only else exact.solve
    result = run(given.snapshot, engine)
    round_id = uuid.uuid4()
    proposals = _proposed(round_id, given, result)
    kept = _kept(care, given, result) if settings.ROUND_STORE_KEPT else None
    done = Round(
        id=round_id,
        care_id=care,
        state=Round.State.DONE,
        started_at=now,
        finished_at=finished,
        digest=kept.fingerprint() if kept else result.digest,
        settings={"within_class": given.snapshot.settings.within_class, SEEN: seen}
        | _of_some(only)
        | _solved_by(engine),
        summary=_summary(given, result),
    )
    store = [RoundStore(round_id=round_id, body=stored(kept), stored_at=now)] if kept else []
    _write(done, store, _rows(proposals, given, result))
    with acting_as(by):
        many = len(proposals)
        trail = event("round.done", round_id, by=by, now=finished, care=care, proposals=many)
        told = {"round": str(round_id)}
        news = News(topic=topics.round_of(care), kind="round_done", data=told)
        tell(news, now=finished, beside=[trail])
    return RoundOutcome(round_id, given, result, proposals)


def _write(done: Round, store: list[RoundStore], proposals: list[Proposal]) -> None:
    """All of a round in one statement: it is there whole or not at all."""
    *beside, last = [rows for rows in ([done], store, proposals) if rows]
    add(last, beside=[row for rows in beside for row in rows], using=MATCHER)


def _proposed(key: UUID, given: RoundInput, result: Result) -> tuple[Proposed, ...]:
    return tuple(
        Proposed(
            round=key,
            need_key=UUID(one.need),
            tenant=given.tenants[one.need],
            slot=UUID(one.slot_id),
            lot=lot_of(one.lot),
            route=one.route,
        )
        for one in result.proposals
    )


def _kept(care: str, given: RoundInput, result: Result) -> Given:
    """What is solved to the same answer again: caps that were reached are closed to whom they shut out."""
    return given_of(care, given.snapshot, given.tenants, result.closed)


def _solved_by(engine: Engine) -> dict[str, str]:
    """Which engine solves it again."""
    return {"engine": Engines.EXACT if engine is exact.solve else Engines.GREEDY}


def _of_some(only: Only | None) -> dict[str, int]:
    """What tells a round over some places from one over all."""
    return {} if only is None else {ONLY: len(only.slots)}


def _rows(proposals: tuple[Proposed, ...], given: RoundInput, result: Result) -> list[Proposal]:
    """The proposals as rows; those that will be offered keep why, for once offered no round sees them."""
    explanations = Explanations(given.snapshot, result)
    return [
        Proposal(
            round_id=proposed.round,
            need_key=proposed.need_key,
            tenant_id=proposed.tenant,
            slot_id=proposed.slot,
            lot_id=proposed.lot,
            route=proposed.route,
            rank=asdict(found),
            why=_why(explanations, found.need) if number < settings.ROUND_OFFERS_MAX else {},
        )
        for number, (proposed, found) in enumerate(zip(proposals, result.proposals, strict=True))
    ]


def _why(explanations: Explanations, need: str) -> dict[str, object]:
    told = explanations.need(need)
    return {
        "code": told.code,
        "taken": dict(told.taken),
        "removed": dict(told.removed),
        "grounds": dict(told.grounds),
    }


def _summary(given: RoundInput, result: Result) -> dict[str, object]:
    reasons: dict[str, int] = {}
    for against in result.unmatched.values():
        first = next(iter(against))
        reasons[first] = reasons.get(first, 0) + 1
    return {
        **asdict(result.summary),
        "proposals": len(result.proposals),
        "needs": len(given.snapshot.needs),
        "unmatched_by_first_reason": dict(sorted(reasons.items())),
        "left_out": dict(sorted(Counter(given.left_out.values()).items())),
        "caps_reached": list(result.caps_reached),
        "proven": list(result.certificate.proven),
        "gap": dict(result.certificate.gap),
    }
