"""The only way to set a state: look it up in the table, compare and swap, write the event."""

from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.actions.trail import event
from accounts.database.prepared import Asked, Prepared
from accounts.database.rows import change
from accounts.tenancy import Actor, Belongs
from brokering.access import parties
from brokering.errors import WrongState
from brokering.models import (
    Approval,
    Booking,
    ContactTask,
    Invitation,
    Message,
    Offer,
    RebookingTask,
    Referral,
    RerouteCase,
    Watch,
)
from brokering.states import (
    ApprovalState,
    BookingState,
    CaseState,
    ContactState,
    InvitationState,
    MessageState,
    OfferState,
    ReferralState,
    TaskState,
    WatchState,
    may_move,
    ways,
)

Stateful = (
    Referral
    | Booking
    | Offer
    | RerouteCase
    | RebookingTask
    | Approval
    | Message
    | ContactTask
    | Watch
    | Invitation
)
Machine = (
    ReferralState
    | BookingState
    | OfferState
    | CaseState
    | TaskState
    | ApprovalState
    | MessageState
    | ContactState
    | WatchState
    | InvitationState
)

STATES: dict[type[Stateful], type[Machine]] = {
    Referral: ReferralState,
    Booking: BookingState,
    Offer: OfferState,
    RerouteCase: CaseState,
    RebookingTask: TaskState,
    Approval: ApprovalState,
    Message: MessageState,
    ContactTask: ContactState,
    Watch: WatchState,
    Invitation: InvitationState,
}

OWNERS = ("tenant_id", "addressed_to_id", "subject_id")
"""To whom a row belongs (`Belongs`): its event is theirs to whom it belongs afterwards."""
LOCKED = Prepared(lambda: Referral.objects.select_for_update(no_key=True).filter(id=Asked("id")))


def locked_need(referral_id: UUID) -> Referral:
    """The need as it is now, locked until the transaction ends.

    Whatever touches several rows of one need (bookings, offers, the need itself) locks the need first, so
    that two of them wait for each other instead of blocking each other. Rows that only point to the need
    can still be added meanwhile.
    """
    need = LOCKED.first(id=referral_id)
    if need is None:
        raise Referral.DoesNotExist
    return need


def move(
    row: Stateful,
    to: Machine,
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
        raise WrongState(state=was, wanted=to, ways=[way.to for way in ways(was)])
    noun = type(row).__name__.lower()
    whose = Belongs(*(also.get(name, getattr(row, name)) for name in OWNERS))
    told = event(f"{noun}.{to}", row.pk, by=by, now=now, belongs=whose, was=was)
    to_be = {"state": to, **also}
    if change(type(row), {"id": row.pk, "state": was}, to_be, telling=told) != 1:
        raise WrongState(wanted=to)
    for name, value in to_be.items():
        setattr(row, name, value)
