"""An explanation in words: the short answer, the four answers, and what would change them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import template
from django.http import QueryDict
from django.template.defaultfilters import date as date_words
from django.urls import reverse
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from brokering.forms import EXTRAS, ISSUERS, OWN, REGIMES
from brokering.law.decision import Bookable, Decision
from brokering.law.explanation import Change
from brokering.law.otherwise import Step, Wish
from brokering.law.routes import GuaranteeEffect
from brokering.selectors.calculator import Calculation
from brokering.templatetags.answers import (
    NO,
    UNKNOWN,
    WARNING,
    YES,
    four_answers,
    region_name,
    said_of_decision,
)
from contracts.terms import Regime

register = template.Library()

STATES = {
    Bookable.YES: YES,
    Bookable.NO: NO,
    Bookable.APPROVAL: WARNING,
    Bookable.UNKNOWN: UNKNOWN,
}


@dataclass(frozen=True, kw_only=True)
class ChangeLine:
    """What would change the answer, to what, and where to see that answer in full."""

    condition: str
    result: str
    state: str
    url: str


@register.filter
def short_answer(found: Calculation) -> str:
    """The answer in one sentence."""
    names = {"home_region": region_name(found.facts.patient.home_region)}
    return _(f"short.{found.explanation.short}") % names


@register.filter
def short_state(found: Calculation) -> str:
    """Which icon stands before it."""
    return STATES[found.decision.bookable]


@register.filter
def changes_possible(found: Calculation) -> bool:
    """Whether there is anything to say about what would change the answer."""
    return bool(found.explanation.changes)


@register.inclusion_tag("brokering/_answers.html")
def calculated_answers(found: Calculation) -> dict[str, Any]:
    """The four answers."""
    facts = found.facts
    said = said_of_decision(found.decision, facts.patient.home_region, facts.clinic.care_region)
    return {"answers": four_answers(said)}


@register.inclusion_tag("brokering/_changes.html")
def what_would_change(found: Calculation, said: QueryDict) -> dict[str, Any]:
    """Each change as a line that leads to its own answer."""
    changes = found.explanation.changes
    return {"lines": [_line(change, found.decision, said) for change in changes]}


@register.filter
def other_agreements(found: Calculation) -> list[tuple[str, str]]:
    """Agreements under which the answer is another, with that answer in a word."""
    names = dict(REGIMES)
    return [
        (str(names[Regime(regime)]), _result(other, found.decision))
        for regime, other in found.otherwise.items()
    ]


@register.simple_tag
def address_on(said: QueryDict, day: date) -> str:
    """The same question about another day."""
    return _address(said, {"on": day.isoformat()})


@register.filter
def clause(text: str) -> str:
    """A condition as the beginning of a sentence."""
    return text[:1].upper() + text[1:]


def _line(change: Change, before: Decision, said: QueryDict) -> ChangeLine:
    after = change.decision
    return ChangeLine(
        condition=clause(get_text_list(_conditions(change.wish), _("och"))),
        result=_result(after, before),
        state=STATES[after.bookable],
        url=_address(said, _told(change.wish)),
    )


def _conditions(wish: Wish) -> list[str]:
    issuers = {str(code): str(words).lower() for code, words in ISSUERS}
    extras = {code: str(words).lower() for code, words in EXTRAS}
    said = {
        "home_region": region_name(wish.facts.patient.home_region),
        "issuers": get_text_list([issuers.get(code, code) for code in wish.issuers], _("eller")),
        "extras": get_text_list([extras.get(code, code) for code in wish.extras], _("och")),
        "day": date_words(wish.facts.on, "l j F Y"),
        "ages": _ages(wish.ages),
    }
    return [_(f"change.{step}") % said for step in wish.steps]


def _ages(ages: tuple[int, int | None] | None) -> str:
    if ages is None:
        return ""
    first, last = ages
    if last is None:
        return _("%(age)s år eller äldre") % {"age": first}
    return _("%(age)s till %(last)s år") % {"age": first, "last": last}


def _result(after: Decision, before: Decision) -> str:
    if after.bookable == Bookable.YES and _keeps_guarantee(after, before):
        return _("ja, och vårdgarantin fortsätter att gälla")
    if after.bookable == Bookable.YES and before.bookable == Bookable.YES:
        return _("ja, men med andra svar på frågorna ovan")
    return {
        Bookable.YES: _("ja"),
        Bookable.NO: _("nej"),
        Bookable.APPROVAL: _("ja, när hemregionen har godkänt"),
        Bookable.UNKNOWN: _("det vet vi inte"),
    }[after.bookable]


def _keeps_guarantee(after: Decision, before: Decision) -> bool:
    lost = (GuaranteeEffect.EXCLUDED, GuaranteeEffect.UNSETTLED)
    return before.guarantee_effect in lost and after.guarantee_effect == GuaranteeEffect.RUNS


def _told(wish: Wish) -> dict[str, str | list[str]]:
    """The steps as the form would say them."""
    told: dict[str, str | list[str]] = {}
    for step in wish.steps:
        told |= _AS_FORM[step](wish)
    return told


def _remiss(wish: Wish) -> dict[str, str | list[str]]:
    remiss = wish.facts.referral
    if remiss is None:
        return {}
    return {
        "referral": "yes",
        "issuer": str(remiss.issuer),
        "extras": sorted(remiss.extras),
    }


_AS_FORM: dict[Step, Callable[[Wish], dict[str, str | list[str]]]] = {
    Step.REMISS_FROM_ANY_REGION: _remiss,
    Step.REMISS_FROM_ACCEPTED_ISSUER: _remiss,
    Step.REMISS_WITH_EXTRAS: _remiss,
    Step.APPROVAL_BY_HOME_REGION: lambda wish: {"approved": "on"},
    Step.CLINIC_WITH_AGREEMENT: lambda wish: {"regime": wish.facts.clinic.regime.value},
    Step.OWN_REGION_CLINIC: lambda wish: {
        "care_region": OWN,
        "regime": wish.facts.clinic.regime.value,
        "arranged": "self",
    },
    Step.REGION_ARRANGES: lambda wish: {"arranged": "region"},
    Step.INPATIENT_BY_AGREEMENT: lambda wish: {"approved": "on", "arranged": "self"},
    Step.FREE_CHOICE: lambda wish: {"arranged": "self"},
    Step.LATER_DATE: lambda wish: {"on": wish.facts.on.isoformat()},
    Step.KNOWN_AGE: lambda wish: {"age": str(wish.ages[0] if wish.ages else "")},
}


def _address(said: QueryDict, told: dict[str, Any]) -> str:
    asked = said.copy()
    for name, value in told.items():
        asked.setlist(name, value if isinstance(value, list) else [value])
    return f"{reverse('calculator')}?{asked.urlencode()}"
