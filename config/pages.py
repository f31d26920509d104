"""What is shown when no view answers: a page that says what to do, or the API's or FHIR's own error."""

import sys
from typing import Any

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext

from accounts.middleware import MACHINES
from brokering.fhir.outcomes import of_problem
from brokering.fhir.systems import MEDIA_TYPE

FHIR = "/fhir/"
CODES = {400: "bad_request", 403: "not_allowed", 404: "not_found", 500: "fault", 503: "unavailable"}


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The request could not be read."""
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
        return _problem(request, status)
    return HttpResponse(render_to_string(f"errors/{status}.html"), status=status)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was too old or came from elsewhere; nothing was sent."""
    return _shown(request, 403, "errors/403_csrf.html")


def _shown(request: HttpRequest, status: int, template: str = "") -> HttpResponse:
    if request.path.startswith(MACHINES):
        return _problem(request, status)
    return render(request, template or f"errors/{status}.html", status=status)


def _problem(request: HttpRequest, status: int) -> JsonResponse:
    code = CODES[status]
    body: dict[str, Any] = {
        "type": f"urn:vardbryggan:problem:{code}",
        "title": code,
        "status": status,
        "code": code,
    }
    if request.path.startswith(FHIR):
        outcome = of_problem(body | {"detail": _sentence(code)})
        return JsonResponse(outcome, status=status, content_type=MEDIA_TYPE)
    return JsonResponse(body, status=status, content_type="application/problem+json")


def _sentence(code: str) -> str:
    """The sentence of a refusal that has this code; the code where none has."""
    told = gettext(f"refusal.{code}")
    return code if told == f"refusal.{code}" else told
