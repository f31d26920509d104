"""Matching rounds over REST: what each was run with, what it gave, what is proven of it; no person."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import access_permission
from accounts.api import actor_in
from accounts.errors import Invalid, NotFound
from accounts.roles import Permission
from brokering.api.round_shapes import (
    DETAIL_EXAMPLE,
    ROUND_EXAMPLE,
    CountryRoundDetailOut,
    CountryRoundsOut,
    RoundDetailOut,
    RoundsOut,
)
from brokering.api.shapes import ProblemOut
from brokering.models import Round
from brokering.selectors.country.plans import ONLY
from brokering.selectors.country.round_records import (
    CountryRound,
    care_round,
    care_rounds,
    country_round,
    country_rounds,
    lines_of_order,
    offers_of_round,
    rounds_of,
)
from brokering.selectors.country.rounds import LINKED, RESUMED, SHARDS
from brokering.templatetags.proving import proof
from brokering.templatetags.worklist import why_words
from providers.models import Care

REFUSED = dict.fromkeys((401, 403, 404, 422), ProblemOut)
PRIVATE = {"Cache-Control": "private, no-store"}
CURSOR = OpenApiParameter(
    "cursor", OpenApiTypes.UUID, description="`next_cursor` of the page before."
)
CARE = OpenApiParameter("care", description="Code of the care catalogue.")


class _Asked(serializers.Serializer):
    """What a list is asked for."""

    cursor = serializers.UUIDField(required=False)
    care = serializers.SlugRelatedField(
        "code", queryset=Care.objects.all(), required=False, allow_null=True
    )


class RoundsView(APIView):
    """Rounds of one care each."""

    permission_classes = ()

    @extend_schema(
        operation_id="rounds_list",
        summary="Matching rounds, care by care",
        parameters=[CARE, CURSOR],
        responses={200: RoundsOut, **REFUSED},
        examples=[
            OpenApiExample(
                "A page",
                value={"items": [ROUND_EXAMPLE], "next_cursor": None},
                response_only=True,
                status_codes=["200"],
            )
        ],
    )
    def get(self, request: Request) -> Response:
        """By themselves or as parts of one over the country, 50 a page; for whoever may run rounds."""
        access_permission(actor_in(request), Permission.RUN_ROUND)
        said = _asked(request)
        care = said["care"].code if said.get("care") else ""
        page = care_rounds(care=care, after=said.get("cursor"))
        body = {"items": [_round(row) for row in page.rows], "next_cursor": page.after}
        return Response(RoundsOut(body).data, headers=PRIVATE)


class RoundView(APIView):
    """One care's round."""

    permission_classes = ()

    @extend_schema(
        summary="One care's round: what it gave, to how many, and what is proven",
        responses={200: RoundDetailOut, **REFUSED},
        examples=[
            OpenApiExample("Proven", value=DETAIL_EXAMPLE, response_only=True, status_codes=["200"])
        ],
    )
    def get(self, request: Request, round_id: UUID) -> Response:
        """Counts only; for whoever may run rounds. Why a place went where it did: `/places/<place>`."""
        access_permission(actor_in(request), Permission.RUN_ROUND)
        found = care_round(round_id)
        if found is None:
            raise NotFound
        return Response(RoundDetailOut(_detail(found)).data, headers=PRIVATE)


class CountryRoundsView(APIView):
    """Rounds over the country."""

    permission_classes = ()

    @extend_schema(
        operation_id="country_rounds_list",
        summary="Matching rounds over the country",
        parameters=[CURSOR],
        responses={200: CountryRoundsOut, **REFUSED},
    )
    def get(self, request: Request) -> Response:
        """50 a page; for whoever may run rounds."""
        access_permission(actor_in(request), Permission.RUN_ROUND)
        page = country_rounds(now=timezone.now(), after=_asked(request).get("cursor"))
        body = {"items": [_country(one) for one in page.rows], "next_cursor": page.after}
        return Response(CountryRoundsOut(body).data, headers=PRIVATE)


class CountryRoundView(APIView):
    """One round over the country."""

    permission_classes = ()

    @extend_schema(
        summary="A round over the country: engine, state, shards, and each care with what is proven of it",
        responses={200: CountryRoundDetailOut, **REFUSED},
    )
    def get(self, request: Request, round_id: UUID) -> Response:
        """Counts only; for whoever may run rounds."""
        access_permission(actor_in(request), Permission.RUN_ROUND)
        found = country_round(round_id, now=timezone.now())
        if found is None:
            raise NotFound
        return Response(CountryRoundDetailOut(_country_detail(found)).data, headers=PRIVATE)


def _asked(request: Request) -> dict[str, Any]:
    reader = _Asked(data={name: said for name, said in request.query_params.items() if said})
    if not reader.is_valid():
        raise Invalid(fields=reader.errors)
    return dict(reader.validated_data)


def _round(found: Round) -> dict[str, Any]:
    counts = {name: found.summary.get(name, 0) for name in ("needs", "places", "proposals")}
    freed = "freed" if _only(found) is not None else "care"
    ended = found.finished_at
    return {
        "id": found.id,
        "country_round": found.national_id,
        "care": found.care_id,
        "kind": "country" if found.national_id else freed,
        "engine": found.settings.get("engine"),
        "state": found.state,
        "started_at": found.started_at,
        "seconds": ended and round((ended - found.started_at).total_seconds(), 3),
        **counts,
        "left": counts["needs"] - counts["proposals"],
    }


def _only(found: Round) -> int | None:
    told: int | None = found.settings.get(ONLY)
    return told


def _detail(found: Round) -> dict[str, Any]:
    summary = found.summary
    return _round(found) | {
        "within_class": found.settings["within_class"],
        "fingerprint": found.digest,
        "solving_seconds": summary.get("solving_seconds"),
        "only_places": _only(found),
        "classes": summary.get("classes", {}),
        "left_by_first_reason": _people(summary.get("unmatched_by_first_reason", {})),
        "left_out": _people(summary.get("left_out", {})),
        "linked": summary.get("linked", []),
        "caps_reached": len(summary.get("caps_reached", ())),
        "proof": _proof(found),
        "offers": offers_of_round([found.id]),
    }


def _proof(found: Round) -> dict[str, Any] | None:
    sentence = proof(found)
    if not sentence:
        return None
    return {
        "lines": lines_of_order(found),
        "proven": found.summary.get("proven", ()),
        "gap": found.summary.get("gap", {}),
        "sentence": sentence,
    }


def _people(counts: dict[str, int]) -> list[dict[str, Any]]:
    return [
        {"code": code, "sentence": why_words(code), "people": people}
        for code, people in sorted(counts.items(), key=lambda one: (-one[1], one[0]))
        if people
    ]


def _country(found: CountryRound) -> dict[str, Any]:
    row = found.row
    return {
        "id": row.id,
        "engine": row.engine,
        "state": found.state,
        "started_at": row.started_at,
        "seconds": row.finished_at and (row.finished_at - row.started_at).total_seconds(),
        "cares": len(row.cares),
        "cares_done": found.done,
        "resumed": row.parameters.get(RESUMED, 0),
        **{name: row.summary.get(name) for name in ("needs", "places", "proposals")},
    }


def _country_detail(found: CountryRound) -> dict[str, Any]:
    row, rounds = found.row, rounds_of(found.row)
    done = {one.care_id for one in rounds}
    return _country(found) | {
        "within_class": row.parameters["within_class"],
        "fingerprint": row.fingerprint,
        "linked": row.parameters.get(LINKED, []),
        "shards": row.parameters.get(SHARDS, []),
        "missing": [care for care in row.cares if care not in done],
        "gap": row.summary.get("gap", {}),
        "offers": offers_of_round(one.id for one in rounds),
        "rounds": [
            _round(one) | {"linked": one.summary.get("linked", []), "proof": _proof(one)}
            for one in rounds
        ],
    }
