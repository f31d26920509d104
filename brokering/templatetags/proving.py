"""What is proven of a round's plan, in words."""

from django import template
from django.utils.translation import gettext as _

from brokering.matching.ranking import order
from brokering.matching.settling import KM
from brokering.matching.snapshot import Settings, WithinClass
from brokering.models import Round
from brokering.templatetags.regions import grouped
from providers.selectors.clinics import care_name, care_names

register = template.Library()


@register.filter
def proof(found: Round) -> str:
    """That no plan is better, or how many lines of the order are proven and what the next one may lack.

    Empty for a plan of which nothing is proven.
    """
    proven, gap = found.summary.get("proven", ()), found.summary.get("gap", {})
    if not proven and not gap:
        return ""
    lines = order(Settings(WithinClass(found.settings["within_class"])))
    if len(proven) == len(lines):
        return _("Det är bevisat att ingen annan fördelning är bättre.")
    told = _("Bevisat bäst i %(proven)s av ordningens %(lines)s led, uppifrån räknat.")
    named = told % {"lines": len(lines), "proven": len(proven)}
    return " ".join([named, *(_lacking(code, many) for code, many in gap.items())])


@register.filter
def linked(found: Round) -> str:
    """The other kinds of care that were planned together with this one; empty without any."""
    others = [code for code in found.summary.get("linked", ()) if code != found.care_id]
    return ", ".join(care_name(care) for _code, care in sorted(care_names(others).items()))


def _lacking(code: str, many: int) -> str:
    """What the plan may lack at most on the first line that is not proven."""
    name, _of, need = code.partition("_") if code[-1].isdigit() else (code, "", "")
    if name == "in":
        name, need = "in_time", code[-1]
    told = {
        "treated": _("Högst %(many)s till med behov %(need)s hade kunnat få en tid."),
        "waited": _(
            "De som inte fick en tid, med behov %(need)s, har väntat högst %(many)s dagar för mycket."
        ),
        "in_time": _("Högst %(many)s till med behov %(need)s hade kunnat hinna i tid."),
        "lateness": _("Förseningen kan vara högst %(many)s dagar för lång, alla tillsammans."),
        "kept": _("Högst %(many)s till hade kunnat behålla sitt förslag."),
        "tier": _("Hemregionens sökordning hade kunnat följas i högst %(many)s steg till."),
        "distance": _("Resvägen kan vara högst %(many)s km för lång, alla tillsammans."),
        "turn": _("Bara turordningen mellan dem som annars står lika är inte bevisad."),
    }[name]
    shown = -(-many // KM) if name == "distance" else many
    return told % {"many": grouped(shown), "need": need}
