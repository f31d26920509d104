"""A receiving clinic's lists as the templates draw them."""

from datetime import datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from accounts.templatetags.wording import worded
from brokering.models import Booking, Referral
from brokering.selectors.worklist import Waiting
from brokering.states import BookingState
from brokering.templatetags.worklist import worklist_row
from providers.forms.reception import LANGUAGES
from providers.selectors.clinics import care_name


def received_row(one: Waiting, *, cannot: bool) -> dict[str, Any]:
    """A need that waits at the clinic; `cannot`: the clinic has said that it cannot meet the date."""
    row = worklist_row(one)
    kept = ("key", "need", "name", "care", "since", "due", "risk", "risk_words")
    return {name: row[name] for name in kept} | {
        "cannot": cannot,
        "to_know": to_know(one.referral),
    }


def visit_row(booking: Booking, *, now: datetime) -> dict[str, Any]:
    """A visit with what may be said of it: nothing before it has begun."""
    slot = booking.claim.slot
    return {
        "id": booking.id,
        "starts_at": slot.starts_at,
        "time": date_format(localtime(slot.starts_at), "H:i"),
        "name": booking.patient.name,
        "care": care_name(booking.care),
        "to_know": to_know(booking.referral),
        "state": booking.state,
        "may_cancel": booking.state == BookingState.BOOKED and slot.starts_at > now,
        "may_report": booking.state == BookingState.BOOKED and slot.starts_at <= now,
        "may_correct": booking.state != BookingState.BOOKED
        and localtime(booking.changed_at).date() == localtime(now).date(),
    }


def to_know(referral: Referral) -> list[str]:
    """What the clinic is to see to: an interpreter, somebody who comes along."""
    words = dict(LANGUAGES)
    told = []
    if referral.interpreter:
        told.append(_("Tolk: %(language)s") % {"language": words[referral.interpreter]})
    if referral.has_companion:
        told.append(_("Någon följer med"))
    return told


def asked_row(booking: Booking) -> dict[str, Any]:
    """A cancelled time of which the clinic is asked whether somebody else can have it."""
    slot = booking.claim.slot
    return {
        "id": booking.id,
        "slot": slot,
        "care": care_name(booking.care),
        "reason": worded(booking.cancel_reason, "cancel_reason"),
    }
