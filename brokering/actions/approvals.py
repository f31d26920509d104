"""A place that needs somebody's yes: asked, answered, and seen to by a named person when nobody answers.

The place is held meanwhile, and a little past the moment to answer, so that whoever sees to a late answer
can still say yes. Nothing waits for an answer for ever: with the hold the question ends.
"""

from datetime import date, datetime, timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction

from accounts.actions.trail import record
from accounts.models import SYSTEM_USER_ID
from accounts.news import tell
from accounts.selectors.actors import system_actor
from accounts.tenancy import Actor, acting_as
from brokering.access import belongs
from brokering.actions.bookings import need_news, release
from brokering.actions.claims import end_lapsed
from brokering.actions.contact_tasks import open_contact_task
from brokering.actions.holds import decide_again
from brokering.actions.moves import locked_need, move
from brokering.actions.questions import (
    LAST_DAY_BEFORE,
    answer,
    answering,
    asked_news,
    open_question,
    tell_answer,
    times_to_answer,
)
from brokering.actions.referrals import Wish, hold_own
from brokering.actions.reserving import reserve_commitment
from brokering.errors import HoldLapsed, InvalidValue, WrongState
from brokering.law.decision import Bookable
from brokering.messaging.kinds import ContactWhy, MessageKind
from brokering.models import Approval, Booking, Offer, PaymentCommitment, Referral
from brokering.selectors.places import swedish_day
from brokering.selectors.upkeep import case_owners
from brokering.states import ApprovalState, BookingState, OfferState, ReferralState
from providers.models import Claim, Slot

log = structlog.get_logger(__name__)
CLINICS = frozenset({Approval.Reason.MEDICAL_ASSESSMENT, Approval.Reason.NEED_UNCLEAR})
"""Why a clinic may say no: its own assessment, or that it could not be made on what is known."""
REGIONS = frozenset(Approval.Reason) - {Approval.Reason.MEDICAL_ASSESSMENT}


def ask(*, by: Actor, referral: Referral, wish: Wish, now: datetime) -> Approval:
    """Hold a place that the law opens once the home region has approved the need, and ask the region.

    The wish's own end of the hold counts for nothing here. Raises TooLateToAsk, WrongState where no approval
    is needed, and what `hold_own` raises; then nothing is written.
    """
    with transaction.atomic():
        starts_at = Slot.objects.values_list("starts_at", flat=True).get(id=wish.slot)
        answer_by, kept_until = times_to_answer(starts_at, now=now)
        asks = {**vars(wish), "held_until": kept_until, "asks": True}
        patient = referral.patient
        booking = hold_own(by=by, patient=patient, need=referral, wish=Wish(**asks), now=now)
        if booking.receipt["bookable"] != Bookable.APPROVAL:
            raise WrongState(state=booking.receipt["bookable"])
        approval = Approval.objects.create(
            tenant_id=booking.tenant_id,
            subject_id=booking.subject_id,
            booking=booking,
            asked=Approval.Asked.HOME_REGION,
            asked_at=now,
            answer_by=answer_by,
        )
        record("approval.asked", approval.id, by=by, now=now, belongs=belongs(approval))
        tell(*need_news(booking, "approval_asked"), now=now)
        return approval


def grant(*, by: Actor, approval: Approval, valid_to: date, now: datetime) -> None:
    """The home region approves the need and promises to pay for the visit; law and terms are decided again.

    The patient then confirms with one click; the place is held for them as long as an offer's would be.
    Raises NotAllowed, WrongState, HoldLapsed, InvalidValue for a promise that ends before the visit, and
    NotBookable where the place may not be used after all: then nothing is written.
    """
    if approval.asked != Approval.Asked.HOME_REGION:
        raise WrongState(state=approval.state)
    with transaction.atomic():
        booking, referral = open_question(approval, by=by, now=now)
        slot = booking.claim.slot
        if valid_to < swedish_day(slot.ends_at - timedelta(seconds=1)):
            raise InvalidValue(field="valid_to", fault="must not lie before the visit")
        answer(approval, ApprovalState.GRANTED, by=by, now=now)
        Referral.objects.filter(id=referral.id).update(need_approved_on=swedish_day(now))
        referral.need_approved_on = swedish_day(now)
        PaymentCommitment.objects.create(
            tenant_id=referral.tenant_id,
            subject_id=referral.subject_id,
            referral=referral,
            granted_by_id=by.id,
            granted_on=swedish_day(now),
            valid_to=valid_to,
        )
        booking.receipt = decide_again(referral, booking, now=now)
        Booking.objects.filter(id=booking.id).update(receipt=booking.receipt, changed_at=now)
        _keep_for_the_patient(booking, referral, now=now)
        tell_answer(approval, MessageKind.APPROVAL_GRANTED, now)


def refuse(*, by: Actor, approval: Approval, reason: str, now: datetime) -> None:
    """Who is asked says no, for a coded reason; the place is free at once and the patient is told.

    After a clinic's no the home region has the task to find another place; the queue place is kept.
    Raises NotAllowed, WrongState, HoldLapsed, InvalidValue for a reason that is not theirs.
    """
    if reason not in reasons_of(approval):
        raise InvalidValue(field="reason", fault="must be one of the reasons")
    with answering(approval, by=by):
        booking, referral = open_question(approval, by=by, now=now)
        answer(approval, ApprovalState.REFUSED, by=by, now=now, reason=reason)
        tell_answer(approval, MessageKind.APPROVAL_REFUSED, now)
        if approval.asked == Approval.Asked.HOME_REGION:
            release(by=by, booking=booking, now=now)
            return
        with acting_as(system_actor(referral.tenant_id)) as system:
            _end_offer(booking, referral, by=system, now=now)
            _declined(referral, booking.claim.slot.clinic_id)
            release(by=system, booking=booking, now=now)
            open_contact_task(referral, why=ContactWhy.CLINIC_REFUSED, by=system, now=now)


def _declined(need: Referral, clinic: UUID) -> None:
    """The clinic is not asked about the (locked) need again before somebody has looked at its no."""
    declined = sorted({*need.declined_by, clinic})
    Referral.objects.filter(id=need.id).update(declined_by=declined)


def reasons_of(approval: Approval) -> frozenset[str]:
    """Codes of the reasons for which the one who is asked may say no."""
    return CLINICS if approval.asked == Approval.Asked.CLINIC else REGIONS


def remind(*, by: Actor, approval: Approval, now: datetime) -> bool:
    """The moment to answer is near: whoever is asked sees so on their list, once; whether it was due."""
    with transaction.atomic():
        due = Approval.objects.filter(
            id=approval.id, state=ApprovalState.ASKED, reminded_at=None, answer_by__gt=now
        )
        if due.update(reminded_at=now) != 1:
            return False
        approval.reminded_at = now
        record("approval.reminded", approval.id, by=by, now=now, belongs=belongs(approval))
        tell(*asked_news(approval, "approval_near"), now=now)
        return True


def escalate(*, by: Actor, approval: Approval, now: datetime) -> None:
    """Nobody answered in time: somebody of the home region owns the question now, and the patient knows.

    The next date is the end of the hold: until then a yes still gives the place.
    """
    with transaction.atomic():
        locked_need(approval.booking.referral_id)
        owners = case_owners(approval.tenant_id, on=swedish_day(now))
        if not owners:
            log.error("nobody owns late approvals", tenant=str(approval.tenant_id))
        owner = owners[approval.id.int % len(owners)] if owners else SYSTEM_USER_ID
        late = Approval.objects.filter(
            id=approval.id, state=ApprovalState.ASKED, escalated_at=None, answer_by__lte=now
        )
        if not late.update(escalated_at=now, owner_id=owner):
            return
        approval.escalated_at, approval.owner_id = now, owner
        record("approval.late", approval.id, by=by, now=now, belongs=belongs(approval))
        tell_answer(approval, MessageKind.APPROVAL_LATE, now)


def lapse(*, by: Actor, approval: Approval, now: datetime) -> None:
    """The hold ended without an answer: the place is free, a vårdlots finds another with the patient.

    Raises WrongState when somebody answered at the last moment.
    """
    with transaction.atomic():
        escalate(by=by, approval=approval, now=now)
        booking = approval.booking
        end_lapsed(slot=booking.claim.slot_id, now=now)
        move(approval, ApprovalState.LAPSED, by=by, now=now)
        booking.refresh_from_db(fields=["state"])
        if booking.state == BookingState.HELD:
            gone = {"changed_at": now, "addressed_to_id": None}
            move(booking, BookingState.EXPIRED, by=by, now=now, **gone)
        _end_offer(booking, booking.referral, by=by, now=now)
        open_contact_task(booking.referral, why=ContactWhy.NO_APPROVAL, by=by, now=now)
        tell_answer(approval, MessageKind.APPROVAL_LAPSED, now)


def _end_offer(booking: Booking, referral: Referral, *, by: Actor, now: datetime) -> None:
    """An offer that the patient has said yes to and that came to nothing: the person waits on."""
    offer = Offer.objects.filter(booking=booking, state=OfferState.SENT).first()
    if offer is None:
        return
    move(offer, OfferState.WITHDRAWN, by=by, now=now)
    need = Referral.objects.get(id=referral.id)
    if need.state == ReferralState.OFFERED:
        move(need, ReferralState.WAITING, by=by, now=now)


def _keep_for_the_patient(booking: Booking, referral: Referral, *, now: datetime) -> None:
    """The promise covers this place, which is held until the patient has had time to confirm."""
    claim, slot = booking.claim, booking.claim.slot
    assert claim.held_until is not None
    until = min(now + settings.OFFER_LENGTH, slot.starts_at - LAST_DAY_BEFORE)
    commitment: UUID = reserve_commitment(referral, swedish_day(slot.starts_at), now)
    held = Claim.objects.filter(id=claim.id, state=Claim.State.HELD, held_until__gt=now)
    kept = {"held_until": max(until, claim.held_until), "commitment_id": commitment}
    if held.update(changed_at=now, **kept) != 1:
        raise HoldLapsed(booking=str(booking.id))
