"""Starts and takes back a self-referral (egenanmälan): the patient's own contact with specialised care."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction

from accounts.actions.trail import record
from accounts.errors import NotAllowed
from accounts.news import News, tell
from accounts.tenancy import Actor
from brokering.access import belongs, in_region_of
from brokering.actions.chains import hold_with_follower
from brokering.actions.holds import Found, HoldRequest, hold
from brokering.actions.leaving import leave_the_queue
from brokering.actions.locking import lock_both
from brokering.errors import GivenTogether, WrongState
from brokering.law.facts import Route
from brokering.models import Booking, Patient, Referral
from brokering.selectors.chains import pair_of
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
    follow: UUID | None = None
    """The place that is to follow, for a need that is given together with another; None: the first one."""


def hold_own(
    *, by: Actor, patient: Patient, need: Referral | None, wish: Wish, now: datetime
) -> Booking:
    """Hold a place for one's own need, or for a self-referral that begins in the same transaction.

    Of two needs that are given together the place of the first is held, and what follows it.
    Raises what `hold` raises; then no self-referral remains. Raises NotAllowed for somebody else's need.
    """
    if patient.subject_id != by.id or (need is not None and need.subject_id != by.id):
        raise NotAllowed
    if need is not None:
        return hold_wish(by=by, need=need, wish=wish, now=now)
    with transaction.atomic():
        care = Care.objects.get(slots=wish.slot)
        need = start_self_referral(by=by, patient=patient, care=care, now=now)
        return hold_wish(by=by, need=need, wish=wish, now=now)


def hold_wish(*, by: Actor, need: Referral, wish: Wish, now: datetime) -> Booking:
    """Hold the place for a need; where that is given together with another, a place that follows as well.

    What was chosen to follow says nothing where the need is given by itself.
    """
    asked = {name: value for name, value in vars(wish).items() if name != "follow"}
    request = HoldRequest(referral=need.id, **asked)
    # Nearly every need is given by itself: that two are is found out by the database, not asked before.
    if wish.follow is None or not _is_one_of_two(need, by=by, now=now):
        with suppress(GivenTogether):
            return hold(by=by, request=request, now=now, found=Found(need))
    held = hold_with_follower(by=by, need=need, request=request, follow=wish.follow, now=now)
    return held.first


def _is_one_of_two(need: Referral, *, by: Actor, now: datetime) -> bool:
    with in_region_of(need, by=by):
        return pair_of(need, now=now) is not None


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
        need = lock_both(referral.id)
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
