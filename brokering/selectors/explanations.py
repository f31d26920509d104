"""Why a need has its place, or none: from a round run again now, or from the one that led to its offer."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from brokering.matching.explain import Explanations, NeedExplanation
from brokering.matching.round import run
from brokering.models import Proposal
from brokering.selectors.need_profiles import MATCHER
from brokering.selectors.snapshots import round_input


@dataclass(frozen=True, kw_only=True)
class Told:
    """The answer for one need: a code, and counts of places by code.

    `taken`: better places that others have; `removed`: places that could not be, by first reason;
    `grounds`: for each of those that is the law's, the reasons that the law gave;
    `place`: what the proposed place means (slot, route, in time, distance), None where there is none;
    `round_at`: when the round ran that the answer is from, None for one run now.
    """

    code: str
    taken: Mapping[str, int] = field(default_factory=dict)
    removed: Mapping[str, int] = field(default_factory=dict)
    grounds: Mapping[str, Sequence[str]] = field(default_factory=dict)
    place: Mapping[str, Any] | None = None
    round_at: datetime | None = None


def explain(care: str, need_key: str, *, now: datetime) -> Told:
    """Why this place, why nobody, or why no round looks at the need."""
    given = round_input(care, now=now)
    if need_key in given.tenants:
        return _now(Explanations(given.snapshot, run(given.snapshot)).need(need_key))
    if need_key in given.left_out:
        return Told(code=given.left_out[need_key])
    return _then(need_key)


def _now(found: NeedExplanation) -> Told:
    place = None if found.proposal is None else asdict(found.proposal)
    return Told(
        code=found.code,
        taken=found.taken,
        removed=found.removed,
        grounds=found.grounds,
        place=place,
    )


def _then(need_key: str) -> Told:
    """An offered or booked need is in no round any more: what the last one said of it."""
    last = (
        Proposal.objects.using(MATCHER)
        .select_related("round")
        .filter(need_key=UUID(need_key))
        .exclude(why={})
        .order_by("-id")
        .first()
    )
    if last is None:
        return Told(code="not_in_round")
    return Told(
        code=last.why["code"],
        taken=last.why["taken"],
        removed=last.why["removed"],
        grounds=last.why.get("grounds", {}),
        place=last.rank,
        round_at=last.round.started_at,
    )
