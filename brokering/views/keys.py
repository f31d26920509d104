"""One press, one outcome: what a page's buttons have in common."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.http import HttpRequest

from accounts.actions.outcomes import Answer, once


def once_per_button(
    request: HttpRequest, said: Mapping[str, Any], now: datetime, work: Callable[[], Answer]
) -> Answer:
    """Carry out `work` once for the page's hidden `key`: a second press or a reload changes nothing more."""
    asked = {"path": request.path} | {name: str(value) for name, value in said.items()}
    return once(
        by=request.actor,  # type: ignore[attr-defined]
        key=str(said["key"]),
        request=asked,
        now=now,
        work=work,
    )
