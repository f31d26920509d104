"""A question to `decide`, from JSON to facts and rules; typed errors, nothing corrected in silence."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from brokering.law.errors import QuestionError
from brokering.law.facts import (
    CareFacts,
    CareForm,
    CareKind,
    CareLevel,
    ClinicFacts,
    Facts,
    Guarantee,
    HospitalLevel,
    PatientFacts,
    ReferralFacts,
    Responsibility,
    Route,
)
from brokering.law.reading import Catalogue, Fields
from brokering.law.routes import check_route
from brokering.law.rulebook import RuleBook
from brokering.law.words import Word
from contracts.terms import Completeness, ReferralRule, Regime


class RuleSource(Word):
    """Where the rules come from when the question does not bring its own."""

    SHIPPED = "shipped"
    DATABASE = "database"


@dataclass(frozen=True)
class Asked:
    """A decision that is asked for: the facts, and the rules or where to find them."""

    facts: Facts
    rules: RuleBook | RuleSource


def read_question(data: Mapping[str, Any], catalogue: Catalogue) -> Asked:
    """The question behind one JSON object; raises QuestionError for the first thing that is wrong."""
    fields = Fields(data)
    facts = _facts(fields, catalogue)
    rules = _rules(fields, catalogue)
    if not isinstance(rules, RuleBook) and facts.care.code not in catalogue.areas:
        raise QuestionError("unknown_care", "care.code", "is not in the care catalogue")
    check_route(facts)
    return Asked(facts, rules)


def _facts(fields: Fields, catalogue: Catalogue) -> Facts:
    facts = Facts(
        on=fields.day("on"),
        route=fields.choice("route", Route),
        patient=_patient(fields.part("patient"), catalogue),
        care=_care(fields.part("care"), catalogue),
        clinic=_clinic(fields.part("clinic"), catalogue),
        referral=_referral(fields.maybe_part("referral"), catalogue),
        need_approved_by_home=fields.truth("need_approved_by_home"),
        guarantee=_maybe_guarantee(fields),
    )
    if facts.patient.birth_date is not None and facts.patient.birth_date > facts.on:
        fields.part("patient").wrong("birth_date", "lies after the day of the decision")
    return facts


def _patient(fields: Fields, catalogue: Catalogue) -> PatientFacts:
    unknown = fields.needed("home_region") is None
    return PatientFacts(
        home_region=None if unknown else fields.region("home_region", catalogue.regions),
        responsibility=fields.choice("responsibility", Responsibility),
        birth_date=fields.maybe_day("birth_date"),
    )


def _care(fields: Fields, catalogue: Catalogue) -> CareFacts:
    code = fields.text("code")
    return CareFacts(
        code=code,
        form=fields.choice("form", CareForm),
        level=fields.choice("level", CareLevel),
        kind=fields.choice("kind", CareKind),
        area=catalogue.areas.get(code),
        hospital_level=fields.maybe_choice("hospital_level", HospitalLevel),
        immediate=fields.maybe_truth("immediate", default=False),
    )


def _clinic(fields: Fields, catalogue: Catalogue) -> ClinicFacts:
    return ClinicFacts(
        care_region=fields.region("care_region", catalogue.regions),
        regime=fields.choice("regime", Regime),
        site=fields.maybe_text("site"),
        publicly_funded=fields.truth("publicly_funded"),
    )


def _referral(fields: Fields | None, catalogue: Catalogue) -> ReferralFacts | None:
    if fields is None:
        return None
    return ReferralFacts(
        issued_on=fields.day("issued_on"),
        issuer=fields.text("issuer"),
        issuer_region=fields.region("issuer_region", catalogue.regions),
        extras=fields.texts("extras"),
    )


def _maybe_guarantee(fields: Fields) -> Guarantee | None:
    return None if fields.needed("guarantee") is None else fields.choice("guarantee", Guarantee)


def _rules(fields: Fields, catalogue: Catalogue) -> RuleBook | RuleSource:
    given = fields.needed("rules")
    if given is None:
        return RuleSource.SHIPPED
    if given == RuleSource.DATABASE:
        return RuleSource.DATABASE
    if not isinstance(given, dict):
        fields.wrong("rules", 'must be null, "database" or an object')
    own = fields.part("rules")
    return RuleBook(
        rows=own.each("rows", lambda row: read_row(row, catalogue)),
        complete=_declarations(own, catalogue),
    )


def read_row(fields: Fields, catalogue: Catalogue) -> ReferralRule:
    """One referral rule in the columns of the shipped file; an absent condition is no condition."""
    fields = replace(fields, blank_is_absent=True)
    return ReferralRule(
        region=fields.region("region", catalogue.regions),
        care=fields.text("care"),
        form=fields.maybe_choice("form", CareForm),
        age_min=fields.maybe_age("age_min"),
        age_max=fields.maybe_age("age_max"),
        regime=fields.maybe_choice("regime", Regime),
        site=fields.maybe_text("site"),
        accepted_issuers=fields.maybe_texts("accepted_issuers"),
        extra_requirements=fields.maybe_texts("extra_requirements"),
        required=fields.maybe_truth("required", default=True),
        immediate_care_exempt=fields.maybe_truth("immediate_care_exempt", default=False),
        valid_from=fields.maybe_day("valid_from"),
        valid_to=fields.maybe_day("valid_to"),
        source=fields.maybe_text("source") or "",
        checked=fields.maybe_day("checked"),
        confidence=fields.maybe_text("confidence") or "",
        text_sv=fields.maybe_text("text_sv") or "",
    )


def _declarations(fields: Fields, catalogue: Catalogue) -> tuple[Completeness, ...]:
    listed = fields.needed("complete")
    if not isinstance(listed, list):
        fields.wrong("complete", "must be a list")
    return tuple(
        _declaration(fields, index, entry, catalogue) for index, entry in enumerate(listed)
    )


def _declaration(fields: Fields, index: int, entry: Any, catalogue: Catalogue) -> Completeness:
    """A länskod alone is complete on every day; an object may carry dates like the file's."""
    path = f"complete.{index}"
    if not isinstance(entry, dict):
        return Completeness(
            region=Fields({path: entry}, fields.path).region(path, catalogue.regions)
        )
    own = Fields(entry, fields.at(path), blank_is_absent=True)
    return Completeness(
        region=own.region("region", catalogue.regions),
        complete_from=own.maybe_day("complete_from"),
        complete_to=own.maybe_day("complete_to"),
        source=own.maybe_text("source") or "",
        confidence=own.maybe_text("confidence") or "",
    )
