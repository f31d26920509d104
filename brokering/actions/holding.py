"""While a place is held: a little longer, once; given up soon when its page is left, and taken up again."""

from datetime import datetime, timedelta

from django.conf import settings

from accounts.actions.trail import record
from accounts.errors import NotAllowed
from accounts.news import tell
from accounts.tenancy import Actor
from brokering.access import belongs, in_region_of, parties
from brokering.actions.bookings import need_news
from brokering.actions.claims import keep_until
from brokering.actions.moves import locked_need
from brokering.errors import AlreadyExtended, HoldLapsed, WrongState
from brokering.models import Booking
from brokering.selectors.chains import is_offered, parts_of
from brokering.states import BookingState, Party

HOLDERS = frozenset({Party.PATIENT, Party.REGION, Party.REFERRER})


def held_whole_until(booking: Booking) -> datetime:
    """Until when a click keeps a place (with its claim fetched): twice as long once it is made longer."""
    lengths = 1 if booking.extended_at is None else 2
    return booking.claim.created_at + lengths * settings.HOLD_LENGTH


def extend(*, by: Actor, booking: Booking, now: datetime) -> None:
    """Keep a clicked place for the same time once more; never longer than until the visit begins.

    Raises NotAllowed, AlreadyExtended the second time, HoldLapsed when the time ran out, WrongState when it
    is no click's hold: an offer and a question to somebody have a time of their own.
    """
    with in_region_of(booking, by=by):
        held = _held_by_click(booking, by=by)
        if held.extended_at is not None:
            raise AlreadyExtended(booking=str(held.id))
        held.extended_at = now
        until = min(held_whole_until(held), held.claim.slot.starts_at)
        keep_until(held, until, now=now)
        both = [part.id for part in parts_of(held)]
        Booking.objects.filter(id__in=both).update(extended_at=now)
        record("booking.extended", held.id, by=by, now=now, belongs=belongs(held))
        tell(*need_news(held, "hold_changed"), now=now)


def leave(*, by: Actor, booking: Booking, now: datetime) -> None:
    """The page of a hold was left: the place is soon free, unless the person comes back.

    Who has confirmed or released meanwhile has nothing to leave: then nothing changes. Raises NotAllowed.
    """
    with in_region_of(booking, by=by):
        try:
            held = _held_by_click(booking, by=by)
        except WrongState:
            return
        soon, until = now + settings.LEFT_HOLD_KEPT, held.claim.held_until
        if until is not None and now < soon < until:
            keep_until(held, soon, now=now)
            tell(*need_news(held, "hold_changed"), now=now)


def come_back(*, by: Actor, booking: Booking, now: datetime) -> None:
    """The person is back in time: the place is theirs as long as it would have been. Raises NotAllowed."""
    if not is_left(booking):
        return
    with in_region_of(booking, by=by):
        try:
            held = _held_by_click(booking, by=by)
            keep_until(held, min(held_whole_until(held), held.claim.slot.starts_at), now=now)
        except (WrongState, HoldLapsed):
            return
        booking.claim.held_until = held.claim.held_until
        tell(*need_news(held, "hold_changed"), now=now)


def is_left(booking: Booking) -> bool:
    """Whether a hold by a click (with claim and slot fetched) ends sooner than its time."""
    until = booking.claim.held_until
    if booking.state != BookingState.HELD or until is None:
        return False
    whole = min(held_whole_until(booking), booking.claim.slot.starts_at)
    return until < whole - timedelta(seconds=1) and not _waits_for_somebody(booking)


def _held_by_click(booking: Booking, *, by: Actor) -> Booking:
    """The booking as it is now, its need locked; raises NotAllowed, or WrongState for any other hold."""
    if not parties(by, booking) & HOLDERS:
        raise NotAllowed
    locked_need(booking.referral_id)
    rows = Booking.objects.select_related("claim__slot")
    held = rows.get(id=booking.id)
    if held.state != BookingState.HELD or _waits_for_somebody(held):
        raise WrongState(state=held.state)
    return held


def _waits_for_somebody(booking: Booking) -> bool:
    if booking.chain is not None and is_offered(parts_of(booking)):
        return True
    return hasattr(booking, "offer") or booking.approvals.exists()
