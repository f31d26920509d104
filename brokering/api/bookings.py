"""Hold, confirm, release, cancel and read a booking."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import access_permission
from accounts.actions.outcomes import Answer
from accounts.api import IDEMPOTENCY_KEY, RequestThrottle, RetriableView, actor_in, read_body
from accounts.errors import NotFound, Refusal
from accounts.roles import Permission
from accounts.tenancy import Actor
from brokering.access import access_booking, access_referral, is_for_patient
from brokering.actions.bookings import cancel, release
from brokering.actions.cancellations import say_whether_free
from brokering.actions.clinic_approvals import confirm_or_ask
from brokering.actions.holding import extend
from brokering.actions.holds import why_not
from brokering.actions.referrals import Wish, hold_own
from brokering.actions.referring import hold_wished
from brokering.api.shapes import (
    HOLD_BEST,
    BookingOut,
    CancelIn,
    ConfirmIn,
    FreeIn,
    HoldIn,
    ProblemOut,
    booking_out,
    version_read,
    with_alternatives,
)
from brokering.errors import (
    HoldLapsed,
    KeptForOwnRegions,
    NoFollowOn,
    NotBookable,
    NotInOrder,
    NotReleased,
    PlaceNotHoldable,
    PlaceOutdated,
    SlotPast,
    SlotTaken,
    SlotWithdrawn,
)
from brokering.law.facts import Route
from brokering.models import Booking, Referral
from brokering.selectors.free_places import KnownPlace, place_known
from brokering.selectors.instead import instead_of
from brokering.selectors.own_needs import OwnCase, own_case
from brokering.selectors.places import swedish_day
from brokering.selectors.referred import referred_case
from brokering.selectors.search import Hit, alternatives, hit_of
from brokering.selectors.seekers import paying_seeker_of
from brokering.states import ReferralState
from brokering.tasks import rematch_when_committed
from contracts.actions.caps import CapFull
from providers.models import Care, Claim

LOST = (
    *(SlotTaken, SlotWithdrawn, SlotPast, PlaceOutdated, PlaceNotHoldable, NotReleased),
    *(NotBookable, KeptForOwnRegions, CapFull, NoFollowOn, NotInOrder),
)
"""Refusals after which another place may do: they carry alternatives."""
GONE = (HoldLapsed, SlotWithdrawn, SlotPast)
"""The same for a place that was held and is lost before it is confirmed."""
REFUSED = dict.fromkeys((400, 401, 403, 404, 409, 422), ProblemOut)


class HoldsView(RetriableView):
    """Take a place for the minutes that it takes to decide."""

    throttle_classes = (RequestThrottle,)
    throttle_scope = "write"

    @extend_schema(
        summary="Hold a place",
        parameters=[IDEMPOTENCY_KEY],
        request=HoldIn,
        responses={201: BookingOut, **REFUSED},
    )
    def post(self, request: Request) -> Response:
        """201 with the held booking; 409 `slot_taken` with the nearest alternatives as a list."""
        actor = access_permission(
            actor_in(request), Permission.BOOK_FOR_SELF, Permission.BOOK_FOR_PATIENT
        )
        said = read_body(HoldIn, request.data)
        return self.once(request, lambda: _hold(actor, said, timezone.now()))


class BookingView(APIView):
    """One booking."""

    permission_classes = ()

    @extend_schema(summary="Read a booking", responses={200: BookingOut, **REFUSED})
    def get(self, request: Request, booking_id: UUID) -> Response:
        """The booking as it stands now, for its patient, its region or its clinic; reads are logged."""
        now = timezone.now()
        found = access_booking(booking_id, by=actor_in(request), purpose="booking", now=now)
        return Response(_out(found, now), headers={"Cache-Control": "private, no-store"})


class ConfirmView(RetriableView):
    """Turn a hold into a booking."""

    @extend_schema(
        summary="Confirm a held booking",
        parameters=[IDEMPOTENCY_KEY],
        request=ConfirmIn,
        responses={200: BookingOut, **REFUSED},
    )
    def post(self, request: Request, booking_id: UUID) -> Response:
        """Where `approval` comes back the clinic is asked: still `held`, and confirmed again after its yes.

        409 `hold_lapsed` when the time ran out: nothing is booked then; with the nearest alternatives.
        """
        actor_in(request)
        said = read_body(ConfirmIn, request.data)
        version = version_read(said)

        def carried_out() -> Answer:
            actor, now = actor_in(request), timezone.now()
            found = access_booking(booking_id, by=actor, purpose="booking", now=now)
            try:
                confirm_or_ask(by=actor, booking=found, now=now, consequence_version=version)
            except GONE as gone:
                others = instead_of(found.claim.slot_id, found.referral, now=now)
                raise with_alternatives(gone, others) from gone
            return Answer(200, _out(found, now))

        return self.once(request, carried_out)


class ExtendView(RetriableView):
    """More time to decide, once."""

    @extend_schema(
        summary="Hold a place for the same time once more",
        parameters=[IDEMPOTENCY_KEY],
        request=None,
        responses={200: BookingOut, **REFUSED},
    )
    def post(self, request: Request, booking_id: UUID) -> Response:
        """`held_until` says until when; 409 `already_extended` the second time."""

        def work(actor: Actor, found: Booking, now: datetime) -> None:
            extend(by=actor, booking=found, now=now)

        return self.once(request, _on_booking(request, booking_id, work))


class ReleaseView(RetriableView):
    """Give a hold up."""

    @extend_schema(
        summary="Release a held place",
        parameters=[IDEMPOTENCY_KEY],
        request=None,
        responses={200: BookingOut, **REFUSED},
    )
    def post(self, request: Request, booking_id: UUID) -> Response:
        """The place is free at once."""

        def work(actor: Actor, found: Booking, now: datetime) -> None:
            release(by=actor, booking=found, now=now)

        return self.once(request, _on_booking(request, booking_id, work))


class CancelView(RetriableView):
    """Cancel a booking."""

    @extend_schema(
        summary="Cancel a booking",
        parameters=[IDEMPOTENCY_KEY],
        request=CancelIn,
        responses={200: BookingOut, **REFUSED},
    )
    def post(self, request: Request, booking_id: UUID) -> Response:
        """The person waits again with the queue place kept; the reason says what becomes of the time.

        422 `reason_not_for_you` for a reason that is somebody else's to give.
        """
        actor_in(request)
        reason = read_body(CancelIn, request.data)["reason"]

        def work(actor: Actor, found: Booking, now: datetime) -> None:
            cancel(by=actor, booking=found, now=now, reason=reason)
            rematch_when_committed()

        return self.once(request, _on_booking(request, booking_id, work))


class FreeView(RetriableView):
    """The clinic's answer to what becomes of a cancelled place."""

    @extend_schema(
        summary="Say whether a cancelled place can be given to somebody else",
        parameters=[IDEMPOTENCY_KEY],
        request=FreeIn,
        responses={200: BookingOut, **REFUSED},
    )
    def post(self, request: Request, booking_id: UUID) -> Response:
        """Asked where the reason of the cancellation does not say it; 409 `wrong_state` otherwise."""
        actor_in(request)
        free = read_body(FreeIn, request.data)["free"]

        def work(actor: Actor, found: Booking, now: datetime) -> None:
            say_whether_free(by=actor, booking=found, free=free, now=now)
            rematch_when_committed()

        return self.once(request, _on_booking(request, booking_id, work))


def _hold(actor: Actor, said: dict[str, Any], now: datetime) -> Answer:
    """Hold what was asked for or, only if the client said so, the next best."""
    need = _named(actor, said, now)
    try:
        if need is not None:
            return Answer(201, _out(_take_named(actor, said, need, now), now))
        known, case = _known(actor, said, now)
        hit = hit_of(known.place, case.seeker, care=known.care, now=now)
        return Answer(201, _out(_take(actor, said, case, hit), now))
    except LOST as lost:
        known, case = _known(actor, said, now, need)
        others = alternatives(known.place, case.seeker, care=known.care, now=now)
        if said["otherwise"] != HOLD_BEST:
            raise with_alternatives(lost, others) from lost
        return _next_best(actor, said, case, others, lost)


def _next_best(
    actor: Actor, said: dict[str, Any], case: OwnCase, others: list[Hit], lost: Refusal
) -> Answer:
    for hit in others:
        wish = said | {"slot": hit.place.slot, "lot": None, "route": None}
        try:
            booking = _take(actor, wish, case, hit)
        except LOST:
            continue
        return Answer(201, _out(booking, hit.now) | {"instead_of": str(said["slot"])})
    raise with_alternatives(lost, others) from lost


def _named(actor: Actor, said: dict[str, Any], now: datetime) -> Referral | None:
    """One's own open need, where the request names all there is to know: need, lot and route."""
    if not (said.get("referral") and said.get("lot") and said.get("route")):
        return None
    need = access_referral(said["referral"], by=actor, purpose="hold", now=now)
    is_own = need.subject_id == need.patient.subject_id == actor.id
    return need if is_own and need.state != ReferralState.CLOSED else None


def _take_named(actor: Actor, said: dict[str, Any], need: Referral, now: datetime) -> Booking:
    wish = Wish(
        slot=said["slot"],
        lot=said["lot"],
        route=Route(said["route"]),
        held_until=now + settings.HOLD_LENGTH,
        consequence_version=version_read(said),
        follow=said.get("follow"),
    )
    return hold_own(by=actor, patient=need.patient, need=need, wish=wish, now=now)


def _known(
    actor: Actor, said: dict[str, Any], now: datetime, own: Referral | None = None
) -> tuple[KnownPlace, OwnCase]:
    """The place whatever has become of it, and who seeks it: for the own need, if known; raises NotFound."""
    known = place_known(said["slot"], now=now)
    if known is None:
        raise NotFound
    if own is not None and own.care_id == known.care:
        return known, OwnCase(own.patient, own, paying_seeker_of(own, on=swedish_day(now)))
    return known, _case(actor, known, said, now)


def _take(actor: Actor, said: dict[str, Any], case: OwnCase, hit: Hit) -> Booking:
    version = version_read(said)
    terms = hit.verdict.terms
    lot: UUID | None = said.get("lot") or (terms.lot if terms else None)
    if lot is None:
        raise NotBookable(**why_not(hit.verdict))
    wish = Wish(
        slot=hit.place.slot,
        lot=lot,
        route=Route(said.get("route") or hit.verdict.route),
        held_until=hit.now + settings.HOLD_LENGTH,
        consequence_version=version,
        follow=said.get("follow"),
    )
    return hold_wished(by=actor, patient=case.patient, need=case.referral, wish=wish, now=hit.now)


def _case(actor: Actor, known: KnownPlace, said: dict[str, Any], now: datetime) -> OwnCase:
    """The patient's facts; a need that is named is open, for this care, and one's own or on one's remiss."""
    named = said.get("referral")
    if named:
        need = access_referral(named, by=actor, purpose="hold", now=now)
        if is_for_patient(actor, need) and need.care_id == known.care:
            return referred_case(need, on=swedish_day(now))
    care = Care.objects.get(code=known.care)
    case = own_case(actor, care, on=swedish_day(now), chosen=named)
    if case is None or (named and (case.referral is None or case.referral.id != named)):
        raise NotFound
    return case


def _on_booking(
    request: Request, booking_id: UUID, work: Callable[[Actor, Booking, datetime], None]
) -> Callable[[], Answer]:
    """Fetch the booking with a permission check, do the work, answer how it stands."""

    def carried_out() -> Answer:
        now = timezone.now()
        actor = actor_in(request)
        work(actor, access_booking(booking_id, by=actor, purpose="booking", now=now), now)
        return Answer(200, _held(actor, booking_id, now))

    return carried_out


def _held(actor: Actor, booking: UUID, now: datetime) -> dict[str, Any]:
    return _out(access_booking(booking, by=actor, purpose="booking", now=now), now)


def _out(booking: Booking, now: datetime) -> dict[str, Any]:
    claim = booking.claim
    lapsed = claim.state != Claim.State.CONFIRMED and (
        claim.held_until is None or claim.held_until <= now
    )
    return booking_out(booking, lapsed=lapsed)
