"""Why a need has its place in the last plan, or none; or why the one that it was offered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.conf import settings

from brokering.models import Proposal, Referral
from brokering.selectors.chain_leads import both_for
from brokering.selectors.chains import pair_of
from brokering.selectors.country.one_need import NeedTold, Option, told_of_need
from brokering.selectors.need_profiles import MATCHER
from brokering.selectors.snapshots import Narrowed, round_input


@dataclass(frozen=True, kw_only=True)
class Told:
    """The answer for one need: a code, and counts of places by code.

    `taken`: better places that others have; `removed`: places that could not be, by first reason, and
    `clinics` at how many clinics; `grounds`: for each of those that is the law's, the reasons of the law;
    `place`: what the place means (slot, route, in time, distance), None where there is none;
    `rather`: the best place that others have; `second`: what came after the own, and what makes it less;
    `after_wish`: the first lawful day after the wished period; `is_offered`: the person has been told of the
    place; `round_at`: when the round ran that the answer is from, None where none has.
    """

    code: str
    taken: Mapping[str, int] = field(default_factory=dict)
    removed: Mapping[str, int] = field(default_factory=dict)
    clinics: Mapping[str, int] = field(default_factory=dict)
    grounds: Mapping[str, Sequence[str]] = field(default_factory=dict)
    place: Mapping[str, Any] | None = None
    rather: Option | None = None
    second: Option | None = None
    after_wish: date | None = None
    is_offered: bool = False
    round_at: datetime | None = None


def explain(care: str, need_key: str, *, now: datetime) -> Told:
    """Why this place, why nobody, or why no round looks at the need."""
    key = UUID(need_key)
    found = told_of_need(care, key, now=now)
    if found is not None:
        return _now(found)
    narrowed = Narrowed(needs=frozenset({key}), notice=settings.MATCH_NOTICE)
    left_out = round_input(care, now=now, slots=(), narrowed=narrowed).left_out
    if need_key in left_out:
        return Told(code=_together(key, now) or left_out[need_key])
    return _then(need_key)


def _together(key: UUID, now: datetime) -> str:
    """What a search for both finds now, for the first of two needs that are given together; else nothing."""
    lead = Referral.objects.filter(need_key=key, followed_by__isnull=False).first()
    return "" if lead is None or pair_of(lead, now=now) is None else both_for(lead, now=now).code


def for_patient(found: Told) -> Told:
    """What the patient is told: no plan that may still change, and nothing of a place that others have."""
    if found.place is None or found.is_offered:
        return replace(found, rather=None)
    return replace(found, code="next_round", taken={}, place=None, rather=None, second=None)


def _now(found: NeedTold) -> Told:
    return Told(
        code=found.code,
        taken=found.taken,
        removed=found.removed,
        clinics=found.clinics,
        grounds=found.grounds,
        place=found.place,
        rather=found.rather,
        second=found.second,
        after_wish=found.after_wish,
        round_at=found.round_at,
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
        is_offered=True,
        round_at=last.round.started_at,
    )
