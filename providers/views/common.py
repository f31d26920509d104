"""What the pages of a clinic have in common."""

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext

from accounts import topics
from accounts.selectors.changes import last_numbers
from providers.models import Clinic
from providers.patterns import monday_of
from providers.selectors.clinics import is_late

UNDO_FOR = timedelta(hours=1)
"""How long a step can be taken back with its button."""


def about(clinic: Clinic) -> dict[str, Any]:
    """What every page of a clinic shows or needs; `key` stands for one press of its button."""
    topic = topics.clinic(clinic.id)
    return {
        "clinic": clinic,
        "is_late": is_late(clinic, timezone.now()),
        "topic": topic,
        "number": last_numbers([topic])[topic],
        "key": uuid4(),
    }


def monday_in(text: str) -> date:
    """The Monday of the day in the address; of today where it names none."""
    try:
        return monday_of(date.fromisoformat(text))
    except (ValueError, OverflowError):
        return monday_of(timezone.localdate())


def week_address(clinic: UUID, week: str, done: str = "") -> str:
    """Where a week is shown; `done` is the key of what was just done there and can be undone."""
    query = {"vecka": week} | ({"gjort": done} if done else {})
    return f"{reverse('clinic-week', args=[clinic])}?{urlencode(query)}"


def say_stay(request: HttpRequest, stay: list[str]) -> None:
    """Say how many times could not be changed, and each reason once."""
    if not stay:
        return
    text = ngettext("%(n)s tid är kvar: %(why)s", "%(n)s tider är kvar: %(why)s", len(stay))
    messages.error(request, text % {"n": len(stay), "why": " ".join(dict.fromkeys(stay))})
