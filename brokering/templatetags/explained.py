"""The calculator's answer: the short one, the four, and what would change them, each with its address."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import template
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from brokering.forms import OWN, REGIMES
from brokering.law.decision import Bookable, Decision
from brokering.law.explanation import Result, result
from brokering.law.otherwise import Step, Wish
from brokering.selectors.calculator import Calculation
from brokering.templatetags.answers import four_answers, said_of_explanation
from brokering.templatetags.sentences import (
    STATES,
    ChangeText,
    Json,
    change_text,
    result_text,
    short_text,
)
from contracts.terms import Regime

register = template.Library()


@dataclass(frozen=True, kw_only=True)
class ChangeLine(ChangeText):
    """A change, and where to see that answer in full."""

    url: str


@register.filter
def short_answer(found: Calculation) -> str:
    """The answer in one sentence."""
    return short_text(found.explanation.as_json(changes=()))


@register.filter
def short_state(found: Calculation) -> str:
    """Which icon stands before it."""
    return STATES[Result(found.decision.bookable)]


@register.filter
def changes_possible(found: Calculation) -> bool:
    """Whether there is anything to say about what would change the answer."""
    return bool(found.explanation.changes)


@register.inclusion_tag("brokering/_answers.html")
def calculated_answers(found: Calculation) -> dict[str, Any]:
    """The four answers."""
    return {"answers": four_answers(said_of_explanation(found.explanation))}


@register.inclusion_tag("brokering/_changes.html")
def what_would_change(found: Calculation, said: QueryDict) -> dict[str, Any]:
    """Each change as a line that leads to its own answer."""
    explained = found.explanation.as_json()
    pairs = zip(explained["changes"], found.explanation.changes, strict=True)
    return {"lines": [_line(explained, told, change.wish, said) for told, change in pairs]}


@register.filter
def other_agreements(found: Calculation) -> list[tuple[str, str]]:
    """Agreements under which the answer is another, with that answer in a word."""
    names = dict(REGIMES)
    return [
        (str(names[Regime(regime)]), _other_answer(other, found.decision))
        for regime, other in found.otherwise.items()
    ]


@register.simple_tag
def address_on(said: QueryDict, day: date) -> str:
    """The same question about another day."""
    return _address(said, {"on": day.isoformat()})


def _line(explained: Json, told: Json, wish: Wish, said: QueryDict) -> ChangeLine:
    text = change_text(explained, told)
    return ChangeLine(
        condition=text.condition,
        result=text.result,
        state=text.state,
        steps=text.steps,
        url=_address(said, _told(wish)),
    )


def _other_answer(after: Decision, before: Decision) -> str:
    became = result(after, before)
    if became == Result.YES and before.bookable == Bookable.YES:
        return _("ja, men med andra svar på frågorna ovan")
    return result_text(became)


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
