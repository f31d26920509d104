"""Records that a message has arrived, or had not after all; the time to answer an offer begins then."""

from contextlib import suppress
from datetime import datetime

from django.db import transaction

from accounts.actions.trail import record
from accounts.news import tell
from accounts.tenancy import Actor
from brokering.access import belongs
from brokering.actions.bookings import need_news
from brokering.actions.claims import keep_until
from brokering.actions.moves import locked_need, move
from brokering.errors import HoldLapsed
from brokering.messaging.kinds import ABOUT_AN_OPEN_OFFER
from brokering.messaging.timing import deadline_after
from brokering.models import Message, Offer
from brokering.selectors.seeking import LAST_DAY_BEFORE, policy_of
from brokering.states import MessageState, OfferState


def delivered(message: Message, *, by: Actor, now: datetime) -> None:
    """It has reached the address. Raises WrongState when it is not under way."""
    with transaction.atomic():
        offer = _locked_offer(message)
        move(message, MessageState.DELIVERED, by=by, now=now, delivered_at=now)
        if offer is not None and offer.delivered_at is None:
            _start_to_answer(offer, by=by, now=now)


def had_not_arrived(message: Message) -> None:
    """A bounce after a delivery: the next delivery starts the time to answer. What was promised stands."""
    if message.delivered_at is None or message.kind not in ABOUT_AN_OPEN_OFFER:
        return
    offers = Offer.objects.filter(messages=message, state=OfferState.SENT)
    offers.filter(delivered_at=message.delivered_at).update(delivered_at=None)


def _locked_offer(message: Message) -> Offer | None:
    """The offer that a message speaks of, where it still waits for an answer; its need is locked."""
    if message.kind not in ABOUT_AN_OPEN_OFFER or message.referral_id is None:
        return None
    locked_need(message.referral_id)
    rows = Offer.objects.filter(messages=message, state=OfferState.SENT)
    return rows.select_related("booking__claim__slot", "referral").first()


def _start_to_answer(offer: Offer, *, by: Actor, now: datetime) -> None:
    """The whole time to answer, from now; never past the day before the visit, never less than promised.

    An offer whose last moment has passed is not called back to life.
    """
    if offer.answer_by <= now:
        return
    booking = offer.booking
    last = booking.claim.slot.starts_at - LAST_DAY_BEFORE
    length = policy_of(offer).answer_time
    until = deadline_after(now, length, promised=offer.answer_by, last=last)
    Offer.objects.filter(id=offer.id).update(delivered_at=now, answer_by=until)
    with suppress(HoldLapsed):
        keep_until(booking, until, now=now)
    record("offer.delivered", offer.id, by=by, now=now, belongs=belongs(offer))
    tell(*need_news(booking, "offer_delivered"), now=now)
