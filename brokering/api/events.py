"""REST of a region's serious events and of the help that other regions gave in them."""

from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import access_permission
from accounts.actions.outcomes import Answer
from accounts.api import IDEMPOTENCY_KEY, RetriableView, actor_in, read_body
from accounts.errors import NotAllowed, NotFound
from accounts.roles import Permission
from brokering.selectors.help_given import help_given
from providers.actions.events import begin_event, end_event
from providers.models import SeriousEvent
from providers.selectors.decisions import events_now


class EventIn(serializers.Serializer):
    """Where, why, and where the decision can be read."""

    region = serializers.CharField(max_length=2)
    reason = serializers.CharField(max_length=200)
    decision_reference = serializers.CharField(max_length=80)


class EventOut(serializers.Serializer):
    """A serious event."""

    id = serializers.CharField()
    region = serializers.CharField(source="region_id")
    reason = serializers.CharField()
    decision_reference = serializers.CharField()
    begun_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)


class HelpOut(serializers.Serializer):
    """One place from another region; kronor as text, null where no price is known."""

    booked_on = serializers.DateField()
    visit_on = serializers.DateField()
    region = serializers.CharField()
    clinic = serializers.CharField()
    care = serializers.CharField()
    route = serializers.CharField()
    state = serializers.CharField()
    amount = serializers.DecimalField(max_digits=10, decimal_places=2, allow_null=True)
    price_model = serializers.CharField(allow_null=True)
    synthetic = serializers.BooleanField()


class EventsView(RetriableView):
    """Serious events."""

    @extend_schema(summary="Serious events that go on", responses=EventOut(many=True))
    def get(self, request: Request) -> Response:
        """Of the whole country."""
        access_permission(actor_in(request), Permission.DECLARE_EVENT)
        return Response(EventOut(events_now(), many=True).data)

    @extend_schema(
        summary="Declare a serious event",
        parameters=[IDEMPOTENCY_KEY],
        request=EventIn,
        responses={201: EventOut},
    )
    def post(self, request: Request) -> Response:
        """409 `event_goes_on_already` where one goes on in the region."""
        actor = actor_in(request)
        said = read_body(EventIn, request.data)

        def work() -> Answer:
            event = begin_event(by=actor, now=timezone.now(), **said)
            return Answer(201, dict(EventOut(event).data))

        return self.once(request, work)


class EndView(RetriableView):
    """The end of one."""

    @extend_schema(
        summary="End a serious event",
        parameters=[IDEMPOTENCY_KEY],
        request=None,
        responses=EventOut,
    )
    def post(self, request: Request, event_id: UUID) -> Response:
        """409 `event_over` where it is over."""
        actor = actor_in(request)

        def work() -> Answer:
            end_event(by=actor, event_id=event_id, now=timezone.now())
            return Answer(200, dict(EventOut(SeriousEvent.objects.get(id=event_id)).data))

        return self.once(request, work)


class HelpView(APIView):
    """What other regions gave."""

    permission_classes = ()

    @extend_schema(summary="Help from other regions in an event", responses=HelpOut(many=True))
    def get(self, request: Request, event_id: UUID) -> Response:
        """The grounds for skälig ersättning; no person in it."""
        actor = access_permission(actor_in(request), Permission.DECLARE_EVENT)
        event = SeriousEvent.objects.filter(id=event_id).first()
        if event is None:
            raise NotFound
        if not actor.may_in(event.tenant_id, Permission.DECLARE_EVENT):
            raise NotAllowed
        return Response(HelpOut(help_given(event, now=timezone.now()), many=True).data)
