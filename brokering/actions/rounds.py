"""Runs a matching round for a care and writes down what it proposes; nobody is told anything here."""

import uuid
from collections import Counter
from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from accounts import topics
from accounts.actions.trail import record
from accounts.news import News, tell
from accounts.tenancy import Actor, acting_as
from brokering.matching import exact
from brokering.matching.explain import Explanations
from brokering.matching.round import Engine, Result, run
from brokering.models import Proposal, Round
from brokering.selectors.country.plans import ONLY
from brokering.selectors.need_profiles import MATCHER
from brokering.selectors.snapshots import Narrowed, RoundInput, lot_of, round_input


@dataclass(frozen=True, kw_only=True)
class Proposed:
    """One proposal as the makers of offers need it; no identity."""

    round: UUID
    need_key: UUID
    tenant: UUID
    slot: UUID
    lot: UUID
    route: str


@dataclass(frozen=True)
class RoundOutcome:
    """A round that was run: its row, what it read, what came out, and the proposals to offer."""

    id: UUID
    given: RoundInput
    result: Result
    proposals: tuple[Proposed, ...]


@dataclass(frozen=True)
class Only:
    """Which places are given out, where not all are; to whom alone and by which engine."""

    slots: Collection[UUID]
    needs: frozenset[UUID] | None = None
    engine: Engine = exact.solve


def run_round(
    *, by: Actor, care: str, now: datetime, finished: datetime, only: Only | None = None
) -> RoundOutcome:
    """One round over the waiting needs and free places of a care, written as the matching role.

    With `only`, some places alone are given out (freed ones, matched at once). Deterministic: the same rows
    give the same proposals.
    """
    given = _given(care, now, only)
    result = run(given.snapshot, only.engine if only else exact.solve)
    round_id = uuid.uuid4()
    proposals = tuple(
        Proposed(
            round=round_id,
            need_key=UUID(one.need),
            tenant=given.tenants[one.need],
            slot=UUID(one.slot_id),
            lot=lot_of(one.lot),
            route=one.route,
        )
        for one in result.proposals
    )
    with transaction.atomic(using=MATCHER):
        Round.objects.using(MATCHER).create(
            id=round_id,
            care_id=care,
            state=Round.State.DONE,
            started_at=now,
            finished_at=finished,
            digest=result.digest,
            settings={"within_class": given.snapshot.settings.within_class} | _of_some(only),
            summary=_summary(given, result),
        )
        Proposal.objects.using(MATCHER).bulk_create(_rows(proposals, given, result))
    with acting_as(by):
        record("round.done", round_id, by=by, now=finished, care=care, proposals=len(proposals))
        tell(
            News(topic=topics.round_of(care), kind="round_done", data={"round": str(round_id)}),
            now=finished,
        )
    return RoundOutcome(round_id, given, result, proposals)


def _given(care: str, now: datetime, only: Only | None) -> RoundInput:
    if only is None:
        return round_input(care, now=now)
    narrowed = None
    if only.needs is not None:
        narrowed = Narrowed(needs=only.needs, notice=settings.MATCH_NOTICE)
    return round_input(care, now=now, slots=only.slots, narrowed=narrowed)


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
    }
