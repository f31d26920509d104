"""Seeks patients who have not answered an offer: messages, then a letter; calls by people are noted too."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.actions.trail import record
from accounts.errors import NotAllowed
from accounts.news import tell
from accounts.roles import Permission
from accounts.tenancy import Actor
from brokering.access import belongs
from brokering.actions.bookings import need_news
from brokering.actions.claims import keep_until
from brokering.actions.holds import news_of_need
from brokering.actions.messages import About, queue_letter, queue_message
from brokering.actions.moves import locked_need
from brokering.errors import InvalidValue
from brokering.messaging.asking import Next, Reached, Step, next_step
from brokering.messaging.channels import LETTER
from brokering.messaging.kinds import MessageKind
from brokering.models import ContactAttempt, Offer, Referral
from brokering.selectors.seeking import open_offer_of, plan_of, so_far
from brokering.states import OfferState

PHONE = "phone"
BY_HAND = frozenset({Reached.NO_ANSWER, Reached.LEFT_WORD, Reached.SPOKEN})
"""What a person may say came of a call."""
NO_WAY = "none"
"""`way` of an attempt that found no way."""


@dataclass(frozen=True)
class Tried:
    """By what way somebody was sought, and what came of it."""

    way: str
    outcome: Reached


def seek(*, by: Actor, offer_id: UUID, now: datetime) -> Step:
    """Take the next step for an open offer if it is due; what was done, WAIT where nothing was.

    A step that is taken is written down in the same transaction, so another run finds it done. The end is the
    sweep's: an offer whose time is over is left to it.
    """
    with transaction.atomic():
        found = Offer.objects.filter(id=offer_id).values_list("referral_id", flat=True).first()
        if found is None:
            return Step.WAIT
        locked_need(found)
        rows = Offer.objects.select_related("booking__claim__slot", "referral__patient")
        offer = rows.get(id=offer_id)
        if offer.state != OfferState.SENT:
            return Step.WAIT
        step = next_step(plan_of(offer), so_far(offer), now)
        if not step.is_due(now) or step.step == Step.LAPSE:
            return Step.WAIT
        if step.step == Step.SEEK:
            _remind(offer, by=by, now=now)
        else:
            _send_letter(offer, step, by=by, now=now)
        tell(*need_news(offer.booking, "sought"), now=now)
        return step.step


def note_call(*, by: Actor, referral: Referral, outcome: str, now: datetime) -> ContactAttempt:
    """A person has called the patient; it counts as an attempt for the offer that is open, if one is.

    Whoever has been spoken to is sent no reminders of it. Raises NotAllowed, InvalidValue for an outcome
    that no call has.
    """
    if not by.may_in(referral.tenant_id, Permission.REROUTE):
        raise NotAllowed(permission=Permission.REROUTE.value)
    if outcome not in BY_HAND:
        raise InvalidValue(field="outcome", because="is none that a call can have")
    with transaction.atomic():
        need = locked_need(referral.id)
        offer = open_offer_of(need, now=now)
        made = _attempt(need, offer, Tried(PHONE, Reached(outcome)), by=by, now=now)
        region = need.home_region_id
        tell(*news_of_need(need, region, "sought", referral=str(need.id)), now=now)
        return made


def _remind(offer: Offer, *, by: Actor, now: datetime) -> None:
    number = 1 + ContactAttempt.objects.filter(offer=offer).exclude(way=LETTER).count()
    message = queue_message(MessageKind.OFFER_REMINDER, _about(offer, str(number)), now=now)
    way = message.channel if message else NO_WAY
    outcome = Reached.SENT if message else Reached.NO_WAY
    _attempt(offer.referral, offer, Tried(way, outcome), by=by, now=now)


def _send_letter(offer: Offer, step: Next, *, by: Actor, now: datetime) -> None:
    """A letter, and the time for it: the place is held on, or nothing is sent at all."""
    keep_until(offer.booking, step.answer_by, now=now)
    Offer.objects.filter(id=offer.id, state=OfferState.SENT).update(answer_by=step.answer_by)
    queue_letter(MessageKind.OFFER_REMINDER, _about(offer, LETTER), now=now)
    _attempt(offer.referral, offer, Tried(LETTER, Reached.SENT), by=by, now=now)


def _about(offer: Offer, mark: str) -> About:
    need = offer.referral
    return About(patient=need.patient, referral=need, offer=offer, mark=mark)


def _attempt(
    referral: Referral, offer: Offer | None, tried: Tried, *, by: Actor, now: datetime
) -> ContactAttempt:
    made = ContactAttempt.objects.create(
        tenant_id=referral.tenant_id,
        addressed_to_id=referral.addressed_to_id,
        subject_id=referral.subject_id,
        referral=referral,
        offer=offer,
        way=tried.way,
        outcome=tried.outcome,
        at=now,
        noted_by_id=by.id,
    )
    said = {"way": tried.way, "outcome": str(tried.outcome)}
    record("contactattempt.made", made.id, by=by, now=now, belongs=belongs(made), **said)
    return made
