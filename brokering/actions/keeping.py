"""The region moves one of two times that are given together; the other one stays as it is."""

from dataclasses import replace
from datetime import datetime
from uuid import uuid4

from accounts.actions.trail import record
from accounts.tenancy import Actor
from brokering.access import belongs, in_region_of
from brokering.actions.bookings import confirm_beside
from brokering.actions.chains import check_order
from brokering.actions.holds import HoldRequest, choose, take
from brokering.actions.locking import lock_needs
from brokering.actions.reserving import caps_of, reserve_caps, reserve_promise
from brokering.errors import KeptTimeGone, WrongState
from brokering.models import Booking
from brokering.selectors.chains import parts_of, time_to_keep
from brokering.states import BookingState


def move_one(*, by: Actor, booking: Booking, request: HoldRequest, now: datetime) -> Booking:
    """Hold and confirm a place instead of one of two times, in its order with the other; the new time.

    The new time and the one that stays are a pair from then on; the old one ends by itself.
    Raises WrongState where the time is no longer booked, KeptTimeGone where the other one cannot stay,
    NotInOrder where the place does not go with it, and what `hold` and `confirm` raise.
    """
    with in_region_of(booking, by=by):
        needs = lock_needs(parts_of(booking))
        booking.refresh_from_db(fields=["state", "chain"])
        if booking.state != BookingState.BOOKED:
            raise WrongState(state=booking.state)
        kept = time_to_keep(booking, now=now)
        if kept is None:
            raise KeptTimeGone(booking=str(booking.id))
        need, other = needs[booking.referral_id], needs[kept.referral_id]
        follows = need.follows_id == other.id
        assessed_at = kept.claim.slot.clinic_id if follows else None
        request = replace(request, assessed_at=assessed_at)
        chosen = choose(by=by, referral=need, request=request, now=now)
        chain = uuid4()
        Booking.objects.filter(id=booking.id).update(chain=None)
        Booking.objects.filter(id=kept.id).update(chain=chain)
        new = take(chosen, by=by, now=now, chain=chain)
        check_order(*((kept, new, need) if follows else (new, kept, other)))
        # Last, as for a time by itself.
        reserve_caps(caps_of(chosen.verdict, new.claim), now=now)
        reserve_promise(need, chosen.verdict, new.claim, now=now)
        told = {"instead_of": str(booking.id), "beside": str(kept.id)}
        record("booking.moved_beside", new.id, by=by, now=now, belongs=belongs(new), **told)
        confirm_beside(by=by, booking=new, referral=need, now=now)
        return new
