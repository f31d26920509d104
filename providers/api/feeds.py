"""REST of the addresses that times are fetched from."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import access_permission
from accounts.actions.outcomes import Answer
from accounts.api import IDEMPOTENCY_KEY, RequestThrottle, RetriableView, actor_in, read_body
from accounts.roles import Permission
from accounts.tenancy import Actor
from providers.actions.feeds import NewFeed, add_feed, claim_poll, pause_feed, resume_feed
from providers.models import Feed
from providers.tasks import poll_when_committed


class FeedIn(serializers.Serializer):
    """An address to fetch times from."""

    provider = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=Feed.Kind.values)
    url = serializers.CharField(max_length=500)
    promised_age_minutes = serializers.IntegerField(
        min_value=10,
        max_value=60 * 24 * 14,
        help_text="What came from it and is older than this is demoted, after twice as long hidden.",
    )
    clinic = serializers.UUIDField(required=False, help_text="A calendar's clinic.")
    care = serializers.CharField(
        max_length=40,
        required=False,
        help_text="A calendar's care; for files, where they say none.",
    )
    form = serializers.ChoiceField(choices=["open", "inpatient"], required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A calendar names its clinic and its care."""
        if attrs["kind"] == Feed.Kind.ICAL:
            lacking = [name for name in ("clinic", "care") if not attrs.get(name)]
            if lacking:
                raise serializers.ValidationError(dict.fromkeys(lacking, "A calendar needs it."))
        return attrs


class FeedOut(serializers.ModelSerializer):
    """An address and how it is doing; `reading` is what its content held when it last changed."""

    promised_age_minutes = serializers.SerializerMethodField()
    reading = serializers.JSONField()

    class Meta:
        model = Feed
        fields = [
            *("id", "provider", "kind", "url", "clinic", "care", "form", "state"),
            *("promised_age_minutes", "polled_at", "succeeded_at", "next_poll_at"),
            *("failures", "problem", "reading"),
        ]

    def get_promised_age_minutes(self, feed: Feed) -> int:
        """How old its content may become, in minutes."""
        return int(feed.promised_age.total_seconds() // 60)


class FeedMade(serializers.Serializer):
    """The feed that something was done to."""

    id = serializers.UUIDField()


class FeedView(RetriableView):
    """What the addresses of feeds share. Who may is asked by `access_…`, in each handler."""

    throttle_classes = (RequestThrottle,)
    throttle_scope = "write"


class Feeds(FeedView):
    """One's own addresses."""

    @extend_schema(summary="Addresses that are fetched", responses=FeedOut(many=True))
    def get(self, request: Request) -> Response:
        """Those of the tenants that one publishes for."""
        actor = access_permission(actor_in(request), Permission.PUBLISH)
        own = Feed.objects.filter(tenant_id__in=actor.tenants_where(Permission.PUBLISH))
        return Response(FeedOut(own.order_by("added_at"), many=True).data)

    @extend_schema(
        summary="Add an address",
        parameters=[IDEMPOTENCY_KEY],
        request=FeedIn,
        responses={201: FeedMade},
    )
    def post(self, request: Request) -> Response:
        """It is fetched at once, and then as often as its source asks, within one to five minutes."""
        actor = access_permission(actor_in(request), Permission.PUBLISH)
        return self.once(request, lambda: _added(actor, request.data))


class FeedPoll(FeedView):
    """Fetch now."""

    @extend_schema(
        summary="Fetch now", parameters=[IDEMPOTENCY_KEY], request=None, responses={200: FeedMade}
    )
    def post(self, request: Request, feed_id: UUID) -> Response:
        """Refused within a minute of the last time."""
        actor = access_permission(actor_in(request), Permission.PUBLISH)

        def work() -> Answer:
            claim_poll(by=actor, feed=feed_id, now=timezone.now())
            poll_when_committed(feed_id)
            return Answer(200, {"id": str(feed_id)})

        return self.once(request, work)


class FeedTurn(FeedView):
    """Pause and start again."""

    turn: Callable[..., None]

    @extend_schema(parameters=[IDEMPOTENCY_KEY], request=None, responses={200: FeedMade})
    def post(self, request: Request, feed_id: UUID) -> Response:
        """What has been fetched stays, and grows old while it is paused."""
        actor = access_permission(actor_in(request), Permission.PUBLISH)

        def work() -> Answer:
            type(self).turn(by=actor, feed=feed_id, now=timezone.now())
            return Answer(200, {"id": str(feed_id)})

        return self.once(request, work)


class FeedPause(FeedTurn):
    """Stop fetching."""

    turn = staticmethod(pause_feed)


class FeedResume(FeedTurn):
    """Fetch again."""

    turn = staticmethod(resume_feed)


def _added(actor: Actor, data: Any) -> Answer:
    told = read_body(FeedIn, data)
    age = timedelta(minutes=told.pop("promised_age_minutes"))
    new = NewFeed(**told | {"kind": Feed.Kind(told["kind"]), "promised_age": age})
    now = timezone.now()
    made = add_feed(by=actor, new=new, now=now)
    claim_poll(by=actor, feed=made.id, now=now)
    poll_when_committed(made.id)
    return Answer(201, {"id": str(made.id)})
