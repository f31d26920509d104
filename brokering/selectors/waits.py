"""A patient's own waiting: each need with its clock, its offer, what is held and what is booked."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q

from accounts.tenancy import Actor
from brokering.law.clock import ClockEvent, ClockState
from brokering.models import Booking, Offer, Referral, RerouteCase
from brokering.models import ClockEvent as ClockEventRow
from brokering.selectors.clocks import clock_of, dates_of, event_of_row
from brokering.selectors.own_needs import own_needs
from brokering.selectors.places import swedish_day
from brokering.states import BookingState, CaseState, OfferState
from providers.models import Claim


@dataclass(frozen=True)
class Clock:
    """The state of a guarantee and the events that it rests on."""

    state: ClockState
    events: tuple[ClockEvent, ...]


@dataclass(frozen=True, kw_only=True)
class Wait:
    """One need as its patient sees it."""

    referral: Referral
    since: date
    clock: Clock | None
    offer: Offer | None
    held: Booking | None
    booked: Booking | None
    case: RerouteCase | None

    @property
    def can_take_back(self) -> bool:
        """A self-referral that has led to nothing yet can be taken back by the patient."""
        taken = self.booked or self.held or self.offer
        return self.referral.issued_on is None and self.referral.decided_on is None and not taken


def my_waits(actor: Actor, *, now: datetime) -> list[Wait]:
    """Every open need of the actor."""
    needs = own_needs(actor)
    ids = [need.id for need in needs]
    clocks = clocks_with_events(needs, on=swedish_day(now))
    bookings = _bookings(ids, now)
    offers = {one.referral_id: one for one in _offers(ids, now)}
    cases = {
        case.referral_id: case
        for case in RerouteCase.objects.filter(referral_id__in=ids, state=CaseState.OPEN)
    }
    return [
        Wait(
            referral=need,
            since=dates_of(need).first,
            clock=clocks[need.id],
            offer=offers.get(need.id),
            held=bookings.get((need.id, BookingState.HELD)),
            booked=bookings.get((need.id, BookingState.BOOKED)),
            case=cases.get(need.id),
        )
        for need in needs
    ]


def clocks_with_events(referrals: Iterable[Referral], *, on: date) -> dict[UUID, Clock | None]:
    """Clock and events per need; None where no guarantee runs."""
    wanted = list(referrals)
    events: dict[UUID, list[ClockEvent]] = defaultdict(list)
    for row in ClockEventRow.objects.filter(referral__in=wanted).order_by("on", "recorded_at"):
        events[row.referral_id].append(event_of_row(row))
    return {one.id: _clock(one, tuple(events[one.id]), on) for one in wanted}


def _clock(referral: Referral, events: tuple[ClockEvent, ...], on: date) -> Clock | None:
    state = clock_of(dates_of(referral), events, on=on)
    return None if state is None else Clock(state, events)


def _offers(referrals: list[UUID], now: datetime) -> list[Offer]:
    return list(
        Offer.objects.filter(
            referral_id__in=referrals, state=OfferState.SENT, answer_by__gt=now
        ).select_related(
            "booking__claim__slot__clinic__municipality__region",
            "booking__claim__slot__clinic__provider",
            "booking__care",
        )
    )


def _bookings(referrals: list[UUID], now: datetime) -> dict[tuple[UUID, str], Booking]:
    """What is held by a click, and what is booked; an offer's place is shown with the offer."""
    rows = Booking.objects.filter(
        referral_id__in=referrals, state__in=[BookingState.HELD, BookingState.BOOKED]
    ).select_related("claim__slot__clinic__municipality", "care")
    live = [
        row
        for row in rows.filter(Q(offer__isnull=True) | Q(state=BookingState.BOOKED))
        if row.state == BookingState.BOOKED or _is_held(row.claim, now)
    ]
    return {(row.referral_id, row.state): row for row in live}


def _is_held(claim: Claim, now: datetime) -> bool:
    return (
        claim.state == Claim.State.HELD and claim.held_until is not None and claim.held_until > now
    )
