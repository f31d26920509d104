"""REST: the register of agreements, to read, to fetch as a file, and to take in files."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, OpenApiTypes, extend_schema
from rest_framework import serializers
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import access_permission
from accounts.actions.outcomes import Answer
from accounts.api import IDEMPOTENCY_KEY, RetriableView, actor_in
from accounts.errors import Invalid
from accounts.roles import Permission
from accounts.tenancy import Actor
from contracts.actions.exchange import LARGEST, Fate, import_agreements
from contracts.errors import UnreadableAgreements
from contracts.exchange.sheets import csv_text
from contracts.exchange.structured import as_json, json_text
from contracts.lifecycle import AgreementState
from contracts.selectors.exchange import HandedOut, Wanted, handed_out

PAGE = 100
"""Agreements in an answer."""
BATCH = 500
"""Agreements fetched at a time for a file."""
FILTERS = [
    OpenApiParameter("buyer", description="Länskod."),
    OpenApiParameter("seller", description="Organisation number, ten digits."),
    OpenApiParameter("care", description="A code of the care catalogue."),
    OpenApiParameter("state", enum=[state.value for state in AgreementState]),
]


class AgreementOut(serializers.Serializer):
    """One agreement; `terms` is what import takes, without what is confidential to the reader."""

    id = serializers.UUIDField()
    state = serializers.CharField()
    replaces = serializers.UUIDField(allow_null=True, help_text="The version that it amends.")
    synthetic = serializers.BooleanField()
    hidden = serializers.ListField(child=serializers.CharField(), help_text="Terms left out.")
    conflicts = serializers.ListField(
        child=serializers.CharField(), help_text="Fields that two sources disagree about."
    )
    terms = serializers.JSONField()


class AgreementsOut(serializers.Serializer):
    """One page, in the order of the ids."""

    agreements = AgreementOut(many=True)
    after = serializers.UUIDField(allow_null=True, help_text="Ask for the next page with it.")


class FateOut(serializers.Serializer):
    """What became of one row."""

    row = serializers.IntegerField(help_text="Line of the CSV, number in the JSON list.")
    reference = serializers.CharField()
    outcome = serializers.ChoiceField(["created", "unchanged", "refused"])
    code = serializers.CharField(help_text="Why it was refused; else empty.")
    field = serializers.CharField()
    agreement = serializers.UUIDField(allow_null=True)


class ReportOut(serializers.Serializer):
    """The report of an import."""

    dry_run = serializers.BooleanField()
    created = serializers.IntegerField(help_text="Rows.")
    unchanged = serializers.IntegerField()
    refused = serializers.IntegerField()
    rows = FateOut(many=True)


class TextParser(BaseParser):
    """A body as text, whatever it holds: the reader of agreements reads it, not Django."""

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: Any = None
    ) -> dict[str, str]:
        """The text and its form; raises UnreadableAgreements for what is too large or not UTF-8."""
        raw: bytes = stream.read(LARGEST + 1)
        if len(raw) > LARGEST:
            raise UnreadableAgreements(because="too_large", field="")
        try:
            return {"text": raw.decode("utf-8-sig"), "form": self.media_type.rpartition("/")[2]}
        except UnicodeDecodeError as error:
            raise UnreadableAgreements(because="not_utf8", field="") from error


class CsvParser(TextParser):
    """`text/csv`."""

    media_type = "text/csv"


class JsonTextParser(TextParser):
    """`application/json`, kept as text."""

    media_type = "application/json"


class AgreementsView(RetriableView):
    """The register."""

    parser_classes = (JsonTextParser, CsvParser)

    @extend_schema(
        summary="Agreements",
        parameters=[*FILTERS, OpenApiParameter("after", OpenApiTypes.UUID)],
        responses=AgreementsOut,
    )
    def get(self, request: Request) -> Response:
        """Public; what is confidential is left out for those who are no party."""
        after = _after(request)
        by = getattr(request, "actor", None)
        found = handed_out(_wanted(request), by=by, after=after, most=PAGE)
        last = found[-1].id if len(found) == PAGE else None
        return Response({"agreements": [_out(one) for one in found], "after": last})

    @extend_schema(
        summary="Take in agreements",
        parameters=[IDEMPOTENCY_KEY, OpenApiParameter("dry_run", OpenApiTypes.BOOL)],
        request={"application/json": OpenApiTypes.OBJECT, "text/csv": OpenApiTypes.STR},
        responses=ReportOut,
    )
    def post(self, request: Request) -> Response:
        """A file as export gives it. Each agreement is created, unchanged, or refused with code and field."""
        actor = access_permission(actor_in(request), Permission.EDIT_AGREEMENTS)
        trial = request.query_params.get("dry_run", "").lower() in {"1", "true", "yes"}
        text, form = request.data["text"], request.data["form"]

        def work() -> Answer:
            now = timezone.now()
            fates = import_agreements(by=actor, text=text, form=form, now=now, dry_run=trial)
            return Answer(200, _report(fates, dry_run=trial))

        return self.once(request, work)


class ExportView(APIView):
    """The register as a file that import takes."""

    permission_classes = ()
    form = "json"

    @extend_schema(
        summary="Agreements as a file",
        parameters=FILTERS,
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request) -> HttpResponse:
        """JSON holds everything; CSV one row a lot and care, without sources."""
        by = getattr(request, "actor", None)
        drafts = (one.draft for one in _every(_wanted(request), by))
        is_csv = self.form == "csv"
        text = "\ufeff" + csv_text(drafts) if is_csv else json_text(drafts)
        kind = "text/csv; charset=utf-8" if is_csv else "application/json"
        answer = HttpResponse(text, content_type=kind)
        answer["Content-Disposition"] = f'attachment; filename="avtal.{self.form}"'
        return answer


def _every(wanted: Wanted, by: Actor | None) -> Iterator[HandedOut]:
    after: UUID | None = None
    while found := handed_out(wanted, by=by, after=after, most=BATCH):
        yield from found
        after = found[-1].id


def _wanted(request: Request) -> Wanted:
    given = {
        name: request.query_params.get(name, "") for name in ("buyer", "seller", "care", "state")
    }
    if wrong := {name: ["This is no code."] for name, text in given.items() if "\0" in text}:
        raise Invalid(fields=wrong)
    return Wanted(**given)


def _after(request: Request) -> UUID | None:
    text = request.query_params.get("after")
    try:
        return UUID(text) if text else None
    except ValueError as error:
        raise Invalid(fields={"after": ["Send the id that the last page gave."]}) from error


def _out(one: HandedOut) -> dict[str, Any]:
    names = ("id", "state", "replaces", "synthetic", "hidden", "conflicts")
    return {name: getattr(one, name) for name in names} | {"terms": as_json(one.draft)}


def _report(fates: tuple[Fate, ...], *, dry_run: bool) -> dict[str, Any]:
    outcomes = ("created", "unchanged", "refused")
    counts = {kind: sum(fate.outcome == kind for fate in fates) for kind in outcomes}
    rows = [
        {
            "row": fate.row,
            "reference": fate.reference,
            "outcome": fate.outcome,
            "code": fate.code,
            "field": fate.field,
            "agreement": str(fate.agreement) if fate.agreement else None,
        }
        for fate in fates
    ]
    return {"dry_run": dry_run, **counts, "rows": rows}
