"""The only way to set a state: look it up in the table, compare and swap, write the event."""

from datetime import datetime
from typing import Any

from accounts.actions.trail import record
from accounts.tenancy import Actor
from brokering.access import belongs, parties
from brokering.errors import WrongState
from brokering.models import Booking, Offer, Referral, RerouteCase
from brokering.states import (
    WAYS,
    BookingState,
    CaseState,
    OfferState,
    ReferralState,
    may_move,
)

Stateful = Referral | Booking | Offer | RerouteCase

STATES: dict[type[Stateful], type[ReferralState | BookingState | OfferState | CaseState]] = {
    Referral: ReferralState,
    Booking: BookingState,
    Offer: OfferState,
    RerouteCase: CaseState,
}


def move(
    row: Stateful,
    to: ReferralState | BookingState | OfferState | CaseState,
    *,
    by: Actor,
    now: datetime,
    **also: Any,
) -> None:
    """Take a row from the state it was read in to another.

    Raises WrongState when the table has no such way for this actor, or when someone else moved the row
    first (the update names the state that was read and must hit exactly one row).
    """
    was = STATES[type(row)](row.state)
    if not may_move(was, to, parties(by, row)):
        raise WrongState(state=was, wanted=to, ways=[way.to for way in WAYS[was]])
    changed = type(row).objects.filter(pk=row.pk, state=was).update(state=to, **also)
    if changed != 1:
        raise WrongState(wanted=to)
    row.state = to
    for name, value in also.items():
        setattr(row, name, value)
    noun = type(row).__name__.lower()
    record(f"{noun}.{to}", row.pk, by=by, now=now, belongs=belongs(row), was=was)
