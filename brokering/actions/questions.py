"""What every question for approval has in common: how long it may take, who answers, what is told."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

from django.conf import settings

from accounts import topics
from accounts.errors import NotAllowed
from accounts.news import News, tell
from accounts.roles import Role
from accounts.tenancy import Actor, Assignment, acting_as
from brokering.access import already_answered, belongs, may_answer
from brokering.actions.bookings import need_news
from brokering.actions.messages import About, queue_message
from brokering.actions.moves import locked_need, move
from brokering.errors import AlreadyAnswered, HoldLapsed, TooLateToAsk, WrongState
from brokering.messaging.kinds import MessageKind
from brokering.models import Approval, Booking, Referral
from brokering.selectors.approvals import working_days_after
from brokering.states import ApprovalState, BookingState
from providers.models import Claim

LAST_DAY_BEFORE = timedelta(days=1)
"""A place that nobody may use yet goes back at the latest this long before the visit."""


def times_to_answer(starts_at: datetime, *, now: datetime) -> tuple[datetime, datetime]:
    """By when the answer is due, and until when the place is held; raises TooLateToAsk."""
    last = starts_at - LAST_DAY_BEFORE
    if last <= now:
        raise TooLateToAsk
    due = working_days_after(now, settings.APPROVAL_DAYS)
    kept = working_days_after(due, settings.APPROVAL_KEPT_DAYS)
    return min(due, last), min(kept, last)


def clinic_answer_by(starts_at: datetime, *, now: datetime) -> datetime | None:
    """By when a clinic that is asked now must answer; None where the visit is too near to ask."""
    try:
        return times_to_answer(starts_at, now=now)[0]
    except TooLateToAsk:
        return None


@contextmanager
def answering(approval: Approval, *, by: Actor) -> Iterator[None]:
    """A transaction that sees the need's rows, which are the home region's, for whoever is asked about it.

    Raises NotAllowed for everybody else.
    """
    if not may_answer(by, approval):
        raise NotAllowed
    region = Assignment(approval.tenant_id, Role.CLINIC_STAFF)
    if approval.asked == Approval.Asked.CLINIC:
        by = replace(by, assignments=(*by.assignments, region))
    with acting_as(by):
        yield


def open_question(approval: Approval, *, by: Actor, now: datetime) -> tuple[Booking, Referral]:
    """The held place and its need, locked, while the question is open; only who is asked answers.

    Raises AlreadyAnswered where a colleague was first, NotAllowed, WrongState, HoldLapsed.
    """
    if not may_answer(by, approval):
        raise NotAllowed
    referral = locked_need(approval.booking.referral_id)
    booking = Booking.objects.select_related("claim__slot__clinic__municipality", "care").get(
        id=approval.booking_id
    )
    if booking.state != BookingState.HELD:
        raise _ended(approval) or WrongState(state=booking.state)
    _running(booking, now)
    return booking, referral


def answer(
    approval: Approval, to: ApprovalState, *, by: Actor, now: datetime, reason: str = ""
) -> None:
    """Write the answer to an open question. Raises AlreadyAnswered, WrongState."""
    told = {"answered_at": now, "answered_by_id": by.id, "reason": reason}
    try:
        move(approval, to, by=by, now=now, **told)
    except WrongState as late:
        raise _ended(approval) or late from late


def _ended(approval: Approval) -> AlreadyAnswered | None:
    """How the question was answered meanwhile; None where it is open."""
    now_so = Approval.objects.get(id=approval.id)
    return None if now_so.state == ApprovalState.ASKED else already_answered(now_so)


def _running(booking: Booking, now: datetime) -> None:
    held = Claim.objects.filter(id=booking.claim_id, state=Claim.State.HELD, held_until__gt=now)
    if not held.exists():
        raise HoldLapsed(booking=str(booking.id))


def asked_news(approval: Approval, kind: str) -> tuple[News, ...]:
    """Tells the list of whoever is asked: the home region's, or the clinic's."""
    if approval.asked == Approval.Asked.HOME_REGION:
        return need_news(approval.booking, kind)
    topic = topics.clinic(approval.booking.claim.slot.clinic_id)
    return (News(topic=topic, kind="approvals", data={}, belongs=belongs(approval)),)


def tell_answer(approval: Approval, kind: MessageKind, now: datetime) -> None:
    booking = approval.booking
    queue_message(kind, About(patient=booking.patient, booking=booking), now=now)
    tell(*need_news(booking, str(kind)), now=now)
