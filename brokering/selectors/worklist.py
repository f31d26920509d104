"""A region's waiting needs, ordered by need and by risk of passing the last day that care is in time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID

from django.conf import settings
from django.db.models import Min, Q, QuerySet

from brokering.forecast import WEEKS_AHEAD
from brokering.law.clock import ClockState
from brokering.law.deadline import Deadline, deadline
from brokering.law.duty import Outlook, Trigger, trigger
from brokering.law.facts import Route
from brokering.models import Booking, ClockEvent, Referral, RerouteCase
from brokering.notes import Note
from brokering.selectors.alternatives import free_slots
from brokering.selectors.clocks import clocks_of, dates_of
from brokering.selectors.confirmations import is_asked_first
from brokering.selectors.forecasts import turns
from brokering.selectors.places import swedish_day
from brokering.states import BookingState, CaseState, ReferralState
from providers.models import Clinic

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
    to_be_asked: bool
    """Nobody has said for so long that the care is needed that the person is asked first."""


def worklist(
    *, region: str, now: datetime, care: str | None = None, priority: int | None = None
) -> list[Waiting]:
    """A region's needs without a time, and those whose time at home is too late.

    Highest need first, then fewest days left. Needs without a class stand last: a clinician must set one.
    Who has no home region is listed where the person is cared for. Reads inside the acting tenants only.
    """
    without_home = Q(home_region=None, tenant__region=region)
    rows = Referral.objects.filter(Q(home_region=region) | without_home)
    if care:
        rows = rows.filter(care=care)
    if priority:
        rows = rows.filter(priority=priority)
    return sorted(_without_time(rows, now), key=_order)


def waiting_at(clinic: Clinic, *, now: datetime) -> list[Waiting]:
    """The needs that are addressed to a clinic and wait there without a time, in the worklist's order."""
    rows = Referral.objects.filter(registered_at=clinic, addressed_to=clinic.tenant_id)
    return sorted((one for one in _without_time(rows, now) if _has_no_time(one)), key=_order)


def need_at_risk(need: UUID, *, now: datetime) -> Waiting | None:
    """The need, if the region must act for it now and no case is open; None otherwise."""
    found = needs_that_trigger(_without_time(Referral.objects.filter(id=need), now))
    return found[0] if found else None


def cannot_be_met(needs: Iterable[Referral]) -> set[UUID]:
    """The needs of which the clinic where they wait has last said that it cannot meet the date."""
    wanted = {need.id: need for need in needs}
    said = ClockEvent.objects.filter(
        referral__in=wanted, type__in=[Note.CLINIC_CANNOT, Note.CLINIC_CAN]
    )
    last = {one.referral_id: one for one in said.order_by("recorded_at")}
    return {
        need
        for need, one in last.items()
        if one.type == Note.CLINIC_CANNOT and one.addressed_to_id == wanted[need].addressed_to_id
    }


def _without_time(among: QuerySet[Referral], now: datetime) -> list[Waiting]:
    """Of some needs those without a time, and those whose time at home is too late."""
    today = swedish_day(now)
    rows = among.select_related("patient__municipality", "care", "registered_at")
    booked = _booked_at_home(rows, now)
    without = Q(state__in=[ReferralState.WAITING, ReferralState.OFFERED])
    referrals = list(rows.filter(without | Q(id__in=booked)))
    clocks = clocks_of(referrals, on=today)
    cases = {
        case.referral_id: case
        for case in RerouteCase.objects.filter(referral__in=referrals, state=CaseState.OPEN)
    }
    first = _expected(referrals, now)
    refused = cannot_be_met(referrals)
    found = [
        _waiting(
            row,
            clocks[row.id],
            cases.get(row.id),
            Outlook(
                on=today,
                lead_days=settings.REROUTE_LEAD_DAYS,
                forecast=first.get(row.id),
                booked_on=booked.get(row.id),
                clinic_cannot=row.id in refused and row.id not in booked,
                target_on=row.medical_target_on,
            ),
        )
        for row in referrals
    ]
    return [one for one in found if one.trigger or _has_no_time(one)]


def needs_that_trigger(listed: Iterable[Waiting]) -> list[Waiting]:
    """Of a whole worklist, the needs for which the region must act and no case is open."""
    return [one for one in listed if one.trigger and one.case is None]


def settled_cases(listed: Iterable[Waiting], *, region: str) -> list[RerouteCase]:
    """Open cases of needs that are not on the region's whole worklist: booked in time, or ended."""
    remaining = {one.referral.id for one in listed}
    cases = RerouteCase.objects.filter(referral__home_region=region, state=CaseState.OPEN)
    return [case for case in cases if case.referral_id not in remaining]


def unforeseen(needs: Iterable[Waiting]) -> list[Waiting]:
    """Of these, the needs whose guarantee was broken before any case was opened; there should be none."""
    passed = [one for one in needs if one.trigger == Trigger.DUE_DATE_PASSED]
    alarmed = RerouteCase.objects.filter(referral__in=[one.referral for one in passed])
    known = set(alarmed.values_list("referral_id", flat=True))
    return [one for one in passed if one.referral.id not in known]


def _has_no_time(one: Waiting) -> bool:
    return one.referral.state != ReferralState.BOOKED


def _booked_at_home(rows: QuerySet[Referral], now: datetime) -> dict[object, date]:
    """The day booked, by need. A reroute and a choice of another region are no longer waited for here."""
    bookings = Booking.objects.filter(
        referral__in=rows,
        state=BookingState.BOOKED,
        route=Route.OWN_REGION,
        claim__slot__starts_at__gt=now,
    )
    days = bookings.values_list("referral_id", "claim__slot__starts_at")
    return {referral: swedish_day(starts_at) for referral, starts_at in days}


def _expected(referrals: list[Referral], now: datetime) -> dict[UUID, date | None]:
    """When each need can be given care where it waits: its turn in the queue by the clinic's forecast.

    Where there is none, the day of the clinic's first free time is all that is known: sooner it cannot be.
    """
    today = swedish_day(now)
    later = today + timedelta(weeks=WEEKS_AHEAD)
    free = _first_free(referrals, now)
    known = {one: day or later for one, day in turns(referrals, on=today).items()}
    return {
        row.id: known.get(row.id) or free.get((row.registered_at_id, row.care_id))
        for row in referrals
    }


def _first_free(referrals: list[Referral], now: datetime) -> dict[tuple[object, str], date]:
    """Day of the first free time per registered clinic and care."""
    wanted = {(row.registered_at_id, row.care_id) for row in referrals if row.registered_at_id}
    rows = (
        free_slots(*{care for _, care in wanted}, now=now)
        .filter(clinic__in={clinic for clinic, _ in wanted})
        .values("clinic_id", "care_id")
        .annotate(first=Min("starts_at"))
    )
    return {(row["clinic_id"], row["care_id"]): swedish_day(row["first"]) for row in rows}


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
        to_be_asked=is_asked_first(row, on=outlook.on),
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
