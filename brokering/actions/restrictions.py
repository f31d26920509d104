"""A clinic is closed by decision: free places go, held ones end, booked ones become somebody's task."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts import topics
from accounts.actions.trail import record, record_each
from accounts.errors import Invalid, NotFound
from accounts.news import News, tell
from accounts.selectors.actors import system_actor
from accounts.tenancy import Actor, acting_as
from brokering.access import access_closing
from brokering.actions.bookings import release
from brokering.actions.moves import locked_need
from brokering.actions.rebookings import close_tasks, open_tasks
from brokering.errors import WrongState
from brokering.models import Booking
from brokering.selectors.chains import one_of_each
from brokering.selectors.closures import Affected, affected_by, places_within
from brokering.selectors.upkeep import region_tenants
from brokering.states import BookingState
from providers.actions.waiting import let_out
from providers.codes import RestrictionReason
from providers.models import CapacityRestriction, Clinic, Slot


class _SlippedIn(Exception):
    """Somebody held a place between the reading of the needs and the locking of the places."""


@dataclass(frozen=True, kw_only=True)
class Closure:
    """What is decided: a clinic, one care or all of it, from when to when, why, by which decision."""

    clinic: UUID
    begins_at: datetime
    ends_at: datetime
    reason: RestrictionReason
    decision_reference: str
    care: str | None = None


@dataclass(frozen=True)
class Decided:
    """A decision and what it did: free places withdrawn, holds ended, bookings to move."""

    restriction: CapacityRestriction
    done: Affected


def restrict(*, by: Actor, closure: Closure, now: datetime) -> Decided:
    """Decide that a clinic gives nothing for a time, and take back what lies ahead in it.

    Free places are withdrawn and remember the decision; holds end and the person is told; each booking
    stands until another place is found, and becomes a task of its home region. The clinic's row is locked
    first, as by publishing; then needs, then places.
    Raises NotFound or NotAllowed for the clinic, Invalid for a time that is over or ends before it begins.
    """
    if closure.ends_at <= max(closure.begins_at, now) or not closure.decision_reference.strip():
        raise Invalid(field="ends_at" if closure.decision_reference.strip() else "decision")
    with transaction.atomic():
        clinic = _locked(access_closing(closure.clinic, by=by))
        restriction = CapacityRestriction.objects.create(
            clinic=clinic,
            tenant_id=clinic.tenant_id,
            care_id=closure.care,
            begins_at=closure.begins_at,
            ends_at=closure.ends_at,
            reason=closure.reason,
            decision_reference=closure.decision_reference,
            decided_by_id=by.id,
            decided_at=now,
        )
        record("restriction.decided", restriction.id, by=by, now=now, why=closure.reason)
        done = _carried_out(restriction, clinic, now)
        _tell(clinic, restriction, "restricted", now)
    return Decided(restriction, done)


def lift(*, by: Actor, restriction_id: UUID, now: datetime) -> int:
    """Take a decision back: what it withdrew and lies ahead is open again, unless something keeps it back.

    Where that is another decision, or a serious event, the place waits for that. The bookings that stand keep
    their places, so their tasks close. Returns how many places are open again.
    Raises NotFound, NotAllowed, or WrongState where it was lifted before.
    """
    with transaction.atomic():
        restriction = CapacityRestriction.objects.filter(id=restriction_id).first()
        if restriction is None:
            raise NotFound
        clinic = _locked(access_closing(restriction.clinic_id, by=by))
        standing = CapacityRestriction.objects.filter(
            id=restriction.id, state=CapacityRestriction.State.IN_FORCE
        )
        lifted = CapacityRestriction.State.LIFTED
        if not standing.update(state=lifted, lifted_at=now, lifted_by_id=by.id):
            raise WrongState(state=lifted)
        record("restriction.lifted", restriction.id, by=by, now=now)
        back = _reopened(restriction, clinic, by, now)
        with acting_as(system_actor(*region_tenants(), clinic.tenant_id)) as system:
            kept = _bookings(places_within(restriction, now=now)).filter(state=BookingState.BOOKED)
            close_tasks(kept, by=system, now=now)
        _tell(clinic, restriction, "restriction_lifted", now)
    return back


def _carried_out(restriction: CapacityRestriction, clinic: Clinic, now: datetime) -> Affected:
    """As the system, in the name of the clinic and of the regions whose patients are there."""
    with acting_as(system_actor(*region_tenants(), clinic.tenant_id)) as system:
        places = places_within(restriction, now=now)
        locked = _locked_places(places)
        done = affected_by(restriction, now=now)
        held = _bookings(places).filter(state=BookingState.HELD, claim__held_until__gt=now)
        for booking in one_of_each(held):
            release(by=system, booking=booking, now=now)
        booked = list(_bookings(places).filter(state=BookingState.BOOKED))
        decider = restriction.decided_by_id
        open_tasks(booked, because=restriction, by=system, otherwise=decider, now=now)
        taken = {booking.claim.slot_id for booking in booked}
        _withdraw([slot for slot in locked if slot.id not in taken], restriction, system, now)
    return done


def _locked_places(places: QuerySet[Slot]) -> list[Slot]:
    """Lock the needs that have a place, then the places; nobody else takes one after that.

    Whoever slipped in between would have to be locked after the places, so it is begun again. That ends:
    each time one place more has been taken.
    """
    while True:
        with suppress(_SlippedIn), transaction.atomic():
            needs = _needs(places)
            for need in sorted(needs):
                locked_need(need)
            locked = list(places.select_for_update(no_key=True).order_by("id"))
            if _slipped_in(places, needs):
                raise _SlippedIn
            return locked


def _slipped_in(places: QuerySet[Slot], known: set[UUID]) -> bool:
    return not _needs(places) <= known


def _needs(places: QuerySet[Slot]) -> set[UUID]:
    """Of two times that are given together both needs."""
    chains = _bookings(places).filter(chain__isnull=False).values("chain")
    theirs = Q(id__in=_bookings(places).values("id")) | Q(chain__in=chains)
    return set(Booking.objects.filter(theirs).values_list("referral_id", flat=True))


def _bookings(places: QuerySet[Slot]) -> QuerySet[Booking]:
    rows = Booking.objects.select_related("claim__slot__clinic", "care", "patient", "referral")
    standing = [BookingState.HELD, BookingState.BOOKED]
    return rows.filter(claim__slot__in=places, state__in=standing).order_by("id")


def _withdraw(
    slots: Sequence[Slot], restriction: CapacityRestriction, by: Actor, now: datetime
) -> None:
    ids = [slot.id for slot in slots]
    Slot.objects.filter(id__in=ids).update(state=Slot.State.WITHDRAWN, restriction=restriction)
    record_each("slot.withdrawn", ids, by=by, now=now, restriction=str(restriction.id))


def _reopened(restriction: CapacityRestriction, clinic: Clinic, by: Actor, now: datetime) -> int:
    back = [
        slot.id for slot in let_out(Slot.objects.filter(restriction=restriction), clinic, now=now)
    ]
    Slot.objects.filter(id__in=back).update(confirmed_at=now)
    record_each("slot.reopened", back, by=by, now=now, restriction=str(restriction.id))
    return len(back)


def _locked(clinic: Clinic) -> Clinic:
    rows = Clinic.objects.select_related("municipality")
    return rows.select_for_update(no_key=True, of=("self",)).get(id=clinic.id)


def _tell(clinic: Clinic, restriction: CapacityRestriction, kind: str, now: datetime) -> None:
    cares = (
        [restriction.care_id]
        if restriction.care_id
        else clinic.cares.values_list("code", flat=True)
    )
    told = [topics.clinic(clinic.id), *(topics.care(care) for care in cares)]
    data = {"clinic": str(clinic.id), "restriction": str(restriction.id)}
    tell(*(News(topic=one, kind=kind, data=data) for one in told), now=now)
