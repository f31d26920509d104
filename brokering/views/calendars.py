"""A booked time as a calendar file. It says neither who nor what care: calendars are read by others."""

from datetime import datetime, timedelta

from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, vUri

from brokering.models import Booking
from brokering.selectors.places import is_any_time
from brokering.states import BookingState
from providers.models import Slot
from providers.week_places import possible_days


def calendar_of(booking: Booking, *, address: str, now: datetime) -> bytes:
    """An iCalendar file with the Swedish time zone written out; `address` is the booking's own page.

    A week's place is whole days that keep nothing else away; once its time is named, the same event with a
    higher sequence takes its place in the calendar. A cancelled booking takes its event away.
    """
    stands = booking.state != BookingState.CANCELLED
    slot = booking.claim.slot
    event = Event()
    event.add("uid", f"{booking.id}@vardbryggan")
    event.add("dtstamp", now)
    event.add("sequence", booking.calendar_sequence)
    event.add("status", "CONFIRMED" if stands else "CANCELLED")
    _add_time(event, slot)
    place = [slot.clinic.street, slot.clinic.municipality.name]
    event.add("location", ", ".join(filter(None, place)))
    event.add("description", _("Logga in för att se vad tiden gäller och vad du ska ta med."))
    event.add("url", vUri(address))
    calendar = Calendar()
    calendar.add("prodid", "-//Vardbryggan//SV")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH" if stands else "CANCEL")
    calendar.add_component(event)
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def _add_time(event: Event, slot: Slot) -> None:
    if not is_any_time(slot):
        event.add("dtstart", localtime(slot.starts_at))
        event.add("dtend", localtime(slot.ends_at))
        event.add("summary", _("Bokad tid"))
        return
    first, last = possible_days(True, slot.starts_at, slot.ends_at)
    event.add("dtstart", first)
    event.add("dtend", last + timedelta(days=1))
    event.add("transp", "TRANSPARENT")
    event.add("summary", _("Bokad plats i veckan: mottagningen bestämmer tiden"))
