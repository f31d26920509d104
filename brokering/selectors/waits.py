"""A patient's own waiting: each need with its clock, its offer, what is held and what is booked."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q

from accounts.tenancy import Actor
from brokering.models import Booking, Offer, Referral, RerouteCase
from brokering.selectors.answers import Consequences, consequences_of
from brokering.selectors.clocks import Clock, clocks_with_events, dates_of, is_refusal
from brokering.selectors.confirmations import is_asked_first
from brokering.selectors.offers import just_declined, regrettable_until
from brokering.selectors.own_needs import own_needs
from brokering.selectors.places import swedish_day
from brokering.selectors.rebookings import TakenBack, taken_back
from brokering.states import BookingState, CaseState, OfferState
from providers.models import Claim


@dataclass(frozen=True)
class Declined:
    """An offer that was declined a moment ago, and until when that can be taken back."""

    offer: Offer
    until: datetime


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
    to_be_asked: bool
    answers: Consequences | None = None
    """What each answer to the offer would mean."""
    declined: Declined | None = None
    """An offer whose no can be taken back now."""
    taken_back: TakenBack | None = None
    """The time that the person had, where its clinic has taken it back."""
    with_offer: Booking | None = None
    """This need's time in an offer of two that are given together: the answer is given with the other one."""
    refuses: bool = False
    """Whether a refusal keeps the guarantee's days from counting."""

    @property
    def can_take_back(self) -> bool:
        """A self-referral that has led to nothing yet can be taken back by the patient."""
        taken = self.booked or self.held or self.offer or self.with_offer
        return self.referral.issued_on is None and self.referral.decided_on is None and not taken


def my_waits(actor: Actor, *, now: datetime) -> list[Wait]:
    """Every open need of the actor."""
    needs = own_needs(actor)
    ids = [need.id for need in needs]
    clocks = clocks_with_events(needs, on=swedish_day(now))
    bookings = _bookings(ids, now)
    offers = {one.referral_id: one for one in _offers(ids, now)}
    offered = {one.booking.chain for one in offers.values() if one.booking.chain}
    held = {need: one for (need, state), one in bookings.items() if state == BookingState.HELD}
    with_offer = {need: one for need, one in held.items() if one.chain in offered}
    back = taken_back(ids)
    declined = {one.referral_id: one for one in reversed(just_declined(actor, now=now))}
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
            held=None if need.id in with_offer else held.get(need.id),
            with_offer=with_offer.get(need.id),
            booked=bookings.get((need.id, BookingState.BOOKED)),
            case=cases.get(need.id),
            to_be_asked=is_asked_first(need, on=swedish_day(now)),
            answers=_answers(offers.get(need.id), now),
            declined=_declined(declined.get(need.id)),
            taken_back=back.get(need.id),
            refuses=is_refusal(clocks[need.id]),
        )
        for need in needs
    ]


def _answers(offer: Offer | None, now: datetime) -> Consequences | None:
    return None if offer is None else consequences_of(offer, on=swedish_day(now))


def _declined(offer: Offer | None) -> Declined | None:
    until = regrettable_until(offer) if offer else None
    return None if offer is None or until is None else Declined(offer, until)


def _offers(referrals: list[UUID], now: datetime) -> list[Offer]:
    return list(
        Offer.objects.filter(
            referral_id__in=referrals, state=OfferState.SENT, answer_by__gt=now
        ).select_related(
            "booking__claim__slot__clinic__municipality__region",
            "booking__claim__slot__clinic__provider",
            "booking__care",
            "referral",
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
