"""Tasks to find another place for those whose time a decision took back; each has an owner and a date."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from accounts.actions.trail import record
from accounts.news import tell
from accounts.tenancy import Actor
from brokering.access import belongs
from brokering.actions.holds import news_of_need
from brokering.actions.messages import About, queue_message
from brokering.actions.moves import move
from brokering.messaging.kinds import MessageKind
from brokering.models import Booking, RebookingTask, Referral
from brokering.selectors.places import swedish_day
from brokering.selectors.upkeep import case_owners
from brokering.states import BookingState, TaskState
from providers.models import CapacityRestriction, SeriousEvent

log = structlog.get_logger(__name__)
NEXT_LOOK = timedelta(days=1)


def open_tasks(
    bookings: Iterable[Booking],
    *,
    because: CapacityRestriction | SeriousEvent,
    by: Actor,
    otherwise: UUID,
    now: datetime,
) -> None:
    """The region's task for each booking, unless one is open.

    `otherwise` owns it where the region has nobody: no task is ever without.
    """
    owners: dict[UUID, list[UUID]] = {}
    for booking in bookings:
        if booking.tenant_id not in owners:
            owners[booking.tenant_id] = _owners(booking.tenant_id, now) or [otherwise]
        among = owners[booking.tenant_id]
        owner = among[booking.referral_id.int % len(among)]
        _open_task(booking, because, owner, by, now)


def _owners(tenant: UUID, now: datetime) -> list[UUID]:
    owners = case_owners(tenant, on=swedish_day(now))
    if not owners:
        log.error("nobody owns rebookings", tenant=str(tenant))
    return owners


def _open_task(
    booking: Booking,
    because: CapacityRestriction | SeriousEvent,
    owner: UUID,
    by: Actor,
    now: datetime,
) -> None:
    cited = "restriction" if isinstance(because, CapacityRestriction) else "event"
    task, new = RebookingTask.objects.get_or_create(
        booking=booking,
        state=TaskState.OPEN,
        defaults={
            cited: because,
            "tenant_id": booking.tenant_id,
            "addressed_to_id": booking.addressed_to_id,
            "subject_id": booking.subject_id,
            "owner_id": owner,
            "opened_at": now,
            "next_on": swedish_day(now) + NEXT_LOOK,
        },
    )
    if new:
        why = str(because.id)
        record("rebookingtask.opened", task.id, by=by, now=now, belongs=belongs(task), why=why)
        _tell(task, booking, "rebooking_opened", now)
        if booking.state == BookingState.BOOKED:
            about = About(patient=booking.patient, booking=booking, mark=str(task.id))
            queue_message(MessageKind.REBOOKING_NEEDED, about, now=now)


def settle_tasks(referral: Referral, booking: Booking, *, by: Actor, now: datetime) -> None:
    """The need has another place: what was open for its earlier ones is done."""
    for task in _open_of(RebookingTask.objects.filter(booking__referral=referral)):
        if task.booking_id != booking.id:
            move(task, TaskState.REBOOKED, by=by, now=now, closed_at=now, new_booking_id=booking.id)
            _tell(task, booking, "rebooked", now)


def close_tasks(bookings: Iterable[Booking], *, by: Actor, now: datetime) -> None:
    """Nobody needs to find another place for these bookings any longer."""
    rows = RebookingTask.objects.filter(booking__in=list(bookings))
    for task in _open_of(rows):
        move(task, TaskState.CLOSED, by=by, now=now, closed_at=now)
        _tell(task, task.booking, "rebooking_closed", now)


def _open_of(rows: Iterable[RebookingTask]) -> list[RebookingTask]:
    return [task for task in rows if task.state == TaskState.OPEN]


def _tell(task: RebookingTask, booking: Booking, kind: str, now: datetime) -> None:
    region = booking.receipt["facts"]["home_region"]
    tell(*news_of_need(task, region, kind, task=str(task.id)), now=now)
