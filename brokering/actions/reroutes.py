"""Reroute cases: the region's own act under 9 kap. 2 § HSL, always with an owner and a next date."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction

from accounts.actions.trail import record
from accounts.errors import NotAllowed
from accounts.news import News, tell
from accounts.roles import Permission
from accounts.selectors.actors import system_actor
from accounts.tenancy import Actor, acting_as
from brokering.access import access_booking, access_referral, belongs
from brokering.actions.chains import NewPlace, hold_as_region
from brokering.actions.clinic_approvals import confirm_or_ask
from brokering.actions.holds import HoldRequest, news_of_need
from brokering.actions.locking import lock_both
from brokering.actions.moves import move
from brokering.errors import NeedNotConfirmed, RerouteNotPossible
from brokering.law.facts import Route
from brokering.models import Booking, Referral, RerouteCase
from brokering.selectors.chains import pair_of
from brokering.selectors.confirmations import is_asked_first
from brokering.selectors.places import swedish_day
from brokering.selectors.seekers import guarantee_of
from brokering.selectors.upkeep import case_owners
from brokering.selectors.worklist import Waiting, need_at_risk
from brokering.states import CaseState, ReferralState

log = structlog.get_logger(__name__)
NEXT_LOOK = timedelta(days=1)
"""An open case is looked at again the next day."""


@dataclass(frozen=True)
class Foreseen:
    """A need, and the case that was opened for it just now because its date is at risk."""

    referral: Referral
    case: RerouteCase | None


def open_case(
    *, by: Actor, referral: Referral, trigger: str, owner: UUID, now: datetime
) -> RerouteCase:
    """Open a case for a need, or return the one that is open. Raises RerouteNotPossible."""
    if guarantee_of(referral.guarantee) is None:
        raise RerouteNotPossible
    today = swedish_day(now)
    with transaction.atomic():
        case, new = RerouteCase.objects.get_or_create(
            referral=referral,
            state=CaseState.OPEN,
            defaults={
                "tenant_id": referral.tenant_id,
                "subject_id": referral.subject_id,
                "owner_id": owner,
                "trigger": trigger,
                "opened_on": today,
                "next_on": today + NEXT_LOOK,
            },
        )
        if new:
            record(
                "reroutecase.opened", case.id, by=by, now=now, belongs=belongs(case), why=trigger
            )
            tell(*case_news(case, referral, "case_opened"), now=now)
        return case


def foreseen(*, referral: Referral, now: datetime) -> Foreseen:
    """Begin the region's duty (9 kap. 2 § HSL) in the transaction in which the risk came to light.

    Acts as the home region, whoever's act it was: the duty is the region's own, and waits for nobody.
    Nothing happens while the date can be kept, or where a case is open.
    """
    with acting_as(system_actor(referral.tenant_id)) as region:
        need = need_at_risk(referral.id, now=now)
        if need is None:
            return Foreseen(referral, None)
        owners = case_owners(referral.tenant_id, on=swedish_day(now))
        if not owners:
            log.error("nobody owns reroute cases", region=referral.home_region_id, needs=1)
            return Foreseen(referral, None)
        owner = owners[referral.id.int % len(owners)]
        case = open_case(
            by=region, referral=referral, trigger=str(need.trigger), owner=owner, now=now
        )
        return Foreseen(referral, case)


def close_when_cared_for(*, referral: Referral, now: datetime) -> None:
    """Close the open case of a need that has been met, as the home region, in the same transaction."""
    with acting_as(system_actor(referral.tenant_id)) as region:
        cases = RerouteCase.objects.filter(referral=referral, state=CaseState.OPEN)
        if (case := cases.first()) is not None:
            close_if_settled(by=region, case=case, now=now)


def looked_at(*, by: Actor, referral: Referral, now: datetime) -> None:
    """The region has looked at a need: its open case, if any, is to be looked at again the next day."""
    next_on = swedish_day(now) + NEXT_LOOK
    with transaction.atomic():
        case = RerouteCase.objects.filter(referral=referral, state=CaseState.OPEN).first()
        if case is None or case.next_on >= next_on:
            return
        RerouteCase.objects.filter(id=case.id, state=CaseState.OPEN).update(next_on=next_on)
        record(
            "reroutecase.next",
            case.id,
            by=by,
            now=now,
            belongs=belongs(case),
            on=next_on.isoformat(),
        )


def look_again(listed: Iterable[Waiting], *, now: datetime) -> int:
    """The watch has looked at these needs: those whose day had come get the next one; how many.

    The next day is the first of: when the region must begin to act, when a planned wait ends, LOOK_EVERY on.
    The watch's own bookkeeping, no act on the need: it leaves no event.
    """
    today = swedish_day(now)
    due: dict[date, list[UUID]] = {}
    for one in listed:
        if one.referral.look_on <= today:
            due.setdefault(_next_look(one, today), []).append(one.referral.id)
    for day, needs in due.items():
        Referral.objects.filter(id__in=needs).update(look_on=day)
    return sum(map(len, due.values()))


def _next_look(one: Waiting, today: date) -> date:
    latest = today + settings.LOOK_EVERY
    begins = (
        one.deadline.on - timedelta(days=settings.REROUTE_LEAD_DAYS) if one.deadline else latest
    )
    days = (begins, one.referral.watch_until or latest, latest)
    return min(day for day in days if day > today)


def hold_for_reroute(*, by: Actor, referral_id: UUID, place: NewPlace, now: datetime) -> Booking:
    """The region's first click: hold a place for the person on the region's own route.

    Of two needs that are given together both places, whichever was opened; each with a guarantee has a case.
    Raises NotAllowed for anyone but the home region's navigators, RerouteNotPossible without a running
    guarantee, NeedNotConfirmed where the person is to be asked first, and everything that
    `hold_as_region` raises.
    """
    with transaction.atomic():
        referral = access_referral(referral_id, by=by, purpose="reroute", now=now)
        if not by.may_in(referral.tenant_id, Permission.REROUTE):
            raise NotAllowed
        if guarantee_of(referral.guarantee) is None:
            raise RerouteNotPossible
        pair = pair_of(referral, now=now)
        if pair is not None:
            # Needs come before everything else: a case that is opened for one of them is a row of its need.
            lock_both(referral.id)
            referral.refresh_from_db()
            pair = pair_of(referral, now=now)
        for need in pair or (referral,):
            _begin(need, by=by, now=now)
        request = HoldRequest(
            slot=place.slot,
            referral=referral.id,
            lot=place.lot,
            route=Route.GUARANTEE_REROUTE,
            held_until=now + settings.HOLD_LENGTH,
            before_release=True,
        )
        return hold_as_region(by=by, need=referral, request=request, follow=place.follow, now=now)


def _begin(need: Referral, *, by: Actor, now: datetime) -> None:
    """The case of a need that the region arranges care for; raises NeedNotConfirmed."""
    if is_asked_first(need, on=swedish_day(now)):
        raise NeedNotConfirmed
    if guarantee_of(need.guarantee) is not None:
        open_case(by=by, referral=need, trigger="navigator", owner=by.id, now=now)


def send_reroute(*, by: Actor, booking_id: UUID, now: datetime) -> Booking:
    """The region's second click: the held place becomes the person's booking and the case is done.

    Where the clinic says first whether it can be, it is asked, and the case stays open until it is confirmed.

    Raises RerouteNotPossible when the case was closed meanwhile, and what `confirm` raises.
    """
    with transaction.atomic():
        booking = access_booking(booking_id, by=by, purpose="reroute", now=now)
        if not by.may_in(booking.tenant_id, Permission.REROUTE):
            raise NotAllowed
        if booking.route != Route.GUARANTEE_REROUTE:
            raise RerouteNotPossible
        if confirm_or_ask(by=by, booking=booking, now=now):
            return booking
        if not RerouteCase.objects.filter(booking=booking, state=CaseState.REROUTED).exists():
            raise RerouteNotPossible
        return booking


def close_if_settled(*, by: Actor, case: RerouteCase, now: datetime) -> bool:
    """Close a case whose need is no longer waiting (booked in another way, or ended)."""
    referral = Referral.objects.get(id=case.referral_id)
    if referral.state in {ReferralState.WAITING, ReferralState.OFFERED}:
        return False
    move(case, CaseState.CLOSED, by=by, now=now)
    return True


def case_news(case: RerouteCase, referral: Referral, kind: str) -> tuple[News, ...]:
    """News for the region's worklist and for the patient."""
    return news_of_need(case, referral.home_region_id, kind, case=str(case.id))
