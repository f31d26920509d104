"""What a change of rules changes, in words: the answer before and after, and of which care."""

from collections.abc import Mapping

from django import template

from accounts.templatetags.wording import worded
from brokering.selectors.rule_preview import Outcome
from providers.models import Care
from providers.selectors.clinics import care_name

register = template.Library()


@register.filter
def outcome_words(outcome: Outcome) -> str:
    """May it be booked, and who pays."""
    return f"{worded(outcome.bookable, 'shift_bookable')}; {worded(outcome.payer, 'shift_payer')}"


@register.filter
def care_words(code: str, names: Mapping[str, Care]) -> str:
    """The name of a care among those that the page was given; the code where it is none of them."""
    return str(care_name(names[code])) if code in names else code
