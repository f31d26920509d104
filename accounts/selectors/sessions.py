"""Who a session belongs to now, for connections that outlive the request that opened them."""

from dataclasses import dataclass
from datetime import date
from importlib import import_module

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.sessions.backends.base import SessionBase

from accounts.selectors.actors import actor_of
from accounts.tenancy import Actor


@dataclass
class _Opened:
    """The part of a request that Django's own check of a session reads."""

    session: SessionBase


def actor_of_session(key: str | None, *, on: date) -> Actor | None:
    """The actor of a session as it is now; None when it ended, expired or was never logged in.

    A changed password, an inactive login and an ended membership count at once.
    """
    if not key:
        return None
    store: SessionBase = import_module(settings.SESSION_ENGINE).SessionStore(key)
    return actor_of(get_user(_Opened(store)), on=on)  # type: ignore[arg-type]
