"""One explanation of a decision: the short answer, what it rests on, and what would change it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from brokering.law.citations import Reason
from brokering.law.codes import ReasonCode
from brokering.law.decision import Bookable, Decision, decide
from brokering.law.facts import Facts, PatientFacts, ReferralFacts
from brokering.law.otherwise import (
    REMISS_STEPS,
    Step,
    Wish,
    later_days,
    other_facts,
    other_papers,
)
from brokering.law.routes import GuaranteeEffect
from brokering.law.rulebook import RuleBook
from brokering.law.words import Word


class Short(Word):
    """The answer in one code; the sentences are translations of `short.<code>`."""

    YES = "yes"
    YES_GUARANTEE_STOPS = "yes_guarantee_stops"
    APPROVAL = "approval"
    UNKNOWN_HOME_REGION = "unknown_home_region"
    UNKNOWN_AGE = "unknown_age"
    UNKNOWN_LEVEL = "unknown_level"
    UNKNOWN_RULE = "unknown_rule"
    NO_IMMEDIATE = "no_immediate"
    NO_AGREEMENT = "no_agreement"
    NO_INPATIENT = "no_inpatient"
    NO_OPEN_CARE = "no_open_care"
    NO_LEVEL = "no_level"
    NO_HOME_REGION = "no_home_region"
    NO_GUARANTEE = "no_guarantee"
    NO_REMISS = "no_remiss"
    NO_REMISS_YET = "no_remiss_yet"
    NO_ISSUER = "no_issuer"
    NO_EXTRA = "no_extra"


_NO = {
    ReasonCode.IMMEDIATE_CARE_NOT_BROKERED: Short.NO_IMMEDIATE,
    ReasonCode.OUTSIDE_MARKETPLACE: Short.NO_AGREEMENT,
    ReasonCode.INPATIENT_NOT_IN_FREE_CHOICE: Short.NO_INPATIENT,
    ReasonCode.OPEN_CARE_NOT_IN_INPATIENT_CHOICE: Short.NO_OPEN_CARE,
    ReasonCode.HOSPITAL_LEVEL_NOT_LOCAL: Short.NO_LEVEL,
    ReasonCode.HOME_REGION_MISSING: Short.NO_HOME_REGION,
    ReasonCode.REROUTE_NEEDS_GUARANTEE: Short.NO_GUARANTEE,
    ReasonCode.REMISS_MISSING: Short.NO_REMISS,
    ReasonCode.REMISS_NOT_YET_ISSUED: Short.NO_REMISS_YET,
    ReasonCode.REMISS_ISSUER_NOT_ACCEPTED: Short.NO_ISSUER,
    ReasonCode.REMISS_EXTRA_MISSING: Short.NO_EXTRA,
}
_UNKNOWN = {
    ReasonCode.REMISS_HOME_REGION_MISSING: Short.UNKNOWN_HOME_REGION,
    ReasonCode.REMISS_AGE_UNKNOWN: Short.UNKNOWN_AGE,
    ReasonCode.HOSPITAL_LEVEL_UNKNOWN: Short.UNKNOWN_LEVEL,
    ReasonCode.REMISS_RULE_UNKNOWN: Short.UNKNOWN_RULE,
}
"""Both in order: where several hold, the first is the one to say."""


class Weight(Word):
    """What a reason does to the answer: stops the booking, leaves it open, or tells what follows."""

    STOPS = "stops"
    OPEN = "open"
    TELLS = "tells"


class Result(Word):
    """What a change leads to; `yes_guarantee_runs` where the answer before lost the guarantee."""

    YES = "yes"
    YES_GUARANTEE_RUNS = "yes_guarantee_runs"
    NO = "no"
    APPROVAL = "approval"
    UNKNOWN = "unknown"


_RANK = {Bookable.NO: 0, Bookable.UNKNOWN: 1, Bookable.APPROVAL: 2, Bookable.YES: 3}


@dataclass(frozen=True)
class Change:
    """A wish and what the law answers to it."""

    wish: Wish
    decision: Decision

    def as_json(self, asked: Facts) -> dict[str, Any]:
        """`with` holds the parts of the question to replace, so that anyone can ask again."""
        wish = self.wish
        ages = wish.ages and {"from": wish.ages[0], "to": wish.ages[1]}
        return {
            "steps": [step.value for step in wish.steps],
            "with": _parts_changed(asked, wish.facts),
            "issuers": list(wish.issuers),
            "extras": list(wish.extras),
            "ages": ages,
            "bookable": self.decision.bookable.value,
            "payer": self.decision.payer.value,
            "payer_region": self.decision.payer_region,
            "guarantee_effect": self.decision.guarantee_effect.value,
        }


@dataclass(frozen=True)
class Explanation:
    """What a decision says of itself: codes and citations only, sentences are made at the face.

    What would change it is asked of the law when somebody looks, once.
    """

    asked: Facts
    rules: RuleBook = field(repr=False, compare=False)
    decision: Decision

    @property
    def short(self) -> Short:
        """The answer in one code."""
        return short_answer(self.decision)

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """What the answer rests on, in the order of the questions."""
        return self.decision.reasons

    @property
    def lacking(self) -> tuple[ReasonCode, ...]:
        """What would have to be known for an answer."""
        told = {reason.code for reason in self.reasons}
        return tuple(code for code in _UNKNOWN if code in told)

    @cached_property
    def changes(self) -> tuple[Change, ...]:
        """What would make the answer a better one."""
        return tuple(_changes(self.asked, self.rules, self.decision))

    def results(self) -> Iterator[tuple[Change, Result]]:
        """The changes, each with what the answer becomes."""
        for change in self.changes:
            yield change, result(change.decision, self.decision)

    def as_json(
        self,
        obstacles: Iterable[str] = (),
        changes: Iterable[tuple[Change, Result]] | None = None,
    ) -> dict[str, Any]:
        """The explanation beside a decision; a face with terms gives their obstacles and what they leave."""
        shown = self.results() if changes is None else changes
        return {
            "short": self.short.value,
            "home_region": self.asked.patient.home_region,
            "care_region": self.asked.clinic.care_region,
            "reasons": [_reason_json(reason) for reason in self.reasons],
            "lacking": [code.value for code in self.lacking],
            "obstacles": [{"code": code} for code in obstacles],
            "changes": [
                change.as_json(self.asked) | {"result": became.value} for change, became in shown
            ],
        }


def explain(facts: Facts, rules: RuleBook, decision: Decision) -> Explanation:
    """Explain the decision on these facts and rules by asking the law again with changed facts.

    Rules that begin later than the day asked are read for "another date" and for nothing else.
    """
    return Explanation(facts, rules, decision)


def weight(code: str) -> Weight:
    """What a reason of that code does to the answer."""
    if code in _NO:
        return Weight.STOPS
    return Weight.OPEN if code in _UNKNOWN or code == ReasonCode.APPROVAL_MISSING else Weight.TELLS


def result(after: Decision, before: Decision) -> Result:
    """What the answer becomes."""
    if after.bookable == Bookable.YES and _keeps_guarantee(after, before):
        return Result.YES_GUARANTEE_RUNS
    return Result(after.bookable.value)


def short_answer(decision: Decision) -> Short:
    """The decision in one code: for a no or an unknown, what stands in the way."""
    told = {reason.code for reason in decision.reasons}
    if decision.bookable == Bookable.APPROVAL:
        return Short.APPROVAL
    if decision.bookable == Bookable.YES:
        stops = decision.guarantee_effect == GuaranteeEffect.EXCLUDED
        return Short.YES_GUARANTEE_STOPS if stops else Short.YES
    causes = _NO if decision.bookable == Bookable.NO else _UNKNOWN
    return next(short for code, short in causes.items() if code in told)


def _changes(facts: Facts, rules: RuleBook, decision: Decision) -> list[Change]:
    """Single steps first; a clinic, route or day together with papers only where no step alone is enough."""
    tried = list(_tried(facts, rules, decision))
    found = [change for change in tried if _helps(change, decision)]
    if decision.bookable == Bookable.YES or _opens(found):
        return found
    return found + [joined for first in tried for joined in _with_papers(first, rules)]


def _with_papers(first: Change, rules: RuleBook) -> Iterator[Change]:
    taken = set(first.wish.steps)
    if taken & {*REMISS_STEPS, Step.KNOWN_AGE}:
        return
    for second in other_papers(first.wish.facts, rules, first.decision):
        wish = replace(second, steps=(*first.wish.steps, *second.steps))
        joined = Change(wish, decide(wish.facts, rules))
        if _opens([joined]):
            yield joined


def _opens(changes: list[Change]) -> bool:
    return any(change.decision.bookable == Bookable.YES for change in changes)


def _helps(change: Change, before: Decision) -> bool:
    """A better answer, or a yes that keeps the guarantee; an age counts whenever it settles something."""
    after = change.decision
    if Step.KNOWN_AGE in change.wish.steps:
        return after.bookable != before.bookable
    if after.bookable != before.bookable:
        return _RANK[after.bookable] > _RANK[before.bookable]
    return after.bookable == Bookable.YES and _keeps_guarantee(after, before)


def _keeps_guarantee(after: Decision, before: Decision) -> bool:
    lost = (GuaranteeEffect.EXCLUDED, GuaranteeEffect.UNSETTLED)
    return before.guarantee_effect in lost and after.guarantee_effect == GuaranteeEffect.RUNS


def _tried(facts: Facts, rules: RuleBook, decision: Decision) -> Iterator[Change]:
    """Everything that could be otherwise, with the law's answer; of later days the first that helps."""
    for find in (other_papers, other_facts):
        for wish in find(facts, rules, decision):
            yield Change(wish, decide(wish.facts, rules))
    if decision.bookable != Bookable.YES:
        later = (Change(wish, decide(wish.facts, rules)) for wish in later_days(facts, rules))
        yield from [change for change in later if _helps(change, decision)][:1]


def _parts_changed(before: Facts, after: Facts) -> dict[str, Any]:
    old, new = _parts(before), _parts(after)
    return {name: part for name, part in new.items() if part != old[name]}


def _parts(facts: Facts) -> dict[str, Any]:
    """The parts of a question that a step can change, in the form of `decide`."""
    return {
        "on": facts.on.isoformat(),
        "route": facts.route.value,
        "patient": _patient(facts.patient),
        "clinic": {
            "care_region": facts.clinic.care_region,
            "regime": facts.clinic.regime.value,
            "site": facts.clinic.site,
            "publicly_funded": facts.clinic.publicly_funded,
        },
        "referral": facts.referral and _referral(facts.referral),
        "need_approved_by_home": facts.need_approved_by_home,
    }


def _patient(patient: PatientFacts) -> dict[str, Any]:
    return {
        "home_region": patient.home_region,
        "responsibility": patient.responsibility.value,
        "birth_date": patient.birth_date and patient.birth_date.isoformat(),
    }


def _referral(referral: ReferralFacts) -> dict[str, Any]:
    return {
        "issued_on": referral.issued_on.isoformat(),
        "issuer": str(referral.issuer),
        "issuer_region": referral.issuer_region,
        "extras": sorted(referral.extras),
    }


def _reason_json(reason: Reason) -> dict[str, Any]:
    return {
        "code": reason.code.value,
        "question": reason.question.value,
        "interpretation": reason.interpretation,
        "weight": weight(reason.code).value,
        "citation": reason.citation.as_json(),
    }
