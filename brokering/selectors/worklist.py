"""A region's waiting needs, ordered by need and by risk of passing the last day that care is in time."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from django.conf import settings
from django.db.models import Min

from brokering.law.clock import ClockState
from brokering.law.deadline import Deadline, deadline
from brokering.law.duty import Outlook, Trigger, trigger
from brokering.models import Booking, Referral, RerouteCase
from brokering.selectors.alternatives import free_slots
from brokering.selectors.clocks import clocks_of, dates_of
from brokering.selectors.places import swedish_day
from brokering.states import BookingState, CaseState, ReferralState

Risk = Literal["passed", "soon", "running", "paused", "none"]


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """One waiting need as the vårdlots sees it; its deadline is the target date where that binds."""

    referral: Referral
    clock: ClockState | None
    waiting_since: date
    deadline: Deadline | None
    days_left: int | None
    risk: Risk
    trigger: Trigger | None
    case: RerouteCase | None


def worklist(
    *, region: str, now: datetime, care: str | None = None, priority: int | None = None
) -> list[Waiting]:
    """Waiting and offered needs of a region: highest need first, then fewest days left.

    Needs without a class stand last: a clinician must set one. Reads inside the acting tenants only.
    """
    today = swedish_day(now)
    rows = Referral.objects.filter(
        home_region=region, state__in=[ReferralState.WAITING, ReferralState.OFFERED]
    ).select_related("patient__municipality", "care", "registered_at")
    if care:
        rows = rows.filter(care=care)
    if priority:
        rows = rows.filter(priority=priority)
    referrals = list(rows)
    clocks = clocks_of(referrals, on=today)
    cases = {
        case.referral_id: case
        for case in RerouteCase.objects.filter(referral__in=referrals, state=CaseState.OPEN)
    }
    first = _first_free(referrals, now)
    found = [
        _waiting(row, clocks[row.id], cases.get(row.id), _outlook(row, first, today))
        for row in referrals
    ]
    return sorted(found, key=_order)


def needs_that_trigger(*, region: str, now: datetime) -> list[Waiting]:
    """Needs for which the region must act and no case is open."""
    return [one for one in worklist(region=region, now=now) if one.trigger and one.case is None]


def booked_late(*, region: str, now: datetime) -> list[tuple[Booking, Trigger]]:
    """Bookings on a day after the guarantee's last day."""
    today = swedish_day(now)
    rows = Booking.objects.filter(
        referral__home_region=region, state=BookingState.BOOKED, claim__slot__starts_at__gt=now
    ).select_related("referral__patient", "claim__slot")
    bookings = list(rows)
    clocks = clocks_of([booking.referral for booking in bookings], on=today)
    found = []
    for booking in bookings:
        outlook = Outlook(
            on=today,
            lead_days=settings.REROUTE_LEAD_DAYS,
            booked_on=swedish_day(booking.claim.slot.starts_at),
            target_on=booking.referral.medical_target_on,
        )
        why = trigger(clocks[booking.referral_id], outlook)
        if why:
            found.append((booking, why))
    return found


def _first_free(referrals: list[Referral], now: datetime) -> dict[tuple[object, str], datetime]:
    """First free time per registered clinic and care: the forecast that is known."""
    wanted = {(row.registered_at_id, row.care_id) for row in referrals if row.registered_at_id}
    found: dict[tuple[object, str], datetime] = {}
    for care in sorted({care for _, care in wanted}):
        clinics = [clinic for clinic, code in wanted if code == care]
        rows = (
            free_slots(care, now=now)
            .filter(clinic__in=clinics)
            .values("clinic_id")
            .annotate(first=Min("starts_at"))
        )
        found |= {(row["clinic_id"], care): row["first"] for row in rows}
    return found


def _outlook(row: Referral, first: dict[tuple[object, str], datetime], today: date) -> Outlook:
    forecast = first.get((row.registered_at_id, row.care_id))
    return Outlook(
        on=today,
        lead_days=settings.REROUTE_LEAD_DAYS,
        forecast=swedish_day(forecast) if forecast else None,
        target_on=row.medical_target_on,
    )


def _waiting(
    row: Referral, clock: ClockState | None, case: RerouteCase | None, outlook: Outlook
) -> Waiting:
    last = deadline(clock, outlook.target_on)
    left = last.days_left(outlook.on) if last else None
    return Waiting(
        referral=row,
        clock=clock,
        waiting_since=dates_of(row).first,
        deadline=last,
        days_left=left,
        risk=_risk(clock, left, outlook.lead_days),
        trigger=trigger(clock, outlook),
        case=case,
    )


def _risk(clock: ClockState | None, left: int | None, lead_days: int) -> Risk:
    """A passed or near last day is a risk even while the guarantee's clock stands still."""
    if left is not None and left < 0:
        return "passed"
    if left is not None and left < lead_days:
        return "soon"
    if clock is not None and (clock.paused or clock.excluded):
        return "paused"
    return "none" if left is None else "running"


def _order(one: Waiting) -> tuple[int, bool, int, date, str]:
    need = one.referral.priority or 9
    return (
        need,
        one.days_left is None,
        one.days_left or 0,
        one.waiting_since,
        str(one.referral.id),
    )
