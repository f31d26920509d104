"""Sends offers for what a round proposed, and takes the answers; the queue place is kept throughout."""

from datetime import datetime

from django.conf import settings
from django.db import transaction

from accounts.actions.trail import event
from accounts.database.prepared import Asked, Prepared
from accounts.errors import NotAllowed, NotFound
from accounts.news import tell
from accounts.selectors.actors import system_actor
from accounts.tenancy import Actor, acting_as
from brokering.access import belongs, parties
from brokering.actions.bookings import confirm, need_news, release
from brokering.actions.chains import hold_with_follower
from brokering.actions.claims import end_lapsed
from brokering.actions.clinic_approvals import confirm_or_ask
from brokering.actions.clock import add_clock_event
from brokering.actions.contact_tasks import open_contact_task
from brokering.actions.holds import SLOT, Found, HoldRequest, hold, slot_news
from brokering.actions.locking import lock_both, lock_needs, lock_parts
from brokering.actions.messages import About, queue_message
from brokering.actions.moves import move
from brokering.actions.refusals import SPEAK_FOR_A_PATIENT, note_refusal
from brokering.actions.rounds import Proposed
from brokering.errors import AlreadyOffered, NoStands, OfferLapsed, SlotPast, SlotWithdrawn
from brokering.law.decision import GuaranteeEffect
from brokering.law.facts import Route
from brokering.messaging.kinds import ContactWhy, MessageKind
from brokering.models import Booking, Offer, Referral
from brokering.selectors.answers import care_day
from brokering.selectors.approvals import awaits_clinic
from brokering.selectors.chains import is_offered, other_part, parts_of
from brokering.selectors.offer_policies import offer_policy_of
from brokering.selectors.places import swedish_day
from brokering.selectors.seeking import LAST_DAY_BEFORE
from brokering.states import BookingState, OfferState, ReferralState
from providers.models import Claim

NEED = Prepared(
    lambda: (
        Referral.objects.select_for_update(no_key=True, of=("self",))
        .select_related("patient__municipality", "care", "home_region")
        .filter(need_key=Asked("need_key"))
    )
)


def send_offer(*, by: Actor, proposed: Proposed, now: datetime) -> Offer:
    """Hold the proposed place for the person until the deadline and write the offer.

    The hold decides law and terms anew; what a round proposed a moment ago may be refused now.
    Raises what `hold` raises (SlotPast also when no time would be left to answer), NotFound when the need is
    no longer the tenant's to see, AlreadyOffered; whatever is raised takes the running transaction back.
    """
    with transaction.atomic(savepoint=False):
        if proposed.follow is not None:
            _lock_both(proposed)
        referral = NEED.first(need_key=proposed.need_key)
        if referral is None:
            raise NotFound
        if referral.state != ReferralState.WAITING:
            raise AlreadyOffered
        policy = offer_policy_of(referral.home_region_id, on=swedish_day(now))
        offer = _made(referral, proposed, until=now + policy.answer_time, by=by, now=now)
        terms = {"answer_days": policy.answer_days, "decided_by": policy.source}
        sent = event("offer.sent", offer.id, by=by, now=now, belongs=belongs(offer), **terms)
        tell(*need_news(offer.booking, "offered"), now=now, beside=[offer, sent])
        queue_message(MessageKind.OFFER_SENT, _about(offer), now=now)
        return offer


def regret_no(*, by: Actor, offer: Offer, now: datetime) -> Offer:
    """A no by mistake, taken back at once: the same place is offered again until the same moment.

    Only while nobody else has the place: a no frees it at once, and others are asked. Raises NotAllowed,
    NoStands when it is too late for that, AlreadyOffered when something else is offered by now, and what
    `hold` raises: SlotTaken, SlotWithdrawn.
    """
    with transaction.atomic():
        if not parties(by, offer) & SPEAK_FOR_A_PATIENT:
            raise NotAllowed
        referral = lock_both(offer.referral_id)
        said_at = offer.answered_at if offer.state == OfferState.DECLINED else None
        if said_at is None or now >= min(said_at + settings.NO_REGRETTED_WITHIN, offer.answer_by):
            raise NoStands
        if referral.state != ReferralState.WAITING:
            raise AlreadyOffered
        if _keeps_the_guarantee(offer.booking):
            add_clock_event(referral, "regretted", on=swedish_day(now), now=now)
        with acting_as(system_actor(referral.tenant_id)) as system:
            again = _made(referral, _same(offer), until=offer.answer_by, by=system, now=now)
        said = event("offer.no_regretted", offer.id, by=by, now=now, belongs=belongs(offer))
        tell(*need_news(again.booking, "offered"), now=now, beside=[again, said])
        return again


def accept_offer(
    *, by: Actor, offer: Offer, now: datetime, consequence_version: str = ""
) -> Booking:
    """The patient takes the place; where the clinic says first whether it can be, it is asked.

    The offer then stays open until the patient confirms. Raises OfferLapsed, HoldLapsed, ConsequenceNotSeen,
    WrongState, AwaitsApproval, TooLateToAsk.
    """
    with transaction.atomic():
        _open_offer(offer, now)
        if awaits_clinic(offer.booking):
            said = {"consequence_version": consequence_version}
            confirm_or_ask(by=by, booking=offer.booking, now=now, **said)
            return offer.booking
        move(offer, OfferState.ACCEPTED, by=by, now=now, answered_at=now)
        confirm(by=by, booking=offer.booking, now=now, consequence_version=consequence_version)
        return offer.booking


def decline_offer(*, by: Actor, offer: Offer, now: datetime, informed: str) -> None:
    """The patient says no; the place is free at once and the queue place is kept.

    `informed`: the version of the words on the guarantee and on what a no means that were read before the
    answer, empty where none were; only with them can a no pause the clock (HSF 6 kap. 2 § 3), and the law
    kernel decides whether it does. Raises WrongState, OfferLapsed: a no after the last day is silence, which
    pauses nothing.
    """
    with transaction.atomic():
        _open_offer(offer, now)
        move(offer, OfferState.DECLINED, by=by, now=now, answered_at=now)
        release(by=by, booking=offer.booking, now=now)
        note_refusal(offer, text=informed, by=by, now=now)
        _back_to_waiting(offer, by=by, now=now)


def lapse_offer(*, by: Actor, offer: Offer, now: datetime) -> None:
    """Nobody answered in time: silence pauses nothing, the place is free, the person waits on in the queue.

    Somebody at the home region is given the task to find out why; nobody leaves the queue by silence.
    """
    with transaction.atomic():
        parts = parts_of(offer.booking)
        lock_parts(parts)
        for part in parts:
            end_lapsed(slot=part.claim.slot_id, now=now)
        move(offer, OfferState.LAPSED, by=by, now=now)
        for part in parts:
            if part.state == BookingState.HELD:
                gone = {"changed_at": now, "addressed_to_id": None}
                move(part, BookingState.EXPIRED, by=by, now=now, **gone)
        _back_to_waiting(offer, by=by, now=now)
        open_contact_task(offer.referral, why=ContactWhy.NO_ANSWER, by=by, now=now, about=offer)
        freed = [news for part in parts for news in slot_news(part.claim.slot, "slot_freed")]
        tell(*freed, *need_news(offer.booking, "offer_lapsed"), now=now)
        queue_message(MessageKind.OFFER_LAPSED, _about(offer), now=now)


def expire_booking(*, by: Actor, booking: Booking, now: datetime) -> None:
    """Tidy a click hold that ran out: its claim is ended already or ends now.

    Of two times that are given together both; what is offered ends with its offer.
    """
    with transaction.atomic():
        parts = parts_of(booking)
        if len(parts) > 1:
            if is_offered(parts):
                return
            lock_parts(parts)
        for part in parts:
            end_lapsed(slot=part.claim.slot_id, now=now)
        ended = Claim.objects.filter(
            id__in=[part.claim_id for part in parts], state=Claim.State.ENDED
        )
        if ended.count() < len(parts):
            return
        for part in parts:
            gone = {"changed_at": now, "addressed_to_id": None}
            move(part, BookingState.EXPIRED, by=by, now=now, **gone)
            tell(*slot_news(part.claim.slot, "slot_freed"), *need_news(part, "expired"), now=now)


def _lock_both(proposed: Proposed) -> None:
    """Both needs in their order, before the one that leads is read."""
    for need in Referral.objects.filter(need_key=proposed.need_key).values_list("id", flat=True):
        lock_both(need)


def _made(
    referral: Referral, proposed: Proposed, *, until: datetime, by: Actor, now: datetime
) -> Offer:
    """Hold the place until then, at the latest the day before the visit; the offer is to be written."""
    slot = SLOT.first(id=proposed.slot)
    if slot is None:
        raise SlotWithdrawn
    deadline = min(until, slot.starts_at - LAST_DAY_BEFORE)
    if deadline <= now:
        raise SlotPast
    request = HoldRequest(
        slot=proposed.slot,
        referral=referral.id,
        lot=proposed.lot,
        route=Route(proposed.route),
        held_until=deadline,
        before_release=True,
    )
    follow = proposed.follow
    if follow is None:
        found = Found(referral, slot)
        booking = hold(by=by, request=request, now=now, found=found, savepoint=False)
    else:
        booking = hold_with_follower(
            by=by, need=referral, request=request, follow=follow, now=now
        ).first
    offer = Offer(
        tenant_id=referral.tenant_id,
        subject_id=referral.subject_id,
        referral=referral,
        round_id=proposed.round,
        booking=booking,
        sent_at=now,
        answer_by=deadline,
    )
    move(referral, ReferralState.OFFERED, by=by, now=now)
    if _keeps_the_guarantee(booking):
        care_on = care_day(offer)
        add_clock_event(referral, "offered", on=swedish_day(now), now=now, care_on=care_on)
    return offer


def _same(offer: Offer) -> Proposed:
    """What was proposed the first time."""
    other = other_part(offer.booking)
    return Proposed(
        round=offer.round_id,  # type: ignore[arg-type]
        need_key=offer.referral.need_key,
        tenant=offer.tenant_id,
        slot=offer.booking.claim.slot_id,
        lot=offer.booking.claim.lot_id,
        route=offer.booking.route,
        follow=None if other is None else other.claim.slot_id,
    )


def _about(offer: Offer) -> About:
    return About(patient=offer.booking.patient, referral=offer.referral, offer=offer)


def _open_offer(offer: Offer, now: datetime) -> None:
    """Lock the need, of two times both needs; raises OfferLapsed after the last moment to answer."""
    lock_needs(parts_of(offer.booking))
    if offer.answer_by <= now:
        raise OfferLapsed(offer=str(offer.id))


def _keeps_the_guarantee(booking: Booking) -> bool:
    """Only care that the home region owes is care in accordance with the guarantee (HSF 6 kap. 2 § 3).

    A place that the person may choose in another region would end the guarantee by a yes: to turn it down
    is not to refrain from what the guarantee gives.
    """
    return bool(booking.receipt["decision"]["guarantee_effect"] == GuaranteeEffect.RUNS)


def _back_to_waiting(offer: Offer, *, by: Actor, now: datetime) -> None:
    referral = Referral.objects.get(id=offer.referral_id)
    if referral.state == ReferralState.OFFERED:
        move(referral, ReferralState.WAITING, by=by, now=now)
