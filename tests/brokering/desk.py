"""What people do in the tests: hold, confirm, cancel, all at once; guards taken away and put back."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from accounts.roles import Role
from accounts.tenancy import Actor, acting_as
from brokering.access import access_booking, access_offer
from brokering.actions import bookings, offers
from brokering.actions.holds import HoldRequest, hold
from brokering.actions.rounds import Proposed
from brokering.law.facts import Route
from brokering.models import Booking, Offer, Referral, RerouteCase
from contracts.models import CapUse, Lot
from providers.models import Claim, Slot
from tests.factories import NOW, OWNER, TODAY, a_patient, a_referral, a_region, acting, staff

SOON = timedelta(hours=1)
"""Longer than the suite runs: tests stand still at its start, and the database ends holds by its clock."""


def wanted(slot: Slot, need: Referral, lot: Lot, **also: Any) -> HoldRequest:
    """A click on a place: the own region's route, an hour, unless told otherwise."""
    fields = {"route": Route.OWN_REGION, "held_until": NOW + SOON} | also
    return HoldRequest(slot=slot.id, referral=need.id, lot=lot.id, **fields)


def held(
    slot: Slot,
    need: Referral,
    lot: Lot,
    *,
    by: Actor | None = None,
    now: datetime = NOW,
    **also: Any,
) -> Booking:
    """Hold a place as the patient, or as somebody else."""
    by = by or acting(need.patient.subject)
    with acting_as(by):
        return hold(by=by, request=wanted(slot, need, lot, **also), now=now)


def lapsed(slot: Slot, need: Referral, lot: Lot, **also: Any) -> Booking:
    """A hold that ran out an hour ago and that nobody has tidied."""
    then = NOW - timedelta(hours=2)
    return held(slot, need, lot, now=then, held_until=then + timedelta(hours=1), **also)


def confirmed(
    booking: Booking, *, by: Actor | None = None, now: datetime = NOW, **also: Any
) -> None:
    """Confirm a hold in a transaction of its own, on a freshly read row."""
    by = by or acting(booking.patient.subject)
    with acting_as(by):
        fresh = access_booking(booking.id, by=by, purpose="test", now=now)
        bookings.confirm(by=by, booking=fresh, now=now, **also)


def booked(slot: Slot, need: Referral, lot: Lot, **also: Any) -> Booking:
    """Hold and confirm."""
    booking = held(slot, need, lot, **also)
    confirmed(booking, by=also.get("by"), now=also.get("now", NOW))
    return fresh(booking)


def cancelled(
    booking: Booking, *, by: Actor | None = None, now: datetime = NOW, reason: str = "other"
) -> None:
    """Cancel a booking in a transaction of its own."""
    by = by or acting(booking.patient.subject)
    with acting_as(by):
        row = access_booking(booking.id, by=by, purpose="test", now=now)
        bookings.cancel(by=by, booking=row, now=now, reason=reason)


def released(booking: Booking, *, by: Actor | None = None, now: datetime = NOW) -> None:
    """Release a hold in a transaction of its own."""
    by = by or acting(booking.patient.subject)
    with acting_as(by):
        row = access_booking(booking.id, by=by, purpose="test", now=now)
        bookings.release(by=by, booking=row, now=now)


def proposed(slot: Slot, need: Referral, lot: Lot, route: str = "own_region") -> Proposed:
    """What a round would propose; no round was run, so the offer names none."""
    return Proposed(
        round=None,  # type: ignore[arg-type]
        need_key=need.need_key,
        tenant=need.tenant_id,
        slot=slot.id,
        lot=lot.id,
        route=route,
    )


def offered(
    slot: Slot,
    need: Referral,
    lot: Lot,
    *,
    by: Actor,
    now: datetime = NOW,
    route: str = "own_region",
) -> Offer:
    """Send an offer as the system."""
    with acting_as(by):
        return offers.send_offer(by=by, proposed=proposed(slot, need, lot, route), now=now)


def answered(
    offer: Offer, answer: Callable[..., Any], *, by: Actor, now: datetime = NOW, **also: Any
) -> None:
    """Accept or decline in a transaction of its own."""
    with acting_as(by):
        row = access_offer(offer.id, by=by, purpose="test", now=now)
        answer(by=by, offer=row, now=now, **also)


def fresh(row: Any) -> Any:
    """The row as it is now, seen by the owner."""
    return type(row).objects.using("owner").get(pk=row.pk)


def occupying(slot: Slot) -> int:
    """How many claims occupy a place, lapsed ones included."""
    return Claim.objects.filter(slot=slot, state__in=Claim.OCCUPYING).count()


def a_rerouted_need(**also: Any) -> Referral:
    """A need whose home region has opened a reroute."""
    need = a_referral(a_patient("Alice"), **also)
    owner = staff(Role.NAVIGATOR, a_region("01").tenant)
    of = {"tenant": need.tenant, "subject": need.subject, "referral": need, "owner": owner}
    case = RerouteCase(**of, trigger="due_date_passed", opened_on=TODAY, next_on=TODAY)
    case.save(using=OWNER, force_insert=True)
    return need


def used(lot: Lot) -> int:
    """How many places of the lot's caps are reserved."""
    counters = lot.caps.values("lineage")
    return sum(CapUse.objects.filter(counter__in=counters).values_list("used", flat=True))
