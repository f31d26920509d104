"""Who pays? 8 kap. 3 § second paragraph HSL and its exceptions."""

from dataclasses import dataclass
from functools import cache

from brokering.law.citations import Question, Reason, why
from brokering.law.codes import ReasonCode
from brokering.law.facts import CareForm, Facts, HospitalLevel, Responsibility, Route
from brokering.law.requirement import Requirement
from brokering.law.words import Word


class Payer(Word):
    """Who bears the cost of the care; `undecided` is an answer, and a human checks."""

    HOME_REGION = "home_region"
    CARE_REGION = "care_region"
    PATIENT = "patient"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class Bill:
    """The payer and why."""

    payer: Payer
    reasons: tuple[Reason, ...]


UNNAMED = {
    Responsibility.EU_883: ReasonCode.PAYER_UNSETTLED_EU_883,
    Responsibility.STUDENT_ABROAD: ReasonCode.PAYER_UNSETTLED_STUDENT_ABROAD,
    Responsibility.NONE: ReasonCode.PAYER_UNSETTLED_NO_REGION,
}
"""8 kap. 3 § names residents and the protected-registered only."""


def payer(facts: Facts, home: Requirement) -> Bill:
    """Question 4. The care region's own requirement is no argument: it never moves the cost (R28)."""
    if facts.outside_marketplace:
        return _bill(Payer.PATIENT, ReasonCode.PAYER_PATIENT_OUTSIDE_MARKETPLACE)
    if facts.patient.home_region is None:
        return _bill(Payer.UNDECIDED, ReasonCode.PAYER_HOME_REGION_MISSING)
    if facts.route == Route.OWN_REGION:
        return _bill(Payer.HOME_REGION, ReasonCode.PAYER_OWN_REGION)
    if facts.care.immediate:
        return _bill(Payer.UNDECIDED, ReasonCode.PAYER_NOT_FOR_IMMEDIATE_CARE)
    if facts.route == Route.GUARANTEE_REROUTE:
        return _reroute(facts)
    return _across_border(facts, home)


def _reroute(facts: Facts) -> Bill:
    """The home region pays what it arranges, whatever the person's responsibility rests on."""
    if facts.guarantee is None:
        return _bill(Payer.UNDECIDED, ReasonCode.PAYER_NOT_BY_REROUTE)
    return _bill(Payer.HOME_REGION, ReasonCode.PAYER_REROUTE)


def _across_border(facts: Facts, home: Requirement) -> Bill:
    refused = _form_refused(facts)
    if refused:
        return _bill(Payer.UNDECIDED, refused)
    if facts.patient.responsibility in UNNAMED:
        return _bill(Payer.UNDECIDED, UNNAMED[facts.patient.responsibility])
    if facts.route == Route.INPATIENT_CHOICE:
        return _bill(Payer.HOME_REGION, ReasonCode.PAYER_BY_APPROVAL)
    return _BY_HOME_RULE[home]


def _form_refused(facts: Facts) -> ReasonCode | None:
    """Care that the route does not reach, and inpatient care without approval: no rule names a payer."""
    inpatient = facts.care.form == CareForm.INPATIENT
    if facts.route == Route.FREE_CHOICE:
        return ReasonCode.PAYER_NOT_BY_FREE_CHOICE if inpatient else None
    if not inpatient or facts.care.hospital_level not in (None, HospitalLevel.LOCAL):
        return ReasonCode.PAYER_NOT_BY_AGREEMENT
    return None if facts.need_approved_by_home else ReasonCode.PAYER_AWAITS_APPROVAL


@cache
def _bill(who: Payer, *codes: ReasonCode) -> Bill:
    return Bill(who, tuple(why(code, Question.PAYER) for code in codes))


_BY_HOME_RULE = {
    Requirement.NOT_REQUIRED: _bill(Payer.HOME_REGION, ReasonCode.PAYER_HOME_REGION),
    Requirement.MET: _bill(Payer.HOME_REGION, ReasonCode.PAYER_HOME_REGION),
    Requirement.NOT_MET: _bill(
        Payer.CARE_REGION, ReasonCode.PAYER_CARE_REGION, ReasonCode.PATIENT_NOT_BILLED_FOR_REMISS
    ),
    Requirement.UNKNOWN: _bill(Payer.UNDECIDED, ReasonCode.PAYER_RULE_UNKNOWN),
}
"""8 kap. 3 § 2 st.: the home region, unless it requires remiss and its rules were not followed."""
