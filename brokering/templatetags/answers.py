"""The four answers of a hit in words, from a verdict made now or from a receipt frozen earlier."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from typing import Any

from django.utils.translation import gettext as _

from brokering.law.citations import Question
from brokering.law.decision import Bookable, Decision, ExtraCost, GuaranteeEffect
from brokering.law.payer import Payer
from brokering.law.requirement import Requirement
from brokering.verdict import FOR_A_HUMAN, Verdict
from providers.reference import read_regions

YES, NO, UNKNOWN, WARNING = "yes", "no", "unknown", "warning"
FAULTS = ("remiss_missing", "remiss_issuer_not_accepted", "remiss_extra_missing")
REFUSING = frozenset(
    {
        "outside_marketplace",
        "immediate_care_not_brokered",
        "inpatient_not_in_free_choice",
        "reroute_needs_guarantee",
        "open_care_not_in_inpatient_choice",
        "hospital_level_not_local",
        "home_region_missing",
    }
)
"""Reasons of the first question that mean no, whatever the remiss says."""


@dataclass(frozen=True)
class Told:
    """One reason as a decision keeps it: code, question and where it stands."""

    code: str
    question: str
    law: str = ""
    place: str = ""
    kind: str = ""
    as_of: date | None = None


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a decision says, in codes, whether it was just made or read from a receipt."""

    home_region: str | None
    care_region: str
    bookable: str
    payer: str
    home_requirement: str
    care_requirement: str
    guarantee_effect: str
    extra_cost: str
    told: tuple[Told, ...]
    obstacles: tuple[str, ...] = ()

    def codes(self, *questions: Question) -> set[str]:
        """Codes of the reasons for some questions."""
        return {one.code for one in self.told if one.question in questions}


@dataclass(frozen=True)
class ReasonText:
    """A reason as a sentence with its paragraph; the screen says what weight the source has."""

    sentence: str
    law: str = ""
    place: str = ""
    kind: str = ""
    as_of: date | None = None


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


def said_of_verdict(verdict: Verdict, home_region: str | None) -> Said:
    """What a verdict says."""
    said = said_of_decision(verdict.decision, home_region, verdict.care_region)
    return replace(said, bookable=verdict.bookable, obstacles=verdict.obstacles)


def said_of_decision(decision: Decision, home_region: str | None, care_region: str) -> Said:
    """What the law says, whatever the terms are."""
    return Said(
        home_region=home_region,
        care_region=care_region,
        bookable=decision.bookable,
        payer=decision.payer,
        home_requirement=decision.home_requirement,
        care_requirement=decision.care_requirement,
        guarantee_effect=decision.guarantee_effect,
        extra_cost=decision.patient_extra_cost,
        told=tuple(
            Told(
                reason.code,
                reason.question,
                reason.citation.law,
                reason.citation.place,
                reason.citation.kind,
                reason.citation.as_of,
            )
            for reason in decision.reasons
        ),
    )


def said_of_receipt(receipt: Mapping[str, Any]) -> Said:
    """What a frozen receipt says (brokering.receipts)."""
    decision, facts = receipt["decision"], receipt["facts"]
    return Said(
        home_region=facts["home_region"],
        care_region=facts["care_region"],
        bookable=receipt["bookable"],
        payer=decision["payer"],
        home_requirement=decision["home_requirement"],
        care_requirement=decision["care_requirement"],
        guarantee_effect=decision["guarantee_effect"],
        extra_cost=decision["patient_extra_cost"],
        told=tuple(
            Told(
                reason["code"],
                question,
                reason["citation"]["law"],
                reason["citation"]["place"],
                reason["citation"]["kind"],
                date.fromisoformat(reason["citation"]["as_of"]),
            )
            for reason, question in zip(decision["reasons"], receipt["questions"], strict=True)
        ),
        obstacles=tuple(receipt["obstacles"]),
    )


def four_answers(said: Said) -> list[Answer]:
    """The answers in their fixed order."""
    return [_may_i(said), _remiss(said), _who_pays(said), _guarantee(said)]


def region_name(code: str | None) -> str:
    """The region's name; "din hemregion" where nobody has said which it is."""
    return _names().get(code or "", _("din hemregion"))


def sentences(said: Said, *questions: Question) -> list[ReasonText]:
    """The reasons for some questions in words, in the order of the decision."""
    return [_text(said, one) for one in said.told if one.question in questions]


def obstacle_texts(codes: Iterable[str]) -> list[ReasonText]:
    """Why the agreement cannot be used, in words."""
    return [ReasonText(_(f"obstacle.{code}")) for code in codes]


def remiss_fault(said: Said) -> str:
    """The first thing that the remiss lacks; empty when neither region misses anything."""
    codes = said.codes(Question.HOME_REQUIREMENT, Question.CARE_REQUIREMENT)
    return next((code for code in FAULTS if code in codes), "")


def is_refused(said: Said) -> bool:
    """Whether the answer is no for another cause than the remiss."""
    hard = [code for code in said.obstacles if code != FOR_A_HUMAN]
    return bool(hard) or bool(said.codes(Question.CHOICE) & REFUSING)


def _may_i(said: Said) -> Answer:
    state, short = _choice(said)
    return Answer(
        question=_("Får jag komma hit?"),
        icon="door",
        state=state,
        short=short,
        reasons=[
            *obstacle_texts(said.obstacles),
            *_once([_text(said, one) for one in said.told if one.code in FAULTS]),
            *sentences(said, Question.CHOICE, Question.RECEPTION),
        ],
    )


def _choice(said: Said) -> tuple[str, str]:
    if is_refused(said):
        return NO, _("Nej")
    if Requirement.NOT_MET in (said.home_requirement, said.care_requirement):
        return NO, _("Inte utan den remiss som krävs")
    if said.obstacles:
        return UNKNOWN, _("Oklart. En människa behöver kontrollera avtalet")
    shorts = {
        Bookable.YES: (YES, _("Ja")),
        Bookable.APPROVAL: (WARNING, _("När din hemregion har godkänt")),
        Bookable.UNKNOWN: (UNKNOWN, _("Det beror på remissregeln")),
    }
    return shorts.get(Bookable(said.bookable), (NO, _("Nej")))


def _remiss(said: Said) -> Answer:
    home = _part(said, Question.HOME_REQUIREMENT, said.home_requirement, said.home_region)
    care = _part(said, Question.CARE_REQUIREMENT, said.care_requirement, said.care_region)
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
    extra = _(", du betalar resan") if said.extra_cost == ExtraCost.POSSIBLE else ""
    shorts = {
        Payer.HOME_REGION: (YES, home + extra),
        Payer.CARE_REGION: (WARNING, _("%(region)s, om du ändå får vård") % {"region": care}),
        Payer.PATIENT: (WARNING, _("Du själv")),
        Payer.UNDECIDED: (UNKNOWN, _("Inte avgjort")),
    }
    state, short = shorts[Payer(said.payer)]
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
    state, short = shorts[GuaranteeEffect(said.guarantee_effect)]
    return Answer(
        question=_("Vad händer med min vårdgaranti?"),
        icon="clock",
        state=state,
        short=short,
        reasons=sentences(said, Question.GUARANTEE),
    )


def _text(said: Said, one: Told) -> ReasonText:
    region = said.care_region if one.question == Question.CARE_REQUIREMENT else said.home_region
    names = {
        "region": region_name(region),
        "home_region": region_name(said.home_region),
        "care_region": region_name(said.care_region),
    }
    return ReasonText(_(f"reason.{one.code}") % names, one.law, one.place, one.kind, one.as_of)


def _once(texts: list[ReasonText]) -> list[ReasonText]:
    return list(dict.fromkeys(texts))


@cache
def _names() -> dict[str, str]:
    return {region.code: region.name for region in read_regions()}
