"""How every error leaves the API: application/problem+json with a stable code."""

from math import ceil
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import DataError
from django.http import Http404
from django.utils.translation import gettext
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import set_rollback

from accounts.errors import (
    CsrfFailed,
    Invalid,
    LoginRequired,
    MethodNotAllowed,
    NotAcceptable,
    NotAllowed,
    NotFound,
    Refusal,
    TooManyRequests,
    UnknownMediaType,
    UnreadableBody,
)
from brokering.templatetags.sentences import worded
from providers.errors import BodyTooLarge

KINDS: dict[type[exceptions.APIException], type[Refusal]] = {
    exceptions.ParseError: UnreadableBody,
    exceptions.ValidationError: Invalid,
    exceptions.NotAuthenticated: LoginRequired,
    exceptions.AuthenticationFailed: LoginRequired,
    exceptions.PermissionDenied: NotAllowed,
    exceptions.NotFound: NotFound,
    exceptions.MethodNotAllowed: MethodNotAllowed,
    exceptions.NotAcceptable: NotAcceptable,
    exceptions.UnsupportedMediaType: UnknownMediaType,
    exceptions.Throttled: TooManyRequests,
}
"""What the framework refuses, as refusals of ours."""
TOLD_IN_FULL = (exceptions.MethodNotAllowed, exceptions.UnsupportedMediaType)
"""Errors whose own sentence names what was sent; that of others may tell of our insides."""


def problem(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF exception handler: every refusal, ours or the framework's, as a problem document; bugs are left."""
    refusal = refusal_of(error)
    if refusal is None:
        return None
    set_rollback()
    response = Response(
        problem_body(refusal),
        status=refusal.status,
        content_type="application/problem+json",
        headers=None
        if refusal.status == status.HTTP_404_NOT_FOUND
        else {"Cache-Control": "no-store"},
    )
    if wait := refusal.data.get("retry_after"):
        response["Retry-After"] = str(wait)
    return response


def refusal_of(error: Exception) -> Refusal | None:
    """What the framework refuses as a refusal of ours; None for a bug."""
    if isinstance(error, Refusal):
        return error
    if isinstance(error, Http404):
        return NotFound()
    if isinstance(error, PermissionDenied):
        return NotAllowed()
    if isinstance(error, DataError) and "NUL" in str(error):
        # The driver refused to send a text that PostgreSQL cannot hold: the transaction goes on.
        return Invalid()
    if isinstance(error, RequestDataTooBig):
        return BodyTooLarge(most=settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
    if not isinstance(error, exceptions.APIException):
        return None
    if str(error.detail).startswith("CSRF"):
        return CsrfFailed()
    return KINDS.get(type(error), Refusal)(**_data(error))


def _data(error: exceptions.APIException) -> dict[str, Any]:
    if isinstance(error, exceptions.ValidationError):
        return {"fields": error.detail}
    if isinstance(error, TOLD_IN_FULL):
        return {"detail": str(error.detail)}
    wait = getattr(error, "wait", None)
    return {"retry_after": ceil(wait)} if wait else {}


def problem_body(refusal: Refusal) -> dict[str, Any]:
    """A refusal as RFC 9457 tells it, whose fault it is and what to do next, in the reader's language."""
    step = refusal.next_step
    return {
        "type": f"urn:vardbryggan:problem:{refusal.code}",
        "title": refusal.code,
        "status": refusal.status,
        "code": refusal.code,
        "detail": sentence(refusal),
        **shown(refusal),
        "fault": refusal.fault.value,
        "next_step": {"code": step.value, "detail": gettext(f"next_step.{step}")},
    }


def shown(refusal: Refusal) -> dict[str, Any]:
    """What a refusal holds; an explanation gets its sentences in the language of whoever reads it now."""
    data = dict(refusal.data)
    if "explanation" in data:
        data["explanation"] = worded(data["explanation"])
    return data


def sentence(refusal: Refusal) -> str:
    """The translated sentence of a refusal; its docstring where a translation is missing."""
    text = gettext(refusal.message_id)
    return refusal.default_sentence() if text == refusal.message_id else text
