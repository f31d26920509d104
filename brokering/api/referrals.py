"""Write a remiss, decide to treat, say that a date cannot be met, say who came."""

import json
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import access_permission
from accounts.actions.outcomes import Answer
from accounts.actions.trail import log_accesses
from accounts.api import IDEMPOTENCY_KEY, RequestThrottle, RetriableView, actor_in, read_body
from accounts.identity import keyed_hash
from accounts.roles import Permission
from brokering.access import access_booking, access_receiving_clinic
from brokering.actions.registration import (
    Follows,
    Need,
    Remiss,
    TreatmentDecision,
    register_decision,
    register_remiss,
)
from brokering.actions.reroutes import Foreseen
from brokering.actions.statements import say_whether_date_is_met
from brokering.actions.visits import report_visit
from brokering.api.shapes import ProblemOut
from brokering.forms import EXTRAS, ISSUERS
from brokering.forms.referrals import DAYS_BETWEEN, NUMBER, plain_number
from brokering.notes import Evidence
from brokering.selectors.clocks import clocks_of
from brokering.selectors.places import swedish_day
from brokering.selectors.referred import referred_by, with_times
from brokering.selectors.worklist import Waiting, cannot_be_met, waiting_at

PAGE = 100
REFUSED = dict.fromkeys((400, 401, 403, 404, 409, 422, 429), ProblemOut)


class NeedIn(serializers.Serializer):
    """What a clinician says of the need."""

    priority = serializers.IntegerField(
        min_value=1, max_value=4, help_text="Need class, 1 is highest."
    )
    medical_target_on = serializers.DateField(
        required=False, allow_null=True, default=None, help_text="The clinician's own last day."
    )


class FollowsIn(serializers.Serializer):
    """A treatment that is reserved together with the visit, at the same clinic and after it."""

    care = serializers.CharField(help_text="Code of the treatment in the catalogue.")
    days = serializers.IntegerField(
        required=False,
        allow_null=True,
        default=None,
        min_value=0,
        max_value=DAYS_BETWEEN,
        help_text="Whole days that must lie between the two; null: only after it.",
    )


class RemissIn(NeedIn):
    """A remiss. The patient must be one of the region that the writer works for."""

    patient_number = serializers.RegexField(
        NUMBER, help_text="Personal identity number, twelve characters. Looked up, never kept."
    )
    care = serializers.CharField(help_text="Code of the care in the catalogue.")
    clinic = serializers.UUIDField(help_text="The clinic that is to receive the patient.")
    issued_on = serializers.DateField(help_text="The visit guarantee counts from this day.")
    issuer = serializers.ChoiceField(choices=[(code, str(words)) for code, words in ISSUERS])
    extras = serializers.MultipleChoiceField(choices=EXTRAS, required=False, default=set)
    decided_on = serializers.DateField(
        required=False,
        allow_null=True,
        default=None,
        help_text="Day of the decision to treat, for a treatment that is decided already.",
    )
    follows = FollowsIn(
        required=False,
        allow_null=True,
        default=None,
        help_text="What is only given together with it; a second need then waits for that.",
    )


class TreatmentDecisionIn(NeedIn):
    """The clinic's decision to give a treatment."""

    care = serializers.CharField(help_text="Code of the treatment in the catalogue.")
    decided_on = serializers.DateField(help_text="The treatment guarantee counts from this day.")


class DateIn(serializers.Serializer):
    """Whether the clinic can meet the date."""

    can = serializers.BooleanField()


class VisitIn(serializers.Serializer):
    """Whether the patient came."""

    came = serializers.BooleanField()
    evidence = serializers.ChoiceField(
        choices=[one.value for one in Evidence],
        required=False,
        help_text="How the home region knows it, of a visit that the clinic has not reported.",
    )


class RegisteredOut(serializers.Serializer):
    """A need that waits, by when care is due, and why the region already looks elsewhere."""

    referral = serializers.UUIDField()
    care = serializers.CharField()
    guarantee = serializers.ChoiceField(choices=["besok", "behandling", "none"])
    due = serializers.DateField(allow_null=True, help_text="Last day of the guarantee.")
    reroute = serializers.CharField(
        allow_null=True,
        help_text="Why a reroute case was opened by this request; null when none was.",
    )


class BookedOut(serializers.Serializer):
    """The time that a need has now."""

    booking = serializers.UUIDField(source="id")
    state = serializers.ChoiceField(choices=["held", "booked"])
    clinic = serializers.UUIDField(source="claim.slot.clinic_id")
    starts_at = serializers.DateTimeField(source="claim.slot.starts_at")


class ReferredOut(serializers.Serializer):
    """What became of a remiss. Who it is about stands on the unit's page only."""

    referral = serializers.UUIDField(source="referral.id")
    care = serializers.CharField(source="referral.care_id")
    state = serializers.ChoiceField(
        choices=["waiting", "offered", "booked"], source="referral.state"
    )
    issued_on = serializers.DateField(source="referral.issued_on")
    next_on = serializers.DateField(
        help_text="Day of the visit, or when the region looks at the need again at the latest."
    )
    booked = BookedOut(source="booking", allow_null=True)


class ReferredPageOut(serializers.Serializer):
    """A page of the unit's own remisses, the latest first."""

    items = ReferredOut(many=True)
    next = serializers.IntegerField(allow_null=True, help_text="Number of the next page.")


class ReceivedOut(serializers.Serializer):
    """A need that waits at the clinic without a time. Who it is stands on the clinic's page only."""

    referral = serializers.UUIDField()
    care = serializers.CharField()
    priority = serializers.IntegerField(allow_null=True)
    waiting_since = serializers.DateField()
    due = serializers.DateField(
        allow_null=True, help_text="Last day: the guarantee's or the clinician's."
    )
    days_left = serializers.IntegerField(allow_null=True)
    clinic_cannot = serializers.BooleanField()


class ReceivedPageOut(serializers.Serializer):
    """Everybody who waits at the clinic, highest need first."""

    items = ReceivedOut(many=True)


class VisitOut(serializers.Serializer):
    """How the booking stands after the report."""

    booking = serializers.UUIDField()
    state = serializers.ChoiceField(choices=["fulfilled", "missed"])


class ReferralsView(RetriableView):
    """Write a remiss; see what became of those that one's own unit wrote."""

    throttle_classes = (RequestThrottle,)
    throttle_scope = "write"

    def asked(self, request: Request) -> object:
        """A keyed hash of the whole body: the number may stand under a misspelt name too."""
        return keyed_hash(json.dumps(request.data, sort_keys=True))

    @extend_schema(
        summary="What became of the remisses that one's own unit issued",
        parameters=[OpenApiParameter("page", int, description="From 1.")],
        responses={200: ReferredPageOut, **REFUSED},
    )
    def get(self, request: Request) -> Response:
        """Those that are not closed, the latest first; the read is logged."""
        actor, now = (
            access_permission(actor_in(request), Permission.BOOK_FOR_PATIENT),
            timezone.now(),
        )
        page = Paginator(referred_by(actor), PAGE).get_page(request.query_params.get("page"))
        rows = with_times(list(page), now=now)
        patients = [row.referral.patient for row in rows]
        log_accesses(patients, by=actor, purpose="book_for_patient", now=now)
        found = {"items": rows, "next": page.next_page_number() if page.has_next() else None}
        return Response(ReferredPageOut(found).data, headers={"Cache-Control": "private, no-store"})

    @extend_schema(
        summary="Write a remiss to a clinic",
        parameters=[IDEMPOTENCY_KEY],
        request=RemissIn,
        responses={201: RegisteredOut, **REFUSED},
    )
    def post(self, request: Request) -> Response:
        """201; a forecast after the last day has opened a reroute case in the same transaction."""
        actor = access_permission(actor_in(request), Permission.REFER)
        said = read_body(RemissIn, request.data)
        number = plain_number(said.pop("patient_number"))
        remiss = _remiss(number, said)

        def work() -> Answer:
            return _registered(register_remiss(by=actor, remiss=remiss, now=timezone.now()), 201)

        return self.once(request, work)


class TreatmentDecisionView(RetriableView):
    """Decide to treat."""

    @extend_schema(
        summary="Register the decision to treat",
        parameters=[IDEMPOTENCY_KEY],
        request=TreatmentDecisionIn,
        responses={201: RegisteredOut, **REFUSED},
    )
    def post(self, request: Request, referral_id: UUID) -> Response:
        """201 with the need that now waits for the treatment: this one, or a new one on the same remiss."""
        actor = access_permission(actor_in(request), Permission.SEE_ADDRESSED)
        said = read_body(TreatmentDecisionIn, request.data)
        decision = TreatmentDecision(
            care=said["care"], decided_on=said["decided_on"], need=_need(said)
        )

        def work() -> Answer:
            now = timezone.now()
            done = register_decision(by=actor, referral_id=referral_id, decision=decision, now=now)
            return _registered(done, 201)

        return self.once(request, work)


class DateView(RetriableView):
    """The clinic's word on whether it can meet the date."""

    @extend_schema(
        summary="Say that the clinic cannot meet the date, or can after all",
        parameters=[IDEMPOTENCY_KEY],
        request=DateIn,
        responses={200: RegisteredOut, **REFUSED},
    )
    def post(self, request: Request, referral_id: UUID) -> Response:
        """The home region has its reroute case in the same transaction."""
        actor = access_permission(actor_in(request), Permission.SEE_ADDRESSED)
        can = read_body(DateIn, request.data)["can"]

        def work() -> Answer:
            now = timezone.now()
            done = say_whether_date_is_met(by=actor, referral_id=referral_id, can=can, now=now)
            return _registered(done, 200)

        return self.once(request, work)


class ReceivedView(APIView):
    """Who waits at a clinic."""

    permission_classes = ()

    @extend_schema(
        summary="Needs that wait at a clinic without a time",
        responses={200: ReceivedPageOut, **REFUSED},
    )
    def get(self, request: Request, clinic_id: UUID) -> Response:
        """Highest need first, then fewest days left; the read is logged."""
        actor, now = access_permission(actor_in(request), Permission.SEE_ADDRESSED), timezone.now()
        found = waiting_at(access_receiving_clinic(clinic_id, by=actor), now=now)
        needs = [one.referral for one in found]
        log_accesses([need.patient for need in needs], by=actor, purpose="received", now=now)
        refused = cannot_be_met(needs)
        items = [_received(one, cannot=one.referral.id in refused) for one in found]
        return Response({"items": items}, headers={"Cache-Control": "private, no-store"})


class VisitView(RetriableView):
    """Whether the patient came."""

    @extend_schema(
        summary="Report that a visit took place, or that the patient did not come",
        parameters=[IDEMPOTENCY_KEY],
        request=VisitIn,
        responses={200: VisitOut, **REFUSED},
    )
    def post(self, request: Request, booking_id: UUID) -> Response:
        """After the start only; corrected the same day by reporting again.

        By the clinic; by the home region, with evidence, where the clinic has been silent for days.
        """
        actor = actor_in(request)
        is_clinic = actor.tenants_where(Permission.SEE_ADDRESSED)
        access_permission(actor, Permission.SEE_ADDRESSED if is_clinic else Permission.REROUTE)
        said = read_body(VisitIn, request.data)
        evidence = Evidence(said["evidence"]) if "evidence" in said else None

        def work() -> Answer:
            now = timezone.now()
            booking = access_booking(booking_id, by=actor, purpose="visits", now=now)
            report_visit(by=actor, booking=booking, came=said["came"], now=now, evidence=evidence)
            return Answer(200, {"booking": str(booking.id), "state": booking.state})

        return self.once(request, work)


def _remiss(number: str, said: dict[str, Any]) -> Remiss:
    return Remiss(
        number=number,
        care=said["care"],
        clinic=said["clinic"],
        issued_on=said["issued_on"],
        issuer=said["issuer"],
        extras=frozenset(said["extras"]),
        decided_on=said["decided_on"],
        need=_need(said),
        follows=Follows(**said["follows"]) if said["follows"] else None,
    )


def _need(said: dict[str, Any]) -> Need:
    return Need(priority=said["priority"], target_on=said["medical_target_on"])


def _registered(done: Foreseen, status: int) -> Answer:
    need = done.referral
    clock = clocks_of([need], on=swedish_day(timezone.now()))[need.id]
    body = {
        "referral": str(need.id),
        "care": need.care_id,
        "guarantee": need.guarantee,
        "due": clock.due.isoformat() if clock and clock.due else None,
        "reroute": done.case.trigger if done.case else None,
    }
    return Answer(status, body)


def _received(one: Waiting, *, cannot: bool) -> dict[str, Any]:
    return {
        "referral": str(one.referral.id),
        "care": one.referral.care_id,
        "priority": one.referral.priority,
        "waiting_since": one.waiting_since.isoformat(),
        "due": one.deadline.on.isoformat() if one.deadline else None,
        "days_left": one.days_left,
        "clinic_cannot": cannot,
    }
