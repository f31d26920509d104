"""What is shown when no view answers: a page that says what to do, or the API's or FHIR's own error."""

import sys
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from accounts.errors import (
    BadRequest,
    CsrfFailed,
    NotAllowed,
    NotFound,
    OurFault,
    Refusal,
    Unavailable,
)
from accounts.middleware import MACHINES
from brokering.fhir.outcomes import of_problem
from brokering.fhir.systems import MEDIA_TYPE
from config.rest import problem_body
from providers.errors import BodyTooLarge

FHIR = "/fhir/"
KINDS = {kind.status: kind for kind in (BadRequest, NotAllowed, NotFound, OurFault, Unavailable)}
CODES = {status: kind.code for status, kind in KINDS.items()}


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The request could not be read, or is too large to be read."""
    if isinstance(exception, RequestDataTooBig) and request.path.startswith(MACHINES):
        return _problem(request, BodyTooLarge)
    return _shown(request, 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The person may not see this."""
    return _shown(request, 403)


def missing(request: HttpRequest, exception: Exception) -> HttpResponse:
    """There is nothing at the address."""
    return _shown(request, 404)


def fault(request: HttpRequest) -> HttpResponse:
    """A bug of ours, or a database that does not answer; the page takes nothing for granted."""
    status = 503 if isinstance(sys.exc_info()[1], OperationalError) else 500
    if request.path.startswith(MACHINES):
        return _problem(request, KINDS[status])
    return HttpResponse(render_to_string(f"errors/{status}.html"), status=status)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was too old or came from elsewhere; nothing was sent."""
    if request.path.startswith(MACHINES):
        return _problem(request, CsrfFailed)
    return render(request, "errors/403_csrf.html", status=403)


def _shown(request: HttpRequest, status: int) -> HttpResponse:
    if request.path.startswith(MACHINES):
        return _problem(request, KINDS[status])
    return render(request, f"errors/{status}.html", status=status)


def _problem(request: HttpRequest, kind: type[Refusal]) -> JsonResponse:
    body: dict[str, Any] = problem_body(kind())
    if request.path.startswith(FHIR):
        return JsonResponse(of_problem(body), status=kind.status, content_type=MEDIA_TYPE)
    return JsonResponse(body, status=kind.status, content_type="application/problem+json")
