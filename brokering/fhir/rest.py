"""What every FHIR address has in common: JSON in and out, and errors as OperationOutcome."""

from collections.abc import Iterable, Sequence
from typing import Any

from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from brokering.fhir.outcomes import of_problem
from brokering.fhir.systems import MEDIA_TYPE

FORMATS = ("json", MEDIA_TYPE, "application/json")


class FhirRenderer(JSONRenderer):
    """JSON under FHIR's name."""

    media_type = MEDIA_TYPE
    charset = "utf-8"


class PlainRenderer(FhirRenderer):
    """The same for who accepts plain JSON."""

    media_type = "application/json"


class FhirNegotiation(DefaultContentNegotiation):
    """`_format` overrides Accept; a body may be called FHIR or plain JSON."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        """The product's own JSON parser; None for XML and the like."""
        kind = request.content_type.partition(";")[0].strip().lower()
        return next(iter(parsers)) if kind in FORMATS else None

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """Always named as FHIR; raises NotAcceptable for XML and the like."""
        offered = list(renderers)
        wanted = request.query_params.get("_format")
        if wanted is None:
            chosen, _ = super().select_renderer(request, offered, format_suffix)
            return chosen, MEDIA_TYPE
        # A plus sign that nobody quoted arrives as a space.
        if wanted.replace(" ", "+") not in FORMATS:
            raise NotAcceptable(available_renderers=offered)
        return offered[0], MEDIA_TYPE


class FhirView(APIView):
    """One FHIR address."""

    authentication_classes: Sequence[Any] = ()
    permission_classes: Sequence[Any] = ()
    renderer_classes = (FhirRenderer, PlainRenderer)
    content_negotiation_class = FhirNegotiation
    schema = None

    def handle_exception(self, exc: Exception) -> Response:
        """The problem document that the REST API would answer, as an OperationOutcome."""
        response = super().handle_exception(exc)
        response.data = of_problem(response.data)
        response.content_type = MEDIA_TYPE
        return response
