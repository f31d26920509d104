"""REST of the register of referral rules: public to read."""

from datetime import date, datetime, time
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, OpenApiTypes, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.errors import Invalid
from contracts.selectors.rules import completeness_in_force, rules_in_force
from providers.models import Care, Region
from providers.patterns import SWEDEN

FIRST, LAST = date(1900, 1, 1), date(9999, 12, 30)
"""Days between which a moment fits in every time zone."""


class RuleOut(serializers.Serializer):
    """One rule; a condition that is null (or an empty list) does not narrow it."""

    region = serializers.CharField(help_text="Länskod.")
    care = serializers.CharField()
    form = serializers.CharField(allow_null=True, help_text="open, inpatient or null.")
    age_min = serializers.IntegerField(allow_null=True, help_text="Completed years, inclusive.")
    age_max = serializers.IntegerField(allow_null=True, help_text="Completed years, inclusive.")
    regime = serializers.CharField(allow_null=True)
    site = serializers.CharField(allow_null=True)
    accepted_issuers = serializers.ListField(child=serializers.CharField())
    extra_requirements = serializers.ListField(child=serializers.CharField())
    required = serializers.BooleanField(  # type: ignore[assignment]  # a column of this name
        help_text="False is an explicit exemption."
    )
    immediate_care_exempt = serializers.BooleanField()
    valid_from = serializers.DateField()
    valid_to = serializers.DateField(allow_null=True, help_text="Last day in force.")
    source = serializers.CharField()  # type: ignore[assignment]  # a column of this name
    checked = serializers.DateField()
    unconfirmed = serializers.BooleanField(help_text="Nobody has checked it for a year.")
    confidence = serializers.CharField()
    text_sv = serializers.CharField()


class RulesOut(serializers.Serializer):
    """The rules in force on a day, and the regions for which no row means no requirement."""

    on = serializers.DateField()
    known_on = serializers.DateField(allow_null=True)
    rules = RuleOut(many=True)
    complete = serializers.ListField(
        child=serializers.CharField(),
        help_text="Regions whose rows are declared complete that day. Elsewhere, no row means unknown.",
    )


class ReferralRules(APIView):
    """Referral rules in force."""

    permission_classes = ()

    @extend_schema(
        summary="Referral rules in force on a day",
        parameters=[
            OpenApiParameter("region", description="Länskod; all regions without it."),
            OpenApiParameter("care", description="Code of the care catalogue; all without it."),
            OpenApiParameter("on", OpenApiTypes.DATE, description="The day; today without it."),
            OpenApiParameter(
                "known_on",
                OpenApiTypes.DATE,
                description="As the register knew it at the end of this day; as it knows now without it.",
            ),
        ],
        responses=RulesOut,
    )
    def get(self, request: Request) -> Response:
        """What the regions require, as data; errors are problem documents."""
        asked = _asked(request)
        known_on = asked.pop("known_on")
        at = None if known_on is None else _end_of(known_on)
        rules = rules_in_force(**asked, known_at=at)
        declared = completeness_in_force(on=asked["on"], known_at=at)
        complete = {one.region for one in declared if asked["region"] in (None, one.region)}
        return Response(
            {
                "on": asked["on"],
                "known_on": known_on,
                "rules": [_rule(rule, asked["on"]) for rule in rules],
                "complete": sorted(complete),
            }
        )


def _asked(request: Request) -> dict[str, Any]:
    """What the address asks for; raises Invalid with an error for each wrong field."""
    given = request.query_params
    faults: dict[str, list[str]] = {}
    days = {name: _day(given.get(name), name, faults) for name in ("on", "known_on")}
    codes = {name: given.get(name) or None for name in ("region", "care")}
    for name, model in (("region", Region), ("care", Care)):
        code = codes[name] or ""
        if code and ("\0" in code or not model.objects.filter(code=code).exists()):
            faults[name] = ["There is no such code."]
    if faults:
        raise Invalid(fields=faults)
    return {**codes, "on": days["on"] or timezone.localdate(), "known_on": days["known_on"]}


def _day(text: str | None, name: str, faults: dict[str, list[str]]) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        faults[name] = ["Write the day as YYYY-MM-DD."]
        return None


def _end_of(day: date) -> datetime:
    """The last moment of a Swedish civil day."""
    return datetime.combine(min(max(day, FIRST), LAST), time.max, tzinfo=SWEDEN)


def _rule(rule: Any, on: date) -> dict[str, Any]:
    names = [str(name) for name in RuleOut().fields if name != "unconfirmed"]
    shown = {name: getattr(rule, name) for name in names}
    lists = {name: sorted(shown[name]) for name in ("accepted_issuers", "extra_requirements")}
    return shown | lists | {"unconfirmed": rule.unconfirmed(on)}
