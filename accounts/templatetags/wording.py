"""Sentences for codes: refusals, roles, purposes."""

from django import template
from django.utils.translation import gettext

from accounts.errors import Refusal

register = template.Library()


@register.filter
def refusal_sentence(refusal: Refusal) -> str:
    """The translated sentence of a refusal; its docstring where a translation is missing."""
    text = gettext(refusal.message_id)
    return refusal.default_sentence() if text == refusal.message_id else text


@register.filter
def worded(code: str, kind: str) -> str:
    """The words for a code of a kind: `"navigator"|worded:"role"`; the code itself where none are known."""
    text = gettext(f"{kind}.{code}")
    return code if text == f"{kind}.{code}" else text
