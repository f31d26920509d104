"""Who has a time already and would come earlier: asked about a freed place that nobody who waits can have."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

from django.db.models import Exists, F, OuterRef, QuerySet

from accounts.database.statements import tuples_of
from brokering.matching.reception import Reception, Wished, unsuited
from brokering.messaging.hours import quiet_for
from brokering.models import Booking, Invitation, ShortNotice
from brokering.receipts import cancel_until
from brokering.selectors.offer_policies import offer_policy_of
from brokering.selectors.places import is_any_time, swedish_day
from brokering.selectors.short_notice import Asked, missing_of, time_to_answer_about
from brokering.selectors.wishes import outside_period
from brokering.states import BookingState, InvitationState
from providers.models import Slot

READ_AT_ONCE = 32
"""Most places suit one of the first."""
WISHED = """
    SELECT s.id FROM providers_slot s WHERE s.id = ANY(%(slots)s) AND EXISTS (
        SELECT FROM brokering_shortnotice w JOIN brokering_booking b ON b.id = w.booking_id
          JOIN providers_claim k ON k.id = b.claim_id JOIN providers_slot had ON had.id = k.slot_id
         WHERE w.ended_at IS NULL AND b.state = 'booked' AND b.care_id = s.care_id
           AND had.clinic_id = s.clinic_id AND had.form = s.form AND had.starts_at > s.starts_at)
"""


def some_would_come_earlier(slots: Iterable[UUID]) -> set[UUID]:
    """Those of some places at whose clinic any of the acting tenants' patients would come earlier.

    Only ever too many: `earlier_in_line` says who is asked.
    """
    return {key for (key,) in tuples_of(WISHED, {"slots": list(slots)})}


def wish_of(booking: Booking) -> ShortNotice | None:
    """The patient's wish to come earlier than this booking, if it stands."""
    if booking.state != BookingState.BOOKED:
        return None
    return ShortNotice.objects.filter(booking=booking, ended_at__isnull=True).first()


def earlier_in_line(slot: Slot, *, now: datetime) -> list[Asked]:
    """Whom of the acting tenants' patients to ask about a free place (with its care fetched), best first.

    They have a later time for the same care at the same clinic, which they may still move. The order is need
    class, then who has waited longest. How many is decided by the home region of the first.
    """
    if is_any_time(slot):
        return []
    # Whoever stands behind those who are asked is not read.
    rows = _wishes(slot).iterator(chunk_size=READ_AT_ONCE)
    found = ((one, asked) for one in rows if (asked := _asked_in_time(one, slot, now)))
    first = next(found, None)
    if first is None:
        return []
    policy = offer_policy_of(first[0].referral.home_region_id, on=swedish_day(now))
    return [first[1], *(asked for _, asked in islice(found, policy.batch - 1))]


def _wishes(slot: Slot) -> QuerySet[ShortNotice]:
    invitations = Invitation.objects.filter(referral=OuterRef("referral"))
    about_it = invitations.filter(batch__slot=slot)
    waiting = invitations.filter(state=InvitationState.SENT, batch__ended_at__isnull=True)
    rows = ShortNotice.objects.filter(
        ~Exists(about_it),
        ~Exists(waiting),
        ended_at__isnull=True,
        booking__state=BookingState.BOOKED,
        # Two times that are given together are moved together, by who chooses both.
        booking__chain__isnull=True,
        booking__care=slot.care_id,
        booking__claim__slot__clinic=slot.clinic_id,
        booking__claim__slot__form=slot.form,
        booking__claim__slot__starts_at__gt=slot.starts_at,
    ).select_related("referral", "booking__claim__slot")
    return rows.order_by(
        F("referral__priority").asc(nulls_last=True), "referral__created_at", "referral__need_key"
    )


def _asked_in_time(wish: ShortNotice, slot: Slot, now: datetime) -> Asked | None:
    """How they are asked; None who are not ready, would know it too late or not want it, or may not move."""
    assert wish.booking is not None
    told = quiet_for(late_evenings=wish.late_evenings).earliest(now)
    unwanted = (
        missing_of(wish.ready, slot.care)
        or timedelta(hours=wish.notice_hours) > slot.starts_at - told
        or unsuited(Wished(wish.referral.wished_mode), Reception(slot.mode))
        or outside_period(wish.referral, slot)
    )
    asked = None if unwanted else _asked(wish, slot, now)
    limit = cancel_until(wish.booking.receipt, starts_at=wish.booking.claim.slot.starts_at)
    return asked if asked and asked.answer_by <= limit else None


def _asked(wish: ShortNotice, slot: Slot, now: datetime) -> Asked | None:
    assert wish.booking is not None
    answer_by = time_to_answer_about(slot, late_evenings=wish.late_evenings, now=now)
    if answer_by is None:
        return None
    return Asked(
        need_key=wish.referral.need_key,
        tenant=wish.tenant_id,
        lot=wish.booking.claim.lot_id,
        route=wish.booking.route,
        answer_by=answer_by,
        late_evenings=wish.late_evenings,
        instead_of=wish.booking_id,
    )
