"""What holds for somebody who only wonders: the law's answer with its explanation. Nothing is kept."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from brokering.law.applicability import applicability
from brokering.law.citations import Reason
from brokering.law.clock import ClockState, state
from brokering.law.clock_facts import ClockKind, ClockQuestion, ClockStart
from brokering.law.decision import Decision, decide
from brokering.law.explanation import Explanation, explain
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
    Route,
)
from brokering.law.otherwise import born, regions_asked
from brokering.law.parameters import parameter, parameters
from brokering.law.rulebook import RuleBook
from brokering.selectors.rulebooks import StoredRules
from brokering.selectors.seekers import guarantee_of
from contracts.terms import Regime
from providers.models import Care

UNLISTED = ("", "none")
"""How the catalogue says that no guarantee follows a care."""
AHEAD = timedelta(days=90)
"""How far ahead of today one may ask: what has been decided to hold later is told, nothing is promised."""
PUBLIC = (Regime.OWN, Regime.LOU, Regime.LOV, Regime.LOL, Regime.LOF)
"""The agreements under which a region pays, the commonest first."""


@dataclass(frozen=True, kw_only=True)
class Wondering:
    """What somebody tells about a care and a clinic, and nothing about who they are.

    `regime` None: not known. `guarantee` "usual": what the care carries; "none": none.
    `age` in completed years.
    """

    on: date
    care: str
    care_region: str
    home_region: str | None = None
    form: CareForm = CareForm.OPEN
    regime: Regime | None = None
    region_arranges: bool = False
    has_remiss: bool = False
    issued_on: date | None = None
    issuer: str = "allmanlakare"
    issuer_region: str | None = None
    extras: frozenset[str] = field(default_factory=frozenset)
    age: int | None = None
    guarantee: str = "usual"
    decided_on: date | None = None
    approved: bool = False


@dataclass(frozen=True, kw_only=True)
class Calculation:
    """The answer; `otherwise` holds the agreements under which an unknown agreement's answer differs."""

    facts: Facts
    decision: Decision
    explanation: Explanation
    otherwise: Mapping[Regime, Decision]
    guarantee_reasons: tuple[Reason, ...]
    clock: ClockState | None
    turns: tuple[date, ...]
    """Days on which the law, or a rule in question, became another: other days to ask about."""

    @property
    def read_on(self) -> date:
        """The latest day on which something that the answer rests on was read."""
        return max(reason.citation.as_of for reason in self.decision.reasons)


def first_day() -> date:
    """The first day of the guarantee's law as it is recorded; before it there is no answer to give."""
    return min(value.first for value in parameter("clock.besok").values)


@dataclass(frozen=True)
class Days:
    """The days that one may ask about, from the first of which anything is recorded to some days ahead."""

    first: date
    last: date
    today: date
    turns: tuple[date, ...]
    """Days on which the law became another."""

    @property
    def length(self) -> int:
        """Days from the first to the last."""
        return (self.last - self.first).days


def days_known(today: date) -> Days:
    """The days of the law as it is recorded; a rule of a region may turn on others."""
    turns = _law_turns()
    return Days(turns[0], max(today + AHEAD, turns[-1]), today, turns)


def calculate(asked: Wondering) -> Calculation:
    """Answer on the stored rules of the day; raises NotInForce before `first_day`."""
    parameter("clock.besok").at(asked.on)
    care = Care.objects.get(code=asked.care)
    guarantee, reasons = _guarantee(asked, care)
    facts = _facts(asked, care, guarantee)
    rules = StoredRules().book(on=asked.on, regions=regions_asked(facts))
    decision = decide(facts, rules)
    return Calculation(
        facts=facts,
        decision=decision,
        explanation=explain(facts, rules, decision),
        otherwise={} if asked.regime else _otherwise(facts, rules, decision),
        guarantee_reasons=reasons,
        clock=_clock(asked, guarantee),
        turns=_turns(facts, rules),
    )


def _facts(asked: Wondering, care: Care, guarantee: Guarantee | None) -> Facts:
    return Facts(
        on=asked.on,
        route=_route(asked),
        patient=PatientFacts(
            asked.home_region,
            birth_date=None if asked.age is None else born(asked.age, asked.on),
        ),
        care=_care(asked, care),
        clinic=_clinic(asked),
        referral=_remiss(asked),
        need_approved_by_home=asked.approved,
        guarantee=guarantee,
    )


def _route(asked: Wondering) -> Route:
    if asked.region_arranges:
        return Route.GUARANTEE_REROUTE
    if asked.care_region == asked.home_region:
        return Route.OWN_REGION
    inpatient = asked.form == CareForm.INPATIENT
    return Route.INPATIENT_CHOICE if inpatient else Route.FREE_CHOICE


def _care(asked: Wondering, care: Care) -> CareFacts:
    level = care.hospital_level
    return CareFacts(
        code=care.code,
        form=asked.form,
        level=CareLevel(care.level),
        kind=CareKind(care.kind),
        area=care.area,
        hospital_level=HospitalLevel(level) if level else None,
    )


def _clinic(asked: Wondering) -> ClinicFacts:
    regime = asked.regime or PUBLIC[0]
    return ClinicFacts(asked.care_region, regime, publicly_funded=regime != Regime.PRIVATE)


def _remiss(asked: Wondering) -> ReferralFacts | None:
    """A remiss without a day is one that there is on the day asked about."""
    if not asked.has_remiss:
        return None
    region = asked.issuer_region or asked.home_region or asked.care_region
    return ReferralFacts(asked.issued_on or asked.on, asked.issuer, region, asked.extras)


def _guarantee(asked: Wondering, care: Care) -> tuple[Guarantee | None, tuple[Reason, ...]]:
    """The guarantee as told, or what the care carries in the home region and why."""
    if asked.guarantee != "usual":
        return guarantee_of(asked.guarantee), ()
    listed = None if care.guarantee in UNLISTED else care.guarantee
    found = applicability(_care(asked, care), listed, asked.home_region or "", asked.on)
    return guarantee_of(found.guarantee or ""), found.reasons


def _otherwise(facts: Facts, rules: RuleBook, decision: Decision) -> dict[Regime, Decision]:
    """Under which agreements the answer would be another one, reasons apart."""
    found = {}
    for regime in PUBLIC[1:]:
        clinic = replace(facts.clinic, regime=regime)
        other = decide(replace(facts, clinic=clinic), rules)
        if replace(other, reasons=()) != replace(decision, reasons=()):
            found[regime] = other
    return found


def _clock(asked: Wondering, guarantee: Guarantee | None) -> ClockState | None:
    """The guarantee's clock on the day, if it is told when it started and a limit was in force then."""
    if guarantee is None:
        return None
    by_remiss = guarantee == Guarantee.BESOK
    start = (asked.issued_on if asked.has_remiss else None) if by_remiss else asked.decided_on
    if start is None or start > asked.on:
        return None
    told = ClockStart(referral_issued_on=start) if by_remiss else ClockStart(decided_on=start)
    clock = state(
        ClockQuestion(
            kind=ClockKind(guarantee.value),
            start=told,
            region=asked.home_region or "",
            on=asked.on,
        )
    )
    return clock if clock.limit_days is not None else None


def _turns(facts: Facts, rules: RuleBook) -> tuple[date, ...]:
    """Only days that can be answered for."""
    regions = regions_asked(facts)
    rows = (row for row in rules.rows if row.care == facts.care.code)
    declared = (one for one in rules.complete if one.region in regions)
    days = {
        *_law_turns(),
        *_changes((row.valid_from, row.valid_to) for row in rows),
        *_changes((one.complete_from, one.complete_to) for one in declared),
    }
    return tuple(sorted(day for day in days - {facts.on} if day >= first_day()))


def _law_turns() -> tuple[date, ...]:
    """The days on which any figure or list of the law began to hold or had ceased to, in order."""
    values = (value for one in parameters().values() for value in one.values)
    return tuple(sorted(_changes((value.first, value.last) for value in values)))


def _changes(periods: Iterable[tuple[date | None, date | None]]) -> set[date]:
    """The first day of each period, and the first day after it, where there are such."""
    known = list(periods)
    begins = {first for first, _ in known if first is not None}
    return begins | {last + timedelta(days=1) for _, last in known if last is not None}
