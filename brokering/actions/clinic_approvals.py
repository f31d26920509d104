"""A treatment that its clinic must assess first: the clinic is asked when the patient confirms.

The place is held meanwhile, as for the home region's approval. After a yes the patient confirms with one
click; an offer that was answered with a yes stays open until then.
"""

from datetime import datetime

from django.conf import settings

from accounts.actions.trail import record
from accounts.errors import NotAllowed
from accounts.news import tell
from accounts.tenancy import Actor
from brokering.access import belongs, in_region_of, parties
from brokering.actions.bookings import confirm, consequence_seen, need_news
from brokering.actions.holding import HOLDERS
from brokering.actions.moves import locked_need
from brokering.actions.questions import (
    LAST_DAY_BEFORE,
    answer,
    answering,
    asked_news,
    open_question,
    tell_answer,
    times_to_answer,
)
from brokering.errors import AwaitsApproval, HoldLapsed, WrongState
from brokering.law.decision import Bookable
from brokering.messaging.kinds import MessageKind
from brokering.models import Approval, Booking, Offer
from brokering.selectors.approvals import awaits_clinic, question_of
from brokering.states import ApprovalState, BookingState, OfferState
from providers.models import Claim


def confirm_or_ask(
    *, by: Actor, booking: Booking, now: datetime, consequence_version: str = ""
) -> Approval | None:
    """Confirm a held place; or, where the clinic says first whether it can be, ask it. The question, or None.

    Raises what `confirm` raises, AwaitsApproval while the question waits, TooLateToAsk where the visit is too
    near; then nothing is written.
    """
    # At two times that are given together the first visit is the assessment.
    if booking.chain or not awaits_clinic(booking):
        confirm(by=by, booking=booking, now=now, consequence_version=consequence_version)
        return None
    if not parties(by, booking) & HOLDERS:
        raise NotAllowed
    with in_region_of(booking, by=by):
        locked_need(booking.referral_id)
        _may_be_asked(booking)
        seen = consequence_seen(booking, consequence_version, by=by, now=now)
        answer_by, kept_until = times_to_answer(booking.claim.slot.starts_at, now=now)
        _keep(booking, kept_until, now=now)
        clinic = booking.claim.slot.clinic
        asked = {"addressed_to_id": clinic.tenant_id, "changed_at": now, **seen}
        Booking.objects.filter(id=booking.id).update(**asked)
        approval = Approval.objects.create(
            tenant_id=booking.tenant_id,
            subject_id=booking.subject_id,
            addressed_to_id=clinic.tenant_id,
            booking=booking,
            asked=Approval.Asked.CLINIC,
            asked_at=now,
            answer_by=answer_by,
        )
        record("approval.asked", approval.id, by=by, now=now, belongs=belongs(approval))
        tell(*asked_news(approval, "approval_asked"), now=now)
        tell(*need_news(booking, "approval_asked"), now=now)
        return approval


def approve(*, by: Actor, approval: Approval, now: datetime) -> None:
    """The clinic can do the treatment; the place is held for the patient as long as an offer's would be.

    Raises NotAllowed for anyone but the clinic's staff, WrongState, HoldLapsed.
    """
    if approval.asked != Approval.Asked.CLINIC:
        raise WrongState(state=approval.state)
    with answering(approval, by=by):
        booking, _ = open_question(approval, by=by, now=now)
        answer(approval, ApprovalState.GRANTED, by=by, now=now)
        last = booking.claim.slot.starts_at - LAST_DAY_BEFORE
        assert booking.claim.held_until is not None
        until = max(min(now + settings.OFFER_LENGTH, last), booking.claim.held_until)
        _keep(booking, until, now=now)
        tell(*asked_news(approval, "approval_granted"), now=now)
        tell_answer(approval, MessageKind.APPROVAL_GRANTED, now)


def _may_be_asked(booking: Booking) -> None:
    """Raises WrongState where it is no hold, AwaitsApproval where somebody else or the clinic is asked."""
    held = Booking.objects.get(id=booking.id)
    if held.state != BookingState.HELD:
        raise WrongState(state=held.state)
    question = question_of(booking.id)
    is_open = question is not None and question.state == ApprovalState.ASKED
    if held.receipt["bookable"] == Bookable.APPROVAL or is_open:
        raise AwaitsApproval(booking=str(booking.id))


def _keep(booking: Booking, until: datetime, *, now: datetime) -> None:
    """Hold the place until then, and leave an offer of it open as long; raises HoldLapsed."""
    held = Claim.objects.filter(id=booking.claim_id, state=Claim.State.HELD, held_until__gt=now)
    if held.update(held_until=until, changed_at=now) != 1:
        raise HoldLapsed(booking=str(booking.id))
    booking.claim.held_until = until
    Offer.objects.filter(booking=booking, state=OfferState.SENT).update(answer_by=until)
