"""Two needs that are given together, and the two times that they have."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from accounts.database.statements import tuples_of
from brokering.models import Booking, Offer, RebookingTask, Referral
from brokering.selectors.places import swedish_day
from brokering.states import BookingState, OfferState, ReferralState, TaskState
from providers.models import Slot

TOGETHER = """
    WITH pair AS (
        SELECT id AS other, follows_id AS lead FROM brokering_referral
         WHERE follows_id = %(need)s AND state <> 'closed'
        UNION ALL
        SELECT o.id, o.id FROM brokering_referral o JOIN brokering_referral r ON r.follows_id = o.id
         WHERE r.id = %(need)s AND o.state <> 'closed')
    SELECT other FROM pair
     WHERE NOT EXISTS (
        SELECT FROM brokering_booking b JOIN providers_claim c ON c.id = b.claim_id
          JOIN providers_slot s ON s.id = c.slot_id
         WHERE b.referral_id = pair.lead AND b.chain IS NOT NULL
           AND b.state IN ('booked', 'fulfilled', 'missed') AND s.starts_at <= %(now)s)
"""
"""As in `linked_need_is_given_whole`: once the first visit of two has begun each need stands by itself."""


def together_with(need: UUID, *, now: datetime) -> UUID | None:
    """The open need that a need is given together with; None where it is given by itself."""
    found = tuples_of(TOGETHER, {"need": need, "now": now})
    return found[0][0] if found else None


def pair_of(need: Referral, *, now: datetime) -> tuple[Referral, Referral] | None:
    """The need that comes first and the one that follows it, where both are open; None otherwise.

    None also once the first visit has begun: whatever came of it, the clinic decides what follows.
    """
    other_id = together_with(need.id, now=now)
    if other_id is None or need.state == ReferralState.CLOSED:
        return None
    other = Referral.objects.select_related("patient", "care", "home_region").get(id=other_id)
    return (other, need) if need.follows_id == other.id else (need, other)


def parts_of(booking: Booking) -> list[Booking]:
    """The booking and the other one of its chain, in the order in which needs are locked."""
    if booking.chain is None:
        return [booking]
    others = Booking.objects.select_related(
        "claim__slot__clinic__municipality", "claim__slot__clinic__provider", "care", "patient"
    ).filter(chain=booking.chain)
    return sorted([booking, *others.exclude(id=booking.id)], key=lambda part: part.referral_id)


def by_place(parts: Iterable[Booking]) -> list[Booking]:
    """In the order in which places are locked."""
    return sorted(parts, key=lambda part: part.claim.slot_id)


def other_part(booking: Booking) -> Booking | None:
    """The other time of its chain, if the booking is one of two."""
    return next((part for part in parts_of(booking) if part.id != booking.id), None)


def time_to_keep(booking: Booking, *, now: datetime) -> Booking | None:
    """The other time of its chain, where that can stay while this one is moved; None where it cannot."""
    other = other_part(booking)
    if other is None or not falls_too(other, now):
        return None
    goes = RebookingTask.objects.filter(booking=other, state=TaskState.OPEN).exists()
    return None if goes else other


def one_of_each(bookings: Iterable[Booking]) -> list[Booking]:
    """Some bookings, and of each chain among them only one."""
    return list({booking.chain or booking.id: booking for booking in bookings}.values())


def falls_too(part: Booking, now: datetime) -> bool:
    """Whether a time falls with the other one of its chain when that is cancelled: while it lies ahead."""
    return part.state == BookingState.BOOKED and part.claim.slot.starts_at > now


def falls_with(booking: Booking, *, now: datetime) -> Booking | None:
    """The other time of its chain, which is cancelled together with this one; None where nothing else is."""
    other = other_part(booking)
    return other if other is not None and falls_too(other, now) else None


def is_offered(parts: list[Booking]) -> bool:
    """Whether one of the times is an open offer."""
    return Offer.objects.filter(booking__in=parts, state=OfferState.SENT).exists()


def in_order(first: Slot, second: Slot, follower: Referral) -> bool:
    """Whether one place follows the other: at the same clinic, after it, with the days between."""
    days = timedelta(days=follower.follows_after or 0)
    return (
        first.clinic_id == second.clinic_id
        and second.starts_at >= first.ends_at
        and swedish_day(second.starts_at) >= swedish_day(first.ends_at) + days
    )
