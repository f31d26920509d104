"""The receipt of a booking, read from the decision that was frozen when the place was taken."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import template
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from brokering.law.citations import Question
from brokering.models import Booking
from brokering.states import BookingState
from brokering.templatetags.answers import Answer, four_answers, said_of_receipt, sentences
from providers.selectors.clinics import care_name
from providers.templatetags.visiting import visit_time

register = template.Library()


REPORTED = frozenset({BookingState.FULFILLED, BookingState.MISSED})


@dataclass(frozen=True, kw_only=True)
class ReceiptCard:
    """Everything that components/_receipt.html shows."""

    title: str
    reference: str
    care_name: str
    starts_at: datetime
    when: str
    clinic_name: str
    address: str
    payer_sentence: str
    guarantee_sentence: str
    papers: list[str]
    answers: list[Answer]
    decided_at: datetime
    calendar_url: str
    cancel_url: str
    cancelled: bool
    became: str
    """What the clinic has said of the visit: "fulfilled", "missed", or nothing yet."""


@register.inclusion_tag("components/_receipt.html")
def booking_receipt(booking: Booking) -> dict[str, Any]:
    """Draw the receipt of a booking (with claim, slot, clinic and care fetched)."""
    return {"receipt": card_of(booking)}


@register.inclusion_tag("brokering/_summary.html")
def booking_summary(booking: Booking) -> dict[str, Any]:
    """What, when, where, and the four answers, before it is booked."""
    said = said_of_receipt(booking.receipt)
    return {"booking": booking, "answers": four_answers(said)}


def card_of(booking: Booking) -> ReceiptCard:
    """The receipt in words."""
    slot, said = booking.claim.slot, said_of_receipt(booking.receipt)
    is_booked = booking.state == BookingState.BOOKED
    return ReceiptCard(
        title=_("Din bokade tid"),
        reference=str(booking.id)[:8].upper(),
        care_name=care_name(booking.care),
        starts_at=localtime(slot.starts_at),
        when=visit_time(slot),
        clinic_name=slot.clinic.name,
        address=", ".join(filter(None, [slot.clinic.street, slot.clinic.municipality.name])),
        payer_sentence=_sentence(said, Question.PAYER, Question.TRAVEL),
        guarantee_sentence=_sentence(said, Question.GUARANTEE),
        papers=papers(booking.receipt),
        answers=four_answers(said),
        decided_at=localtime(datetime.fromisoformat(booking.receipt["decided_at"])),
        calendar_url=reverse("booking-calendar", args=[booking.id]) if is_booked else "",
        cancel_url=reverse("booking-cancel", args=[booking.id]) if is_booked else "",
        cancelled=booking.state == BookingState.CANCELLED,
        became=booking.state if booking.state in REPORTED else "",
    )


def papers(receipt: dict[str, Any]) -> list[str]:
    """What to bring."""
    found = [_("Giltig legitimation.")]
    if receipt["facts"]["referral"]:
        found.append(_("Remissen eller kallelsen, om du har den på papper."))
    return found


def _sentence(said: Any, *questions: Question) -> str:
    return " ".join(text.sentence for text in sentences(said, *questions))
