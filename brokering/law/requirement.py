"""Is remiss required, and is the requirement met? Asked once for each of the two regions."""

from dataclasses import dataclass
from datetime import date
from functools import cache

from brokering.law.citations import Citation, CitationKind, Question, Reason, why
from brokering.law.codes import ReasonCode
from brokering.law.errors import NotInForce
from brokering.law.facts import CareKind, CareLevel, Facts, Issuer, Route
from brokering.law.parameters import parameter
from brokering.law.routes import is_valid_reroute
from brokering.law.rulebook import RuleBook
from brokering.law.words import Word
from contracts.terms import Completeness, ReferralRule, Regime

ISSUERS = frozenset(Issuer)
_FROM_ANYONE = ReferralRule(region="", care="")
"""A requirement that any remiss meets."""


class Requirement(Word):
    """One region's requirement of remiss, set against the facts."""

    NOT_REQUIRED = "not_required"
    MET = "met"
    NOT_MET = "not_met"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Answer:
    """A requirement and why."""

    requirement: Requirement
    reasons: tuple[Reason, ...]


def home_requirement(facts: Facts, rules: RuleBook) -> Answer:
    """Does the home region require remiss before it pays? Decides question 4 (8 kap. 3 § 2 st. HSL)."""
    asked = Question.HOME_REQUIREMENT
    region = facts.patient.home_region
    if region is None:
        return _fixed(Requirement.UNKNOWN, ReasonCode.REMISS_HOME_REGION_MISSING, asked)
    by_route = _by_route(facts, asked)
    if by_route is not None:
        return by_route
    if facts.route == Route.INPATIENT_CHOICE and facts.need_approved_by_home:
        return _fixed(Requirement.MET, ReasonCode.REMISS_BY_APPROVAL, asked)
    return _by_rules(region, facts, rules, asked)


def care_requirement(facts: Facts, rules: RuleBook) -> Answer:
    """Does the care region require remiss before it receives? Never touches who pays (R28)."""
    asked = Question.CARE_REQUIREMENT
    return _by_route(facts, asked) or _by_rules(facts.clinic.care_region, facts, rules, asked)


def _by_route(facts: Facts, asked: Question) -> Answer | None:
    if facts.care.immediate:
        return _fixed(Requirement.NOT_REQUIRED, ReasonCode.REMISS_NOT_FOR_IMMEDIATE_CARE, asked)
    if is_valid_reroute(facts):
        return _fixed(Requirement.MET, ReasonCode.REMISS_BY_REROUTE, asked)
    return None


def _by_rules(region: str, facts: Facts, rules: RuleBook, asked: Question) -> Answer:
    """Statute, then the region's most specific rows in force, then what holds in all regions."""
    if is_lol_exempt(facts):
        return _fixed(Requirement.NOT_REQUIRED, ReasonCode.REMISS_NOT_AT_LOL_DOCTOR, asked)
    rows = rules.deciding(region, facts)
    if rows:
        return _by_rows(rows, facts, asked)
    return _without_rows(region, facts, rules, asked)


def is_lol_exempt(facts: Facts) -> bool:
    """No region may require remiss in some areas at doctors under lagen (1993:1651), 3 §."""
    if facts.clinic.regime != Regime.LOL or facts.care.area is None:
        return False
    return (
        facts.care.area in _listed("lol_areas", facts.on)
        and facts.care.kind not in _listed("lol_kinds_not_included", facts.on)
        and facts.care.code not in _listed("lol_cares_not_included", facts.on)
    )


def _listed(name: str, on: date) -> frozenset[str]:
    """A list of the law on a day; a list that is not in force names nothing."""
    try:
        found: frozenset[str] = parameter(f"referral.{name}").at(on).value
    except NotInForce:
        return frozenset()
    return found


def _without_rows(region: str, facts: Facts, rules: RuleBook, asked: Question) -> Answer:
    if facts.care.kind == CareKind.MEDICAL_SERVICE:
        return _medical_service(facts, asked)
    if facts.care.level == CareLevel.PRIMARY:
        return _fixed(Requirement.NOT_REQUIRED, ReasonCode.REMISS_NOT_IN_PRIMARY_CARE, asked)
    declared = rules.declared_complete(region, facts.on)
    if declared is None:
        return _fixed(Requirement.UNKNOWN, ReasonCode.REMISS_RULE_UNKNOWN, asked)
    reason = Reason(ReasonCode.REMISS_NO_RULE, asked, _cite_declaration(declared, facts.on))
    return Answer(Requirement.NOT_REQUIRED, (reason,))


def _medical_service(facts: Facts, asked: Question) -> Answer:
    """Medicinsk service requires remiss in all regions, from any issuer (R30)."""
    required = why(ReasonCode.REMISS_FOR_MEDICAL_SERVICE, asked)
    code = _fault(_FROM_ANYONE, facts)
    return _required(facts, asked, (required,), [(code, required.citation)])


def _by_rows(rows: list[ReferralRule], facts: Facts, asked: Question) -> Answer:
    """Rows of one specificity: ages need a birth date, a requirement beats an exemption, all must be met."""
    if rows[0].has_ages and facts.patient.birth_date is None:
        reason = Reason(ReasonCode.REMISS_AGE_UNKNOWN, asked, cite(rows[0], facts.on))
        return Answer(Requirement.UNKNOWN, (reason,))
    requiring = [row for row in rows if row.required]
    if not requiring:
        reason = Reason(ReasonCode.REMISS_EXEMPT, asked, cite(rows[0], facts.on))
        return Answer(Requirement.NOT_REQUIRED, (reason,))
    cited = [(row, cite(row, facts.on)) for row in requiring]
    told = tuple(Reason(ReasonCode.REMISS_REQUIRED, asked, citation) for _, citation in cited)
    tested = [(_fault(row, facts), citation) for row, citation in cited]
    return _required(facts, asked, told, tested)


def _required(
    facts: Facts,
    asked: Question,
    told: tuple[Reason, ...],
    tested: list[tuple[ReasonCode | None, Citation]],
) -> Answer:
    faults = tuple(Reason(code, asked, citation) for code, citation in tested if code)
    if faults:
        return Answer(Requirement.NOT_MET, (*told, *faults))
    met = tuple(Reason(ReasonCode.REMISS_MET, asked, citation) for _, citation in tested)
    return Answer(Requirement.MET, (*told, *met, *_from_another_region(facts, asked)))


def _from_another_region(facts: Facts, asked: Question) -> tuple[Reason, ...]:
    """A required remiss may be issued in another region too (Riksavtalet)."""
    asking = (
        facts.patient.home_region
        if asked == Question.HOME_REQUIREMENT
        else facts.clinic.care_region
    )
    if facts.referral is None or facts.referral.issuer_region == asking:
        return ()
    return (why(ReasonCode.REMISS_FROM_ANY_REGION, asked),)


def _fault(row: ReferralRule, facts: Facts) -> ReasonCode | None:
    """What the remiss lacks under one rule; a remiss issued after the day does not exist yet."""
    referral = facts.referral
    if referral is None:
        return ReasonCode.REMISS_MISSING
    if referral.issued_on > facts.on:
        return ReasonCode.REMISS_NOT_YET_ISSUED
    if row.accepted_issuers and referral.issuer not in (row.accepted_issuers & ISSUERS):
        return ReasonCode.REMISS_ISSUER_NOT_ACCEPTED
    if not row.extra_requirements <= referral.extras:
        return ReasonCode.REMISS_EXTRA_MISSING
    return None


def cite(row: ReferralRule, on: date) -> Citation:
    """The rule as a citation; a rule without a day of check is cited as of the day asked."""
    return Citation(
        CitationKind.REGIONAL_RULE,
        row.source or "Regionens remissregel",
        row.text_sv or f"region {row.region}, {row.care}",
        row.checked or on,
        row.source,
    )


def _cite_declaration(declared: Completeness, on: date) -> Citation:
    return Citation(
        CitationKind.REGIONAL_RULE,
        declared.source or "Regionens remissregler",
        f"region {declared.region}: alla krav angivna",
        declared.complete_from or on,
        declared.source,
    )


@cache
def _fixed(requirement: Requirement, code: ReasonCode, asked: Question) -> Answer:
    return Answer(requirement, (why(code, asked),))
