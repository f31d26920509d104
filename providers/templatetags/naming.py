"""Names of cares in the reader's language."""

from collections.abc import Mapping

from django import template

from providers.models import Care
from providers.selectors.clinics import care_name

register = template.Library()


register.filter(care_name)


@register.filter
def in_names(code: str, names: Mapping[str, Care]) -> Care | None:
    """The care of a code among those that the page was given."""
    return names.get(code)
