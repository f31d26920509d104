"""A region's tasks to rebook: what a serious event postponed first, then need, then who waited longest."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from accounts.roles import Permission
from accounts.tenancy import Actor
from brokering.law.facts import Route
from brokering.models import Booking, RebookingTask, Referral
from brokering.selectors.alternatives import Alternatives, alternatives_for
from brokering.selectors.clocks import clocks_of, dates_of
from brokering.selectors.places import swedish_day
from brokering.selectors.seekers import guarantee_of
from brokering.states import BookingState, ReferralState, TaskState
from providers.models import Claim

NEVER_BOOKED = (BookingState.HELD, BookingState.RELEASED, BookingState.EXPIRED)
STILL_WAITS = [state for state in ReferralState if state != ReferralState.CLOSED]
NO_CLASS = 9
"""Needs without a class stand last: a clinician must set one."""


@dataclass(frozen=True, kw_only=True)
class ToRebook:
    """One open task, and since when the person has waited."""

    task: RebookingTask
    waiting_since: date


def is_taken_back(booking: Booking) -> bool:
    """Whether the booked place goes by decision and its person has no other one yet."""
    return (
        booking.state == BookingState.BOOKED
        and RebookingTask.objects.filter(booking=booking, state=TaskState.OPEN).exists()
    )


@dataclass(frozen=True, kw_only=True)
class TakenBack:
    """A place that its clinic took back, and by which day the region looks for another, if it does."""

    booking: Booking
    next_on: date | None


def taken_back(referrals: list[UUID]) -> dict[UUID, TakenBack]:
    """By need the last place that was booked, where its clinic took it back and no other came after it."""
    came_about = Booking.objects.filter(referral__in=referrals).exclude(state__in=NEVER_BOOKED)
    last = came_about.order_by("referral_id", "-created_at", "id").distinct("referral_id")
    rows = last.select_related("claim__slot__clinic")
    tasks = RebookingTask.objects.filter(booking__in=[one.id for one in rows], state=TaskState.OPEN)
    next_on = dict(tasks.values_list("booking_id", "next_on"))
    return {
        one.referral_id: TakenBack(booking=one, next_on=next_on.get(one.id))
        for one in rows
        if (one.id in next_on and one.state == BookingState.BOOKED)
        or (one.state == BookingState.CANCELLED and one.claim.ended_why == Claim.Why.TAKEN_BACK)
    }


def to_rebook(*, by: Actor) -> list[ToRebook]:
    """The open tasks of the actor's regions, in the order in which they are done."""
    rows = RebookingTask.objects.filter(
        state=TaskState.OPEN,
        tenant__in=by.tenants_where(Permission.REROUTE),
        booking__referral__state__in=STILL_WAITS,
    ).select_related(
        "booking__referral__patient",
        "booking__care",
        "booking__claim__slot__clinic__municipality",
        "restriction",
        "event",
        "owner",
    )
    found = [
        ToRebook(task=task, waiting_since=dates_of(task.booking.referral).first) for task in rows
    ]
    return sorted(found, key=_order)


def route_of(referral: Referral) -> Route:
    """The region's own route: a reroute where a guarantee runs, otherwise its own care."""
    if guarantee_of(referral.guarantee) is None:
        return Route.OWN_REGION
    return Route.GUARANTEE_REROUTE


def places_for(referral: Referral, *, now: datetime) -> Alternatives:
    """The best places in the country for somebody whose time was taken back."""
    clock = clocks_of([referral], on=swedish_day(now))[referral.id]
    due = clock.due if clock else None
    return alternatives_for(referral, due=due, now=now, route=route_of(referral))


def _order(one: ToRebook) -> tuple[bool, int, date, str]:
    referral = one.task.booking.referral
    postponed = one.task.event_id is not None
    return (
        not postponed,
        referral.priority or NO_CLASS,
        one.waiting_since,
        str(one.task.id),
    )
