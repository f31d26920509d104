"""The best clinics for both of two needs that are given together, on the region's own route."""

from dataclasses import dataclass
from datetime import date, datetime

from brokering.models import Booking, Referral
from brokering.selectors.alternatives import Alternative, Alternatives, alternatives_for, free_slots
from brokering.selectors.chains import time_to_keep
from brokering.selectors.follow_ons import FollowOn, Sought, before, follow_ons
from brokering.selectors.rebookings import route_of

MOST_BESIDE = 6
"""So many places beside a time that is kept are shown to choose among."""
LOOKED_AT = 40
"""So many clinics are asked for what may follow, the best for the first visit first."""
NOWHERE = "together_nowhere"


@dataclass(frozen=True, kw_only=True)
class AlternativePair(Alternative):
    """A clinic's first usable time for the first need, and the first that may follow it there."""

    follow: FollowOn


def alternatives_together(
    pair: tuple[Referral, Referral], *, due: date | None, now: datetime, most: int = 4
) -> Alternatives:
    """As `alternatives_for` of the first need, where a place for the second may follow at the same clinic."""
    places = alternatives_for(pair[0], due=due, now=now, most=None, route=route_of(pair[0]))
    then = free_slots(pair[1].care_id, now=now).order_by().values_list("clinic_id", flat=True)
    both = set(then.distinct())
    likely = [one for one in places.best if one.slot.clinic_id in both]
    sought = Sought(unreleased=True, route=route_of(pair[1]))
    found: list[Alternative] = []
    lacking = len(places.best) - len(likely)
    for one in likely[:LOOKED_AT]:
        if len(found) == most:
            break
        follows = follow_ons(one.slot, pair[1], now=now, sought=sought)
        if follows:
            found.append(AlternativePair(**vars(one), follow=follows[0]))
        else:
            lacking += 1
    refused = places.refused | ({NOWHERE: lacking} if lacking else {})
    return Alternatives(tuple(found), refused)


@dataclass(frozen=True)
class Beside:
    """The time that stays, and the places at its clinic that go with it, the first ones first."""

    kept: Booking
    places: list[FollowOn]


def places_beside(
    booking: Booking, pair: tuple[Referral, Referral], *, now: datetime
) -> Beside | None:
    """Where one of two times could go while the other stays, on the region's route; None where none may."""
    kept = time_to_keep(booking, now=now)
    if kept is None:
        return None
    need = next(one for one in pair if one.id == booking.referral_id)
    sought = Sought(most=MOST_BESIDE, unreleased=True, route=route_of(need))
    slot = kept.claim.slot
    if need.id == pair[1].id:
        return Beside(kept, follow_ons(slot, need, now=now, sought=sought))
    return Beside(kept, before(slot, pair, now=now, sought=sought))
