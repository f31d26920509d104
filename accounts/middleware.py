"""Every request of a logged-in person runs, rendering included, as that actor; refusals become pages."""

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers

from accounts.errors import Refusal
from accounts.selectors.actors import actor_of
from accounts.tenancy import acting_as

Handler = Callable[[HttpRequest], HttpResponse]

ANSWERS = (Http404, PermissionDenied, SuspiciousOperation)
"""Exceptions that Django turns into an answer of their own."""
MACHINES = ("/api/", "/fhir/")
BULK = ("/fhir/$bulk-publish", "/fhir/bulk/")
"""Files for anyone to keep: the same for everybody, in no language."""
PUBLIC_PREFIXES = ("/static/", "/healthz", "/readyz", "/metrics", *BULK)


class ReadableMiddleware:
    """Refuses a NUL in the path, in what a page is asked, and in its form: PostgreSQL cannot hold one.

    No honest address has one, and no keyboard. A machine is told where it is read which field has it.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\0" in request.path or any(map(_has_nul, _said(request))):
            raise SuspiciousOperation("NUL in the request")
        return self.get_response(request)


def _said(request: HttpRequest) -> list[QueryDict]:
    """What a page is asked with."""
    if request.path.startswith(MACHINES):
        return []
    return [request.GET, request.POST] if request.method == "POST" else [request.GET]


def _has_nul(said: QueryDict) -> bool:
    return any("\0" in word for name, words in said.lists() for word in (name, *words))


class LanguageMiddleware:
    """Swedish unless the person has chosen another language here; the browser's own is not a choice.

    A machine has no other way to choose than Accept-Language.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language = _language(request)
        with translation.override(language):
            request.LANGUAGE_CODE = language  # type: ignore[attr-defined]
            response = self.get_response(request)
        if request.path.startswith(BULK):
            return response
        response.headers.setdefault("Content-Language", language[:2])
        # htmx asks the same address for a part of the page: the whole must not be taken for the part.
        patch_vary_headers(response, ["Cookie", "HX-Request"])
        if request.path.startswith(MACHINES):
            patch_vary_headers(response, ["Accept-Language"])
        return response


def _language(request: HttpRequest) -> str:
    if request.path.startswith(MACHINES):
        return translation.get_language_from_request(request)
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    known = {code for code, _ in settings.LANGUAGES}
    return chosen if chosen in known else settings.LANGUAGE_CODE


class TenancyMiddleware:
    """Puts `request.actor` in place and tells the database who acts, for the whole request.

    What a logged-in person is shown is kept nowhere: a shared computer's back button must not tell of it.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor = None  # type: ignore[attr-defined]
        if request.path.startswith(PUBLIC_PREFIXES):
            return self.get_response(request)
        actor = actor_of(request.user, on=timezone.localdate())  # type: ignore[attr-defined]
        request.actor = actor  # type: ignore[attr-defined]
        if actor is None:
            return self.get_response(request)
        with acting_as(actor):
            response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> None:
        """A bug takes back everything that the request has written; an answer (a refusal, 404) does not."""
        if (
            not isinstance(error, (*ANSWERS, Refusal))
            and transaction.get_connection().in_atomic_block
        ):
            transaction.set_rollback(True)


class RefusalMiddleware:
    """A Refusal that a page did not handle itself becomes a page that says what to do next."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Render a Refusal; leave every other exception (a bug) alone."""
        if not isinstance(error, Refusal):
            return None
        return render(request, "errors/refusal.html", {"refusal": error}, status=error.status)
