"""REST: writes that may be retried, the outcome of a key, how many requests a person may make."""

from collections.abc import Callable
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from redis import RedisError
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import ScopedRateThrottle
from rest_framework.views import APIView

from accounts.access import access_actor
from accounts.actions.outcomes import Answer, once
from accounts.errors import Invalid
from accounts.selectors.outcomes import outcome_of
from accounts.tenancy import Actor

IDEMPOTENCY_KEY = OpenApiParameter(
    name="Idempotency-Key",
    location=OpenApiParameter.HEADER,
    required=True,
    description="Your own key of this request, at most 128 characters, kept 7 days. "
    "The same key with the same request gives the stored answer and `Idempotent-Replay: true`.",
)


def actor_in(request: Request) -> Actor:
    """Who acts in this request; raises LoginRequired for nobody."""
    return access_actor(getattr(request, "actor", None))


def read_body(shape: type[serializers.Serializer], body: object) -> dict[str, Any]:
    """What a body says in that shape; raises Invalid with errors by field."""
    reader = shape(data=body)
    if not reader.is_valid():
        raise Invalid(fields=reader.errors)
    return dict(reader.validated_data)


class RequestThrottle(ScopedRateThrottle):
    """So many requests of a kind a minute and person; a lost cache never stands in anybody's way."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        """As usual, and yes when nobody can count."""
        try:
            return bool(super().allow_request(request, view))
        except RedisError:
            return True


class RetriableView(APIView):
    """A view whose writes go through `self.once`. Who may is asked by `access_…`, in each handler."""

    permission_classes = ()

    def once(
        self, request: Request, work: Callable[[], Answer], *, said: object = None
    ) -> Response:
        """Carry out the work once per Idempotency-Key; a replayed answer says so in a header.

        `said` stands for the body where that names a person: a digest would tell which of a few it is.
        """
        body = {"method": request.method, "path": request.path, "body": said or request.data}
        answer = once(
            by=actor_in(request),
            key=request.headers.get("Idempotency-Key"),
            request=body,
            now=timezone.now(),
            work=work,
        )
        if answer.replayed:
            self.headers["Idempotent-Replay"] = "true"
        return Response(answer.or_refuse().body, status=answer.status)


class OutcomeOut(serializers.Serializer):
    """Shape of a stored outcome."""

    key = serializers.CharField()
    status = serializers.IntegerField(help_text="HTTP status of the first answer.")
    body = serializers.JSONField(
        help_text="Body of the first answer; of a refusal its code and data."
    )
    created_at = serializers.DateTimeField()


class OutcomeView(APIView):
    """Look up what came of a request whose answer was lost."""

    permission_classes = ()

    @extend_schema(responses=OutcomeOut, summary="Outcome of an Idempotency-Key")
    def get(self, request: Request, key: str) -> Response:
        """The outcome of one of your own keys."""
        found = outcome_of(key, by=actor_in(request), now=timezone.now())
        return Response(OutcomeOut(found).data)
