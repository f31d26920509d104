"""The consequence page: two columns, the same rows, the law's figures and the patient's own dates."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django import template
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.templatetags.screen import weekday_date
from brokering.forms import CONSEQUENCE_VERSION
from brokering.law.citations import Question
from brokering.law.decision import Bookable, GuaranteeEffect
from brokering.law.facts import Route
from brokering.selectors.choices import Choice
from brokering.templatetags.answers import Said, said_of_verdict, sentences
from brokering.templatetags.clocks import weekday
from brokering.templatetags.sentences import short_text
from brokering.templatetags.sources import cited
from providers.templatetags.visiting import hour_of

register = template.Library()


OWN_CHOICE = "eget-val"
"""The form of who chooses: what is to follow is chosen beside it."""


@dataclass(frozen=True)
class Row:
    """One row of a column; the note says on what it rests."""

    label: str
    text: str
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Side:
    """One column and its button."""

    rows: list[Row]
    action: str
    button: str
    hidden: list[tuple[str, Any]]
    unavailable: str = ""
    form_id: str = ""


@register.inclusion_tag("components/_consequence.html")
def consequence(choice: Choice) -> dict[str, Any]:
    """Draw both columns with their buttons."""
    return {"own": own_side(choice), "region": region_side(choice)}


@register.inclusion_tag("brokering/_follow_ons.html")
def follow_on_choice(follows: Any) -> dict[str, Any]:
    """Draw the places that may follow, each with what it means for its own guarantee."""
    choices = [
        {
            "slot": one.slot,
            "guarantee": _said(said_of_verdict(one.verdict), Question.GUARANTEE),
        }
        for one in follows.found
    ]
    return {"care": follows.second.care, "choices": choices, "form": OWN_CHOICE}


def own_side(choice: Choice) -> Side:
    """What follows if the person chooses this place."""
    said = said_of_verdict(choice.hit.verdict)
    terms = choice.hit.verdict.terms
    return Side(
        rows=[
            Row(
                _("Vem väljer mottagning"),
                _("Du väljer %(clinic)s.") % {"clinic": choice.hit.place.clinic_name},
            ),
            Row(_("Vårdgarantin"), own_guarantee(choice, said), _cited(said, Question.GUARANTEE)),
            Row(_("Kostnad för vården"), _cost(said), _cited(said, Question.PAYER)),
            Row(_("Resa"), _said(said, Question.TRAVEL), _cited(said, Question.TRAVEL)),
            Row(_("Din plats i kön"), _own_place(choice)),
            Row(_("Om du ångrar dig"), f"{_own_regret(choice, said)} {_until(choice)}".rstrip()),
        ],
        action=reverse("slot-hold", args=[choice.hit.place.slot]),
        button=_("Jag väljer själv"),
        form_id=OWN_CHOICE,
        hidden=[
            ("lot", terms.lot if terms else ""),
            ("route", choice.hit.verdict.route.value),
            ("referral", choice.referral.id if choice.referral else ""),
            ("version", CONSEQUENCE_VERSION),
            ("key", uuid4()),
        ],
    )


def region_side(choice: Choice) -> Side:
    """What follows if the home region arranges the care."""
    said = said_of_verdict(choice.arranged)
    return Side(
        rows=[
            Row(
                _("Vem väljer mottagning"),
                _("Din region föreslår en mottagning. Du får säga vad du önskar."),
            ),
            Row(
                _("Vårdgarantin"), _region_guarantee(choice, said), _cited(said, Question.GUARANTEE)
            ),
            Row(_("Kostnad för vården"), _cost(said), _cited(said, Question.COST)),
            Row(_("Resa"), _said(said, Question.TRAVEL), _cited(said, Question.TRAVEL)),
            Row(_("Din plats i kön"), _("Du behåller din plats medan regionen letar.")),
            Row(
                _("Om du ångrar dig"),
                _("Du kan fortfarande välja en tid själv, tills regionen har bokat en åt dig."),
            ),
        ],
        action=reverse("slot-region", args=[choice.hit.place.slot]),
        button=_("Låt regionen ordna"),
        hidden=[("referral", choice.referral.id if choice.referral else ""), ("key", uuid4())],
        unavailable=_unavailable(choice, said),
    )


def own_guarantee(choice: Choice, said: Said) -> str:
    """What happens to the guarantee, with the patient's own dates."""
    text = _said(said, Question.GUARANTEE)
    if choice.clock is None:
        return text
    state = choice.clock.state
    if said.decision["guarantee_effect"] == GuaranteeEffect.EXCLUDED:
        days = {"day": state.counted_days, "limit": state.limit_days, "on": weekday(choice.today)}
        return (
            f"{text} "
            + _(
                "I dag är dag %(day)s av %(limit)s. Från och med i dag, %(on)s, räknas inga fler dagar."
            )
            % days
        )
    if said.decision["guarantee_effect"] == GuaranteeEffect.RUNS and state.due:
        return f"{text} " + _("Den gäller till %(due)s.") % {"due": weekday(state.due)}
    return text


def _region_guarantee(choice: Choice, said: Said) -> str:
    text = _said(said, Question.GUARANTEE)
    if choice.clock is None or choice.clock.state.due is None:
        return text
    due = {"due": weekday(choice.clock.state.due)}
    return f"{text} " + _("Den gäller till %(due)s.") % due


def _own_place(choice: Choice) -> str:
    if choice.referral is None:
        return _("Din egen anmälan börjar gälla i dag.")
    return _("Du behåller din plats tills du har bekräftat den nya tiden.")


def _own_regret(choice: Choice, said: Said) -> str:
    if said.decision["guarantee_effect"] == GuaranteeEffect.EXCLUDED and choice.clock:
        return _(
            "Du kan avboka. Då räknas tiden i vårdgarantin igen från den dagen, och dagarna däremellan"
            " räknas inte."
        )
    if choice.hit.verdict.route == Route.OWN_REGION:
        return _("Du kan avboka. Då väntar du igen, på samma plats som förut.")
    return _("Du kan avboka. Då väntar du igen.")


def _until(choice: Choice) -> str:
    """The clinic's limit, where it sets one."""
    if choice.cancel_until is None:
        return ""
    moment = {"day": weekday_date(choice.cancel_until), "time": hour_of(choice.cancel_until)}
    return _("Avboka senast %(day)s kl. %(time)s. Senare ringer du mottagningen.") % moment


def _unavailable(choice: Choice, arranged: Said) -> str:
    if choice.referral is None:
        return _("Regionen kan ordna en tid när du har en remiss eller en egen anmälan som väntar.")
    if choice.arranged.decision.bookable == Bookable.NO:
        return short_text(arranged.explained)
    if choice.case_open:
        return _("Din region letar redan efter en plats åt dig.")
    return ""


def _cost(said: Said) -> str:
    return " ".join(text.sentence for text in sentences(said, Question.PAYER, Question.COST))


def _said(said: Said, question: Question) -> str:
    return " ".join(text.sentence for text in sentences(said, question))


def _cited(said: Said, question: Question) -> str:
    first = next(iter(sentences(said, question)), None)
    return cited(first) if first else ""
