"""What a sentence rests on, as a reader names it: the kind of rule, the paragraph and the law."""

import re

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from brokering.templatetags.sentences import ReasonText, region_name

register = template.Library()

KINDS = {
    "statute": _lazy("Lag"),
    "ordinance": _lazy("Förordning"),
    "preparatory": _lazy("Lagens förarbeten"),
    "agreement": _lazy("Överenskommelse"),
    "regional_rule": _lazy("Regionens regel"),
    "practice": _lazy("Praxis"),
    "proposal": _lazy("Förslag, inte lag"),
}
"""What is not law never looks like law."""
IN_PARAGRAPHS = ("statute", "ordinance")
REGION = re.compile(r"region (\d\d)([:,] )(.+)")


@register.filter
def cited(reason: ReasonText) -> str:
    """Such as "Lag: 9 kap. 1 § patientlagen (2014:821)"; the law has its name in the reader's language."""
    place = _place(reason.place)
    kind, law = KINDS[reason.kind], _(reason.law)
    if reason.kind in IN_PARAGRAPHS:
        return _("%(kind)s: %(place)s %(law)s") % {"kind": kind, "place": place, "law": law}
    return f"{kind}: {law}, {place}" if place else f"{kind}: {law}"


def _place(place: str) -> str:
    """Law knows a region by its code; a reader knows it by its name."""
    if found := REGION.fullmatch(place):
        return f"{region_name(found[1])}{found[2]}{_(found[3])}"
    return _(place) if place else ""
