"""The clinic names the time of a booked place in a week: the place moves inside it, the patient is told."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from accounts.actions.trail import record
from accounts.errors import NotAllowed
from accounts.news import tell
from accounts.tenancy import Actor
from brokering.access import belongs, parties
from brokering.actions.bookings import need_news
from brokering.actions.holds import slot_news
from brokering.actions.messages import About, queue_message
from brokering.errors import OutsideTheWeek, TimeAlreadyNamed, WrongState
from brokering.messaging.kinds import MessageKind
from brokering.models import Booking
from brokering.selectors.places import is_any_time
from brokering.states import BookingState, Party
from providers.errors import TimePassed
from providers.models import Slot

LONGEST = timedelta(hours=24)


def name_time(
    *, by: Actor, booking: Booking, starts_at: datetime, ends_at: datetime, now: datetime
) -> Slot:
    """Give a booked place of a week its time; law and terms held on every day of the week when it was booked.

    Raises NotAllowed for anyone but the clinic, WrongState when it is not booked, TimeAlreadyNamed,
    OutsideTheWeek, TimePassed.
    """
    if Party.CLINIC not in parties(by, booking):
        raise NotAllowed
    with transaction.atomic():
        # Whoever cancels meanwhile waits here, or has been first and left no booking to name a time for.
        if not _locked(booking):
            raise WrongState(state=booking.state)
        slot = Slot.objects.select_for_update().get(id=booking.claim.slot_id)
        _check(slot, starts_at, ends_at, now)
        slot.starts_at, slot.ends_at, slot.confirmed_at = starts_at, ends_at, now
        slot.save(update_fields=["starts_at", "ends_at", "confirmed_at"])
        Booking.objects.filter(id=booking.id).update(calendar_sequence=F("calendar_sequence") + 1)
        record("booking.time_named", booking.id, by=by, now=now, belongs=belongs(booking))
        tell(*slot_news(slot, "slot_moved"), *need_news(booking, "time_named"), now=now)
        about = About(patient=booking.patient, referral=booking.referral, booking=booking)
        queue_message(MessageKind.TIME_NAMED, about, now=now)
    return slot


def _locked(booking: Booking) -> bool:
    rows = Booking.objects.select_for_update().filter(id=booking.id, state=BookingState.BOOKED)
    return rows.first() is not None


def _check(slot: Slot, starts_at: datetime, ends_at: datetime, now: datetime) -> None:
    if not is_any_time(slot):
        raise TimeAlreadyNamed(starts_at=slot.starts_at.isoformat())
    if starts_at <= now:
        raise TimePassed(starts_at=starts_at.isoformat())
    within = slot.starts_at <= starts_at < ends_at <= slot.ends_at
    if not within or ends_at - starts_at > LONGEST:
        raise OutsideTheWeek(begins=slot.starts_at.isoformat(), ends=slot.ends_at.isoformat())
