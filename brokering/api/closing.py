"""REST of decisions that close a clinic, and of the tasks to find another place for its patients."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import access_permission
from accounts.actions.outcomes import Answer
from accounts.actions.trail import log_accesses
from accounts.api import IDEMPOTENCY_KEY, RetriableView, actor_in, read_body
from accounts.roles import Permission
from brokering.access import access_booking, access_closing
from brokering.actions.chains import NewPlace
from brokering.actions.moving import rebook
from brokering.actions.restrictions import Closure, lift, restrict
from brokering.api.shapes import BookingOut, booking_out
from brokering.selectors.closures import affected_by, restrictions_of
from brokering.selectors.rebookings import ToRebook, to_rebook
from providers.codes import RestrictionReason
from providers.models import CapacityRestriction, Care


class ClosureIn(serializers.Serializer):
    """What is closed, from when to when, why, and where the decision can be read."""

    care = serializers.SlugRelatedField(
        slug_field="code",
        queryset=Care.objects.all(),
        required=False,
        allow_null=True,
        help_text="One care; everything where it is left out.",
    )
    begins_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    reason = serializers.ChoiceField(choices=[one.value for one in RestrictionReason])
    decision_reference = serializers.CharField(max_length=80)


class AffectedOut(serializers.Serializer):
    """Places ahead that the decision touches."""

    free = serializers.IntegerField()
    held = serializers.IntegerField()
    booked = serializers.IntegerField()


class RestrictionOut(serializers.Serializer):
    """A decision as it stands; `done` only in the answer to the one who made it."""

    id = serializers.UUIDField()
    clinic = serializers.UUIDField(source="clinic_id")
    care = serializers.CharField(source="care_id", allow_null=True)
    begins_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    reason = serializers.CharField()
    decision_reference = serializers.CharField()
    state = serializers.CharField()
    decided_at = serializers.DateTimeField()
    lifted_at = serializers.DateTimeField(allow_null=True)


class DecidedOut(RestrictionOut):
    """A decision just made."""

    done = AffectedOut()


class TaskOut(serializers.Serializer):
    """Somebody who must get another place, with the decision that took the old one back."""

    id = serializers.UUIDField()
    booking = serializers.UUIDField()
    referral = serializers.UUIDField()
    care = serializers.CharField()
    clinic = serializers.UUIDField()
    starts_at = serializers.DateTimeField()
    need = serializers.IntegerField(allow_null=True)
    waiting_since = serializers.DateField()
    next_on = serializers.DateField()
    decision_reference = serializers.CharField()
    postponed = serializers.BooleanField(help_text="By a serious event: these come first.")


class PlaceIn(serializers.Serializer):
    """The new place and the lot that carries it."""

    slot = serializers.UUIDField(
        help_text="Of two times that are given together the first visit's."
    )
    lot = serializers.UUIDField()
    follow = serializers.UUIDField(
        required=False,
        allow_null=True,
        help_text="The place that is to follow it, of two times that are given together; the first that may "
        "follow where it is left out.",
    )
    keep_other = serializers.BooleanField(
        default=False,
        help_text="Of two times that are given together the other one stays as it is: `slot` is a place for "
        "the care of the task, at the same clinic and in its order with that time.",
    )


class RestrictionsView(RetriableView):
    """The decisions of one clinic."""

    @extend_schema(summary="Decisions that close a clinic", responses=RestrictionOut(many=True))
    def get(self, request: Request, clinic_id: UUID) -> Response:
        """Every decision, the latest first."""
        clinic = access_closing(clinic_id, by=actor_in(request))
        return Response(RestrictionOut(restrictions_of(clinic), many=True).data)

    @extend_schema(
        summary="Close a clinic for a time",
        parameters=[IDEMPOTENCY_KEY],
        request=ClosureIn,
        responses={201: DecidedOut},
    )
    def post(self, request: Request, clinic_id: UUID) -> Response:
        """Free places go, holds end, each booking becomes a task of its home region."""
        actor = actor_in(request)
        closure = Closure(clinic=clinic_id, **_said(request))

        def work() -> Answer:
            made = restrict(by=actor, closure=closure, now=timezone.now())
            shown = {
                **RestrictionOut(made.restriction).data,
                "done": AffectedOut(made.done).data,
            }
            return Answer(201, _json(shown))

        return self.once(request, work)


class PreviewView(APIView):
    """What a decision would touch."""

    permission_classes = ()

    @extend_schema(
        summary="Count what closing a clinic would touch",
        request=ClosureIn,
        responses=AffectedOut,
    )
    def post(self, request: Request, clinic_id: UUID) -> Response:
        """Counts only; nothing is changed."""
        clinic = access_closing(clinic_id, by=actor_in(request))
        said = _said(request)
        decision = CapacityRestriction(
            clinic=clinic,
            care_id=said["care"],
            begins_at=said["begins_at"],
            ends_at=said["ends_at"],
        )
        return Response(AffectedOut(affected_by(decision, now=timezone.now())).data)


class LiftView(RetriableView):
    """A decision taken back."""

    @extend_schema(
        summary="Open a closed clinic again",
        parameters=[IDEMPOTENCY_KEY],
        request=None,
        responses=RestrictionOut,
    )
    def post(self, request: Request, restriction_id: UUID) -> Response:
        """What it withdrew and lies ahead is open again."""
        actor = actor_in(request)

        def work() -> Answer:
            lift(by=actor, restriction_id=restriction_id, now=timezone.now())
            row = CapacityRestriction.objects.get(id=restriction_id)
            return Answer(200, _json(RestrictionOut(row).data))

        return self.once(request, work)


class RebookingsView(APIView):
    """The region's tasks."""

    permission_classes = ()

    @extend_schema(summary="Those who must get another place", responses=TaskOut(many=True))
    def get(self, request: Request) -> Response:
        """Postponed by a serious event first, then highest need, then longest wait."""
        actor = access_permission(actor_in(request), Permission.REROUTE)
        found = to_rebook(by=actor)
        log_accesses(
            [one.task.booking.patient for one in found],
            by=actor,
            purpose="rebooking",
            now=timezone.now(),
        )
        return Response(TaskOut([_task(one) for one in found], many=True).data)


class RebookView(RetriableView):
    """Another place for one of them."""

    @extend_schema(
        summary="Move a patient to another place",
        parameters=[IDEMPOTENCY_KEY],
        request=PlaceIn,
        responses={200: BookingOut},
    )
    def post(self, request: Request, task_id: UUID) -> Response:
        """The new place is booked and the old one ends in one transaction, or nothing changes.

        Two times that are given together are moved together, until the first visit has begun, unless the
        other one is to be kept and the new place goes with it.
        """
        actor = access_permission(actor_in(request), Permission.REROUTE)
        place = NewPlace(**read_body(PlaceIn, request.data))

        def work() -> Answer:
            now = timezone.now()
            new = rebook(by=actor, task_id=task_id, place=place, now=now)
            booking = access_booking(new.id, by=actor, purpose="rebooking", now=now)
            return Answer(200, booking_out(booking, lapsed=False))

        return self.once(request, work)


def _said(request: Request) -> dict[str, Any]:
    said = read_body(ClosureIn, request.data)
    care = said.get("care")
    return said | {
        "care": care.code if care else None,
        "reason": RestrictionReason(said["reason"]),
    }


def _json(data: Any) -> dict[str, Any]:
    """Ids as text, so that the answer can be kept for a retry."""
    return {name: str(value) if isinstance(value, UUID) else value for name, value in data.items()}


def _task(one: ToRebook) -> dict[str, Any]:
    task, booking = one.task, one.task.booking
    decision = task.restriction or task.event
    assert decision is not None
    return {
        "id": task.id,
        "booking": booking.id,
        "referral": booking.referral_id,
        "care": booking.care_id,
        "clinic": booking.claim.slot.clinic_id,
        "starts_at": booking.claim.slot.starts_at,
        "need": booking.referral.priority,
        "waiting_since": one.waiting_since,
        "next_on": task.next_on,
        "decision_reference": decision.decision_reference,
        "postponed": task.event_id is not None,
    }
