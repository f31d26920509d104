"""The receipt of a booking, read from the decision that was frozen when the place was taken."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import template
from django.template import Context
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from brokering.actions.questions import clinic_answer_by
from brokering.law.citations import Question
from brokering.models import Approval, Booking
from brokering.receipts import cancel_until
from brokering.selectors.approvals import awaits_clinic, question_of
from brokering.selectors.chains import other_part
from brokering.selectors.rebookings import is_taken_back
from brokering.states import BookingState
from brokering.templatetags.answers import Answer, four_answers, said_of_receipt, sentences
from providers.selectors.clinics import care_name
from providers.templatetags.visiting import visit_time

register = template.Library()
register.filter("taken_back", is_taken_back)
register.filter("other_time", other_part)


@register.filter
def clinic_question(booking: Booking) -> Approval | None:
    """What a clinic that must say yes first was asked about an offered place, if it was."""
    return question_of(booking.id) if booking.receipt.get("clinic_approves") else None


@register.simple_tag
def clinic_first(booking: Booking, now: datetime) -> dict[str, Any]:
    """Whether a clinic must still be asked about a held place, and by when it would answer."""
    is_first = awaits_clinic(booking) and question_of(booking.id) is None
    until = clinic_answer_by(booking.claim.slot.starts_at, now=now) if is_first else None
    return {"is_first": is_first, "asks_clinic": until}


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
    move_url: str
    cancelled: bool
    cancel_until: datetime | None
    """The clinic's limit as it was told when the place was taken; None where there was none."""
    phone: str
    became: str
    """What the clinic has said of the visit: "fulfilled", "missed", or nothing yet."""


@register.inclusion_tag("components/_receipt.html", takes_context=True)
def booking_receipt(context: Context, booking: Booking) -> dict[str, Any]:
    """Draw the receipt of a booking (with claim, slot, clinic and care fetched)."""
    return {"receipt": card_of(booking), "csrf_token": context.get("csrf_token")}


@register.inclusion_tag("brokering/_summary.html")
def booking_summary(booking: Booking) -> dict[str, Any]:
    """What, when, where, and the four answers, before it is booked."""
    said = said_of_receipt(booking.receipt)
    return {"booking": booking, "answers": four_answers(said)}


def card_of(booking: Booking) -> ReceiptCard:
    """The receipt in words."""
    slot, said = booking.claim.slot, said_of_receipt(booking.receipt)
    is_booked = booking.state == BookingState.BOOKED
    has_event = is_booked or booking.state == BookingState.CANCELLED
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
        calendar_url=reverse("booking-calendar", args=[booking.id]) if has_event else "",
        cancel_url=reverse("booking-cancel", args=[booking.id]) if is_booked else "",
        cancel_until=_limit(booking) if is_booked else None,
        phone=slot.clinic.phone,
        move_url=reverse("choose-need", args=[booking.referral_id]) if is_booked else "",
        cancelled=booking.state == BookingState.CANCELLED,
        became=booking.state if booking.state in REPORTED else "",
    )


def _limit(booking: Booking) -> datetime | None:
    if not booking.receipt.get("cancel_before_seconds"):
        return None
    return localtime(cancel_until(booking.receipt, starts_at=booking.claim.slot.starts_at))


def papers(receipt: dict[str, Any]) -> list[str]:
    """What to bring."""
    found = [_("Giltig legitimation.")]
    if receipt["facts"]["referral"]:
        found.append(_("Remissen eller kallelsen, om du har den på papper."))
    return found


def _sentence(said: Any, *questions: Question) -> str:
    return " ".join(text.sentence for text in sentences(said, *questions))
