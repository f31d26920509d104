"""The four answers of a hit in words, from a verdict made now or from a receipt frozen earlier."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from brokering.law.citations import Question
from brokering.law.decision import Bookable, ExtraCost, GuaranteeEffect
from brokering.law.explanation import Explanation, Weight
from brokering.law.payer import Payer
from brokering.law.requirement import Requirement
from brokering.receipts import explanation_of
from brokering.templatetags.sentences import (
    NO,
    UNKNOWN,
    WARNING,
    YES,
    ReasonText,
    obstacle_texts,
    reason_texts,
    region_name,
    short_text,
    weighed_texts,
)
from brokering.verdict import Verdict


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a decision says, in codes, whether it was just made or read from a receipt.

    `bookable` is the answer of law and terms together, `decision` and `explained` are JSON.
    """

    bookable: str
    decision: Mapping[str, Any]
    explained: Mapping[str, Any]

    @property
    def home_region(self) -> str | None:
        """The region responsible for the person."""
        region: str | None = self.explained["home_region"]
        return region

    @property
    def care_region(self) -> str:
        """The region whose agreement carries the visit."""
        return str(self.explained["care_region"])

    def codes(self, *questions: Question) -> set[str]:
        """Codes of the reasons for some questions."""
        told = self.explained["reasons"]
        return {one["code"] for one in told if one["question"] in questions}


@dataclass(frozen=True)
class Part:
    """One region's rule: never merged with the other's."""

    label: str
    state: str
    short: str


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One of the four lines."""

    question: str
    icon: str
    state: str
    short: str = ""
    parts: tuple[Part, ...] = ()
    reasons: list[ReasonText] = field(default_factory=list)


def said_of_verdict(verdict: Verdict, *, with_changes: bool = False) -> Said:
    """What a verdict says, and if asked for what would change it."""
    return Said(
        bookable=verdict.bookable,
        decision=verdict.decision.as_json(),
        explained=verdict.as_json(with_changes=with_changes),
    )


def said_of_explanation(explanation: Explanation) -> Said:
    """What the law says, whatever the terms are."""
    decision = explanation.decision
    return Said(
        bookable=decision.bookable,
        decision=decision.as_json(),
        explained=explanation.as_json(changes=()),
    )


def said_of_receipt(receipt: Mapping[str, Any]) -> Said:
    """What a frozen receipt says (brokering.receipts)."""
    return Said(
        bookable=receipt["bookable"],
        decision=receipt["decision"],
        explained=explanation_of(receipt),
    )


def four_answers(said: Said) -> list[Answer]:
    """The answers in their fixed order."""
    return [_may_i(said), _remiss(said), _who_pays(said), _guarantee(said)]


def sentences(said: Said, *questions: Question) -> list[ReasonText]:
    """The reasons for some questions in words, in the order of the decision."""
    return reason_texts(said.explained, *questions)


def _may_i(said: Said) -> Answer:
    state, short = _choice(said)
    return Answer(
        question=_("Får jag komma hit?"),
        icon="door",
        state=state,
        short=short,
        reasons=[
            *obstacle_texts(said.explained),
            *_once(
                weighed_texts(said.explained, Weight.STOPS)
                + sentences(said, Question.CHOICE, Question.RECEPTION)
            ),
        ],
    )


def _choice(said: Said) -> tuple[str, str]:
    states = {
        Bookable.YES: YES,
        Bookable.NO: NO,
        Bookable.APPROVAL: WARNING,
        Bookable.UNKNOWN: UNKNOWN,
    }
    state = states[Bookable(said.bookable)]
    return state, _("Ja") if state == YES else short_text(said.explained)


def _remiss(said: Said) -> Answer:
    home = _part(
        said, Question.HOME_REQUIREMENT, said.decision["home_requirement"], said.home_region
    )
    care = _part(
        said, Question.CARE_REQUIREMENT, said.decision["care_requirement"], said.care_region
    )
    order = [NO, WARNING, UNKNOWN, YES]
    return Answer(
        question=_("Behövs remiss?"),
        icon="document",
        state=min(home.state, care.state, key=order.index),
        parts=(home, care),
        reasons=_once(sentences(said, Question.HOME_REQUIREMENT, Question.CARE_REQUIREMENT)),
    )


def _part(said: Said, question: Question, requirement: str, region: str | None) -> Part:
    role = _("Hemregion") if question == Question.HOME_REQUIREMENT else _("Vårdregion")
    label = f"{role} ({region_name(region)})" if region else role
    if region is None:
        return Part(label, UNKNOWN, _("välj hemregion så svarar vi"))
    shorts = {
        Requirement.NOT_REQUIRED: (YES, _("nej")),
        Requirement.MET: (YES, _("ja, och du har en som räcker")),
        Requirement.NOT_MET: (NO, _fault(said.codes(question))),
        Requirement.UNKNOWN: (UNKNOWN, _unknown(said.codes(question))),
    }
    return Part(label, *shorts[Requirement(requirement)])


def _fault(codes: set[str]) -> str:
    if "remiss_issuer_not_accepted" in codes:
        return _("ja, men inte från den som skrev din")
    if "remiss_extra_missing" in codes:
        return _("ja, med en bedömning som saknas")
    return _("ja, och du har ingen än")


def _unknown(codes: set[str]) -> str:
    if "remiss_age_unknown" in codes:
        return _("det beror på din ålder")
    return _("det vet vi inte")


def _who_pays(said: Said) -> Answer:
    home, care = region_name(said.home_region), region_name(said.care_region)
    extra = (
        _(", du betalar resan") if said.decision["patient_extra_cost"] == ExtraCost.POSSIBLE else ""
    )
    shorts = {
        Payer.HOME_REGION: (YES, home + extra),
        Payer.CARE_REGION: (WARNING, _("%(region)s, om du ändå får vård") % {"region": care}),
        Payer.PATIENT: (WARNING, _("Du själv")),
        Payer.UNDECIDED: (UNKNOWN, _("Inte avgjort")),
    }
    state, short = shorts[Payer(said.decision["payer"])]
    return Answer(
        question=_("Vem betalar?"),
        icon="wallet",
        state=state,
        short=short,
        reasons=sentences(said, Question.PAYER, Question.TRAVEL, Question.COST),
    )


def _guarantee(said: Said) -> Answer:
    shorts = {
        GuaranteeEffect.RUNS: (YES, _("Den fortsätter att gälla")),
        GuaranteeEffect.EXCLUDED: (WARNING, _("Väntetiden räknas inte längre")),
        GuaranteeEffect.NONE: (UNKNOWN, _("Den här vården ingår inte")),
        GuaranteeEffect.UNSETTLED: (UNKNOWN, _("Inte avgjort")),
    }
    state, short = shorts[GuaranteeEffect(said.decision["guarantee_effect"])]
    return Answer(
        question=_("Vad händer med min vårdgaranti?"),
        icon="clock",
        state=state,
        short=short,
        reasons=sentences(said, Question.GUARANTEE),
    )


def _once(texts: list[ReasonText]) -> list[ReasonText]:
    return list(dict.fromkeys(texts))
