"""Takes a place for a person: the guarded write that everything else leads up to.

The order is the same everywhere: slot (through its claim), cap, commitment (`reserving.py`). What makes it
safe is in the database: `one_patient_per_slot`, `cap_never_exceeded`, `commitment_never_exceeded`.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from accounts import topics
from accounts.actions.trail import event
from accounts.database.prepared import Asked, Prepared
from accounts.database.statements import tuples_of
from accounts.errors import NotAllowed
from accounts.news import News, tell
from accounts.tenancy import Actor
from brokering.access import access_referral, belongs, issuer_of, parties
from brokering.actions.claims import Occupancy, claim_one, in_turn
from brokering.actions.reserving import caps_of, reserve_caps, reserve_promise
from brokering.errors import (
    ConsequenceNotSeen,
    GivenTogether,
    KeptForOwnRegions,
    NotBookable,
    NotReleased,
    OutsideWishes,
    PlaceNotHoldable,
    PlaceOutdated,
    SlotPast,
    SlotWithdrawn,
    TooManyHolds,
    WrongState,
)
from brokering.law.decision import Bookable, GuaranteeEffect
from brokering.law.errors import RouteMismatch
from brokering.law.facts import Route
from brokering.models import Booking, Referral
from brokering.models.need_row import NeedRow
from brokering.receipts import receipt
from brokering.selectors.alternatives import free_slots
from brokering.selectors.batches import is_asked_about
from brokering.selectors.places import is_any_time, place_of, swedish_day
from brokering.selectors.rulebooks import rule_book_ahead
from brokering.selectors.seekers import seeker_of
from brokering.selectors.windows import unkept
from brokering.selectors.wishes import outside_wishes
from brokering.states import BookingState, Party, ReferralState
from brokering.verdict import LawOn, Verdict, judge
from contracts.selectors.terms import terms_of_lot
from contracts.terms import Terms
from providers.freshness import Standing
from providers.models import Claim, Slot
from providers.selectors.freshness import told_of

SLOT = Prepared(
    lambda: Slot.objects.select_related(
        "clinic__municipality", "clinic__provider", "care", "feed"
    ).filter(id=Asked("id"))
)
LOCK_PERSON = "SELECT id FROM brokering_patient WHERE id = %(patient)s FOR NO KEY UPDATE"
HELD_NOW = """
    SELECT count(*) FROM brokering_booking b JOIN providers_claim k ON k.id = b.claim_id
    WHERE b.patient_id = %(patient)s AND b.booked_by_id = %(by)s AND b.state = 'held'
      AND k.state = 'held' AND k.held_until > %(now)s
"""


@dataclass(frozen=True, kw_only=True)
class HoldRequest:
    """What someone wants to hold, for whom, on what route and under which lot."""

    slot: UUID
    referral: UUID
    lot: UUID
    route: Route
    held_until: datetime
    consequence_version: str = ""
    """Version of the consequence text that the person has seen; empty when none was shown."""
    before_release: bool = False
    """True only for places that a round or a region gives out before free booking opens."""
    batch: UUID | None = None
    """The batch in which the person is asked about the place; nobody else gets it meanwhile."""
    asks: bool = False
    """True only for a place that is held while the home region is asked to approve the need."""
    places: int = 1
    """How many are held at once for the person."""
    assessed_at: UUID | None = None
    """The clinic of a visit that is held with it and comes before it: that is its assessment."""


@dataclass(frozen=True)
class Found:
    """The need of a request, and its place where that is known too (as `SLOT` fetches it)."""

    need: Referral
    slot: Slot | None = None


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """What a request came to: a need, the places that do, one as good as another, and the decision."""

    request: HoldRequest
    referral: Referral
    slots: list[Slot]
    verdict: Verdict
    frozen: dict[str, object]


def hold(
    *,
    by: Actor,
    request: HoldRequest,
    now: datetime,
    found: Found | None = None,
    savepoint: bool = True,
) -> Booking:
    """Hold a place until `held_until`; law and terms are decided again on current facts.

    `found` is the request's, where it was fetched for this hold in the running transaction.
    Of the places of a week any free one is held: one says no more than another.
    Raises SlotTaken, SlotWithdrawn, SlotPast, PlaceOutdated, PlaceNotHoldable, NotReleased, NotBookable
    (with reasons), KeptForOwnRegions, OutsideWishes (somebody else chooses for the person),
    ConsequenceNotSeen, CapFull, CommitmentUsed, TooManyHolds, GivenTogether (the need has no time by
    itself), WrongState (the need is closed), NotFound or NotAllowed;
    then nothing is written. Without a savepoint whatever is raised takes the running transaction back too.
    """
    with transaction.atomic(savepoint=savepoint):
        found = found or Found(access_referral(request.referral, by=by, purpose="hold", now=now))
        referral = found.need
        chosen = choose(by=by, referral=referral, request=request, now=now, slot=found.slot)
        booking = take(chosen, by=by, now=now)
        # Last: all bookings under one cap wait for its count until whoever raised it has committed.
        reserve_caps(caps_of(chosen.verdict, booking.claim), now=now)
        reserve_promise(referral, chosen.verdict, booking.claim, now=now)
        return booking


def choose(
    *,
    by: Actor,
    referral: Referral,
    request: HoldRequest,
    now: datetime,
    slot: Slot | None = None,
) -> Chosen:
    """Whether the request may be carried out, and by which places; raises what `hold` raises of that."""
    _check_right(by, referral, request)
    if referral.state == ReferralState.CLOSED:
        raise WrongState(state=referral.state)
    _check_holds(by, referral, now, request.places)
    slots = _open_slots(slot or SLOT.first(id=request.slot), request, now)
    _check_wishes(by, referral, slots[0])
    verdict, frozen = _decide(referral, slots[0], request, now)
    home = referral.home_region_id
    slots, opens_at = unkept(slots, verdict, home_region=home, now=now)
    if opens_at is not None:
        raise KeptForOwnRegions(opens_at=opens_at.isoformat())
    return Chosen(request=request, referral=referral, slots=slots, verdict=verdict, frozen=frozen)


def take(chosen: Chosen, *, by: Actor, now: datetime, chain: UUID | None = None) -> Booking:
    """Occupy the place and write who has it; what the agreement counts is the caller's to reserve.

    Raises SlotTaken, SlotWithdrawn, GivenTogether.
    """
    request, referral = chosen.request, chosen.referral
    wanted = Occupancy(lot=request.lot, held_until=request.held_until, turn=referral.id)
    claim = claim_one(chosen.slots, wanted, now=now)
    booking = _booking(by, chosen, claim, chain)
    whose, told = belongs(booking), {"slot": str(claim.slot_id)}
    held = event("booking.held", booking.id, by=by, now=now, belongs=whose, **told)
    try:
        tell(*slot_news(claim.slot, "slot_taken"), now=now, beside=[booking, held])
    except IntegrityError as error:
        if "two needs are given together" in str(error):
            raise GivenTogether(referral=str(referral.id)) from error
        raise
    return booking


def _booking(by: Actor, chosen: Chosen, claim: Claim, chain: UUID | None) -> Booking:
    """Who has the place that the claim has just taken, and on which decision."""
    request, referral = chosen.request, chosen.referral
    return Booking(
        tenant_id=referral.tenant_id,
        subject_id=referral.subject_id,
        patient=referral.patient,
        referral=referral,
        claim=claim,
        issued_by_id=referral.issued_by_id,
        care=claim.slot.care,
        route=request.route,
        state=BookingState.HELD,
        receipt=chosen.frozen,
        chain=chain,
        consequence_seen_at=claim.created_at if request.consequence_version else None,
        consequence_version=request.consequence_version,
        cancel_reason="",
        calendar_sequence=0,
        booked_by_id=by.id,
        created_at=claim.created_at,
        changed_at=claim.created_at,
        synthetic=referral.synthetic,
    )


def slot_news(slot: Slot, kind: str) -> tuple[News, ...]:
    """The public news that a place changed: for searchers of the care and for the clinic."""
    data = {"slot": str(slot.id)}
    return (
        News(topic=topics.care(slot.care_id), kind=kind, data=data),
        News(topic=topics.clinic(slot.clinic_id), kind=kind, data=data),
    )


def news_of_need(row: NeedRow, region: str | None, kind: str, **data: str) -> tuple[News, ...]:
    """News of a person's row for the home region's worklist for the person and for who issued the remiss."""
    told = [topics.region(region)] if region else []
    if row.subject_id:
        told.append(topics.person(row.subject_id))
    news = tuple(News(topic=one, kind=kind, data=data, belongs=belongs(row)) for one in told)
    issuer = issuer_of(row)
    # Whose need it is stands in no news of a unit: it looks, and sees what it may.
    return (*news, News(topic=topics.unit(issuer), kind=kind, data={})) if issuer else news


def news_of_received(referral: Referral, kind: str) -> tuple[News, ...]:
    """News of a need for region and person, and for the staff of the clinic where the person waits."""
    told = news_of_need(referral, referral.home_region_id, kind, referral=str(referral.id))
    if referral.registered_at_id is None:
        return told
    topic = topics.clinic(referral.registered_at_id)
    return (*told, News(topic=topic, kind=kind, data={}, belongs=belongs(referral)))


def _check_right(by: Actor, referral: Referral, request: HoldRequest) -> None:
    """Only the region reroutes, and only the region or a round gives out a place before its release."""
    acts_for_region = bool(parties(by, referral) & {Party.REGION, Party.SYSTEM})
    if request.before_release and not acts_for_region:
        raise NotAllowed
    if request.route == Route.GUARANTEE_REROUTE and not acts_for_region:
        raise NotAllowed


def _check_holds(by: Actor, referral: Referral, now: datetime, places: int) -> None:
    """Nobody keeps more places from others than they can choose among."""
    if not parties(by, referral) & {Party.PATIENT, Party.REFERRER}:
        return
    _lock_person(referral)
    asked = {"patient": referral.patient_id, "by": by.id, "now": now}
    if tuples_of(HELD_NOW, asked)[0][0] + places > settings.HOLDS_MOST:
        raise TooManyHolds(most=settings.HOLDS_MOST)


def _check_wishes(by: Actor, referral: Referral, slot: Slot) -> None:
    """Whoever chooses for themselves may go beyond what they have said; nobody is sent there."""
    if not parties(by, referral) & {Party.REGION, Party.SYSTEM}:
        return
    if why := outside_wishes(referral, slot):
        raise OutsideWishes(why=why)


def _lock_person(referral: Referral) -> None:
    """Clicks of one person at once are counted one after the other."""
    tuples_of(LOCK_PERSON, {"patient": referral.patient_id})


def _open_slots(slot: Slot | None, request: HoldRequest, now: datetime) -> list[Slot]:
    """The place asked for; of a week's places all that are left, one as good as another."""
    if slot is not None and is_any_time(slot):
        alike = free_slots(slot.care_id, now=now).filter(statement=slot.statement_id)
        opened = alike if request.before_release else alike.filter(opens_at__lte=now)
        if left := in_turn(filter(is_any_time, opened), request.referral):
            return left
    _check_open(slot, request, now)
    assert slot is not None
    return [slot]


def _check_open(slot: Slot | None, request: HoldRequest, now: datetime) -> None:
    """Raises what stands against holding the place at all."""
    if slot is None or slot.state != Slot.State.OPEN:
        raise SlotWithdrawn
    if slot.starts_at <= now:
        raise SlotPast
    if slot.hidden_why:
        raise PlaceNotHoldable(why=slot.hidden_why)
    if told_of(slot).standing(now) == Standing.WITHDRAWN:
        raise PlaceOutdated(said_at=told_of(slot).said_at.isoformat())
    if slot.opens_at > now and not _goes_before(slot, request, now):
        raise NotReleased(opens_at=slot.opens_at.isoformat())


def _goes_before(slot: Slot, request: HoldRequest, now: datetime) -> bool:
    """Whether the place may be given out before it opens: not while others are asked about it."""
    return request.before_release and not is_asked_about(slot.id, now=now, but=request.batch)


def _decide(
    referral: Referral, slot: Slot, request: HoldRequest, now: datetime
) -> tuple[Verdict, dict[str, object]]:
    today = swedish_day(now)
    place, seeker = place_of(slot), seeker_of(referral, on=today)
    if request.assessed_at is not None:
        seeker = replace(seeker, assessed_at=request.assessed_at)
    terms = _terms_at(slot, request.lot, today)
    law = LawOn(today, rule_book_ahead(on=today, care=slot.care_id))
    try:
        verdict = judge(seeker, place, terms, request.route, law=law)
    except RouteMismatch as error:
        raise NotBookable(bookable=Bookable.NO, reasons=[], obstacles=[error.code]) from error
    if referral.care_id != slot.care_id or verdict.bookable not in _open_to(request):
        raise NotBookable(**why_not(verdict))
    loses = verdict.decision.guarantee_effect == GuaranteeEffect.EXCLUDED
    if loses and not request.consequence_version and not request.before_release:
        raise ConsequenceNotSeen
    return verdict, receipt(verdict, now=now, cancel_before=slot.clinic.cancel_until)


def _open_to(request: HoldRequest) -> set[Bookable]:
    return {Bookable.YES, Bookable.APPROVAL} if request.asks else {Bookable.YES}


def decide_again(referral: Referral, booking: Booking, *, now: datetime) -> dict[str, object]:
    """The receipt of a held place (with slot and clinic fetched) on the facts of now; raises NotBookable."""
    claim = booking.claim
    request = HoldRequest(
        slot=claim.slot_id,
        referral=referral.id,
        lot=claim.lot_id,
        route=Route(booking.route),
        held_until=now,
        consequence_version=booking.consequence_version,
    )
    return _decide(referral, claim.slot, request, now)[1]


def _terms_at(slot: Slot, lot: UUID, today: date) -> Terms | None:
    terms = terms_of_lot(lot, slot.care_id)
    if terms is None or terms.clinic != slot.clinic_id or not terms.bookable_on(today):
        return None
    return terms


def why_not(verdict: Verdict) -> dict[str, object]:
    """What a refusal by law or terms tells; its sentences are made where it is shown."""
    return {
        "bookable": verdict.bookable,
        "reasons": verdict.decision.as_json()["reasons"],
        "obstacles": list(verdict.obstacles),
        "explanation": verdict.as_json(),
    }
