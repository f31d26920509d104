"""Places at short notice: consent, what one is asked, yes and no."""

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
from accounts.api import IDEMPOTENCY_KEY, RequestThrottle, RetriableView, actor_in, read_body
from accounts.roles import Permission
from brokering.access import access_invitation
from brokering.actions.invitations import (
    InvitationOver,
    accept_invitation,
    decline_invitation,
)
from brokering.actions.short_notice import NOTICE_MOST, Manage, consent, end_consent
from brokering.api.shapes import ConfirmIn, ProblemOut, version_read, with_alternatives
from brokering.errors import TOO_LATE
from brokering.matching.readiness import checklist
from brokering.models import Invitation, ShortNotice
from brokering.selectors.instead import instead_of
from brokering.selectors.invitations import my_invitations
from brokering.selectors.own_needs import own_needs
from brokering.selectors.short_notice import MyConsent, consents_of

REFUSED = dict.fromkeys((400, 401, 403, 404, 409, 422, 429), ProblemOut)
PRIVATE = {"Cache-Control": "private, no-store"}


class ReadyIn(serializers.Serializer):
    """What somebody can manage. No diagnosis: only what is on the list."""

    notice_hours = serializers.IntegerField(
        min_value=1, max_value=NOTICE_MOST, help_text="How long beforehand they must know."
    )
    ready = serializers.MultipleChoiceField(choices=list(checklist()), required=False, default=set)
    late_evenings = serializers.BooleanField(
        default=False, help_text="They may be told later in the evening than others."
    )


class ShortNoticeIn(ReadyIn):
    """The same of somebody who waits, for which need, and how far they would go."""

    referral = serializers.UUIDField()
    max_distance_km = serializers.IntegerField(
        min_value=1, max_value=2500, required=False, allow_null=True, default=None
    )


class EndIn(serializers.Serializer):
    """For which need nobody shall be asked any longer."""

    referral = serializers.UUIDField()


class ShortNoticeOut(serializers.Serializer):
    """A consent in force. Nobody is asked as long as anything is missing."""

    referral = serializers.UUIDField()
    notice_hours = serializers.IntegerField()
    max_distance_km = serializers.IntegerField(allow_null=True)
    ready = serializers.ListField(child=serializers.CharField())
    missing = serializers.ListField(child=serializers.CharField())
    late_evenings = serializers.BooleanField()
    consented_at = serializers.DateTimeField()


class ConsentsOut(serializers.Serializer):
    """One for each need for which there is a consent."""

    items = ShortNoticeOut(many=True)


class ConsentEndedOut(serializers.Serializer):
    """The need for which the consent was taken back."""

    referral = serializers.UUIDField()


class InvitationOut(serializers.Serializer):
    """A question about a freed place: several are asked at once, the first yes has it."""

    id = serializers.UUIDField()
    referral = serializers.UUIDField()
    slot = serializers.UUIDField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    clinic = serializers.CharField()
    municipality = serializers.CharField()
    answer_by = serializers.DateTimeField()
    if_accepted = serializers.CharField(help_text="`booked`: the first yes is booked at once.")
    if_declined = serializers.CharField(
        help_text="`nothing_changes`: queue place and guarantee stay as they are."
    )


class InvitationsOut(serializers.Serializer):
    """What can be answered now."""

    items = InvitationOut(many=True)


class AnsweredOut(serializers.Serializer):
    """What the answer led to; `booking` is null after a no."""

    invitation = serializers.UUIDField()
    booking = serializers.UUIDField(allow_null=True)


class ShortNoticeView(RetriableView):
    """The consents of the patient who asks."""

    throttle_classes = (RequestThrottle,)
    throttle_scope = "write"

    @extend_schema(summary="List consents", responses={200: ConsentsOut, **REFUSED})
    def get(self, request: Request) -> Response:
        """Own needs for which one is asked at short notice."""
        actor = access_permission(actor_in(request), Permission.BOOK_FOR_SELF)
        found = consents_of([need.id for need in own_needs(actor)])
        return Response({"items": [_consent_out(one) for one in found.values()]}, headers=PRIVATE)

    @extend_schema(
        summary="Consent to short notice",
        parameters=[IDEMPOTENCY_KEY],
        request=ShortNoticeIn,
        responses={201: ShortNoticeOut, **REFUSED},
    )
    def post(self, request: Request) -> Response:
        """The patient, or a vårdlots who has been told so; what was said before ends."""
        actor = actor_in(request)
        said = read_body(ShortNoticeIn, request.data)
        manage = Manage(
            notice_hours=said["notice_hours"],
            max_distance_km=said["max_distance_km"],
            ready=frozenset(said["ready"]),
            late_evenings=said["late_evenings"],
        )

        def work() -> Answer:
            row: ShortNotice = consent(
                by=actor, referral_id=said["referral"], said=manage, now=timezone.now()
            )
            return Answer(201, _consent_out(consents_of([row.referral_id])[row.referral_id]))

        return self.once(request, work)


class EndShortNoticeView(RetriableView):
    """Take a consent back."""

    @extend_schema(
        summary="End a consent",
        parameters=[IDEMPOTENCY_KEY],
        request=EndIn,
        responses={200: ConsentEndedOut, **REFUSED},
    )
    def post(self, request: Request) -> Response:
        """Nobody asks from now on; 404 where there is no consent."""
        actor, said = actor_in(request), read_body(EndIn, request.data)

        def work() -> Answer:
            end_consent(by=actor, referral_id=said["referral"], now=timezone.now())
            return Answer(200, {"referral": str(said["referral"])})

        return self.once(request, work)


class InvitationsView(APIView):
    """What the patient who asks can answer now."""

    permission_classes = ()

    @extend_schema(summary="List invitations", responses={200: InvitationsOut, **REFUSED})
    def get(self, request: Request) -> Response:
        """The place that begins first before the others."""
        actor = access_permission(actor_in(request), Permission.BOOK_FOR_SELF)
        found = my_invitations(actor, now=timezone.now())
        return Response({"items": [_invitation_out(one) for one in found]}, headers=PRIVATE)


class AcceptInvitationView(RetriableView):
    """Say yes."""

    @extend_schema(
        summary="Accept an invitation",
        parameters=[IDEMPOTENCY_KEY],
        request=ConfirmIn,
        responses={200: AnsweredOut, **REFUSED},
    )
    def post(self, request: Request, invitation_id: UUID) -> Response:
        """409 `invitation_over`, with the nearest alternatives: somebody was first, or the time is out."""
        actor, version = actor_in(request), version_read(read_body(ConfirmIn, request.data))

        def work() -> Answer:
            now = timezone.now()
            try:
                booking = accept_invitation(
                    by=actor,
                    invitation_id=invitation_id,
                    now=now,
                    consequence_version=version,
                )
            except (InvitationOver, *TOO_LATE) as late:
                lost = access_invitation(invitation_id, by=actor, now=now)
                others = instead_of(lost.batch.slot_id, lost.referral, now=now)
                raise with_alternatives(late, others) from late
            return Answer(200, {"invitation": str(invitation_id), "booking": str(booking.id)})

        return self.once(request, work)


class DeclineInvitationView(RetriableView):
    """Say no."""

    @extend_schema(
        summary="Decline an invitation",
        parameters=[IDEMPOTENCY_KEY],
        request=None,
        responses={200: AnsweredOut, **REFUSED},
    )
    def post(self, request: Request, invitation_id: UUID) -> Response:
        """Nothing changes for the person."""
        actor = actor_in(request)

        def work() -> Answer:
            decline_invitation(by=actor, invitation_id=invitation_id, now=timezone.now())
            return Answer(200, {"invitation": str(invitation_id), "booking": None})

        return self.once(request, work)


def _consent_out(mine: MyConsent) -> dict[str, Any]:
    row = mine.row
    return {
        "referral": str(row.referral_id),
        "notice_hours": row.notice_hours,
        "max_distance_km": row.max_distance_km,
        "ready": list(row.ready),
        "missing": list(mine.missing),
        "late_evenings": row.late_evenings,
        "consented_at": row.consented_at.isoformat(),
    }


def _invitation_out(one: Invitation) -> dict[str, Any]:
    slot = one.batch.slot
    return {
        "id": str(one.id),
        "referral": str(one.referral_id),
        "slot": str(slot.id),
        "starts_at": slot.starts_at.isoformat(),
        "ends_at": slot.ends_at.isoformat(),
        "clinic": slot.clinic.name,
        "municipality": slot.clinic.municipality.name,
        "answer_by": one.batch.answer_by.isoformat(),
        "if_accepted": "booked",
        "if_declined": "nothing_changes",
    }
