"""May this person? Each `access_…` returns what was asked for, or raises a Refusal."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse

from accounts.errors import LoginRequired, NotAllowed
from accounts.roles import Permission
from accounts.tenancy import Actor

View = Callable[..., HttpResponse]


def access_actor(actor: Actor | None) -> Actor:
    """The actor; raises LoginRequired for nobody."""
    if actor is None:
        raise LoginRequired
    return actor


def access_permission(actor: Actor | None, *any_of: Permission) -> Actor:
    """The actor, who has one of the permissions; raises LoginRequired or NotAllowed, naming the first."""
    known = access_actor(actor)
    if not any(map(known.may, any_of)):
        raise NotAllowed(permission=any_of[0].value)
    return known


def login_needed(view: View) -> View:
    """A page for anyone who has logged in; others are shown the login page and come back."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.actor is None:  # type: ignore[attr-defined]
            return redirect_to_login(request.get_full_path())
        return view(request, *args, **kwargs)

    return guarded


def requires(*any_of: Permission) -> Callable[[View], View]:
    """A page for those who have one of the permissions; who is not logged in sees the login page first."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            access_permission(request.actor, *any_of)  # type: ignore[attr-defined]
            return view(request, *args, **kwargs)

        return login_needed(guarded)

    return decorate
