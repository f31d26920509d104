"""Who waits for two times that are given together, and where both could be: a need at a time, need first.

A chain takes a place only where nobody who waits for that place alone comes before it in the order of the
queue, at the first place and at the one that follows.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import islice
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef

from brokering.matching.ranking import turn
from brokering.matching.round import chosen
from brokering.models import Referral
from brokering.selectors.alternatives import free_slots
from brokering.selectors.chains import pair_of
from brokering.selectors.country.best_places import best_within
from brokering.selectors.follow_ons import FollowOn, Sought, follow_ons
from brokering.selectors.need_profiles import Profile, profiles_of_care
from brokering.selectors.places import swedish_day
from brokering.selectors.snapshots import PlacesNow, RoundInput, why_left_out
from brokering.selectors.takers import greedily, takers
from brokering.states import ReferralState
from providers.models import Clinic, Slot

TRIED = 12
"""So many places are tried for one need before it is left for the next time; of those alike one."""
NOWHERE, OTHERS_FIRST, FOUND = "together_nowhere", "together_others_first", "together_found"
"""What came of a search: no clinic has both, others go before, a pair; otherwise why a need is left out."""
NOT_IN_ROUND = "not_in_round"
"""What is not, or not yet, in the profiles that the matching role reads."""


@dataclass(frozen=True)
class Both:
    """What was found for the first of two needs: what a round would read, the place that follows, a code."""

    code: str
    given: RoundInput | None = None
    follow: FollowOn | None = None


def leads_waiting(most: int) -> list[tuple[str, str, UUID]]:
    """Both cares and the opaque key of the first of two needs that wait, highest need first."""
    rows = Referral.objects.filter(
        state=ReferralState.WAITING,
        followed_by__state=ReferralState.WAITING,
        followed_by__follows__isnull=False,
        priority__isnull=False,
    )
    rows = rows.order_by("priority", "issued_on", "need_key")
    return list(rows.values_list("care_id", "followed_by__care_id", "need_key")[:most])


def both_for(lead: Referral, *, now: datetime) -> Both:
    """The best place for the first need that a place can follow, where nobody else comes before."""
    pair = pair_of(lead, now=now)
    if pair is None:
        return Both(NOWHERE)
    if left_out := next(filter(None, (_why_left_out(need, now) for need in pair)), ""):
        return Both(left_out)
    within, why = _where_both_may_be(pair, now), NOWHERE
    for slot in islice(_in_turn(lead, within, now), TRIED):
        found = follow_ons(slot, pair[1], now=now, sought=Sought(unreleased=True))
        given = _at(slot, lead, now)
        if not found:
            # Later places there have no more that could follow them.
            within[slot.clinic_id] = swedish_day(slot.starts_at)
        elif not _chosen(given):
            # Somebody has it since it was read.
            continue
        elif comes_first(lead, slot, now=now) and comes_first(pair[1], found[0].slot, now=now):
            return Both(FOUND, given, found[0])
        else:
            why = OTHERS_FIRST
    return Both(why)


def comes_first(need: Referral, slot: Slot, *, now: datetime) -> bool:
    """Whether a need goes before everyone who waits for the place by itself, in the order of the queue."""
    others = takers(slot.care_id, [slot.id], now=now).needs
    return not others or _chosen(_at(slot, need, now, also=others)) == [str(need.need_key)]


def _why_left_out(need: Referral, now: datetime) -> str:
    """Why a need is left to a person, beside being one of two; empty where a machine may match it."""
    alone = _alone(need.care_id, [need.need_key])
    return next((why_left_out(profile, swedish_day(now)) for profile in alone), NOT_IN_ROUND)


def _where_both_may_be(pair: tuple[Referral, Referral], now: datetime) -> dict[UUID, date]:
    """The clinics with any free place for each of two needs; of each, places before a day are looked at."""
    rows = Clinic.objects.all()
    for need in pair:
        rows = rows.filter(Exists(free_slots(need.care_id, now=now).filter(clinic=OuterRef("pk"))))
    return dict.fromkeys(rows.values_list("id", flat=True), date.max)


def _in_turn(lead: Referral, within: Mapping[UUID, date], now: datetime) -> Iterator[Slot]:
    """Places that suit the first need, the best first, one of those alike; `within` may narrow meanwhile."""
    seen = set[UUID]()
    while True:
        found = best_within(lead.care_id, lead.need_key, now=now, within=within, most=TRIED)
        fresh = [one.slot for one in found or () if one.slot.id not in seen]
        if not fresh:
            return
        for slot in fresh:
            seen.add(slot.id)
            if swedish_day(slot.starts_at) < within[slot.clinic_id]:
                yield slot


def _at(slot: Slot, need: Referral, now: datetime, also: Iterable[UUID] = ()) -> RoundInput:
    """What a round of one place reads of a need, as if it were given by itself, and of others."""
    board = PlacesNow(slot.care_id, now=now, slots=[slot.id], notice=settings.MATCH_NOTICE)
    given = board.given(_alone(need.care_id, [need.need_key, *also]), calm=False)
    needs = tuple(sorted(given.snapshot.needs, key=turn))
    return replace(given, snapshot=replace(given.snapshot, needs=needs))


def _chosen(given: RoundInput) -> list[str]:
    """Who gets the place as the greedy engine gives it."""
    return [one.need for one in chosen(given.snapshot, greedily(given.snapshot.on))]


def _alone(care: str, keys: Iterable[UUID]) -> list[Profile]:
    """Those who wait, as if no two needs were given together."""
    return [replace(one, given_together=False) for one in profiles_of_care(care, among=keys)]
