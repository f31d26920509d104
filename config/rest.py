"""How the API reads a body, and how every error leaves it: application/problem+json with a stable code."""

import json
from math import ceil
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext
from rest_framework import exceptions, status
from rest_framework.parsers import JSONParser
from rest_framework.response import Response
from rest_framework.views import set_rollback

from accounts.errors import NotAllowed, NotFound, Refusal
from brokering.templatetags.sentences import worded

CODES: dict[type[exceptions.APIException], str] = {
    exceptions.ParseError: "invalid_json",
    exceptions.ValidationError: "invalid",
    exceptions.NotAuthenticated: "login_required",
    exceptions.AuthenticationFailed: "login_required",
    exceptions.PermissionDenied: "not_allowed",
    exceptions.NotFound: "not_found",
    exceptions.MethodNotAllowed: "method_not_allowed",
    exceptions.NotAcceptable: "not_acceptable",
    exceptions.UnsupportedMediaType: "unsupported_media_type",
    exceptions.Throttled: "too_many_requests",
}

TOLD_IN_FULL = (exceptions.MethodNotAllowed, exceptions.UnsupportedMediaType)
"""Errors whose sentence names what was sent; that of others may tell of our insides."""


class TextParser(JSONParser):
    """JSON whose text can be written down again: half a character (a lone surrogate) is refused."""

    def parse(self, *args: Any, **kwargs: Any) -> Any:
        """The body as values; raises ParseError, for one that is nested too deep too."""
        try:
            data = super().parse(*args, **kwargs)
            json.dumps(data, ensure_ascii=False).encode()
        except (UnicodeEncodeError, RecursionError) as error:
            raise exceptions.ParseError from error
        return data


def problem(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF exception handler: a Refusal or an API error as a problem document; bugs are left to 500."""
    if isinstance(error, Http404):
        error = NotFound()
    if isinstance(error, PermissionDenied):
        error = NotAllowed()
    if isinstance(error, Refusal):
        set_rollback()
        return _response(error.status, error.code, sentence(error), shown(error))
    if isinstance(error, exceptions.APIException):
        set_rollback()
        code = CODES.get(type(error), "refused")
        data = {"fields": error.detail} if isinstance(error, exceptions.ValidationError) else {}
        response = _response(error.status_code, code, _told(error, code), data)
        if wait := getattr(error, "wait", None):
            response["Retry-After"] = str(ceil(wait))
        return response
    return None


def _told(error: exceptions.APIException, code: str) -> str:
    if isinstance(error, exceptions.ValidationError):
        return gettext(f"refusal.{code}")
    return str(error.detail if isinstance(error, TOLD_IN_FULL) else error.default_detail)


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


def _response(http_status: int, code: str, detail: str, data: dict[str, Any]) -> Response:
    body = {"type": f"urn:vardbryggan:problem:{code}", "title": code, "status": http_status}
    body |= {"code": code, "detail": detail} | data
    return Response(
        body,
        status=http_status,
        content_type="application/problem+json",
        headers={"Cache-Control": "no-store"} if http_status != status.HTTP_404_NOT_FOUND else None,
    )
