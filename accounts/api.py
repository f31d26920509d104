"""REST: writes that may be retried, the outcome of a key, how many requests a person may make."""

import json
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.cache import cache
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import get_language
from drf_spectacular.utils import OpenApiParameter, extend_schema
from redis import RedisError
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import ScopedRateThrottle
from rest_framework.views import APIView

from accounts.access import access_actor
from accounts.actions.outcomes import Answer, Sent, Worded, once
from accounts.errors import Fault, Invalid, NextStep, NotFound, PastRefusal
from accounts.news import valkey
from accounts.selectors.outcomes import outcome_of
from accounts.tenancy import Actor

Handler = Callable[..., Response]

WRITES = frozenset({"post", "put", "patch", "delete"})
REPEATED = ("Content-Type", "Content-Language", "Location", "Content-Location", "Retry-After")
"""Headers of a first answer that its replay repeats; the others speak of the moment."""
IDEMPOTENCY_KEY = OpenApiParameter(
    name="Idempotency-Key",
    location=OpenApiParameter.HEADER,
    required=True,
    description="Your own key of this request, at most 128 characters, kept 7 days. "
    "The same key with the same request gives the first answer, byte for byte, and "
    "`Idempotent-Replay: true`.",
)


class NextStepOut(serializers.Serializer):
    """What to do next."""

    code = serializers.ChoiceField(choices=[step.value for step in NextStep])
    detail = serializers.CharField(help_text="The same as a sentence in the reader's language.")


class PlainProblemOut(serializers.Serializer):
    """An error: RFC 9457, with a stable code. Some codes add fields of their own."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField(help_text="Stable; what a program looks at.")
    detail = serializers.CharField(help_text="A sentence in the reader's language.")
    fault = serializers.ChoiceField(
        choices=[fault.value for fault in Fault],
        help_text="On whose side the cause lies: who asks, who gives the care, or Vårdbryggan itself.",
    )
    next_step = NextStepOut()


def actor_in(request: Request) -> Actor:
    """Who acts in this request; raises LoginRequired for nobody."""
    return access_actor(getattr(request, "actor", None))


def read_body(shape: type[serializers.Serializer], body: object) -> dict[str, Any]:
    """What a body says in that shape; raises Invalid with errors by field."""
    reader = shape(data=body)
    if not reader.is_valid():
        raise Invalid(fields=reader.errors)
    return dict(reader.validated_data)


COUNTED = """
    redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[1] - ARGV[2])
    if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[3]) then
        return redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2]
    end
    redis.call('ZADD', KEYS[1], ARGV[1], ARGV[4])
    redis.call('EXPIRE', KEYS[1], ARGV[2])
    return false
"""
"""Counts a request in one trip, or answers when the first of those that fill the time was."""


class RequestThrottle(ScopedRateThrottle):
    """So many requests of a kind a minute and person; a lost Valkey never stands in anybody's way."""

    def allow_request(self, request: Request, view: Any) -> bool:
        """Whether fewer than so many were allowed in the time before this; yes when nobody can count."""
        self.scope = view.throttle_scope
        self.num_requests, self.duration = self.parse_rate(self.get_rate())
        self.now = self.timer()
        said: Sequence[float] = (self.now, self.duration or 0, self.num_requests or 0)
        key = cache.make_key(self.get_cache_key(request, view))
        try:
            first: Any = valkey(settings.REDIS_URL).eval(COUNTED, 1, key, *said, uuid4().hex)
        except RedisError:
            return True
        self.history = [float(first)] if first else []
        return not first

    def wait(self) -> float:
        """Seconds until the first of those that were allowed counts no more."""
        return float(self.duration - (self.now - self.history[0]))


class RetriableView(APIView):
    """A view whose every write is carried out once per Idempotency-Key, whatever becomes of it.

    The whole handler is the work: what it refuses is kept like what it does. Only a request that cannot be
    read, or comes from nobody, leaves no outcome. Who may is asked by `access_…`, in each handler.
    """

    permission_classes = ()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """As usual; a handler that writes is then carried out once."""
        super().initial(request, *args, **kwargs)
        name = str(request.method).lower()
        handler = getattr(self, name, None)
        if name in WRITES and handler is not None:
            setattr(self, name, partial(self._only_once, handler))

    def asked(self, request: Request) -> object:
        """What the key stands for. A view whose body names a person replaces that by a keyed hash.

        A digest alone would tell which of a few people it is.
        """
        return request.data

    def once(self, request: Request, work: Callable[[], Answer]) -> Response:
        """Carry out the work of a handler and answer what it led to."""
        answer = work()
        return Response(answer.body, status=answer.status)

    def _only_once(self, handler: Handler, request: Request, **kwargs: Any) -> HttpResponseBase:
        asked = {"method": request.method, "path": request.get_full_path()}
        told: list[Response] = []

        def said(answer: Answer) -> Sent:
            told.append(self._said(request, answer))
            return _sent(told[0])

        answer = once(
            by=actor_in(request),
            key=request.headers.get("Idempotency-Key"),
            request=asked | {"body": self.asked(request)},
            now=timezone.now(),
            work=Worded(lambda: _carried_out(handler, request, kwargs), said),
        )
        if answer.sent:
            self.headers["Idempotent-Replay"] = "true"
            return HttpResponse(
                answer.sent.text, status=answer.status, headers=dict(answer.sent.headers)
            )
        return told[0]

    def _said(self, request: Request, answer: Answer) -> Response:
        """The answer as it goes out, already written down."""
        try:
            response = Response(answer.or_refuse().body, status=answer.status)
        except PastRefusal as refusal:
            response = self.handle_exception(refusal)
        response.headers.setdefault("Content-Language", get_language()[:2])
        self.finalize_response(request, response, *self.args, **self.kwargs)
        return response.render()


def _carried_out(handler: Handler, request: Request, kwargs: dict[str, Any]) -> Answer:
    try:
        response = handler(request, **kwargs)
    except Http404 as error:
        raise NotFound from error
    return Answer(response.status_code, response.data)


def _sent(response: Response) -> Sent:
    kept = {name: response.headers[name] for name in REPEATED if name in response.headers}
    return Sent(response.content.decode(), kept)


class OutcomeOut(serializers.Serializer):
    """Shape of a stored outcome."""

    key = serializers.CharField()
    status = serializers.IntegerField(help_text="HTTP status of the first answer.")
    content_type = serializers.CharField(
        help_text="That of the first answer; empty for what was done on a page."
    )
    body = serializers.JSONField(
        help_text="Body of the first answer, as it was sent; sending the same again gives the same bytes."
    )
    created_at = serializers.DateTimeField()


class OutcomeView(APIView):
    """Look up what came of a request whose answer was lost."""

    permission_classes = ()

    @extend_schema(
        responses={200: OutcomeOut, 401: PlainProblemOut, 404: PlainProblemOut},
        summary="Outcome of an Idempotency-Key",
    )
    def get(self, request: Request, key: str) -> Response:
        """The outcome of one of your own keys; 404 `outcome_unknown` before it is done and after 7 days.

        Whoever is unsure sends the same request again with the same key: it is never done twice.
        """
        found = outcome_of(key, by=actor_in(request), now=timezone.now())
        body = json.loads(found["text"]) if found["text"] else found["body"]
        told = {"body": body, "content_type": found["headers"].get("Content-Type", "")}
        return Response(OutcomeOut({**found, **told}).data, headers={"Cache-Control": "no-store"})
