"""A freed place at short notice: several are asked at once, the first yes has it, the others are told.

Nobody holds the place meanwhile: it opens to everyone when the time to answer is over. Lock order: need,
batch, slot. What makes it safe is in the database: `one_yes_per_batch`, `one_patient_per_slot`.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from accounts.actions.trail import record
from accounts.errors import Refusal
from accounts.news import News, tell
from accounts.selectors.actors import system_actor
from accounts.tenancy import Actor, acting_as
from brokering.access import access_invitation, belongs
from brokering.actions.bookings import confirm
from brokering.actions.claims import end_lapsed
from brokering.actions.holds import HoldRequest, hold, news_of_need, slot_news
from brokering.actions.messages import About, queue_message
from brokering.actions.moves import locked_need, move
from brokering.law.facts import CareKind, Route
from brokering.messaging.kinds import MessageKind
from brokering.models import Batch, Booking, Invitation, Referral
from brokering.selectors.approvals import has_approved
from brokering.selectors.short_notice import Asked
from brokering.selectors.upkeep import region_tenants
from brokering.states import BookingState, InvitationState, ReferralState
from contracts.models import Lot
from providers.models import Claim, Slot

TOLD = {
    InvitationState.LATE: MessageKind.INVITATION_LATE,
    InvitationState.WITHDRAWN: MessageKind.INVITATION_WITHDRAWN,
}
"""What somebody hears who has not answered, as the question ends; who let the time pass hears nothing."""


class InvitationOver(Refusal):
    """Somebody else was first, or the time to answer is over; nothing has changed for you."""

    code = "invitation_over"


def open_batch(*, slot: Slot, asked: Sequence[Asked], seen: str, now: datetime) -> Batch | None:
    """Ask some patients at once about a free place (with its clinic fetched); None when it is free no longer.

    The system writes it, in the name of the clinic and of each home region. Whoever waits no longer, or has
    no longer the time that they would come earlier than, is left out. All may answer until the last of them
    has had the time for it. `seen` tells what had been seen before they were chosen (`seen_now`): who came
    later was not passed.
    """
    with acting_as(system_actor(slot.clinic.tenant_id)) as clinic:
        locked = Slot.objects.select_for_update(no_key=True).get(id=slot.id)
        end_lapsed(slot=slot.id, now=now)
        if not _is_free(locked) or locked.starts_at <= now:
            return None
        last = max(one.answer_by for one in asked)
        if Batch.objects.filter(slot=locked, ended_at__isnull=True).exists():
            return None
        batch = Batch.objects.create(slot=locked, sent_at=now, answer_by=last, seen=seen)
        Slot.objects.filter(id=locked.id).update(opens_at=last)
        record("batch.sent", batch.id, by=clinic, now=now, slot=str(locked.id))
        tell(*slot_news(locked, "slot_kept"), now=now)
        for one in asked:
            with acting_as(system_actor(one.tenant)) as region:
                _invite(batch, one, by=region, now=now)
        return batch


def accept_invitation(
    *, by: Actor, invitation_id: UUID, now: datetime, consequence_version: str = ""
) -> Booking:
    """Say yes: the place is held and booked in one transaction, and the others are told that it is gone.

    Raises InvitationOver when somebody else was first or the time is out, what `hold` and `confirm` raise
    (ConsequenceNotSeen where the person would lose the guarantee), NotFound or NotAllowed; then nothing
    is written.
    """
    with transaction.atomic():
        invitation, batch = _to_answer(invitation_id, by=by, now=now)
        booking = _taken(invitation, batch, now)
        confirm(by=by, booking=booking, now=now, consequence_version=consequence_version)
        move(
            invitation,
            InvitationState.ACCEPTED,
            by=by,
            now=now,
            booking_id=booking.id,
            answered_at=now,
        )
        _over(batch, InvitationState.LATE, now)
        _tell(invitation, "invitation_accepted", now)
        return booking


def decline_invitation(*, by: Actor, invitation_id: UUID, now: datetime) -> None:
    """Say no: nothing changes for the person, no clock is touched. The last no opens the place to everyone.

    Raises InvitationOver, NotFound or NotAllowed.
    """
    with transaction.atomic():
        invitation, batch = _to_answer(invitation_id, by=by, now=now)
        move(invitation, InvitationState.DECLINED, by=by, now=now, answered_at=now)
        _tell(invitation, "invitation_declined", now)
        with acting_as(system_actor(*region_tenants())):
            waits = batch.invitations.filter(state=InvitationState.SENT).exists()
        if not waits:
            _over(batch, InvitationState.LAPSED, now)
            _open_to_everyone(batch, now)


def end_batch(*, batch_id: UUID, now: datetime) -> bool:
    """End a batch whose time is out or whose place is gone; whether there was anything to end.

    Where the place is gone those who have not answered are told so: somebody else has it, or the clinic has
    taken it back.
    """
    with transaction.atomic():
        batch = Batch.objects.select_for_update(no_key=True).get(id=batch_id)
        if batch.ended_at is not None:
            return False
        slot = Slot.objects.select_related("clinic").get(id=batch.slot_id)
        _over(batch, _why_over(slot), now)
        _open_to_everyone(batch, now)
        return True


def _why_over(slot: Slot) -> InvitationState:
    if slot.state != Slot.State.OPEN or slot.hidden_why:
        return InvitationState.WITHDRAWN
    return InvitationState.LAPSED if _is_free(slot) else InvitationState.LATE


def _invite(batch: Batch, asked: Asked, *, by: Actor, now: datetime) -> None:
    rows = Referral.objects.select_related("patient")
    need = rows.filter(need_key=asked.need_key).first()
    if need is None or not _still_wants(need, asked) or _clinic_says_first(need, batch, asked):
        return
    invitation = Invitation.objects.create(
        tenant_id=need.tenant_id,
        subject_id=need.subject_id,
        batch=batch,
        referral=need,
        lot_id=asked.lot,
        route=asked.route,
    )
    record("invitation.sent", invitation.id, by=by, now=now, belongs=belongs(invitation))
    _tell(invitation, "invited", now)
    kind = MessageKind.INVITED_EARLIER if asked.instead_of else MessageKind.INVITED
    _message(invitation, kind, now, is_late_evening_fine=asked.late_evenings)


def _clinic_says_first(need: Referral, batch: Batch, asked: Asked) -> bool:
    """Whether the clinic would have to assess the patient itself: for that no time is left."""
    slot = batch.slot
    if need.decided_on and need.registered_at_id == slot.clinic_id:
        return False
    own = Lot.objects.filter(id=asked.lot, accepts_referrer_assessment=False)
    is_treatment = slot.care.kind == CareKind.TREATMENT
    return is_treatment and own.exists() and not has_approved(need.id, slot.clinic_id)


def _still_wants(need: Referral, asked: Asked) -> bool:
    if asked.instead_of is None:
        return need.state == ReferralState.WAITING
    booked = Booking.objects.filter(id=asked.instead_of, state=BookingState.BOOKED)
    return need.state == ReferralState.BOOKED and booked.exists()


def _to_answer(invitation_id: UUID, *, by: Actor, now: datetime) -> tuple[Invitation, Batch]:
    """The invitation and its batch, both locked against everybody else who answers."""
    found = access_invitation(invitation_id, by=by, now=now)
    locked_need(found.referral_id)
    batch = Batch.objects.select_for_update(no_key=True).get(id=found.batch_id)
    invitation = Invitation.objects.select_related("referral__patient").get(id=invitation_id)
    if invitation.state != InvitationState.SENT or batch.answer_by <= now:
        raise InvitationOver(state=invitation.state)
    return invitation, batch


def _taken(invitation: Invitation, batch: Batch, now: datetime) -> Booking:
    """The place, held by the region for its patient before it opens to everyone."""
    with acting_as(system_actor(invitation.tenant_id)) as region:
        request = HoldRequest(
            slot=batch.slot_id,
            referral=invitation.referral_id,
            lot=invitation.lot_id,
            route=Route(invitation.route),
            held_until=now + settings.HOLD_LENGTH,
            before_release=True,
            batch=batch.id,
        )
        return hold(by=region, request=request, now=now)


def _over(batch: Batch, becomes: InvitationState, now: datetime) -> None:
    """End the batch; those who have not answered are told at once where the place is gone."""
    Batch.objects.filter(id=batch.id).update(ended_at=now)
    with acting_as(system_actor(*region_tenants())) as system:
        waiting = Invitation.objects.select_related("referral__patient").order_by("id")
        for one in waiting.filter(batch=batch, state=InvitationState.SENT):
            move(one, becomes, by=system, now=now)
            _tell(one, f"invitation_{becomes}", now)
            if becomes in TOLD:
                _message(one, TOLD[becomes], now)


def _open_to_everyone(batch: Batch, now: datetime) -> None:
    slot = Slot.objects.select_related("clinic").get(id=batch.slot_id)
    with acting_as(system_actor(slot.clinic.tenant_id)):
        kept = Slot.objects.filter(id=slot.id, opens_at=batch.answer_by, opens_at__gt=now)
        kept.update(opens_at=max(now, slot.published_at))
        if _is_free(slot):
            tell(*slot_news(slot, "slot_freed"), now=now)


def _is_free(slot: Slot) -> bool:
    """Whether somebody could hold it; what a probe has hidden nobody can."""
    taken = Claim.objects.filter(slot=slot, state__in=Claim.OCCUPYING)
    return slot.state == Slot.State.OPEN and not slot.hidden_why and not taken.exists()


def _tell(invitation: Invitation, kind: str, now: datetime) -> None:
    told: tuple[News, ...] = news_of_need(
        invitation, invitation.referral.home_region_id, kind, invitation=str(invitation.id)
    )
    tell(*told, now=now)


def _message(
    invitation: Invitation, kind: MessageKind, now: datetime, *, is_late_evening_fine: bool = False
) -> None:
    need = invitation.referral
    about = About(
        patient=need.patient,
        referral=need,
        mark=str(invitation.batch_id),
        is_late_evening_fine=is_late_evening_fine,
    )
    queue_message(kind, about, now=now)
