"""Fetches a person's rows with a permission check; the row policies stand below it."""

from datetime import datetime
from uuid import UUID

from accounts.actions.trail import log_access
from accounts.errors import NotAllowed, NotFound
from accounts.roles import Permission
from accounts.tenancy import Actor, Belongs
from brokering.models import Booking, Offer, Referral
from brokering.models.need_row import NeedRow
from brokering.states import Party


def parties(actor: Actor, row: NeedRow) -> frozenset[Party]:
    """In which capacities the actor stands to a row; empty when in none."""
    found = {
        Party.PATIENT: row.subject_id == actor.id,
        Party.REGION: actor.may_in(row.tenant_id, Permission.SEE_WAITING),
        Party.CLINIC: actor.may_in(row.addressed_to_id, Permission.SEE_ADDRESSED),
        Party.SYSTEM: actor.may_in(row.tenant_id, Permission.RUN_ROUND),
    }
    return frozenset(party for party, holds in found.items() if holds)


def belongs(row: NeedRow) -> Belongs:
    """To whom a row belongs, for the event and the news about it."""
    return Belongs(row.tenant_id, row.addressed_to_id, row.subject_id)


def access_referral(
    referral_id: UUID, *, by: Actor, purpose: str, now: datetime, lock: bool = False
) -> Referral:
    """A referral with its patient; staff reads are logged. Raises NotFound or NotAllowed."""
    rows = Referral.objects.select_related("patient", "care", "home_region")
    if lock:
        rows = rows.select_for_update(of=("self",))
    referral = rows.filter(id=referral_id).first()
    if referral is None:
        raise NotFound
    if not parties(by, referral):
        raise NotAllowed
    log_access(referral.patient, by=by, purpose=purpose, now=now)
    return referral


def access_booking(booking_id: UUID, *, by: Actor, purpose: str, now: datetime) -> Booking:
    """A booking with its claim, slot, clinic and patient; staff reads are logged."""
    booking = (
        Booking.objects.select_related(
            "claim__slot__clinic__municipality", "claim__slot__clinic__provider", "care", "patient"
        )
        .filter(id=booking_id)
        .first()
    )
    if booking is None:
        raise NotFound
    if not parties(by, booking):
        raise NotAllowed
    log_access(booking.patient, by=by, purpose=purpose, now=now)
    return booking


def access_offer(offer_id: UUID, *, by: Actor, purpose: str, now: datetime) -> Offer:
    """An offer with its booking and referral; staff reads are logged."""
    offer = (
        Offer.objects.select_related("booking__claim__slot__clinic", "referral__patient")
        .filter(id=offer_id)
        .first()
    )
    if offer is None:
        raise NotFound
    if not parties(by, offer):
        raise NotAllowed
    log_access(offer.referral.patient, by=by, purpose=purpose, now=now)
    return offer
