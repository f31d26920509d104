"""Starts and takes back a self-referral (egenanmälan): the patient's own contact with specialised care."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction

from accounts.actions.trail import record
from accounts.errors import NotAllowed
from accounts.news import News, tell
from accounts.tenancy import Actor
from brokering.access import belongs
from brokering.actions.holds import HoldRequest, hold
from brokering.actions.leaving import leave_the_queue
from brokering.actions.moves import locked_need
from brokering.errors import WrongState
from brokering.law.facts import Route
from brokering.models import Booking, Patient, Referral
from brokering.selectors.places import swedish_day
from brokering.selectors.seekers import guarantee_of
from brokering.states import BookingState
from providers.models import Care

TAKEN_BACK = "taken_back"
"""Why a need left the queue: the patient took the self-referral back."""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """The place that a patient wants, on which route and lot, and what they have read about it."""

    slot: UUID
    lot: UUID
    route: Route
    held_until: datetime
    consequence_version: str = ""
    asks: bool = False
    """Whether it is held to ask for the approval that the law wants first."""


def hold_own(
    *, by: Actor, patient: Patient, need: Referral | None, wish: Wish, now: datetime
) -> Booking:
    """Hold a place for one's own need, or for a self-referral that begins in the same transaction.

    Raises what `hold` raises; then no self-referral remains. Raises NotAllowed for somebody else's need.
    """
    if patient.subject_id != by.id or (need is not None and need.subject_id != by.id):
        raise NotAllowed
    if need is not None:
        request = HoldRequest(referral=need.id, **vars(wish))
        return hold(by=by, request=request, now=now, need=need)
    with transaction.atomic():
        care = Care.objects.get(slots=wish.slot)
        need = start_self_referral(by=by, patient=patient, care=care, now=now)
        return hold(by=by, request=HoldRequest(referral=need.id, **vars(wish)), now=now)


def start_self_referral(*, by: Actor, patient: Patient, care: Care, now: datetime) -> Referral:
    """A need without a remiss, whose guarantee counts from today's contact (law.md § 4).

    Whether the rules allow it is decided where the place is held, in the caller's transaction: where either
    region requires remiss the hold is refused and nothing of this remains. It has no need class until a
    clinician sets one, so no round matches it. Raises NotAllowed for anyone but the patient.
    """
    if patient.subject_id != by.id:
        raise NotAllowed
    with transaction.atomic():
        referral = Referral.objects.create(
            tenant_id=patient.tenant_id,
            subject_id=patient.subject_id,
            patient=patient,
            care=care,
            home_region_id=patient.home_region_id,
            guarantee=guarantee_of(care.guarantee) or Referral.Guarantee.NONE,
            contact_on=swedish_day(now),
            confirmed_on=swedish_day(now),
            need_key=uuid4(),
            created_at=now,
            synthetic=patient.synthetic,
        )
        mine = belongs(referral)
        record("referral.self_referred", referral.id, by=by, now=now, belongs=mine)
        tell(*_news(referral, "need_added"), now=now)
        return referral


def take_back_self_referral(*, by: Actor, referral: Referral, now: datetime) -> None:
    """End a self-referral that led to nothing: at the patient's wish it waits no longer.

    A place held for it is free at once.

    Raises NotAllowed for anyone but the patient, WrongState for a remiss or while a place is booked.
    """
    if referral.subject_id != by.id:
        raise NotAllowed
    with transaction.atomic():
        need = locked_need(referral.id)
        booked = Booking.objects.filter(referral=need, state=BookingState.BOOKED)
        if need.issued_on is not None or booked.exists():
            raise WrongState(state=need.state)
        leave_the_queue(need, by=by, now=now, reason=TAKEN_BACK)


def _news(referral: Referral, kind: str) -> tuple[News, ...]:
    mine, data = belongs(referral), {"referral": str(referral.id)}
    return (
        News(topic=f"region:{referral.home_region_id}", kind=kind, data=data, belongs=mine),
        News(topic=f"person:{referral.subject_id}", kind=kind, data=data, belongs=mine),
    )
