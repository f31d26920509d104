"""Confirms, releases and cancels; a slot given up is free again in the same transaction."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.actions.trail import record
from accounts.errors import NotAllowed
from accounts.news import News, tell
from accounts.selectors.actors import system_actor
from accounts.tenancy import Actor, acting_as
from brokering.access import belongs, in_region_of, parties
from brokering.actions.cancellations import (
    CHAIN_BROKEN,
    REBOOKED,
    check_limit,
    give_back,
    postponed_by,
    reason_given,
    written,
)
from brokering.actions.claims import confirm_claim, end_claim
from brokering.actions.clock import add_clock_event
from brokering.actions.holds import news_of_need, slot_news
from brokering.actions.locking import lock_parts
from brokering.actions.messages import About, queue_message
from brokering.actions.moves import move
from brokering.actions.rebookings import close_tasks, open_tasks, settle_tasks
from brokering.errors import (
    AwaitsApproval,
    ConsequenceNotSeen,
    HoldLapsed,
    SlotPast,
    WrongState,
)
from brokering.law.cancellations import CancelReason, cancel_reasons
from brokering.law.decision import Bookable
from brokering.law.facts import Route
from brokering.law.routes import GuaranteeEffect
from brokering.messaging.kinds import MessageKind
from brokering.models import Approval, Booking, Offer, Referral, RerouteCase
from brokering.selectors.approvals import awaits_clinic
from brokering.selectors.chains import by_place, falls_too, parts_of
from brokering.selectors.needs import open_for
from brokering.selectors.places import swedish_day
from brokering.states import (
    ApprovalState,
    BookingState,
    CaseState,
    OfferState,
    Party,
    ReferralState,
)
from providers.models import Claim


def confirm(*, by: Actor, booking: Booking, now: datetime, consequence_version: str = "") -> None:
    """Turn a hold into a booking. A booking that the same need already has ends in the same transaction.

    A place that the region holds on its own route settles the region's case, whoever confirms it.
    Of two times that are given together both are confirmed or none.
    Raises HoldLapsed when the time ran out (nothing is booked), SlotWithdrawn when the clinic took the slot
    back the moment it did, ConsequenceNotSeen when the person loses the guarantee and has not been shown so,
    WrongState when it is no longer a hold, AwaitsApproval while home region or clinic must approve it, and
    CancelTooLate where it would move a visit after the limit of its clinic, SlotPast where that has begun:
    then both stand as they did.
    """
    with in_region_of(booking, by=by):
        parts = parts_of(booking)
        seen = [_to_be_confirmed(part, consequence_version, by=by, now=now) for part in parts]
        needs = lock_parts(parts)
        for part in by_place(parts):
            if not confirm_claim(part.claim, now=now):
                raise HoldLapsed(booking=str(booking.id))
        for part, told in zip(parts, seen, strict=True):
            _confirmed(part, needs[part.referral_id], told, by=by, now=now)


def confirm_beside(*, by: Actor, booking: Booking, referral: Referral, now: datetime) -> None:
    """Confirm one of two times of which the other is booked already; both needs are locked.

    Raises what `confirm` raises.
    """
    seen = _to_be_confirmed(booking, "", by=by, now=now)
    if not confirm_claim(booking.claim, now=now):
        raise HoldLapsed(booking=str(booking.id))
    _confirmed(booking, referral, seen, by=by, now=now)


def _to_be_confirmed(
    booking: Booking, version: str, *, by: Actor, now: datetime
) -> dict[str, object]:
    """What the person has seen; raises WrongState, AwaitsApproval, ConsequenceNotSeen."""
    if booking.state != BookingState.HELD:
        raise WrongState(state=booking.state)
    if booking.receipt["bookable"] == Bookable.APPROVAL or awaits_clinic(booking):
        raise AwaitsApproval(booking=str(booking.id))
    return consequence_seen(booking, version, by=by, now=now)


def _confirmed(
    booking: Booking, referral: Referral, seen: dict[str, object], *, by: Actor, now: datetime
) -> None:
    """Write that a need, which is locked, has its place, which nobody else can take any longer."""
    open_now = open_for(referral.id, but=booking.id)
    had_another = open_now.booking and _end_earlier(referral, booking, by=by, now=now)
    if open_now.offer:
        _answer_offers(referral, booking, by=by, now=now)
    clinic = booking.claim.slot.clinic.tenant_id
    move(
        booking, BookingState.BOOKED, by=by, now=now, changed_at=now, addressed_to_id=clinic, **seen
    )
    _address(referral, clinic, by=by, now=now)
    if _stops_the_clock(booking):
        add_clock_event(referral, "free_choice_elsewhere", on=swedish_day(now), now=now)
    if open_now.task:
        settle_tasks(referral, booking, by=by, now=now)
    if booking.route == Route.GUARANTEE_REROUTE:
        _settle_case(booking, by=by, now=now)
    tell(*slot_news(booking.claim.slot, "slot_booked"), *need_news(booking, "booked"), now=now)
    moved = had_another and Party.PATIENT not in parties(by, booking)
    kind = MessageKind.BOOKING_MOVED if moved else MessageKind.BOOKING_CONFIRMED
    queue_message(kind, _about(booking, referral), now=now)


def release(*, by: Actor, booking: Booking, now: datetime) -> None:
    """Give up a hold; the slot is free at once. Raises WrongState when it is no longer held.

    Of two times that are given together both are given up.
    Raises NotAllowed for a clinic that is asked about it: it answers, and says why.
    """
    if parties(by, booking) == {Party.CLINIC}:
        raise NotAllowed
    with in_region_of(booking, by=by):
        parts = parts_of(booking)
        needs = lock_parts(parts)
        for part in parts:
            gone = {"changed_at": now, "addressed_to_id": None}
            move(part, BookingState.RELEASED, by=by, now=now, **gone)
            _withdraw_offer(needs[part.referral_id], part, by=by, now=now)
            _withdraw_question(part, by=by, now=now)
            end_claim(part.claim_id, Claim.Why.RELEASED, now=now)
            tell(*slot_news(part.claim.slot, "slot_freed"), *need_news(part, "released"), now=now)


def cancel(*, by: Actor, booking: Booking, now: datetime, reason: str) -> None:
    """Cancel a booking for a coded reason; the person waits again with the queue place kept.

    The place is free at once where the reason leaves it to somebody else, otherwise it is withdrawn.
    A choice of another region that is taken back lets the guarantee clock run again (HSF 6 kap. 2 §).
    Of two times that are given together both are cancelled, until the first visit has begun: then the second
    stands by itself. Raises ReasonNotForYou, WrongState, CancelTooLate for a patient after the
    clinic's limit,
    SlotPast once the visit has begun: who has come or not is the clinic's to say.
    """
    with transaction.atomic():
        why = reason_given(reason, by=by, booking=booking)
        parts = [part for part in parts_of(booking) if part is booking or falls_too(part, now)]
        needs = lock_parts(parts)
        if booking.claim.slot.starts_at <= now:
            raise SlotPast
        for part in by_place(parts):
            check_limit(part, by=by, now=now)
            because = why if part is booking else cancel_reasons()[CHAIN_BROKEN]
            _cancelled(part, needs[part.referral_id], because, by=by, now=now)


def _cancelled(
    booking: Booking, referral: Referral, why: CancelReason, *, by: Actor, now: datetime
) -> None:
    move(
        booking,
        BookingState.CANCELLED,
        by=by,
        now=now,
        changed_at=now,
        **written(booking, why, now=now),
    )
    told = {"reason": why.code}
    record("booking.reason", booking.id, by=by, now=now, belongs=belongs(booking), **told)
    give_back(booking, why, ended=_who_broke(by, booking, why), now=now)
    close_tasks([booking], by=by, now=now)
    _put_off(booking, by=by, now=now)
    if referral.state == ReferralState.BOOKED:
        move(referral, ReferralState.WAITING, by=by, now=now, **_taken_from_clinic(referral, by))
    if _stops_the_clock(booking):
        add_clock_event(referral, "regretted", on=swedish_day(now), now=now)
    tell(*need_news(booking, "cancelled"), now=now)
    if Party.PATIENT not in parties(by, booking):
        queue_message(MessageKind.BOOKING_CANCELLED, _about(booking, referral), now=now)


def _put_off(booking: Booking, *, by: Actor, now: datetime) -> None:
    """Care that a serious event postponed is arranged anew by the home region, before other tasks."""
    event = postponed_by(booking)
    if event is None:
        return
    with acting_as(system_actor(booking.tenant_id)) as region:
        open_tasks([booking], because=event, by=region, otherwise=by.id, now=now)


def _who_broke(by: Actor, booking: Booking, why: CancelReason) -> Claim.Why:
    """What a cancellation does to the clinic's reliability: only a place that is no longer there counts."""
    acts_for = parties(by, booking)
    is_the_clinics = Party.CLINIC in acts_for and not acts_for & {Party.PATIENT, Party.REGION}
    is_gone = is_the_clinics and not why.frees_capacity
    return Claim.Why.TAKEN_BACK if is_gone else Claim.Why.CANCELLED


def need_news(booking: Booking, kind: str) -> tuple[News, ...]:
    """Tells the responsible region's worklist and the patient, each on a topic of their own."""
    region = booking.receipt["facts"]["home_region"]
    return news_of_need(booking, region, kind, booking=str(booking.id))


def consequence_seen(
    booking: Booking, version: str, *, by: Actor, now: datetime
) -> dict[str, object]:
    """That the person has seen what is lost: nobody else can have seen it for them."""
    if booking.consequence_seen_at or not _loses_guarantee(booking):
        return {}
    if not version or by.id != booking.subject_id:
        raise ConsequenceNotSeen
    return {"consequence_seen_at": now, "consequence_version": version}


def _loses_guarantee(booking: Booking) -> bool:
    return bool(booking.receipt["decision"]["guarantee_effect"] == GuaranteeEffect.EXCLUDED)


def _stops_the_clock(booking: Booking) -> bool:
    return booking.route == Route.FREE_CHOICE and _loses_guarantee(booking)


def _address(referral: Referral, clinic: UUID, *, by: Actor, now: datetime) -> None:
    """The need is now the clinic's to receive, and to give back if it must cancel."""
    if referral.state != ReferralState.BOOKED:
        move(referral, ReferralState.BOOKED, by=by, now=now, addressed_to_id=clinic)
    else:
        Referral.objects.filter(id=referral.id).update(addressed_to_id=clinic)


def _settle_case(booking: Booking, *, by: Actor, now: datetime) -> None:
    """The case for which the region held this place is done; one that was closed meanwhile stays closed."""
    case = RerouteCase.objects.filter(referral=booking.referral_id, state=CaseState.OPEN).first()
    if case is None:
        return
    move(case, CaseState.REROUTED, by=by, now=now, booking_id=booking.id)
    region = booking.receipt["facts"]["home_region"]
    tell(*news_of_need(case, region, "rerouted", case=str(case.id)), now=now)


def _taken_from_clinic(referral: Referral, by: Actor) -> dict[str, UUID | None]:
    """A need that waits again goes back to where it is registered; the clinic itself cannot hide it."""
    if not parties(by, referral) & {Party.PATIENT, Party.REGION}:
        return {}
    waits_at = referral.registered_at
    return {"addressed_to_id": waits_at.tenant_id if waits_at else None}


def _about(booking: Booking, referral: Referral) -> About:
    return About(patient=booking.patient, referral=referral, booking=booking)


def _end_earlier(referral: Referral, booking: Booking, *, by: Actor, now: datetime) -> bool:
    """Rebooking: the old place goes back in the transaction that takes the new one; whether there was one.

    Who leaves a choice of another region for a place that keeps the guarantee has taken the choice back.
    Raises SlotPast once the old visit has begun: who has come or not is the clinic's to say.
    """
    earlier = (
        Booking.objects.select_related("claim__slot__clinic", "care")
        .filter(referral=referral, state=BookingState.BOOKED)
        .exclude(id=booking.id)
    )
    for old in earlier:
        if old.claim.slot.starts_at <= now:
            raise SlotPast
        check_limit(old, by=by, now=now)
        why = cancel_reasons()[REBOOKED]
        told = written(old, why, now=now)
        move(old, BookingState.CANCELLED, by=by, now=now, changed_at=now, **told)
        give_back(old, why, ended=Claim.Why.CANCELLED, now=now)
        if _stops_the_clock(old) and not _stops_the_clock(booking):
            add_clock_event(referral, "regretted", on=swedish_day(now), now=now)
    return bool(earlier)


def _answer_offers(referral: Referral, booking: Booking, *, by: Actor, now: datetime) -> None:
    """Whoever takes the offered place has said yes; whoever takes another gives the offered one back."""
    offers = Offer.objects.select_related("booking__claim__slot").filter(
        referral=referral, state=OfferState.SENT
    )
    for offer in offers:
        if offer.booking_id == booking.id:
            move(offer, OfferState.ACCEPTED, by=by, now=now, answered_at=now)
        else:
            move(offer, OfferState.WITHDRAWN, by=by, now=now, answered_at=now)
            release(by=by, booking=offer.booking, now=now)


def _withdraw_question(booking: Booking, *, by: Actor, now: datetime) -> None:
    """Nobody needs to approve a place that is given up."""
    for question in Approval.objects.filter(booking=booking, state=ApprovalState.ASKED):
        move(question, ApprovalState.WITHDRAWN, by=by, now=now)


def _withdraw_offer(referral: Referral, booking: Booking, *, by: Actor, now: datetime) -> None:
    """Whoever lets an offered place go without answering waits on; that is no refusal."""
    offer = Offer.objects.filter(booking=booking, state=OfferState.SENT).first()
    if offer is None:
        return
    move(offer, OfferState.WITHDRAWN, by=by, now=now, answered_at=now)
    if referral.state == ReferralState.OFFERED:
        move(referral, ReferralState.WAITING, by=by, now=now)
    if Party.PATIENT not in parties(by, booking):
        about = About(patient=booking.patient, referral=referral, offer=offer)
        queue_message(MessageKind.OFFER_WITHDRAWN, about, now=now)
