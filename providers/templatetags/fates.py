"""What becomes of a row of a file, in words."""

from django import template
from django.utils.translation import gettext

from accounts.templatetags.wording import worded
from providers.files.faults import RowFault
from providers.selectors.deliveries import PUBLISHED

register = template.Library()
OF_ROWS = {*PUBLISHED, *(fault.value for fault in RowFault)}


@register.filter
def fate_words(outcome: str) -> str:
    """The sentence of an outcome: of the row itself, or of the rule of publishing that refuses it."""
    return gettext(f"row.{outcome}") if outcome in OF_ROWS else worded(outcome, "refusal")
