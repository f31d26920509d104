"""How a region's patients are asked, over REST: what holds, what was and will be, and the decision itself."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.actions.outcomes import Answer
from accounts.api import IDEMPOTENCY_KEY, RetriableView, actor_in, read_body
from brokering.selectors.offer_policies import offer_policies_of, offer_policy_of
from brokering.selectors.places import swedish_day
from contracts.access import access_own_region
from contracts.actions.offer_policies import (
    MOST_AT_ONCE,
    MOST_ATTEMPTS,
    MOST_DAYS,
    Asking,
    set_offer_policy,
)


class AskingIn(serializers.Serializer):
    """A region's decision; it names itself."""

    answer_days = serializers.IntegerField(min_value=1, max_value=MOST_DAYS)
    attempts = serializers.IntegerField(min_value=1, max_value=MOST_ATTEMPTS)
    letter_days = serializers.IntegerField(min_value=1, max_value=MOST_DAYS)
    batch = serializers.IntegerField(
        min_value=1, max_value=MOST_AT_ONCE, help_text="Patients asked at once about a freed place."
    )
    decision_reference = serializers.CharField(max_length=80)
    valid_from = serializers.DateField()


class AskingDecidedOut(AskingIn):
    """A decision, past, present or coming."""

    id = serializers.CharField()
    valid_to = serializers.DateField(allow_null=True)


class InForceOut(serializers.Serializer):
    """What holds today; `source` is the decision, or `default`: the product's standard, no law."""

    answer_days = serializers.IntegerField()
    attempts = serializers.IntegerField()
    letter_days = serializers.IntegerField()
    batch = serializers.IntegerField()
    source = serializers.CharField()  # type: ignore[assignment]  # a column of this name


class OfferPoliciesOut(serializers.Serializer):
    """What holds, and every decision, the latest first."""

    in_force = InForceOut()
    decisions = AskingDecidedOut(many=True)


class OfferPoliciesView(RetriableView):
    """How a region asks its patients."""

    @extend_schema(summary="How a region's patients are asked", responses=OfferPoliciesOut)
    def get(self, request: Request, code: str) -> Response:
        """For the region itself."""
        region = access_own_region(code, by=actor_in(request))
        return Response(_shown(region.code))

    @extend_schema(
        summary="Decide how the region's patients are asked",
        parameters=[IDEMPOTENCY_KEY],
        request=AskingIn,
        responses={201: OfferPoliciesOut},
    )
    def post(self, request: Request, code: str) -> Response:
        """The decision before it ends the day before; offers that are out keep what they promised."""
        actor = actor_in(request)
        said = read_body(AskingIn, request.data)
        valid_from = said.pop("valid_from")

        def work() -> Answer:
            set_offer_policy(
                by=actor,
                region=code,
                asking=Asking(**said),
                valid_from=valid_from,
                now=timezone.now(),
            )
            return Answer(201, _shown(code))

        return self.once(request, work)


def _shown(code: str) -> dict[str, Any]:
    in_force = offer_policy_of(code, on=swedish_day(timezone.now()))
    decisions = offer_policies_of(code)
    return dict(OfferPoliciesOut({"in_force": in_force, "decisions": decisions}).data)
