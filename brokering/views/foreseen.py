"""What a page says when a need has been registered: by when care is due, and whether the region acts."""

from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.templatetags.screen import weekday_date
from brokering.actions.reroutes import Foreseen
from brokering.selectors.clocks import clocks_of
from brokering.selectors.places import swedish_day


def told(done: Foreseen, now: datetime) -> dict[str, Any]:
    """The body of the answer that is kept: ids, codes and dates."""
    clock = clocks_of([done.referral], on=swedish_day(now))[done.referral.id]
    return {
        "referral": str(done.referral.id),
        "due": clock.due.isoformat() if clock and clock.due else None,
        "trigger": done.case.trigger if done.case else None,
    }


def say_registered(request: HttpRequest, first: str, body: dict[str, Any]) -> None:
    """Say what happened, then what it means for the guarantee."""
    messages.success(request, " ".join([first, _due_words(body["due"])]))
    if body["trigger"]:
        messages.warning(request, case_words(body["trigger"]))


def case_words(trigger: str) -> str:
    """That the region looks elsewhere, and why."""
    why = _(f"trigger.{trigger}")
    return _("Regionen söker redan en annan plats: %(why)s.") % {"why": why}


def _due_words(due: str | None) -> str:
    if due is None:
        return _("Ingen vårdgaranti räknas än.")
    return _("Vårdgarantin gäller till %(day)s.") % {"day": weekday_date(date.fromisoformat(due))}
