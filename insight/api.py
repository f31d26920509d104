"""REST: why a clinic's times are not seen, what its queue can expect; plans; the deviation ledger."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.actions.outcomes import Answer
from accounts.api import IDEMPOTENCY_KEY, RequestThrottle, RetriableView, actor_in, read_body
from accounts.errors import Invalid, NotFound
from accounts.templatetags.wording import worded
from brokering.actions.bypasses import settle
from brokering.api.shapes import ProblemOut, outlook_out
from brokering.matching.bypasses import codes, settling
from insight.access import access_figures, access_ledger, access_planning, ledger_tenants
from insight.forms import KindForm, LedgerForm, PlanForm
from insight.planning import Served
from insight.selectors.bypasses import Line as BypassLine
from insight.selectors.bypasses import ledger_of, unexplained
from insight.selectors.forecasts import Record, lines_of, record
from insight.selectors.planning import Gain, plan_of
from insight.selectors.planning import Line as PlanLine
from insight.selectors.visibility import Remedy, Seen, Why, seen_week
from insight.templatetags.seen import remedy_in_words, why_in_words
from providers.api.capacity import WeekField
from providers.models import Clinic
from providers.selectors.clinics import cares_of

PRIVATE = {"Cache-Control": "private, no-store"}
ASKED = (
    OpenApiParameter("week", required=True, description="ISO week, as `2027-W14`."),
    OpenApiParameter("home_region", description="Länskod of the one who seeks."),
    OpenApiParameter("age", OpenApiTypes.INT, description="Completed years."),
    OpenApiParameter("referral", description="`no` if there is no remiss; `yes` otherwise."),
)


class SeenOut(serializers.Serializer):
    """One time, as that kind of person meets it."""

    slot = serializers.UUIDField()
    starts_at = serializers.DateTimeField()
    care = serializers.CharField()
    shown = serializers.BooleanField(help_text="Whether search shows it.")
    bookable = serializers.CharField(help_text="`yes`, `no`, `approval` or `unknown`.")
    why = serializers.ChoiceField(
        choices=[one.value for one in Why], help_text="The first reason; empty where there is none."
    )
    code = serializers.CharField(help_text="Code or reference within the reason; may be empty.")
    why_text = serializers.CharField()
    until = serializers.DateTimeField(
        allow_null=True, help_text="When a hold ends, or the time opens to everyone."
    )
    remedy = serializers.ChoiceField(choices=[one.value for one in Remedy])
    remedy_text = serializers.CharField()


class SeenWeekOut(serializers.Serializer):
    """A clinic's week."""

    week = WeekField()
    shown = serializers.IntegerField()
    bookable = serializers.IntegerField()
    times = SeenOut(many=True)


class VisibilityView(APIView):
    """Why a clinic's times are not seen or cannot be booked."""

    permission_classes = ()

    @extend_schema(
        summary="Why times are not visible", parameters=list(ASKED), responses={200: SeenWeekOut}
    )
    def get(self, request: Request, clinic_id: UUID) -> Response:
        """Each time of the week for a kind of person; for the clinic's own people."""
        clinic = access_figures(clinic_id, by=actor_in(request))
        field = WeekField()
        try:
            monday = field.run_validation(request.query_params.get("week", ""))
        except serializers.ValidationError as error:
            raise Invalid(fields={"week": error.detail}) from error
        kind = KindForm(request.query_params).kind()
        seen = seen_week(clinic, monday, kind, now=timezone.now())
        body = {
            "week": field.to_representation(monday),
            "shown": seen.shown,
            "bookable": seen.bookable,
            "times": [seen_out(one) for one in seen.times],
        }
        return Response(body, headers={"Cache-Control": "private, no-store"})


def seen_out(seen: Seen) -> dict[str, Any]:
    """One time on the wire."""
    return {
        "slot": str(seen.place.slot),
        "starts_at": seen.place.starts_at.isoformat(),
        "care": seen.care,
        "shown": seen.shown,
        "bookable": seen.bookable.value,
        "why": seen.why.value,
        "code": seen.group[1],
        "why_text": why_in_words(seen),
        "until": seen.until and seen.until.isoformat(),
        "remedy": seen.remedy.value,
        "remedy_text": remedy_in_words(seen),
    }


class ForecastOut(serializers.Serializer):
    """What the queue for one care can expect, and how it has held."""

    care = serializers.CharField()
    expected_first_date = serializers.JSONField(
        allow_null=True,
        help_text="As in a hit of the search; null: unknown, the history is too short.",
    )
    record = serializers.JSONField(
        help_text="Of the last year's promises that have run out: `judged`, `earlier` than the interval, "
        "`held` within it, `later`; `calibration`, with the per cent promised and that came; the middle wait "
        "in days, `promised` and `waited`. Null where a number is too small to show, or unknown."
    )


class ForecastsOut(serializers.Serializer):
    """Every care of a clinic."""

    items = ForecastOut(many=True)


class ForecastsView(APIView):
    """What a clinic's queues can expect; open to everyone."""

    permission_classes = ()

    @extend_schema(summary="Expected first dates of a clinic", responses={200: ForecastsOut})
    def get(self, request: Request, clinic_id: UUID) -> Response:
        """Each care with its forecast, an interval of 80 %, and how earlier ones held."""
        clinic = Clinic.objects.filter(id=clinic_id).first()
        if clinic is None:
            raise NotFound
        on = timezone.localdate()
        items = [
            {
                "care": line.care.code,
                "expected_first_date": outlook_out(line.outlook),
                "record": record_out(record(clinic.id, line.care.code, on=on)),
            }
            for line in lines_of(clinic.id, cares_of(clinic), on=on)
        ]
        return Response({"items": items}, headers={"Cache-Control": "public, max-age=300"})


def record_out(found: Record) -> dict[str, Any]:
    """A record on the wire."""
    names = ("judged", "earlier", "held", "later", "promised", "waited")
    points = [{"promised": one.promised, "came": one.came} for one in found.points]
    return {**{name: getattr(found, name) for name in names}, "calibration": points}


class PlanOut(serializers.Serializer):
    """Need against capacity of a group of regions."""

    care = serializers.CharField()
    on = serializers.DateField()
    team_day = serializers.IntegerField(
        help_text="Places of a day at a clinic, in the middle; 0: unknown."
    )
    regions = serializers.JSONField(
        help_text="By region, and in `group` for all together: `weeks` with `monday`, `need` (people whose "
        "last day falls in it), `places`, `balance` until its end; `later`; `waiting`; `outlook`, in tens "
        "(`in_time`, `late`, `left` after 13 weeks, `days_waited`); `one_more_team_day`. Null: not shown, or "
        "unknown."
    )
    group = serializers.JSONField()
    apart = serializers.JSONField(help_text="The regions' outlooks added up; null: not shown.")


class PlanningView(APIView):
    """Need against capacity; for those who decide on capacity."""

    permission_classes = ()

    @extend_schema(
        summary="Need against capacity by region and week",
        parameters=[
            OpenApiParameter("care", required=True, description="Code of the care catalogue."),
            OpenApiParameter("region", required=True, description="Länskod; repeat it for more."),
        ],
        responses={200: PlanOut},
    )
    def get(self, request: Request) -> Response:
        """Thirteen weeks from this one; no small number of people is shown."""
        access_planning(actor_in(request))
        care, regions = PlanForm(request.query_params).asked()
        plan = plan_of(care, regions, now=timezone.now())
        mondays = [one.isoformat() for one in plan.mondays]
        body = {
            "care": care.code,
            "on": plan.on.isoformat(),
            "team_day": plan.team_day,
            "regions": [plan_line_out(line, mondays) for line in plan.lines],
            "group": plan_line_out(plan.group, mondays),
            "apart": plan.apart and served_out(plan.apart),
        }
        return Response(body, headers={"Cache-Control": "private, no-store"})


def plan_line_out(line: PlanLine, mondays: list[str]) -> dict[str, Any]:
    """A line of the plan on the wire."""
    return {
        "region": line.region and line.region.code,
        "weeks": [
            {"monday": monday, "need": one.need, "places": one.places, "balance": one.balance}
            for monday, one in zip(mondays, line.cells, strict=True)
        ],
        "later": line.later,
        "waiting": line.waiting,
        "places": line.places,
        "outlook": line.outlook and served_out(line.outlook),
        "one_more_team_day": line.saving and saving_out(line.saving, mondays),
    }


def served_out(found: Served) -> dict[str, int]:
    """An outlook on the wire."""
    counts = {name: getattr(found, name) for name in ("in_time", "late", "left")}
    return counts | {"days_waited": found.days}


def saving_out(found: Gain, mondays: list[str]) -> dict[str, Any]:
    """What a team-day saves, on the wire; people and days are null where the people are few."""
    return {
        "places": found.places,
        "monday": mondays[found.week],
        "more_in_time": found.in_time,
        "days_saved": found.days,
    }


class BypassOut(serializers.Serializer):
    """A place that went past somebody, for one reason. Counts of people below ten are null."""

    id = serializers.IntegerField()
    claim = serializers.UUIDField(help_text="What a reason is given for.")
    slot = serializers.UUIDField()
    clinic = serializers.UUIDField()
    care = serializers.CharField()
    given_at = serializers.DateTimeField()
    found_at = serializers.DateTimeField()
    code = serializers.CharField(help_text="`unexplained` until somebody has said why.")
    sentence = serializers.CharField()
    basis = serializers.CharField(help_text="The law behind the reason; `reading`: our own.")
    need_class = serializers.IntegerField(
        allow_null=True, help_text="Of whoever got it; null where no clinician has set one."
    )
    highest_passed = serializers.IntegerField(
        allow_null=True, help_text="Highest need class among the passed; null where they are few."
    )
    passed = serializers.IntegerField(allow_null=True)
    passed_with_greater_need = serializers.IntegerField(allow_null=True)
    passed_who_were_in_time = serializers.IntegerField(allow_null=True)


class BypassesOut(serializers.Serializer):
    """A page of the ledger, the latest first, and how many places there are by reason."""

    places = serializers.IntegerField()
    unexplained = serializers.IntegerField()
    by_code = serializers.DictField(child=serializers.IntegerField())
    items = BypassOut(many=True)
    next_cursor = serializers.CharField(allow_null=True, help_text="Send it as `cursor`.")


class BypassWhyIn(serializers.Serializer):
    """Why a place went past somebody, as a person says it."""

    code = serializers.ChoiceField(choices=[(code, code) for code in settling()])


class BypassWhyOut(serializers.Serializer):
    """The reason that stands now."""

    claim = serializers.UUIDField()
    code = serializers.CharField()
    sentence = serializers.CharField()


class BypassesView(APIView):
    """The deviation ledger."""

    permission_classes = ()

    @extend_schema(
        summary="Places that went past a greater need or a longer wait, and why",
        parameters=[
            OpenApiParameter("care", description="Code of the care catalogue."),
            OpenApiParameter("region", description="Länskod of some who were passed."),
            OpenApiParameter("week", description="ISO week, as `2027-W14`."),
            OpenApiParameter("code", description="Reason."),
            OpenApiParameter("cursor", description="`next_cursor` of the page before."),
        ],
        responses={200: BypassesOut},
    )
    def get(self, request: Request) -> Response:
        """What one's own regions answer for, 200 a page; nobody is named."""
        actor = access_ledger(actor_in(request))
        found = ledger_of(LedgerForm(request.query_params).asked(), tenants=ledger_tenants(actor))
        body = {
            "places": found.places,
            "unexplained": found.unexplained,
            "by_code": dict(found.by_code),
            "items": [bypass_out(line) for line in found.lines],
            "next_cursor": str(found.after) if found.after else None,
        }
        return Response(body, headers=PRIVATE)


class BypassWhyView(RetriableView):
    """A reason for what the ledger could not explain."""

    throttle_classes = (RequestThrottle,)
    throttle_scope = "write"

    @extend_schema(
        summary="Say why a place went past somebody",
        parameters=[IDEMPOTENCY_KEY],
        request=BypassWhyIn,
        responses={200: BypassWhyOut, **dict.fromkeys((401, 403, 404, 409, 422), ProblemOut)},
    )
    def post(self, request: Request, claim_id: UUID) -> Response:
        """By whoever runs rounds in a region that answers for any of the needs; 422 where it is said."""
        actor, said = access_ledger(actor_in(request)), read_body(BypassWhyIn, request.data)

        def work() -> Answer:
            found = unexplained(claim_id)
            if found is None:
                raise NotFound
            settle(by=actor, bypass=found, code=said["code"], now=timezone.now())
            told = {"claim": str(claim_id), "code": said["code"]}
            return Answer(200, told | {"sentence": worded(said["code"], "bypass")})

        return self.once(request, work)


def bypass_out(line: BypassLine) -> dict[str, Any]:
    """A line of the ledger on the wire."""
    row = line.row
    return {
        "id": row.id,
        "claim": str(row.claim_id),
        "slot": str(row.claim.slot_id),
        "clinic": str(line.clinic.id),
        "care": row.care_id,
        "given_at": row.given_at.isoformat(),
        "found_at": row.found_at.isoformat(),
        "code": line.code,
        "sentence": worded(line.code, "bypass"),
        "basis": codes()[line.code],
        "need_class": row.need_class,
        "highest_passed": line.highest,
        "passed": line.passed,
        "passed_with_greater_need": line.higher,
        "passed_who_were_in_time": line.in_time,
    }
