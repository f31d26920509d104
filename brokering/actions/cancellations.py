"""What becomes of a booked place that is given up: free for others, withdrawn, or asked of the clinic."""

from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.actions.trail import record
from accounts.errors import NotAllowed
from accounts.news import tell
from accounts.selectors.actors import system_actor
from accounts.tenancy import Actor, acting_as
from brokering.access import belongs, parties
from brokering.actions.claims import end_claim
from brokering.actions.holds import slot_news
from brokering.errors import CancelTooLate, ReasonNotForYou, SlotPast, WrongState
from brokering.law.cancellations import (
    CancelReason,
    cancel_reasons,
    is_late,
    is_operation,
    reasons_of,
)
from brokering.models import Booking
from brokering.receipts import cancel_until
from brokering.selectors.places import is_any_time, swedish_day
from brokering.states import BookingState, Party
from providers.actions.slots import opens_at, taken_among
from providers.actions.waiting import kept_back, waits_for
from providers.models import Claim, Clinic, SeriousEvent, Slot
from providers.selectors.decisions import KeepsBack, event_in

REBOOKED = "rebooked"
CHAIN_BROKEN = "chain_broken"
"""The other one of two times that are given together was cancelled."""
POSTPONED = "postponed"


def reason_given(code: str, *, by: Actor, booking: Booking) -> CancelReason:
    """The reason of a code that the actor may give for this booking; raises ReasonNotForYou.

    Care is postponed only where a serious event goes on.
    """
    reason = cancel_reasons().get(code)
    if reason is None or reason not in reasons_of(
        parties(by, booking), operation=is_operation_of(booking)
    ):
        raise ReasonNotForYou(reason=code)
    if code == POSTPONED and _event_at(booking) is None:
        raise ReasonNotForYou(reason=code)
    return reason


def check_limit(booking: Booking, *, by: Actor, now: datetime) -> None:
    """A patient cancels and moves a visit until the clinic's limit; clinic and region may later too.

    Raises CancelTooLate, which names the clinic and whom to call there.
    """
    if Party.PATIENT not in (acts_for := parties(by, booking)) or len(acts_for) > 1:
        return
    slot = booking.claim.slot
    limit = cancel_until(booking.receipt, starts_at=slot.starts_at)
    if now > limit:
        called = {"clinic": slot.clinic.name, "phone": slot.clinic.phone}
        raise CancelTooLate(until=limit.isoformat(), **called)


def postponed_by(booking: Booking) -> SeriousEvent | None:
    """The serious event for which a booking was cancelled, where that was the reason."""
    return _event_at(booking) if booking.cancel_reason == POSTPONED else None


def _event_at(booking: Booking) -> SeriousEvent | None:
    return event_in(booking.claim.slot.clinic.municipality.region_id)


def written(booking: Booking, reason: CancelReason, *, now: datetime) -> dict[str, Any]:
    """What a booking (with slot and care fetched) keeps of its cancellation."""
    return {
        "cancel_reason": reason.code,
        "cancelled_late": _late(booking, now),
        "freed": reason.frees_capacity,
        "calendar_sequence": booking.calendar_sequence + 1,
    }


def give_back(booking: Booking, reason: CancelReason, *, ended: Claim.Why, now: datetime) -> None:
    """End the claim of a booking; the place is free at once, or withdrawn where the reason takes it along.

    Where a decision or a serious event keeps it back, it waits for that. The place is its clinic's, so the
    system writes it in the clinic's name. It is locked before its claim ends: need, slot, caps.
    """
    slot = booking.claim.slot
    with acting_as(system_actor(slot.clinic.tenant_id)) as clinic:
        locked = Slot.objects.select_for_update(no_key=True).get(id=slot.id)
        end_claim(booking.claim_id, ended, now=now)
        because = kept_back(locked) if reason.frees_capacity else None
        if reason.frees_capacity and because is None:
            _open(locked, now)
            tell(*slot_news(slot, "slot_freed"), now=now)
        else:
            # A decision that is lifted opens what waits for it, not what waits for the clinic's word.
            _withdraw(locked, because)
            record("slot.withdrawn", slot.id, by=clinic, now=now, why=reason.code)
            tell(*slot_news(slot, "slot_withdrawn"), now=now)


def say_whether_free(*, by: Actor, booking: Booking, free: bool, now: datetime) -> bool:
    """The clinic answers whether a place whose booking was cancelled can be somebody else's.

    A yes where a decision or a serious event keeps the place back lets it wait for that; a no takes the place
    away though it was published again meanwhile. Answers whether it is free now. Raises NotAllowed for anyone
    but the clinic, WrongState where that is no question (any longer), SlotPast, PlaceHeld or PlaceBooked
    where somebody has the place already and the answer is no.
    """
    with transaction.atomic():
        if Party.CLINIC not in parties(by, booking):
            raise NotAllowed
        # As by publishing: a decision to close either sees the place, or is seen here.
        Clinic.objects.select_for_update(no_key=True).get(id=booking.claim.slot.clinic_id)
        slot = Slot.objects.select_for_update(no_key=True).get(id=booking.claim.slot_id)
        if slot.starts_at <= now:
            raise SlotPast
        asked = Booking.objects.filter(
            id=booking.id, state=BookingState.CANCELLED, freed__isnull=True
        )
        if not asked.update(freed=free):
            raise WrongState(state=booking.state)
        verb = "freed" if free else "kept"
        record(f"booking.{verb}", booking.id, by=by, now=now, belongs=belongs(booking))
        return _freed(slot, now) if free else _kept(slot, by, now)


def _freed(slot: Slot, now: datetime) -> bool:
    """What is published again already stays as it is."""
    is_open = slot.state == Slot.State.OPEN
    because = None if is_open else kept_back(slot)
    if because is not None:
        _withdraw(slot, because)
        return False
    Slot.objects.filter(id=slot.id).update(
        state=Slot.State.OPEN, confirmed_at=now, **waits_for(None)
    )
    _open(slot, now)
    tell(*slot_news(slot, "slot_freed"), now=now)
    return True


def _kept(slot: Slot, by: Actor, now: datetime) -> bool:
    if taken := taken_among([slot.id], now).get(slot.id):
        raise taken
    _withdraw(slot, None)
    if slot.state == Slot.State.OPEN:
        record("slot.withdrawn", slot.id, by=by, now=now)
        tell(*slot_news(slot, "slot_withdrawn"), now=now)
    return False


def _withdraw(slot: Slot, because: KeepsBack | None) -> None:
    Slot.objects.filter(id=slot.id).update(state=Slot.State.WITHDRAWN, **waits_for(because))


def _open(slot: Slot, now: datetime) -> None:
    """Somebody else may hold it from now on at short notice, else no later than it was to open."""
    opens = min(slot.opens_at, opens_at(slot.clinic, slot.starts_at, now))
    if opens != slot.opens_at:
        Slot.objects.filter(id=slot.id).update(opens_at=max(opens, slot.published_at))


def is_operation_of(booking: Booking) -> bool:
    """Whether the booking (with its care fetched) is a planned operation."""
    return is_operation(kind=booking.care.kind, form=booking.care.form)


def _late(booking: Booking, now: datetime) -> bool | None:
    """None where it is not counted: no operation, or no day had been named."""
    slot = booking.claim.slot
    if is_any_time(slot) or not is_operation_of(booking):
        return None
    return is_late(planned_on=swedish_day(slot.starts_at), cancelled_at=now)
