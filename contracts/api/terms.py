"""REST: may this region use this clinic for this care that day, and on what terms. Public to read."""

from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, OpenApiTypes, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.errors import Invalid
from contracts.selectors.usable import ROUTES, LotAnswer, TermsQuestion, terms_for
from contracts.terms import Price
from providers.models import Care, Clinic, Region

MOST_UNITS = 1_000_000


class PriceOut(serializers.Serializer):
    """What is agreed to be paid, in Swedish kronor without VAT, as text."""

    model = serializers.CharField()
    amount = serializers.CharField(allow_null=True, help_text="null: the list is not known here.")
    unit = serializers.CharField()
    subscription = serializers.CharField(allow_null=True, help_text="Kronor a year and region.")
    total = serializers.CharField(
        allow_null=True,
        help_text="What `units` cost one region in a year; null where it is not known.",
    )
    list = serializers.CharField()
    list_version = serializers.CharField()
    synthetic = serializers.BooleanField()


class CapLeftOut(serializers.Serializer):
    """What is left of a volume cap, or of the clinic's quota for another region, in the day's period."""

    region = serializers.CharField(allow_null=True, help_text="null counts everyone's patients.")
    is_quota = serializers.BooleanField()
    places = serializers.IntegerField()
    period = serializers.CharField()
    first_day = serializers.DateField()
    left = serializers.IntegerField()


class LotTermsOut(serializers.Serializer):
    """One lot of one agreement: usable or not, and why."""

    lot = serializers.UUIDField()
    agreement = serializers.UUIDField()
    agreement_name = serializers.CharField()
    regime = serializers.CharField()
    usable = serializers.BooleanField()
    why = serializers.ListField(
        child=serializers.CharField(),
        help_text="Codes of what stands against it; `terms_conflict` alone is for a human to check.",
    )
    valid_from = serializers.DateField()
    valid_to = serializers.DateField(allow_null=True, help_text="Last day, Swedish time.")
    price = PriceOut(allow_null=True)
    price_why = serializers.CharField(
        help_text="Empty with a price; else no_price_agreed, no_price_known or price_confidential."
    )
    caps = CapLeftOut(many=True, allow_null=True, help_text="null: only the parties may see them.")
    synthetic = serializers.BooleanField()


class TermsOut(serializers.Serializer):
    """The answer; `best` is the lot that would carry the visit."""

    clinic = serializers.UUIDField()
    care = serializers.CharField()
    home_region = serializers.CharField(allow_null=True)
    route = serializers.CharField()
    day = serializers.DateField()
    usable = serializers.BooleanField()
    why = serializers.ListField(child=serializers.CharField())
    best = LotTermsOut(allow_null=True)
    lots = LotTermsOut(many=True)


class TermsView(APIView):
    """The executable agreement."""

    permission_classes = ()

    @extend_schema(
        summary="Terms for a clinic, care, home region, route and day",
        parameters=[
            OpenApiParameter("clinic", OpenApiTypes.UUID, required=True),
            OpenApiParameter("care", required=True, description="A code of the care catalogue."),
            OpenApiParameter("home_region", description="Länskod; none without it."),
            OpenApiParameter("route", required=True, enum=ROUTES),
            OpenApiParameter("day", OpenApiTypes.DATE, description="Today without it."),
            OpenApiParameter(
                "units", OpenApiTypes.INT, description="For how many to sum the price."
            ),
        ],
        responses=TermsOut,
    )
    def get(self, request: Request) -> Response:
        """What is confidential is left out for those who may not see it; errors are problem documents."""
        question, units = _question(request)
        answer = terms_for(question, by=getattr(request, "actor", None))
        lots = {lot.terms.lot: _lot(lot, units) for lot in answer.lots}
        return Response(
            {
                **asdict(question),
                "day": question.day.isoformat(),
                "usable": answer.usable,
                "why": answer.why,
                "best": lots[answer.best.terms.lot] if answer.best else None,
                "lots": list(lots.values()),
            }
        )


def _question(request: Request) -> tuple[TermsQuestion, int | None]:
    """What the address asks for, and for how many; raises Invalid with an error for each wrong field."""
    given = request.query_params
    faults: dict[str, list[str]] = {}
    clinic = _uuid(given.get("clinic"), faults)
    day = _day(given.get("day"), faults)
    units = _units(given.get("units"), faults)
    known: dict[str, type[Care | Region]] = {"care": Care, "home_region": Region}
    for name, model in known.items():
        code = given.get(name) or ""
        missing = not code and name == "care"
        if missing or code and not _is_known(model, code):
            faults[name] = ["There is no such code."]
    route = given.get("route") or ""
    if route not in ROUTES:
        faults["route"] = [f"One of {', '.join(ROUTES)}."]
    if faults or clinic is None or day is None:
        raise Invalid(fields=faults)
    question = TermsQuestion(
        clinic=clinic,
        care=given["care"],
        home_region=given.get("home_region") or None,
        route=route,
        day=day,
    )
    return question, units


def _uuid(text: str | None, faults: dict[str, list[str]]) -> UUID | None:
    try:
        found = UUID(text or "")
    except ValueError:
        found = None
    if found is None or not Clinic.objects.filter(id=found).exists():
        faults["clinic"] = ["There is no such clinic."]
        return None
    return found


def _day(text: str | None, faults: dict[str, list[str]]) -> date | None:
    if not text:
        return timezone.localdate()
    try:
        return date.fromisoformat(text)
    except ValueError:
        faults["day"] = ["Write the day as YYYY-MM-DD."]
        return None


def _units(text: str | None, faults: dict[str, list[str]]) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and int(text[:20]) <= MOST_UNITS):
        faults["units"] = [f"A whole number from 0 to {MOST_UNITS}."]
        return None
    return int(text)


def _is_known(model: type[Care | Region], code: str) -> bool:
    return "\0" not in code and model._default_manager.filter(code=code).exists()


def _lot(lot: LotAnswer, units: int | None) -> dict[str, Any]:
    terms = lot.terms
    names = ("lot", "agreement", "agreement_name", "regime", "synthetic")
    return {name: getattr(terms, name) for name in names} | {
        "usable": lot.usable,
        "why": lot.why,
        "valid_from": terms.valid_from,
        "valid_to": terms.valid_to,
        "price": _price(lot.price, units),
        "price_why": lot.price_why,
        "caps": None if lot.caps is None else [asdict(cap) for cap in lot.caps],
    }


def _price(price: Price | None, units: int | None) -> dict[str, Any] | None:
    if price is None:
        return None
    total = None if units is None else price.total(units=units)
    return {
        "model": price.model,
        "amount": None if price.amount is None else str(price.amount),
        "unit": price.unit,
        "subscription": None if price.subscription is None else str(price.subscription),
        "total": None if total is None else str(total),
        "list": price.list_name,
        "list_version": price.list_version,
        "synthetic": price.synthetic,
    }
