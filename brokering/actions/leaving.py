"""Ends a wait that leads to no care: the place in the queue is given up, and nothing stays held for it."""

from datetime import datetime

from accounts.news import tell
from accounts.tenancy import Actor
from brokering.actions.bookings import release
from brokering.actions.clock import add_removal
from brokering.actions.holds import news_of_received
from brokering.actions.moves import move
from brokering.actions.reroutes import close_when_cared_for
from brokering.models import Booking, Referral
from brokering.selectors.places import swedish_day
from brokering.states import BookingState, ReferralState


def leave_the_queue(need: Referral, *, by: Actor, now: datetime, reason: str) -> None:
    """Close a need that the caller has locked, with its held places and its reroute case.

    `reason` is kept with the removal (law.md § 4: a removal keeps its reason). Raises WrongState.
    """
    bookings = Booking.objects.select_related("claim__slot").filter(referral=need)
    for held in bookings.filter(state=BookingState.HELD):
        release(by=by, booking=held, now=now)
    move(need, ReferralState.CLOSED, by=by, now=now)
    add_removal(need, reason=reason, on=swedish_day(now), now=now)
    close_when_cared_for(referral=need, now=now)
    tell(*news_of_received(need, "need_closed"), now=now)
