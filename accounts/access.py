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


def access_permission(actor: Actor | None, permission: Permission) -> Actor:
    """The actor, who has the permission; raises LoginRequired or NotAllowed."""
    known = access_actor(actor)
    if not known.may(permission):
        raise NotAllowed(permission=permission.value)
    return known


def login_needed(view: View) -> View:
    """A page for anyone who has logged in; others are shown the login page and come back."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.actor is None:  # type: ignore[attr-defined]
            return redirect_to_login(request.get_full_path())
        return view(request, *args, **kwargs)

    return guarded


def requires(permission: Permission) -> Callable[[View], View]:
    """A page for those who have the permission; who is not logged in is shown the login page first."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            access_permission(request.actor, permission)  # type: ignore[attr-defined]
            return view(request, *args, **kwargs)

        return login_needed(guarded)

    return decorate
