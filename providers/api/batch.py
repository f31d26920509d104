"""REST of many places in one call: streamed in, judged one by one, answered line by line."""

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import StreamingHttpResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.access import access_permission
from accounts.actions.outcomes import Answer, once
from accounts.api import IDEMPOTENCY_KEY, RequestThrottle, actor_in
from accounts.errors import Invalid
from accounts.roles import Permission
from accounts.tenancy import Actor
from providers.actions.deliveries import Source, apply, stage
from providers.api.bodies import Body, body_of
from providers.api.items import ItemReader
from providers.api.slots import SlotIn
from providers.errors import TenantUnclear
from providers.models import Delivery
from providers.selectors.deliveries import outcome_lines, published_call, require_rows

NDJSON = "application/x-ndjson"
SESSION: Any = [{"cookieAuth": []}]
"""The session that every address takes, whatever of the body is looked into."""
LINES = {NDJSON, "application/ndjson", "application/jsonl"}


class LineRenderer(JSONRenderer):
    """Lines of JSON; a refusal of the whole call is a problem document all the same."""

    media_type = NDJSON
    format = "ndjson"


class LineOut(serializers.Serializer):
    """What came of one place; the last line has `delivery` and `counts` instead, and ends the answer."""

    index = serializers.IntegerField(required=False, help_text="Its place in the call, from 0.")
    outcome = serializers.ChoiceField(
        choices=["created", "reopened", "unchanged", "refused"], required=False
    )
    id = serializers.UUIDField(required=False)
    code = serializers.CharField(required=False, help_text="Why it was refused.")
    delivery = serializers.UUIDField(required=False)
    counts = serializers.DictField(
        child=serializers.IntegerField(), required=False, help_text="Places by outcome or code."
    )


class StreamedSession(SessionAuthentication):
    """A login whose check for forged requests leaves the body unread: it comes later, as a stream."""

    def enforce_csrf(self, request: Request) -> None:
        """Ask Django's own request, which looks into the body of a form and of nothing else."""
        super().enforce_csrf(request._request)  # type: ignore[arg-type]


class LineView(APIView):
    """What these addresses share. Who may is asked by `access_…`, in each handler."""

    authentication_classes = (StreamedSession,)
    permission_classes = ()
    renderer_classes = (JSONRenderer, LineRenderer)
    throttle_classes = (RequestThrottle,)
    throttle_scope = "batch"


class PublishBatch(LineView):
    """Publish up to 100,000 places in one call."""

    @extend_schema(
        summary="Publish many free places",
        auth=SESSION,
        description="One place a line (`application/x-ndjson`), or an array; gzip is understood. "
        "The answer has one line for each place, then one with the delivery and its counts. Nothing is "
        "published unless the whole body has come. Give each place a `source_key`: sending it again then "
        "changes nothing but its age.",
        parameters=[
            IDEMPOTENCY_KEY,
            OpenApiParameter(
                "tenant", UUID, description="For whom, where you publish for several."
            ),
        ],
        request={NDJSON: SlotIn, "application/json": SlotIn(many=True)},
        responses={(200, NDJSON): LineOut},
    )
    def post(self, request: Request) -> StreamingHttpResponse:
        """Stage, judge, apply; a retry with the same key and bytes is answered with the same bytes."""
        actor = access_permission(actor_in(request), Permission.PUBLISH)
        tenant = _tenant(actor, request.query_params.get("tenant"))
        is_lines = _is_lines(request)
        with body_of(request._request) as body:
            answer = once(
                by=actor,
                key=request.headers.get("Idempotency-Key"),
                request={"path": request.get_full_path(), "body": body.digest},
                now=timezone.now(),
                work=lambda: _published(actor, tenant, body, is_lines),
            )
        delivery = published_call(UUID(answer.or_refuse().body["delivery"]))
        if answer.replayed:
            self.headers["Idempotent-Replay"] = "true"
        return _told(request, delivery)


class BatchOutcome(LineView):
    """What came of a batch whose answer was lost."""

    @extend_schema(
        summary="Outcome of a batch",
        auth=SESSION,
        description="The same lines as the call's own answer, for as long as its key is kept.",
        responses={(200, NDJSON): LineOut},
    )
    def get(self, request: Request, delivery_id: UUID) -> StreamingHttpResponse:
        """Line by line, then the counts."""
        access_permission(actor_in(request), Permission.PUBLISH)
        return _told(request, published_call(delivery_id))


def _tenant(actor: Actor, named: str | None) -> UUID:
    """For whom the actor publishes; whether they may is asked where it is done."""
    own = actor.tenants_where(Permission.PUBLISH)
    if not named and len(own) > 1:
        raise TenantUnclear
    try:
        return UUID(named) if named else next(iter(own))
    except ValueError:
        raise Invalid(fields={"tenant": ["An id is expected."]}) from None


def _is_lines(request: Request) -> bool:
    kind = (request._request.content_type or "").lower()
    if kind not in {*LINES, "application/json"}:
        raise UnsupportedMediaType(kind)
    return kind in LINES


def _published(actor: Actor, tenant: UUID, body: Body, is_lines: bool) -> Answer:
    reader, content, now = ItemReader(), body.opened(), timezone.now()
    rows = reader.rows_of_lines(content) if is_lines else reader.rows_of_array(content)
    source = Source(tenant=tenant, channel=Delivery.Channel.API)
    delivery = stage(by=actor, source=source, rows=rows, now=now)
    apply(by=actor, delivery=delivery, now=now)
    return Answer(200, {"delivery": str(delivery.id)})


def _told(request: Request, delivery: Delivery) -> StreamingHttpResponse:
    require_rows(delivery)
    lines = _lines(delivery)
    is_async = isinstance(request._request, ASGIRequest)
    answer = StreamingHttpResponse(_asked_each(lines) if is_async else lines, content_type=NDJSON)
    answer["Content-Location"] = f"/api/v1/slots/batch/{delivery.id}"
    return answer


def _lines(delivery: Delivery) -> Iterator[bytes]:
    yield from outcome_lines(delivery.id)
    last = {"delivery": str(delivery.id), "counts": dict(sorted(delivery.counts.items()))}
    yield json.dumps(last).encode() + b"\n"


async def _asked_each(lines: Iterator[bytes]) -> AsyncIterator[bytes]:
    """The same lines for a server that awaits; the database is asked in the request's own thread."""
    ask = sync_to_async(lambda: next(lines, b""))
    while some := await ask():
        yield some
