"""Questions to a home region or a clinic whether a place is approved: listed and answered."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import access_permission
from accounts.actions.outcomes import Answer
from accounts.actions.trail import log_accesses
from accounts.api import IDEMPOTENCY_KEY, RetriableView, actor_in, read_body
from accounts.errors import Invalid, NotFound
from accounts.roles import Permission
from accounts.tenancy import Actor
from brokering.access import access_approval, access_referral
from brokering.actions.approvals import ask, grant, refuse
from brokering.actions.clinic_approvals import approve
from brokering.actions.referrals import Wish
from brokering.api.bookings import REFUSED
from brokering.forms import CONSEQUENCE_VERSION
from brokering.law.facts import Route
from brokering.models import Approval
from brokering.selectors.approvals import question_of, to_approve
from brokering.tasks import rematch_when_committed
from providers.models import Slot


class ApprovalOut(serializers.Serializer):
    """One question; `owner` is set once the answer is late."""

    id = serializers.UUIDField()
    asked = serializers.ChoiceField(choices=Approval.Asked.choices)
    state = serializers.CharField()
    booking = serializers.UUIDField(source="booking_id")
    referral = serializers.UUIDField(source="booking.referral_id")
    care = serializers.CharField(source="booking.care_id")
    clinic = serializers.UUIDField(source="booking.claim.slot.clinic_id")
    starts_at = serializers.DateTimeField(source="booking.claim.slot.starts_at")
    held_until = serializers.DateTimeField(source="booking.claim.held_until", allow_null=True)
    asked_at = serializers.DateTimeField()
    answer_by = serializers.DateTimeField()
    reminded_at = serializers.DateTimeField(
        allow_null=True, help_text="Set once `answer_by` is near."
    )
    escalated_at = serializers.DateTimeField(allow_null=True)
    owner = serializers.UUIDField(source="owner_id", allow_null=True)
    reason = serializers.CharField()


class AskIn(serializers.Serializer):
    """The place that a patient wants once the home region has approved the need."""

    slot = serializers.UUIDField()
    referral = serializers.UUIDField(help_text="The patient's own need.")
    lot = serializers.UUIDField(help_text="Lot of the agreement under which the place is used.")
    route = serializers.ChoiceField(
        choices=[(route.value, route.value) for route in Route],
        default=Route.INPATIENT_CHOICE.value,
        help_text="On which route of law; only one that opens with an approval can be asked about.",
    )
    consequence_version = serializers.ChoiceField(
        choices=[CONSEQUENCE_VERSION],
        required=False,
        default="",
        help_text="Version of the consequence text that the patient has seen.",
    )


class GrantIn(serializers.Serializer):
    """The last day for which the region promises to pay; a clinic promises nothing."""

    valid_to = serializers.DateField(required=False, help_text="Required of a region.")


class RefuseIn(serializers.Serializer):
    """Why not."""

    reason = serializers.ChoiceField(choices=Approval.Reason.choices)


class ApprovalsView(RetriableView):
    """The region's or the clinic's questions; a patient asks one."""

    @extend_schema(
        summary="Questions that wait for the region or the clinic", responses=ApprovalOut(many=True)
    )
    def get(self, request: Request) -> Response:
        """The one that is due first on top; reads are logged."""
        actor = access_permission(actor_in(request), Permission.REROUTE, Permission.SEE_ADDRESSED)
        found = to_approve(by=actor)
        patients = [one.booking.patient for one in found]
        log_accesses(patients, by=actor, purpose="approval", now=timezone.now())
        return Response(ApprovalOut(found, many=True).data)

    @extend_schema(
        summary="Hold a place and ask the home region to approve the need",
        parameters=[IDEMPOTENCY_KEY],
        request=AskIn,
        responses={201: ApprovalOut, **REFUSED},
    )
    def post(self, request: Request) -> Response:
        """201 with the question; the place is held until a little after `answer_by`.

        409 `not_bookable` where the law says no, `wrong_state` where no approval is needed.
        """
        actor = access_permission(actor_in(request), Permission.BOOK_FOR_SELF)
        said = read_body(AskIn, request.data)
        return self.once(request, lambda: _asked(actor, said))


class GrantView(RetriableView):
    """Yes."""

    @extend_schema(
        summary="Approve: a region the need, which it promises to pay; a clinic the treatment",
        parameters=[IDEMPOTENCY_KEY],
        request=GrantIn,
        responses={200: ApprovalOut, **REFUSED},
    )
    def post(self, request: Request, approval_id: UUID) -> Response:
        """Law and terms are decided again; 409 `not_bookable` where they say no after all."""
        actor = access_permission(actor_in(request), Permission.REROUTE, Permission.SEE_ADDRESSED)
        said = read_body(GrantIn, request.data)

        def work(found: Approval, now: datetime) -> None:
            if found.asked == Approval.Asked.CLINIC:
                approve(by=actor, approval=found, now=now)
            elif "valid_to" in said:
                grant(by=actor, approval=found, valid_to=said["valid_to"], now=now)
            else:
                raise Invalid(field="valid_to")

        return self.once(request, _on_question(actor, approval_id, work))


class RefuseView(RetriableView):
    """No."""

    @extend_schema(
        summary="Refuse to approve",
        parameters=[IDEMPOTENCY_KEY],
        request=RefuseIn,
        responses={200: ApprovalOut, **REFUSED},
    )
    def post(self, request: Request, approval_id: UUID) -> Response:
        """The place is free at once, and the patient is told why. 422 for a reason of the other party's."""
        actor = access_permission(actor_in(request), Permission.REROUTE, Permission.SEE_ADDRESSED)
        said = read_body(RefuseIn, request.data)

        def work(found: Approval, now: datetime) -> None:
            refuse(by=actor, approval=found, reason=said["reason"], now=now)
            rematch_when_committed()

        return self.once(request, _on_question(actor, approval_id, work))


def _asked(actor: Actor, said: dict[str, Any]) -> Answer:
    now = timezone.now()
    need = access_referral(said["referral"], by=actor, purpose="hold", now=now)
    if not Slot.objects.filter(id=said["slot"]).exists():
        raise NotFound
    wish = Wish(
        slot=said["slot"],
        lot=said["lot"],
        route=Route(said["route"]),
        held_until=now,
        consequence_version=said["consequence_version"],
    )
    asked = ask(by=actor, referral=need, wish=wish, now=now)
    return Answer(201, _plain(question_of(asked.booking_id)))


def _plain(question: Approval | None) -> dict[str, Any]:
    done = ApprovalOut(question).data
    return {name: str(one) if isinstance(one, UUID) else one for name, one in done.items()}


def _on_question(
    actor: Actor, approval_id: UUID, work: Callable[[Approval, datetime], None]
) -> Callable[[], Answer]:
    def carried_out() -> Answer:
        now = timezone.now()
        found = access_approval(approval_id, by=actor, now=now)
        work(found, now)
        # After a no a clinic sees nothing of the patient any longer.
        found.booking.claim.refresh_from_db(fields=["held_until"])
        return Answer(200, _plain(found))

    return carried_out
