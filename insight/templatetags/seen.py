"""Why a time is not seen, in words."""

from typing import Any

from django import template
from django.template.defaultfilters import date as date_words
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from accounts.templatetags.wording import worded
from brokering.templatetags.sentences import (
    ChangeText,
    ReasonText,
    change_texts,
    reason_texts,
    short_text,
)
from insight.selectors.visibility import Seen, Why

register = template.Library()


@register.filter
def why_in_words(seen: Seen) -> str:
    """The first reason as a sentence; empty where nothing hinders."""
    if seen.why == Why.NOTHING:
        return ""
    if seen.why == Why.ANSWER:
        return _("Den som söker får svaret: %(answer)s") % {"answer": answer_in_words(seen)}
    if seen.why == Why.HIDDEN:
        found = worded(seen.detail, "hidden")
        return _("Vi har provat, och ingen kan boka den: %(found)s") % {"found": found}
    return _(f"unseen.{seen.why}") % {"decision": seen.detail}


@register.filter
def until_in_words(seen: Seen) -> str:
    """Until when it stands so; empty where that is not known."""
    if seen.until is None:
        return ""
    return _("Till %(moment)s.") % {"moment": date_words(localtime(seen.until), "l j F H:i")}


@register.filter
def remedy_in_words(seen: Seen) -> str:
    """What the clinic can do."""
    return _(f"remedy.{seen.remedy}")


@register.filter
def answer_in_words(seen: Seen) -> str:
    """What law and terms answer the one who seeks; empty for a time that is not shown."""
    return short_text(_told(seen)) if seen.verdict else ""


@register.filter
def grounds(seen: Seen) -> list[ReasonText]:
    """What the answer rests on."""
    return reason_texts(_told(seen)) if seen.verdict else []


@register.filter
def ways_out(seen: Seen) -> list[ChangeText]:
    """What would change the answer."""
    return change_texts(seen.verdict.as_json()) if seen.verdict else []


def _told(seen: Seen) -> dict[str, Any]:
    assert seen.verdict is not None
    return seen.verdict.as_json(with_changes=False)
