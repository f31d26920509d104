"""Locks what two times that are given together touch, in the one order: needs, places, counts."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from accounts.database.statements import tuples_of
from accounts.selectors.actors import system_actor
from accounts.tenancy import acting_as
from brokering.actions.moves import locked_need
from brokering.models import Booking, Referral
from brokering.states import BookingState
from contracts.actions.caps import lock_counts
from providers.models import Slot

LINKED = """
    SELECT id FROM brokering_referral WHERE follows_id = %(need)s
    UNION ALL
    SELECT o.id FROM brokering_referral o JOIN brokering_referral r ON r.follows_id = o.id
     WHERE r.id = %(need)s
"""
STANDING = (BookingState.HELD, BookingState.BOOKED)


def lock_needs(parts: Iterable[Booking]) -> dict[UUID, Referral]:
    """The needs of some times as they are now, locked until the transaction ends, the lower id first."""
    return {need: locked_need(need) for need in sorted({part.referral_id for part in parts})}


def lock_both(need: UUID) -> Referral:
    """A need as it is now, locked, and a need that is linked to it too, whatever has become of that."""
    linked = {other for (other,) in tuples_of(LINKED, {"need": need})}
    return {one: locked_need(one) for one in sorted({need, *linked})}[need]


def lock_parts(parts: Sequence[Booking]) -> dict[UUID, Referral]:
    """Lock the needs, and for two times also every place that the needs have and what it counts against.

    Places by id, counts by counter and period: whatever is given back afterwards, in whatever order, waits
    for nobody who waits for it. A time by itself has one place, whose turn comes when it is given back.
    """
    needs = lock_needs(parts)
    if len(needs) > 1:
        also = Booking.objects.select_related("claim__slot__clinic").filter(
            referral__in=needs, state__in=STANDING
        )
        claims = {one.claim_id: one.claim for one in (*parts, *also)}
        # A place is its clinic's, so it is the clinic's to lock.
        clinics = {claim.slot.clinic.tenant_id for claim in claims.values()}
        with acting_as(system_actor(*clinics)):
            places = {claim.slot_id for claim in claims.values()}
            list(Slot.objects.select_for_update(no_key=True).filter(id__in=places).order_by("id"))
            lock_counts(claims)
    return needs
