"""Sends what waits, and records what became of it.

Three steps, each whole: a message is taken (its row says `sent` before anything leaves), it is carried
outside any transaction, its outcome is written. Whoever dies after the first step leaves a row that nobody
sends again: once per key at most, and the watch over what is under way tries the next channel.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from accounts.errors import NotFound
from accounts.tenancy import Actor
from brokering.access import access_letter
from brokering.actions.contact_points import address_of
from brokering.actions.delivery import delivered, had_not_arrived
from brokering.actions.messages import next_channel
from brokering.actions.moves import move
from brokering.messaging.carriers import (
    Accepted,
    Addressed,
    Delivered,
    Outcome,
    Postponed,
    Refused,
    Text,
)
from brokering.messaging.channels import set_up
from brokering.messaging.hours import late_hours, quiet_hours
from brokering.messaging.kinds import ABOUT_AN_INVITATION, MessageKind
from brokering.messaging.texts import Facts, may_say_when, text_of
from brokering.messaging.timing import wait_after
from brokering.models import Channel, ContactPoint, Message
from brokering.selectors.messages import still_true
from brokering.selectors.places import is_any_time
from brokering.states import MessageState

ELECTRONIC = (Channel.EMAIL, Channel.SMS)
OUTCOME_UNKNOWN = "outcome_unknown"


@dataclass(frozen=True)
class Ticket:
    """A message that has been taken and must now be carried, once."""

    channel: str
    message: Addressed
    text: Text


def take_next(*, by: Actor, now: datetime) -> Ticket | UUID | None:
    """Take the message that has waited longest; its id alone where it needed no sending; None for nothing.

    Rows that another worker is taking are passed over. At night nothing is taken, but in the late evening
    what was laid down then for somebody who has agreed to it.
    """
    if late_hours().holds(now):
        return None
    with transaction.atomic():
        message = _waiting(now)
        if message is None:
            return None
        if not still_true(message, now=now):
            move(message, MessageState.DROPPED, by=by, now=now, problem="no_longer_true")
            return message.id
        address = _address(message)
        if address is None:
            fail(message, "address_ended", by=by, now=now)
            return message.id
        move(message, MessageState.SENT, by=by, now=now, sent_at=now, tries=message.tries + 1)
        return Ticket(message.channel, Addressed(message.id, address), written(message))


def note_outcome(message_id: UUID, outcome: Outcome, *, by: Actor, now: datetime) -> None:
    """Write what became of a message that had been taken. Raises WrongState when that is known already."""
    with transaction.atomic():
        message = Message.objects.select_related("patient", "referral").get(id=message_id)
        match outcome:
            case Delivered():
                delivered(message, by=by, now=now)
            case Accepted():
                pass
            case Refused(problem):
                fail(message, problem, by=by, now=now)
            case Postponed(problem):
                _again_later(message, problem, by=by, now=now)
            case _:
                _mark_unknown(message)


def fail(message: Message, problem: str, *, by: Actor, now: datetime) -> None:
    """It will not arrive this way: the next channel is tried, or a vårdlots is asked. Raises WrongState."""
    with transaction.atomic():
        move(message, MessageState.FAILED, by=by, now=now, problem=problem)
        had_not_arrived(message)
        next_channel(message, by=by, now=now)


def written(message: Message) -> Text:
    """What the message says, as things stand now."""
    kind = MessageKind(message.kind)
    booking = message.booking
    when = None
    if booking is not None and may_say_when(kind, protected=message.patient.protected_identity):
        when = named_time(message)
    region = message.patient.home_region
    facts = Facts(kind=kind, region=region.name if region else "Vårdbryggan", when=when)
    return text_of(facts, language=message.language, channel=message.channel)


def named_time(message: Message) -> datetime | None:
    """The start of the visit that a message is about; None for a place whose time has not been named."""
    assert message.booking is not None
    slot = message.booking.claim.slot
    return None if is_any_time(slot) else slot.starts_at


def _waiting(now: datetime) -> Message | None:
    rows = Message.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        state=MessageState.WAITING, channel__in=ELECTRONIC, not_before__lte=now
    )
    if quiet_hours().holds(now):
        # Everybody else's may not be sent before the morning; what was late already waits for it too.
        rows = rows.filter(kind__in=ABOUT_AN_INVITATION, not_before__gte=quiet_hours().began(now))
    return rows.select_related("patient__home_region").order_by("not_before", "id").first()


def _address(message: Message) -> str | None:
    """Where it goes; None where the patient or the installation has given up the channel meanwhile."""
    if message.channel not in set_up():
        return None
    points = ContactPoint.objects.filter(
        patient=message.patient_id, channel=message.channel, ended_at__isnull=True
    )
    point = points.first()
    return None if point is None else address_of(point)


def _again_later(message: Message, problem: str, *, by: Actor, now: datetime) -> None:
    if message.tries >= settings.MESSAGE_TRIES:
        fail(message, problem, by=by, now=now)
        return
    at = quiet_hours().earliest(now + wait_after(message.tries))
    move(message, MessageState.WAITING, by=by, now=now, not_before=at, problem=problem)


def _mark_unknown(message: Message) -> None:
    rows = Message.objects.filter(id=message.id, state=MessageState.SENT)
    rows.update(problem=OUTCOME_UNKNOWN)


def give_up_waiting(*, by: Actor, now: datetime) -> int:
    """Messages that have been under way too long without any word: the next channel is tried; how many."""
    since = now - settings.RECEIPT_WAIT
    with transaction.atomic():
        rows = Message.objects.select_for_update(skip_locked=True, of=("self",)).filter(
            state=MessageState.SENT, channel__in=ELECTRONIC, sent_at__lte=since
        )
        late = list(rows.select_related("patient", "referral")[: settings.MESSAGES_AT_ONCE])
        for message in late:
            fail(message, message.problem or "no_receipt", by=by, now=now)
    return len(late)


def note_receipt(
    message_id: UUID, *, arrived: bool, problem: str, by: Actor, now: datetime
) -> bool:
    """Write what a gateway or mail server tells of a message; whether that was news.

    The same receipt again, or one that comes after another channel was tried, changes nothing.
    Raises NotFound for a message that there is not.
    """
    with transaction.atomic():
        rows = Message.objects.select_for_update(of=("self",)).select_related("patient", "referral")
        message = rows.filter(id=message_id, channel__in=ELECTRONIC).first()
        if message is None:
            raise NotFound
        if arrived and message.state == MessageState.SENT:
            delivered(message, by=by, now=now)
        elif not arrived and message.state in (MessageState.SENT, MessageState.DELIVERED):
            fail(message, problem, by=by, now=now)
        else:
            return False
        return True


def post_letter(*, by: Actor, message_id: UUID, now: datetime) -> Message:
    """A person has printed and posted a letter. Raises NotFound, NotAllowed, WrongState."""
    with transaction.atomic():
        message = access_letter(message_id, by=by, now=now)
        move(message, MessageState.SENT, by=by, now=now, sent_at=now, tries=1)
        return message
