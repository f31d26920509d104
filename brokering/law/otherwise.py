"""What could be otherwise in a question to the law: another remiss, clinic, route, day or a known age."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from brokering.law.citations import Question
from brokering.law.codes import ReasonCode
from brokering.law.decision import Decision
from brokering.law.facts import CareForm, ClinicFacts, Facts, Issuer, ReferralFacts, Route
from brokering.law.requirement import ISSUERS, Requirement
from brokering.law.rulebook import RuleBook
from brokering.law.words import Word
from contracts.terms import ReferralRule, Regime

DAY = timedelta(days=1)
FAULTS = frozenset(
    {
        ReasonCode.REMISS_MISSING,
        ReasonCode.REMISS_ISSUER_NOT_ACCEPTED,
        ReasonCode.REMISS_EXTRA_MISSING,
    }
)
REQUIRING = frozenset({ReasonCode.REMISS_REQUIRED, ReasonCode.REMISS_FOR_MEDICAL_SERVICE})


class Step(Word):
    """One thing that could be otherwise; the sentences are translations of `change.<code>`."""

    REMISS_FROM_ANY_REGION = "remiss_from_any_region"
    REMISS_FROM_ACCEPTED_ISSUER = "remiss_from_accepted_issuer"
    REMISS_WITH_EXTRAS = "remiss_with_extras"
    APPROVAL_BY_HOME_REGION = "approval_by_home_region"
    CLINIC_WITH_AGREEMENT = "clinic_with_agreement"
    OWN_REGION_CLINIC = "own_region_clinic"
    REGION_ARRANGES = "region_arranges"
    INPATIENT_BY_AGREEMENT = "inpatient_by_agreement"
    FREE_CHOICE = "free_choice"
    LATER_DATE = "later_date"
    KNOWN_AGE = "known_age"


REMISS_STEPS = frozenset(
    {Step.REMISS_FROM_ANY_REGION, Step.REMISS_FROM_ACCEPTED_ISSUER, Step.REMISS_WITH_EXTRAS}
)


@dataclass(frozen=True, kw_only=True)
class Wish:
    """Changed facts: which steps lead to them, and what a sentence about the steps may need.

    `issuers` are all who would do, `extras` all that must be enclosed, `ages` the completed years (None:
    no upper end) for which the facts stand.
    """

    steps: tuple[Step, ...]
    facts: Facts
    issuers: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    ages: tuple[int, int | None] | None = None


def other_facts(facts: Facts, rules: RuleBook, decision: Decision) -> Iterator[Wish]:
    """Another clinic, another route, a known age. Immediate care is never brokered, whatever changes."""
    if facts.care.immediate:
        return
    yield from _other_clinics(facts)
    yield from _other_routes(facts, decision)
    yield from _ages(facts, rules, decision)


def other_papers(facts: Facts, rules: RuleBook, decision: Decision) -> Iterator[Wish]:
    """A remiss that will do, and the home region's approval."""
    if {reason.code for reason in decision.reasons} & FAULTS:
        yield from _better_remiss(facts, rules, decision)
    if facts.route == Route.INPATIENT_CHOICE and not facts.need_approved_by_home:
        approved = replace(facts, need_approved_by_home=True)
        yield Wish(steps=(Step.APPROVAL_BY_HOME_REGION,), facts=approved)


def later_days(facts: Facts, rules: RuleBook) -> Iterator[Wish]:
    """The days after the one asked on which the remiss exists or a rule in question begins or has ended."""
    days = set(_turns(facts, rules))
    if facts.referral is not None:
        days.add(facts.referral.issued_on)
    for day in sorted(days):
        if day > facts.on:
            yield Wish(steps=(Step.LATER_DATE,), facts=replace(facts, on=day))


def born(age: int, on: date) -> date:
    """A birth date of somebody who has completed so many years on a day."""
    leap_day = (on.month, on.day) == (2, 29)
    return date(on.year - age, 2, 28) if leap_day else on.replace(year=on.year - age)


def _better_remiss(facts: Facts, rules: RuleBook, decision: Decision) -> Iterator[Wish]:
    """One remiss that meets the rules of both regions, if there can be one."""
    required = _required_by(facts, rules, decision)
    accepted = _accepted(required)
    if not accepted:
        return
    extras = frozenset[str]().union(*(row.extra_requirements for row in required))
    named = any(row.accepted_issuers for row in required)
    after = _mended(facts, accepted if named else (), extras)
    steps = _remiss_steps(facts.referral, after, named=named)
    yield Wish(
        steps=steps,
        facts=replace(facts, referral=after),
        issuers=accepted if Step.REMISS_FROM_ACCEPTED_ISSUER in steps else (),
        extras=tuple(sorted(extras)) if Step.REMISS_WITH_EXTRAS in steps else (),
    )


def _required_by(facts: Facts, rules: RuleBook, decision: Decision) -> list[ReferralRule]:
    """The rows whose requirement stands in the decision."""
    asking = {
        Question.HOME_REQUIREMENT: facts.patient.home_region,
        Question.CARE_REQUIREMENT: facts.clinic.care_region,
    }
    regions = {asking[one.question] for one in decision.reasons if one.code in REQUIRING}
    return [
        row for region in regions for row in rules.deciding(region or "", facts) if row.required
    ]


def _mended(facts: Facts, accepted: tuple[Issuer, ...], extras: frozenset[str]) -> ReferralFacts:
    """The remiss there is, put right, or a new one; `accepted` is empty where anyone may issue it."""
    before = facts.referral
    if before is None:
        issuer = accepted[0] if accepted else Issuer.ALLMANLAKARE
        return ReferralFacts(facts.on, issuer, regions_asked(facts)[0], extras)
    will_do = not accepted or before.issuer in accepted
    written = before.issuer if will_do else accepted[0]
    return replace(before, issuer=written, extras=before.extras | extras)


def _accepted(rows: list[ReferralRule]) -> tuple[Issuer, ...]:
    """The issuers that every rule accepts; a rule that names none accepts all."""
    lists = [row.accepted_issuers & ISSUERS for row in rows if row.accepted_issuers]
    return tuple(issuer for issuer in Issuer if all(issuer in one for one in lists))


def _remiss_steps(
    before: ReferralFacts | None, after: ReferralFacts, *, named: bool
) -> tuple[Step, ...]:
    steps = []
    if before is None and not named:
        steps.append(Step.REMISS_FROM_ANY_REGION)
    if named and (before is None or before.issuer != after.issuer):
        steps.append(Step.REMISS_FROM_ACCEPTED_ISSUER)
    if after.extras - (before.extras if before else frozenset()):
        steps.append(Step.REMISS_WITH_EXTRAS)
    return tuple(steps)


def _other_clinics(facts: Facts) -> Iterator[Wish]:
    if facts.outside_marketplace:
        regime = Regime.OWN if facts.clinic.regime == Regime.PRIVATE else facts.clinic.regime
        agreed = replace(facts.clinic, regime=regime, publicly_funded=True)
        yield Wish(steps=(Step.CLINIC_WITH_AGREEMENT,), facts=replace(facts, clinic=agreed))
    home = facts.patient.home_region
    if home is not None and facts.route != Route.OWN_REGION:
        own = replace(facts, route=Route.OWN_REGION, clinic=ClinicFacts(home, Regime.OWN))
        yield Wish(steps=(Step.OWN_REGION_CLINIC,), facts=own)


def _other_routes(facts: Facts, decision: Decision) -> Iterator[Wish]:
    if _could_be_rerouted(facts, decision):
        rerouted = replace(facts, route=Route.GUARANTEE_REROUTE)
        yield Wish(steps=(Step.REGION_ARRANGES,), facts=rerouted)
    inpatient = facts.care.form == CareForm.INPATIENT
    if facts.route == Route.FREE_CHOICE and inpatient:
        by_agreement = replace(facts, route=Route.INPATIENT_CHOICE, need_approved_by_home=True)
        yield Wish(steps=(Step.INPATIENT_BY_AGREEMENT,), facts=by_agreement)
    if facts.route == Route.INPATIENT_CHOICE and not inpatient:
        yield Wish(steps=(Step.FREE_CHOICE,), facts=replace(facts, route=Route.FREE_CHOICE))


def _could_be_rerouted(facts: Facts, decision: Decision) -> bool:
    """A guarantee that the region must keep; where its own remiss is missing none has begun to run."""
    return (
        facts.guarantee is not None
        and facts.route != Route.GUARANTEE_REROUTE
        and decision.home_requirement != Requirement.NOT_MET
    )


def _turns(facts: Facts, rules: RuleBook) -> Iterator[date]:
    regions = regions_asked(facts)
    for row in rules.rows:
        if row.care == facts.care.code and row.region in regions:
            yield from _edges(row.valid_from, row.valid_to)
    for declared in rules.complete:
        if declared.region in regions:
            yield from _edges(declared.complete_from, declared.complete_to)


def _edges(first: date | None, last: date | None) -> Iterator[date]:
    if first is not None:
        yield first
    if last is not None and last < date.max:
        yield last + DAY


def _ages(facts: Facts, rules: RuleBook, decision: Decision) -> Iterator[Wish]:
    """For a person without a known age: each span of ages between the bounds of the rules in question."""
    if all(reason.code != ReasonCode.REMISS_AGE_UNKNOWN for reason in decision.reasons):
        return
    edges = sorted(age for age in {0, *_bounds(facts, rules)} if age < facts.on.year)
    for first, after in zip(edges, [*edges[1:], None], strict=True):
        patient = replace(facts.patient, birth_date=born(first, facts.on))
        yield Wish(
            steps=(Step.KNOWN_AGE,),
            facts=replace(facts, patient=patient),
            ages=(first, None if after is None else after - 1),
        )


def _bounds(facts: Facts, rules: RuleBook) -> Iterator[int]:
    """Ages from which another rule may hold."""
    regions = regions_asked(facts)
    for row in rules.rows:
        if row.care == facts.care.code and row.region in regions and row.in_force(facts.on):
            if row.age_min is not None:
                yield row.age_min
            if row.age_max is not None:
                yield row.age_max + 1


def regions_asked(facts: Facts) -> tuple[str, ...]:
    """The regions whose rules are in question, the home region first."""
    home, care = facts.patient.home_region, facts.clinic.care_region
    return (care,) if home is None or home == care else (home, care)
