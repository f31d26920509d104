"""Offers over REST: what both answers mean, a yes, a no, and a no taken back."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import access_permission
from accounts.actions.outcomes import Answer
from accounts.api import IDEMPOTENCY_KEY, RetriableView, actor_in, read_body
from accounts.errors import Invalid
from accounts.roles import Permission
from accounts.tenancy import Actor
from brokering.access import access_offer
from brokering.actions.offers import accept_offer, decline_offer, regret_no
from brokering.api.shapes import ProblemOut, version_read, with_alternatives
from brokering.api.together import TogetherOut, together_out
from brokering.errors import TOO_LATE
from brokering.forms import CONSEQUENCE_VERSION
from brokering.models import Offer
from brokering.selectors.answers import No, Yes, no_to, yes_to
from brokering.selectors.instead import instead_of
from brokering.selectors.offers import own_offers, regrettable_until
from brokering.selectors.places import swedish_day
from brokering.states import OfferState
from brokering.tasks import rematch_when_committed

REFUSED = dict.fromkeys((400, 401, 403, 404, 409, 422), ProblemOut)
PRIVATE = {"Cache-Control": "private, no-store"}


class IfAcceptedOut(serializers.Serializer):
    """What a yes would mean."""

    guarantee_effect = serializers.CharField(
        help_text="As in a decision: `runs`, `none`, `unsettled`; `excluded`: no more days are counted."
    )
    care_on = serializers.DateField(help_text="Of a week's place the last day on which it can be.")
    due = serializers.DateField(
        allow_null=True, help_text="The guarantee's last day as it is today."
    )
    in_time = serializers.BooleanField(allow_null=True)


class IfDeclinedOut(serializers.Serializer):
    """What a no would mean, if `consequence_version` is read before and sent with it."""

    pauses_guarantee = serializers.BooleanField(
        help_text="HSF 6 kap. 2 § 3: all three conditions hold."
    )
    why_not = serializers.CharField(
        allow_blank=True,
        help_text="Code of the condition that fails; empty where a no would pause it.",
    )
    due_when_offered = serializers.DateField(allow_null=True)
    queue_place = serializers.CharField(help_text="`kept`, always.")
    place = serializers.CharField(help_text="`goes_to_others`, at once.")


class OfferOut(serializers.Serializer):
    """An offer and what both answers to it would mean today; null for both once it has been answered."""

    id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=[state.value for state in OfferState])
    referral = serializers.UUIDField()
    booking = serializers.UUIDField()
    care = serializers.CharField()
    clinic = serializers.JSONField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    sent_at = serializers.DateTimeField()
    delivered_at = serializers.DateTimeField(allow_null=True)
    answer_by = serializers.DateTimeField()
    answered_at = serializers.DateTimeField(allow_null=True)
    regrettable_until = serializers.DateTimeField(
        allow_null=True, help_text="Until then a no can be taken back, if the place is still free."
    )
    consequence_version = serializers.CharField(
        help_text="Version of what both answers mean; send it with the answer once it has been read."
    )
    together = TogetherOut(
        allow_null=True,
        help_text="The other time that is offered with it: the answer is for both; null for none.",
    )
    if_accepted = IfAcceptedOut(allow_null=True)
    if_declined = IfDeclinedOut(allow_null=True)


class AnswerIn(serializers.Serializer):
    """An answer. Without a version nothing was told: a no then never pauses the guarantee."""

    consequence_version = serializers.CharField(required=False, allow_blank=True, default="")


class OffersView(APIView):
    """One's own offers."""

    permission_classes = ()

    @extend_schema(
        summary="Own offers",
        parameters=[OpenApiParameter("state", description="Only offers in this state.")],
        responses={200: OfferOut(many=True), **REFUSED},
    )
    def get(self, request: Request) -> Response:
        """The latest first, a hundred at most."""
        actor = access_permission(actor_in(request), Permission.SEE_OWN_WAIT)
        state = request.query_params.get("state", "")
        if state not in {"", *OfferState}:
            raise Invalid(field="state")
        now = timezone.now()
        found = [offer_out(offer, now=now) for offer in own_offers(actor, state=state)]
        return Response(found, headers=PRIVATE)


class OfferView(APIView):
    """One offer."""

    permission_classes = ()

    @extend_schema(summary="Read an offer", responses={200: OfferOut, **REFUSED})
    def get(self, request: Request, offer_id: UUID) -> Response:
        """For its patient and the home region; reads by staff are logged."""
        now = timezone.now()
        found = access_offer(offer_id, by=actor_in(request), purpose="offer", now=now)
        return Response(offer_out(found, now=now), headers=PRIVATE)


class AcceptView(RetriableView):
    """A yes."""

    @extend_schema(
        summary="Accept an offer",
        parameters=[IDEMPOTENCY_KEY],
        request=AnswerIn,
        responses={200: OfferOut, **REFUSED},
    )
    def post(self, request: Request, offer_id: UUID) -> Response:
        """The place is booked. 409 `consequence_not_seen` where it would end the guarantee unread.

        A yes that comes too late is answered with the nearest alternatives.
        """
        version = version_read(read_body(AnswerIn, request.data))

        def work(actor: Actor, offer: Offer, now: datetime) -> None:
            try:
                accept_offer(by=actor, offer=offer, now=now, consequence_version=version)
            except TOO_LATE as late:
                others = instead_of(offer.booking.claim.slot_id, offer.referral, now=now)
                raise with_alternatives(late, others) from late

        return self.once(request, _on_offer(request, offer_id, work))


class DeclineView(RetriableView):
    """A no."""

    @extend_schema(
        summary="Decline an offer",
        parameters=[IDEMPOTENCY_KEY],
        request=AnswerIn,
        responses={200: OfferOut, **REFUSED},
    )
    def post(self, request: Request, offer_id: UUID) -> Response:
        """The place goes to others at once, the place in the queue is kept."""
        version = version_read(read_body(AnswerIn, request.data))

        def work(actor: Actor, offer: Offer, now: datetime) -> None:
            decline_offer(by=actor, offer=offer, now=now, informed=version)
            rematch_when_committed()

        return self.once(request, _on_offer(request, offer_id, work))


class RegretView(RetriableView):
    """A no by mistake."""

    @extend_schema(
        summary="Take back a no",
        parameters=[IDEMPOTENCY_KEY],
        request=None,
        responses={201: OfferOut, **REFUSED},
    )
    def post(self, request: Request, offer_id: UUID) -> Response:
        """The same place is offered again; 409 `slot_taken` or `no_stands` where that is too late."""

        def carried_out() -> Answer:
            now, actor = timezone.now(), actor_in(request)
            offer = access_offer(offer_id, by=actor, purpose="offer", now=now)
            again = regret_no(by=actor, offer=offer, now=now)
            return Answer(201, _shown(actor, again.id, now))

        return self.once(request, carried_out)


def offer_out(offer: Offer, *, now: datetime) -> dict[str, Any]:
    """An offer (with place, clinic and referral fetched) as JSON values."""
    slot, is_open = offer.booking.claim.slot, _is_open(offer, now)
    today, until = swedish_day(now), regrettable_until(offer)
    return {
        "id": str(offer.id),
        "state": str(OfferState.LAPSED) if _is_overdue(offer, now) else str(offer.state),
        "referral": str(offer.referral_id),
        "booking": str(offer.booking_id),
        "care": offer.booking.care_id,
        "clinic": {"id": str(slot.clinic_id), "name": slot.clinic.name},
        "starts_at": slot.starts_at.isoformat(),
        "ends_at": slot.ends_at.isoformat(),
        "sent_at": offer.sent_at.isoformat(),
        "delivered_at": _moment(offer.delivered_at),
        "answer_by": offer.answer_by.isoformat(),
        "answered_at": _moment(offer.answered_at),
        "regrettable_until": _moment(until if until and until > now else None),
        "consequence_version": CONSEQUENCE_VERSION,
        "together": together_out(offer.booking),
        "if_accepted": _yes(yes_to(offer, on=today)) if is_open else None,
        "if_declined": _no(no_to(offer, on=today, informed=True)) if is_open else None,
    }


def _yes(yes: Yes) -> dict[str, Any]:
    return {
        "guarantee_effect": str(yes.effect),
        "care_on": yes.care_on.isoformat(),
        "due": yes.due.isoformat() if yes.due else None,
        "in_time": yes.in_time,
    }


def _no(no: No) -> dict[str, Any]:
    due = no.due_when_offered
    return {
        "pauses_guarantee": no.pauses,
        "why_not": no.missing,
        "due_when_offered": due.isoformat() if due else None,
        "queue_place": "kept",
        "place": "goes_to_others",
    }


def _is_open(offer: Offer, now: datetime) -> bool:
    return offer.state == OfferState.SENT and offer.answer_by > now


def _is_overdue(offer: Offer, now: datetime) -> bool:
    return offer.state == OfferState.SENT and offer.answer_by <= now


def _moment(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _on_offer(
    request: Request, offer_id: UUID, work: Callable[[Actor, Offer, datetime], None]
) -> Callable[[], Answer]:
    """Fetch the offer with a permission check, do the work, answer how it stands."""

    def carried_out() -> Answer:
        now, actor = timezone.now(), actor_in(request)
        work(actor, access_offer(offer_id, by=actor, purpose="offer", now=now), now)
        return Answer(200, _shown(actor, offer_id, now))

    return carried_out


def _shown(actor: Actor, offer_id: UUID, now: datetime) -> dict[str, Any]:
    return offer_out(access_offer(offer_id, by=actor, purpose="offer", now=now), now=now)
