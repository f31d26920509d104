"""A booked time as a calendar file. It says neither who nor what care: calendars are read by others."""

from datetime import datetime

from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, vUri

from brokering.models import Booking


def calendar_of(booking: Booking, *, address: str, now: datetime) -> bytes:
    """An iCalendar file with the Swedish time zone written out; `address` is the booking's own page."""
    slot = booking.claim.slot
    event = Event()
    event.add("uid", f"{booking.id}@vardbryggan")
    event.add("dtstamp", now)
    event.add("dtstart", localtime(slot.starts_at))
    event.add("dtend", localtime(slot.ends_at))
    event.add("summary", _("Bokad tid"))
    place = [slot.clinic.street, slot.clinic.municipality.name]
    event.add("location", ", ".join(filter(None, place)))
    event.add("description", _("Logga in för att se vad tiden gäller och vad du ska ta med."))
    event.add("url", vUri(address))
    calendar = Calendar()
    calendar.add("prodid", "-//Vardbryggan//SV")
    calendar.add("version", "2.0")
    calendar.add_component(event)
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())
