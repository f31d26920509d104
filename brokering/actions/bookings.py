"""Confirms, releases and cancels; a slot given up is free again in the same transaction."""

from datetime import datetime

from django.db import transaction

from accounts.actions.trail import record
from accounts.news import News, tell
from accounts.tenancy import Actor
from brokering.access import belongs
from brokering.actions.clock import add_clock_event
from brokering.actions.holds import slot_news
from brokering.actions.moves import move
from brokering.errors import ConsequenceNotSeen, HoldLapsed, WrongState
from brokering.law.facts import Route
from brokering.law.routes import GuaranteeEffect
from brokering.models import Booking, Offer, Referral
from brokering.selectors.places import swedish_day
from brokering.states import BookingState, OfferState, ReferralState
from providers.models import Claim


def confirm(*, by: Actor, booking: Booking, now: datetime, consequence_version: str = "") -> None:
    """Turn a hold into a booking. A booking that the same need already has ends in the same transaction.

    Raises HoldLapsed when the time ran out (nothing is booked), ConsequenceNotSeen when the person loses
    the guarantee and has not been shown so, WrongState when it is no longer a hold.
    """
    with transaction.atomic():
        if booking.state != BookingState.HELD:
            raise WrongState(state=booking.state)
        seen = _consequence(booking, consequence_version, now)
        held = Claim.objects.filter(id=booking.claim_id, state=Claim.State.HELD, held_until__gt=now)
        if held.update(state=Claim.State.CONFIRMED, changed_at=now) != 1:
            raise HoldLapsed(booking=str(booking.id))
        referral = Referral.objects.select_for_update().get(id=booking.referral_id)
        _end_earlier(referral, booking, by=by, now=now)
        _withdraw_offers(referral, booking, by=by, now=now)
        clinic_tenant = booking.claim.slot.clinic.tenant_id
        move(
            booking,
            BookingState.BOOKED,
            by=by,
            now=now,
            changed_at=now,
            addressed_to_id=clinic_tenant,
            **seen,
        )
        if referral.state != ReferralState.BOOKED:
            move(referral, ReferralState.BOOKED, by=by, now=now)
        if booking.route == Route.FREE_CHOICE and _loses_guarantee(booking):
            add_clock_event(referral, "free_choice_elsewhere", on=swedish_day(now), now=now)
        tell(*slot_news(booking.claim.slot, "slot_booked"), *need_news(booking, "booked"), now=now)


def release(*, by: Actor, booking: Booking, now: datetime) -> None:
    """Give up a hold; the slot is free at once. Raises WrongState when it is no longer held."""
    with transaction.atomic():
        move(booking, BookingState.RELEASED, by=by, now=now, changed_at=now)
        _end_claim(booking.claim, Claim.Why.RELEASED, now)
        tell(*slot_news(booking.claim.slot, "slot_freed"), *need_news(booking, "released"), now=now)


def cancel(*, by: Actor, booking: Booking, now: datetime, reason: str) -> None:
    """Cancel a booking; the slot is free at once, the person waits again with the queue place kept.

    A choice of another region that is taken back lets the guarantee clock run again (HSF 6 kap. 2 §).
    """
    with transaction.atomic():
        move(booking, BookingState.CANCELLED, by=by, now=now, changed_at=now)
        record(
            "booking.reason", booking.id, by=by, now=now, belongs=belongs(booking), reason=reason
        )
        _end_claim(booking.claim, Claim.Why.CANCELLED, now)
        referral = Referral.objects.get(id=booking.referral_id)
        if referral.state == ReferralState.BOOKED:
            move(referral, ReferralState.WAITING, by=by, now=now)
        if booking.route == Route.FREE_CHOICE and _loses_guarantee(booking):
            add_clock_event(referral, "regretted", on=swedish_day(now), now=now)
        tell(
            *slot_news(booking.claim.slot, "slot_freed"), *need_news(booking, "cancelled"), now=now
        )


def need_news(booking: Booking, kind: str) -> tuple[News, ...]:
    """Tells the responsible region's worklist and the patient, each on a topic of their own."""
    mine = belongs(booking)
    region = booking.receipt["facts"]["home_region"]
    found = [
        News(topic=f"region:{region}", kind=kind, data={"booking": str(booking.id)}, belongs=mine)
    ]
    if booking.subject_id:
        found.append(
            News(
                topic=f"person:{booking.subject_id}",
                kind=kind,
                data={"booking": str(booking.id)},
                belongs=mine,
            )
        )
    return tuple(found)


def _consequence(booking: Booking, version: str, now: datetime) -> dict[str, object]:
    if booking.consequence_seen_at or not _loses_guarantee(booking):
        return {}
    if not version:
        raise ConsequenceNotSeen
    return {"consequence_seen_at": now, "consequence_version": version}


def _loses_guarantee(booking: Booking) -> bool:
    return bool(booking.receipt["decision"]["guarantee_effect"] == GuaranteeEffect.EXCLUDED)


def _end_earlier(referral: Referral, booking: Booking, *, by: Actor, now: datetime) -> None:
    """Rebooking: the old place goes back in the transaction that takes the new one."""
    earlier = (
        Booking.objects.select_related("claim__slot")
        .filter(referral=referral, state=BookingState.BOOKED)
        .exclude(id=booking.id)
    )
    for old in earlier:
        move(old, BookingState.CANCELLED, by=by, now=now, changed_at=now)
        _end_claim(old.claim, Claim.Why.CANCELLED, now)
        tell(*slot_news(old.claim.slot, "slot_freed"), now=now)


def _withdraw_offers(referral: Referral, booking: Booking, *, by: Actor, now: datetime) -> None:
    """Whoever takes another place gives back the one that was offered."""
    offers = (
        Offer.objects.select_related("booking__claim__slot")
        .filter(referral=referral, state=OfferState.SENT)
        .exclude(booking=booking)
    )
    for offer in offers:
        move(offer, OfferState.WITHDRAWN, by=by, now=now, answered_at=now)
        release(by=by, booking=offer.booking, now=now)


def _end_claim(claim: Claim, why: Claim.Why, now: datetime) -> None:
    """End an occupying claim; the database gives back what it had reserved, once."""
    Claim.objects.filter(id=claim.id, state__in=Claim.OCCUPYING).update(
        state=Claim.State.ENDED, ended_why=why, changed_at=now
    )
