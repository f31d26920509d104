"""REST of places in a week without a named time."""

import re
from datetime import date
from typing import Any

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import access_permission
from accounts.actions.outcomes import Answer
from accounts.api import IDEMPOTENCY_KEY, RetriableView, actor_in, read_body
from accounts.errors import Invalid
from accounts.roles import Permission
from providers.actions.week_places import WeekPlaces, state_places
from providers.selectors.week_places import StatementCard, statements_of

ISO_WEEK = re.compile(r"(\d{4})-W(\d{2})", re.ASCII)


@extend_schema_field(OpenApiTypes.STR)
class WeekField(serializers.Field):
    """An ISO week, `2027-W14`, as the date of its Monday."""

    default_error_messages = {"invalid": "Give an ISO week, as in 2027-W14."}

    def to_internal_value(self, data: Any) -> date:
        """The Monday of the week; refused where the year has no such week."""
        found = ISO_WEEK.fullmatch(data) if isinstance(data, str) else None
        if found is None:
            self.fail("invalid")
        try:
            return date.fromisocalendar(int(found[1]), int(found[2]), 1)
        except ValueError:
            self.fail("invalid")

    def to_representation(self, value: date) -> str:
        """The week that begins on a Monday."""
        year, week, _ = value.isocalendar()
        return f"{year}-W{week:02d}"


class CapacityIn(serializers.Serializer):
    """How many places of a care a clinic has in a week, those that are booked included."""

    clinic = serializers.UUIDField()
    care = serializers.CharField(max_length=40, help_text="Code of the care catalogue.")
    form = serializers.ChoiceField(
        choices=["open", "inpatient"],
        required=False,
        help_text="Needed where the care is given in both forms.",
    )
    week = WeekField(help_text="ISO week that has not begun, as `2027-W14`.")
    places = serializers.IntegerField(min_value=0, help_text="0 takes back those that are free.")


class CapacityOut(serializers.Serializer):
    """What the number came to."""

    id = serializers.UUIDField()
    added = serializers.IntegerField()
    withdrawn = serializers.IntegerField()
    taken = serializers.IntegerField(help_text="Held or booked: they stay.")


class StatementOut(serializers.Serializer):
    """One week of a care as it stands."""

    id = serializers.UUIDField()
    care = serializers.CharField(source="care.code")
    form = serializers.CharField()
    week = WeekField(source="monday")
    places = serializers.IntegerField(source="said")
    taken = serializers.IntegerField()
    free = serializers.IntegerField()


class CapacityView(RetriableView):
    """Places in a week whose times the clinic names later."""

    @extend_schema(
        summary="Weeks ahead of a clinic",
        parameters=[OpenApiParameter("clinic", required=True, description="The clinic.")],
        responses={200: StatementOut(many=True)},
    )
    def get(self, request: Request) -> Response:
        """The statements of one clinic from this week on; open to anyone, like all capacity."""
        asked = serializers.UUIDField()
        try:
            clinic = asked.run_validation(request.query_params.get("clinic", ""))
        except serializers.ValidationError as error:
            raise Invalid(fields={"clinic": error.detail}) from error
        found: list[StatementCard] = statements_of(clinic, now=timezone.now())
        return Response(StatementOut(found, many=True).data)

    @extend_schema(
        summary="Say how many places a week has",
        parameters=[IDEMPOTENCY_KEY],
        request=CapacityIn,
        responses={200: CapacityOut},
    )
    def post(self, request: Request) -> Response:
        """The places follow the number; fewer than are taken is refused with `taken`."""
        actor = access_permission(actor_in(request), Permission.PUBLISH)
        said = read_body(CapacityIn, request.data)
        clinic = said.pop("clinic")

        def work() -> Answer:
            done = state_places(
                by=actor, clinic=clinic, stated=WeekPlaces(**said), now=timezone.now()
            )
            counts = {"added": done.added, "withdrawn": done.withdrawn, "taken": done.taken}
            return Answer(200, {"id": str(done.statement)} | counts)

        return self.once(request, work)
