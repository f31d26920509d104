"""REST: where I want to be reached, whom the region must reach, and what gateways tell of messages."""

import json
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import access_permission
from accounts.actions.outcomes import Answer
from accounts.actions.trail import log_accesses
from accounts.api import IDEMPOTENCY_KEY, RetriableView, actor_in, read_body
from accounts.identity import keyed_hash
from accounts.roles import Permission
from accounts.selectors.actors import system_actor
from accounts.tenancy import acting_as
from brokering.actions.contact_points import (
    LANGUAGES,
    Wanted,
    address_of,
    end_contact_point,
    set_contact_point,
)
from brokering.actions.contact_tasks import close_contact_task, look_later
from brokering.actions.sending import note_receipt
from brokering.errors import ReceiptNotSigned
from brokering.messaging.kinds import ContactWhy
from brokering.messaging.signing import is_signed
from brokering.models import Channel, ContactPoint, ContactTask
from brokering.selectors.contact import contact_points_of, open_contact_tasks
from brokering.selectors.upkeep import region_tenants


class ContactPointIn(serializers.Serializer):
    """How somebody wants to be reached."""

    channel = serializers.ChoiceField(choices=Channel.values)
    address = serializers.CharField(
        max_length=254,
        required=False,
        default="",
        allow_blank=True,
        help_text="An e-mail address or a mobile number. A letter needs none: it goes to where the "
        "person is registered.",
    )
    rank = serializers.IntegerField(
        min_value=1, max_value=9, default=1, help_text="1 is tried first."
    )
    language = serializers.ChoiceField(choices=list(LANGUAGES), default="sv")


class SetOut(serializers.Serializer):
    """A contact point that was set; the answer is kept for a retry, so it leaves the address out."""

    id = serializers.UUIDField()
    channel = serializers.CharField()
    rank = serializers.IntegerField()
    language = serializers.CharField()


class ContactPointOut(SetOut):
    """A contact point of one's own."""

    address = serializers.CharField()


class ContactPointEndedOut(serializers.Serializer):
    """The contact point that was given up."""

    ended = serializers.UUIDField()


class ContactTaskOut(serializers.Serializer):
    """Somebody whom the region must reach by other means."""

    id = serializers.UUIDField()
    referral = serializers.UUIDField(source="referral_id")
    offer = serializers.UUIDField(source="offer_id", allow_null=True)
    why = serializers.ChoiceField(choices=[one.value for one in ContactWhy])
    owner = serializers.UUIDField(source="owner_id")
    opened_at = serializers.DateTimeField()
    next_on = serializers.DateField()
    state = serializers.CharField()


class LookLaterIn(serializers.Serializer):
    """When somebody looks again."""

    next_on = serializers.DateField()


class ReceiptIn(serializers.Serializer):
    """What became of one message."""

    reference = serializers.UUIDField(
        help_text="As in the call to the gateway; in a mail the part of Message-ID before the @."
    )
    outcome = serializers.ChoiceField(choices=["delivered", "failed"])


class ReceiptOut(serializers.Serializer):
    """Whether it was news."""

    changed = serializers.BooleanField()


class ContactPointsView(RetriableView):
    """Where I want to be reached."""

    @extend_schema(summary="My contact points", responses=ContactPointOut(many=True))
    def get(self, request: Request) -> Response:
        """Those that are in use, the first to be tried first."""
        actor = access_permission(actor_in(request), Permission.SEE_OWN_WAIT)
        mine = contact_points_of(actor.id)
        return Response([_set(one) | {"address": address_of(one)} for one in mine])

    @extend_schema(
        summary="Set a contact point",
        parameters=[IDEMPOTENCY_KEY],
        request=ContactPointIn,
        responses={201: SetOut},
    )
    def post(self, request: Request) -> Response:
        """Takes the place of the one on the same channel."""
        actor = access_permission(actor_in(request), Permission.SEE_OWN_WAIT)
        said = read_body(ContactPointIn, request.data)
        wanted = Wanted(**said | {"channel": Channel(said["channel"])})

        def work() -> Answer:
            point = set_contact_point(by=actor, wanted=wanted, now=timezone.now())
            return Answer(201, _set(point))

        return self.once(request, work)

    def asked(self, request: Request) -> object:
        """A keyed hash of the whole body: a digest would tell which of a few addresses it names.

        The whole, because an address may stand under a misspelt name too.
        """
        return keyed_hash(json.dumps(request.data, sort_keys=True))


class ContactPointView(RetriableView):
    """One of them."""

    @extend_schema(
        summary="End a contact point",
        parameters=[IDEMPOTENCY_KEY],
        request=None,
        responses={200: ContactPointEndedOut},
    )
    def post(self, request: Request, point_id: UUID) -> Response:
        """Nobody is reached there any longer."""
        actor = access_permission(actor_in(request), Permission.SEE_OWN_WAIT)

        def work() -> Answer:
            end_contact_point(by=actor, point_id=point_id, now=timezone.now())
            return Answer(200, {"ended": str(point_id)})

        return self.once(request, work)


class ContactTasksView(APIView):
    """Those whom the region must reach."""

    permission_classes = ()

    @extend_schema(summary="Open tasks to reach patients", responses=ContactTaskOut(many=True))
    def get(self, request: Request) -> Response:
        """The earliest next day first."""
        actor = access_permission(actor_in(request), Permission.REROUTE)
        found = open_contact_tasks(by=actor)
        patients = [one.referral.patient for one in found]
        log_accesses(patients, by=actor, purpose="contact", now=timezone.now())
        return Response(ContactTaskOut(found, many=True).data)


class ContactTaskDoneView(RetriableView):
    """A task that somebody has seen to."""

    @extend_schema(
        summary="Close a task to reach a patient",
        parameters=[IDEMPOTENCY_KEY],
        request=None,
        responses={200: ContactTaskOut},
    )
    def post(self, request: Request, task_id: UUID) -> Response:
        """It is done."""
        actor = access_permission(actor_in(request), Permission.REROUTE)

        def work() -> Answer:
            done = close_contact_task(by=actor, task_id=task_id, now=timezone.now())
            return Answer(200, _task(done))

        return self.once(request, work)


class ContactTaskLaterView(RetriableView):
    """A task that somebody looks at again."""

    @extend_schema(
        summary="Look at a task to reach a patient another day",
        parameters=[IDEMPOTENCY_KEY],
        request=LookLaterIn,
        responses={200: ContactTaskOut},
    )
    def post(self, request: Request, task_id: UUID) -> Response:
        """Who looked owns it from now on."""
        actor = access_permission(actor_in(request), Permission.REROUTE)
        said = read_body(LookLaterIn, request.data)

        def work() -> Answer:
            task = look_later(by=actor, task_id=task_id, now=timezone.now(), **said)
            return Answer(200, _task(task))

        return self.once(request, work)


class ReceiptsView(APIView):
    """What gateways and mail servers tell of messages; no login, a signature."""

    authentication_classes = ()
    permission_classes = ()

    @extend_schema(
        summary="Tell what became of a message",
        parameters=[
            OpenApiParameter(
                "X-Timestamp", str, OpenApiParameter.HEADER, required=True, description="Unix time."
            ),
            OpenApiParameter(
                "X-Signature",
                str,
                OpenApiParameter.HEADER,
                required=True,
                description="Hex HMAC-SHA-256 of `<X-Timestamp>.<body>` under the shared secret.",
            ),
        ],
        request=ReceiptIn,
        responses=ReceiptOut,
    )
    def post(self, request: Request) -> Response:
        """The same receipt again changes nothing and is answered alike; an old one is refused."""
        now = timezone.now()
        moment = request.headers.get("X-Timestamp", "")
        given = request.headers.get("X-Signature", "")
        secret = settings.RECEIPTS_SECRET
        if not is_signed(secret, moment, request._request.body, given, now=now):
            raise ReceiptNotSigned
        said = read_body(ReceiptIn, request.data)
        with acting_as(system_actor(*region_tenants())) as system:
            changed = note_receipt(
                said["reference"],
                arrived=said["outcome"] == "delivered",
                problem="bounced",
                by=system,
                now=now,
            )
        return Response(ReceiptOut({"changed": changed}).data)


def _set(point: ContactPoint) -> dict[str, Any]:
    return {
        "id": str(point.id),
        "channel": point.channel,
        "rank": point.rank,
        "language": point.language,
    }


def _task(task: ContactTask) -> dict[str, Any]:
    """Ids as text, so that the answer can be kept for a retry."""
    shown = ContactTaskOut(task).data
    return {name: str(value) if isinstance(value, UUID) else value for name, value in shown.items()}
