"""What a person wishes of the care they wait for."""

from dataclasses import fields
from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.actions.outcomes import Answer
from accounts.api import IDEMPOTENCY_KEY, RequestThrottle, RetriableView, actor_in, read_body
from brokering.access import access_referral
from brokering.actions.wishes import FARTHEST, Wishes, state_wishes
from brokering.api.shapes import ProblemOut
from brokering.models import Referral
from providers.codes import LANGUAGES, PREMISES
from providers.models import Slot

REFUSED = dict.fromkeys((400, 401, 403, 404, 409, 422, 429), ProblemOut)
LANGUAGE = ["", *LANGUAGES]


class WishesIn(serializers.Serializer):
    """All of it: what is left out is no limit. The last two are none, they are for the clinic to know."""

    max_distance_km = serializers.IntegerField(
        min_value=1, max_value=FARTHEST, required=False, allow_null=True, default=None
    )
    earliest_on = serializers.DateField(required=False, allow_null=True, default=None)
    latest_on = serializers.DateField(required=False, allow_null=True, default=None)
    accepts_other_regions = serializers.BooleanField(default=True)
    wished_mode = serializers.ChoiceField(["", *Slot.Mode.values], default="")
    wished_language = serializers.ChoiceField(
        LANGUAGE, default="", help_text="Only clinics that say they receive patients in it."
    )
    wished_premises = serializers.MultipleChoiceField(
        choices=PREMISES,
        default=set,
        help_text="Only premises that the clinic says have all of it.",
    )
    interpreter = serializers.ChoiceField(
        LANGUAGE, default="", help_text="The clinic sees to an interpreter; no place is left out."
    )
    has_companion = serializers.BooleanField(default=False)


class WishesOut(WishesIn):
    """What stands for a need."""

    referral = serializers.UUIDField()


class WishesView(RetriableView):
    """The wishes for one need."""

    throttle_classes = (RequestThrottle,)
    throttle_scope = "write"

    @extend_schema(summary="What the patient wishes", responses={200: WishesOut, **REFUSED})
    def get(self, request: Request, referral_id: UUID) -> Response:
        """For who may see the need; a read by staff is logged."""
        need = access_referral(
            referral_id, by=actor_in(request), purpose="wishes", now=timezone.now()
        )
        return Response(_told(need), headers={"Cache-Control": "private, no-store"})

    @extend_schema(
        summary="State what the patient wishes",
        parameters=[IDEMPOTENCY_KEY],
        request=WishesIn,
        responses={200: WishesOut, **REFUSED},
    )
    def post(self, request: Request, referral_id: UUID) -> Response:
        """The patient, or a vårdlots who has been told so; it stands instead of what was said before."""
        actor, said = actor_in(request), read_body(WishesIn, request.data)
        wishes = Wishes(**said | {"wished_premises": frozenset(said["wished_premises"])})

        def work() -> Answer:
            need = state_wishes(
                by=actor, referral_id=referral_id, wishes=wishes, now=timezone.now()
            )
            return Answer(200, _told(need))

        return self.once(request, work)


def _told(need: Referral) -> dict[str, Any]:
    found = {one.name: getattr(need, one.name) for one in fields(Wishes)}
    days = {
        name: found[name].isoformat() if found[name] else None
        for name in ("earliest_on", "latest_on")
    }
    return {"referral": str(need.id), **found, **days}
