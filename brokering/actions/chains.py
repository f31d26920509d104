"""Holds two times that are given together: an assessment or investigation, and what follows it.

One transaction, both places or none. Needs are locked first, then the places in the order of their ids, then
the counts of both in theirs; `no_half_chain` stands behind it.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid4

from accounts.tenancy import Actor
from brokering.access import access_referral, in_region_of
from brokering.actions.holds import Chosen, HoldRequest, choose, hold, take
from brokering.actions.moves import locked_need
from brokering.actions.reserving import caps_of, reserve_caps, reserve_promise
from brokering.errors import (
    GivenTogether,
    NoFollowOn,
    NotInOrder,
    SlotTaken,
    SlotWithdrawn,
    WrongState,
)
from brokering.law.facts import Route
from brokering.models import Booking, Referral
from brokering.selectors.chains import in_order, pair_of
from brokering.selectors.follow_ons import Sought, follow_ons
from brokering.selectors.rebookings import route_of
from providers.models import Slot

BOTH = 2


@dataclass(frozen=True, kw_only=True)
class Part:
    """One of two times: which place, for which need, on what route and under which lot."""

    slot: UUID
    referral: UUID
    lot: UUID
    route: Route


@dataclass(frozen=True, kw_only=True)
class Together:
    """Two times that somebody wants to hold for one person, and until when; the rest as in HoldRequest."""

    first: Part
    second: Part
    held_until: datetime
    consequence_version: str = ""
    before_release: bool = False


@dataclass(frozen=True, kw_only=True)
class NewPlace:
    """A place that the region chooses, its lot, and what is to follow it (None: the first that may).

    `keep_other`: of two times that are given together only this one is moved.
    """

    slot: UUID
    lot: UUID
    follow: UUID | None = None
    keep_other: bool = False


@dataclass(frozen=True)
class Chain:
    """The two times, held."""

    first: Booking
    second: Booking


def hold_together(*, by: Actor, wanted: Together, now: datetime) -> Chain:
    """Hold both places until `held_until`; law and terms are decided for each of them.

    The first visit is the clinic's own assessment, so it is not asked for a yes to the second as well.
    Raises NotInOrder (another clinic, or too soon after the first), WrongState where the needs are not given
    together, and what `hold` raises of either; then nothing is written.
    """
    ids = sorted((wanted.first.referral, wanted.second.referral))
    asked = [access_referral(need, by=by, purpose="hold", now=now) for need in ids]
    with in_region_of(asked[0], by=by):
        needs = {need: locked_need(need) for need in ids}
        follower = needs[wanted.second.referral]
        if follower.follows_id != wanted.first.referral:
            raise WrongState(state=follower.state)
        chosen = _chosen(by, wanted, needs, now)
        chain = uuid4()
        in_turn = sorted(chosen, key=lambda one: one.slots[0].id)
        held = {one.referral.id: take(one, by=by, now=now, chain=chain) for one in in_turn}
        check_order(held[wanted.first.referral], held[wanted.second.referral], follower)
        claims = [(one, held[one.referral.id].claim) for one in chosen]
        # Last, as for a time by itself.
        reserve_caps(
            [count for one, claim in claims for count in caps_of(one.verdict, claim)], now=now
        )
        for one, claim in claims:
            reserve_promise(one.referral, one.verdict, claim, now=now)
        return Chain(held[wanted.first.referral], held[wanted.second.referral])


def hold_with_follower(
    *, by: Actor, need: Referral, request: HoldRequest, follow: UUID | None, now: datetime
) -> Chain:
    """Hold the place of a request and one that follows it: the one that was chosen, or the first there is.

    Raises GivenTogether for a need that is not the first of two: the visit is chosen first. Raises NoFollowOn
    where nothing free may follow, SlotTaken where what was chosen may not (any longer), SlotWithdrawn for a
    place that is not there, and what `hold_together` raises.
    """
    with in_region_of(need, by=by):
        pair = pair_of(need, now=now)
        if pair is None or pair[0].id != need.id:
            raise GivenTogether(referral=str(need.id))
        sought = Sought(only=follow, unreleased=request.before_release)
        wanted = _with_what_follows(request, pair[1], sought, now)
        return hold_together(by=by, wanted=wanted, now=now)


def hold_as_region(
    *, by: Actor, need: Referral, request: HoldRequest, follow: UUID | None, now: datetime
) -> Booking:
    """Hold a place on the region's own route; of two needs that are given together both places.

    Either of the two may be named: the place is the first one's, and what follows is the region's act as
    well, each by the region's route for it. Returns the held time of the need that was named.
    Raises GivenTogether for a place of any other care, NoFollowOn where a place is to follow a need that is
    given by itself, and what `hold` and `hold_with_follower` raise.
    """
    pair = pair_of(need, now=now)
    if pair is None:
        if follow is not None:
            raise NoFollowOn(care=need.care_id)
        return hold(by=by, request=request, now=now)
    first = replace(request, referral=pair[0].id, route=route_of(pair[0]))
    slot = Slot.objects.filter(id=request.slot).first()
    if slot is not None and slot.care_id != pair[0].care_id:
        raise GivenTogether(referral=str(pair[0].id))
    sought = Sought(only=follow, unreleased=request.before_release, route=route_of(pair[1]))
    wanted = _with_what_follows(first, pair[1], sought, now)
    chain = hold_together(by=by, wanted=wanted, now=now)
    return chain.first if need.id == pair[0].id else chain.second


def _with_what_follows(
    request: HoldRequest, follower: Referral, sought: Sought, now: datetime
) -> Together:
    """A request for the first of two times, and the first place found that may follow it."""
    slot = Slot.objects.filter(id=request.slot).first()
    if slot is None:
        raise SlotWithdrawn
    found = follow_ons(slot, follower, now=now, sought=sought)
    if not found:
        lost = {"slot": str(sought.only), "care": follower.care_id}
        raise NoFollowOn(care=follower.care_id) if sought.only is None else SlotTaken(**lost)
    first = Part(slot=slot.id, referral=request.referral, lot=request.lot, route=request.route)
    second = Part(
        slot=found[0].slot.id,
        referral=follower.id,
        lot=found[0].lot,
        route=found[0].verdict.route,
    )
    return Together(
        first=first,
        second=second,
        held_until=request.held_until,
        consequence_version=request.consequence_version,
        before_release=request.before_release,
    )


def _chosen(
    by: Actor, wanted: Together, needs: dict[UUID, Referral], now: datetime
) -> list[Chosen]:
    first_slot = Slot.objects.filter(id=wanted.first.slot).first()
    clinic = first_slot.clinic_id if first_slot else None
    both = ((wanted.first, None), (wanted.second, clinic))
    return [
        choose(
            by=by,
            referral=needs[part.referral],
            request=_request(part, wanted, assessed_at=assessed_at),
            now=now,
        )
        for part, assessed_at in both
    ]


def _request(part: Part, wanted: Together, *, assessed_at: UUID | None) -> HoldRequest:
    return HoldRequest(
        slot=part.slot,
        referral=part.referral,
        lot=part.lot,
        route=part.route,
        held_until=wanted.held_until,
        consequence_version=wanted.consequence_version,
        before_release=wanted.before_release,
        places=BOTH,
        assessed_at=assessed_at,
    )


def check_order(first: Booking, second: Booking, follower: Referral) -> None:
    """Raises NotInOrder where one time may not follow the other."""
    one, two = first.claim.slot, second.claim.slot
    if not in_order(one, two, follower):
        raise NotInOrder(
            ends_at=one.ends_at.isoformat(),
            starts_at=two.starts_at.isoformat(),
            days=follower.follows_after,
            same_clinic=one.clinic_id == two.clinic_id,
        )
