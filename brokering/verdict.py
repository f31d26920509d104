"""Joins law and terms: may this person use this place, on this route, under these terms?"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from brokering.law.decision import Bookable, Decision, decide
from brokering.law.explanation import Change, Explanation, Result, Weight, explain, weight
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
from brokering.law.otherwise import Step, Wish
from brokering.law.rulebook import RuleBook
from contracts.terms import Person, Regime, Terms, obstacles

FOR_A_HUMAN = "terms_conflict"
"""The agreement's text shuts out what the law opens: shown, and checked by a human."""
SAID_NO = "clinic_said_no"
"""The clinic has said no to this need, and nobody has looked at that yet."""
ELSEWHERE = frozenset({Step.CLINIC_WITH_AGREEMENT, Step.OWN_REGION_CLINIC})
"""Changes that lead to another clinic, whatever the terms are here."""
OLDEST = 120
"""Completed years where a span of ages has no upper end."""


@dataclass(frozen=True, kw_only=True)
class Promise:
    """A home region's promise to pay for visits until a day."""

    valid_to: date
    free_at: datetime | None = None
    """When a hold on its last visit runs out; None where one is left."""

    def pays(self, on: date, *, now: datetime) -> bool:
        """Whether a visit that day is left in it now."""
        return on <= self.valid_to and (self.free_at is None or self.free_at <= now)


@dataclass(frozen=True, kw_only=True)
class Seeker:
    """What law and terms need to know of the one who seeks care; no identity."""

    home_region: str | None
    responsibility: Responsibility = Responsibility.RESIDENT
    birth_date: date | None = None
    referral: ReferralFacts | None = None
    need_approved: bool = False
    guarantee: Guarantee | None = None
    person: Person = Person()
    promises: tuple[Promise, ...] | None = None
    """What is left of what the home region has promised to pay for; None where nobody has looked."""
    assessed_at: UUID | None = None
    """The clinic that has decided on the treatment itself, in whose queue the person waits."""
    declined_by: frozenset[UUID] = frozenset()
    """Clinics that have said no to the need and are not asked about it again for now."""


@dataclass(frozen=True, kw_only=True)
class CareValue:
    """A care of the catalogue, as law and faces read it."""

    code: str
    name: str
    kind: str
    level: str
    area: str
    guarantee: str
    hospital_level: str


@dataclass(frozen=True, kw_only=True)
class Place:
    """A slot as law and terms see it: which care, in what form, where, which Swedish day."""

    slot: UUID
    clinic: UUID
    clinic_name: str
    clinic_region: str
    care: CareValue
    form: str
    day: date
    first_day: date | None = None
    """First possible day where the time in a week is not named yet; `day` is the last one then."""

    @property
    def ends_of_time(self) -> tuple[date, date]:
        """The days between which the visit will be: terms must hold on both."""
        return self.first_day or self.day, self.day


@dataclass(frozen=True)
class LawOn:
    """The law on a day: the day of decision and the regions' rules in force."""

    day: date
    rules: RuleBook
    _decided: dict[Facts, Decision] = field(default_factory=dict, compare=False, repr=False)

    def decide(self, facts: Facts) -> Decision:
        """The law's answer; facts that differ in nothing that a rule asks for are decided once."""
        key = facts
        if not self.rules.names_sites:
            key = replace(facts, clinic=replace(facts.clinic, site=""))
        if key not in self._decided:
            self._decided[key] = decide(facts, self.rules)
        return self._decided[key]


@dataclass(frozen=True)
class Verdict:
    """The law's decision, which explains itself, together with what the terms say."""

    place: Place
    terms: Terms | None
    person: Person
    explanation: Explanation
    obstacles: tuple[str, ...]
    assessed_at: UUID | None = None

    @property
    def clinic_approves(self) -> bool:
        """Whether the clinic must say first that it can do the treatment (docs/interpretations.md).

        Its terms say that it makes an assessment of its own, and it has not decided on the treatment itself.
        At a visit of any other kind the visit is the assessment.
        """
        return (
            self.terms is not None
            and not self.terms.accepts_referrer_assessment
            and self.place.care.kind == CareKind.TREATMENT
            and self.assessed_at != self.place.clinic
        )

    @property
    def decision(self) -> Decision:
        """The law's answer alone."""
        return self.explanation.decision

    @property
    def care_region(self) -> str:
        """The region whose agreement carries the visit; where the building stands if there is none."""
        return self.explanation.asked.clinic.care_region

    @property
    def route(self) -> Route:
        """On which ground the person comes."""
        return self.explanation.asked.route

    @property
    def is_binding(self) -> bool:
        """Whether what is said of other regions' patients binds here."""
        return is_binding(self.route, self.place.form)

    @cached_property
    def bookable(self) -> Bookable:
        """`no` if law or terms say no; `unknown` where a human must look; else the law's answer."""
        return jointly(self.decision.bookable, self.obstacles)

    @property
    def hindrance(self) -> str:
        """What stands in the way, as the id of its sentence; empty where nothing does.

        Terms that shut someone out weigh most, then the law's own answer, then what a human must look at.
        """
        if self.bookable == Bookable.YES:
            return ""
        if hard := shutting_out(self.obstacles):
            return f"obstacle.{hard[0]}"
        if self.decision.bookable == Bookable.YES:
            return f"obstacle.{FOR_A_HUMAN}"
        return f"short.{self.explanation.short}"

    @property
    def hindering(self) -> tuple[str, ...]:
        """Codes of the law's reasons that stop the booking or leave it open, each once, in order."""
        told = (reason.code for reason in self.explanation.reasons)
        return tuple(dict.fromkeys(code.value for code in told if weight(code) != Weight.TELLS))

    def as_json(self, *, with_changes: bool = True) -> dict[str, Any]:
        """The explanation as every face reads it; what would change the answer costs some more thought."""
        changes = self.changes() if with_changes else ()
        return self.explanation.as_json(self.obstacles, changes)

    def changes(self) -> Iterator[tuple[Change, Result]]:
        """What would change the law's answer and is possible here under these terms, or elsewhere."""
        for change, result in self.explanation.results():
            if ELSEWHERE & set(change.wish.steps):
                yield change, result
            elif change.wish.facts.on <= self.place.day:
                lawful = change.decision.bookable
                answers = {jointly(lawful, found) for found in self._obstacles_to(change.wish)}
                if answers == {lawful}:
                    yield change, result
                elif answers != {Bookable.NO}:
                    yield change, Result.UNKNOWN

    def _obstacles_to(self, wish: Wish) -> list[tuple[str, ...]]:
        """What the terms would have against it, at each end of the ages that it is about."""
        declined = (SAID_NO,) if SAID_NO in self.obstacles else ()
        if self.terms is None:
            return [declined]
        return [
            declined
            + terms_against(self.terms, self.place, replace(self.person, age=age), wish.facts)
            for age in _ages(wish, self.person)
        ]


def jointly(lawful: Bookable, obstacles: tuple[str, ...]) -> Bookable:
    """The law's answer together with the terms'."""
    if shutting_out(obstacles) or lawful == Bookable.NO:
        return Bookable.NO
    return Bookable.UNKNOWN if obstacles and lawful == Bookable.YES else lawful


def shutting_out(obstacles: tuple[str, ...]) -> tuple[str, ...]:
    """The obstacles that no human has to look at."""
    return tuple(code for code in obstacles if code != FOR_A_HUMAN)


def terms_against(terms: Terms, place: Place, person: Person, facts: Facts) -> tuple[str, ...]:
    """What the terms have against a visit to the place on these facts, on any day that it may be."""
    found = [
        obstacles(
            terms,
            person=person,
            home_region=facts.patient.home_region,
            binding=is_binding(facts.route, place.form),
            on=day,
        )
        for day in sorted(set(place.ends_of_time))
    ]
    return tuple(dict.fromkeys(code for codes in found for code in codes))


def is_binding(route: Route, form: str) -> bool:
    """Whether what an agreement or a clinic says of other regions' patients binds (8 kap. 3 § HSL)."""
    return route == Route.GUARANTEE_REROUTE or form == CareForm.INPATIENT


def _ages(wish: Wish, person: Person) -> tuple[int | None, ...]:
    """The ends of the ages that a wish is about, or the person's own."""
    if Step.KNOWN_AGE not in wish.steps or wish.ages is None:
        return (person.age,)
    first, last = wish.ages
    return (first, OLDEST if last is None else last)


def care_region_of(seeker: Seeker, place: Place, terms: Terms | None) -> str:
    """The region whose agreement carries the visit; the clinic's own where there is no agreement."""
    if terms is None:
        return place.clinic_region
    return terms.care_region(seeker.home_region, place.clinic_region)


def route_of_own_choice(seeker: Seeker, place: Place, terms: Terms | None) -> Route:
    """The route that a person takes who picks this place without the region's help."""
    if care_region_of(seeker, place, terms) == seeker.home_region:
        return Route.OWN_REGION
    return Route.INPATIENT_CHOICE if place.form == CareForm.INPATIENT else Route.FREE_CHOICE


def judge(
    seeker: Seeker, place: Place, terms: Terms | None, route: Route, *, law: LawOn
) -> Verdict:
    """Whether the seeker may use the place on the route under the terms; raises RouteMismatch."""
    facts = facts_of(seeker, place, terms, route, on=law.day)
    explanation = explain(facts, law.rules, law.decide(facts))
    found = () if terms is None else terms_against(terms, place, seeker.person, facts)
    if place.clinic in seeker.declined_by:
        found = (SAID_NO, *found)
    return Verdict(place, terms, seeker.person, explanation, found, seeker.assessed_at)


def facts_of(seeker: Seeker, place: Place, terms: Terms | None, route: Route, *, on: date) -> Facts:
    """The law's facts; a clinic without an agreement is outside the marketplace."""
    return Facts(
        on=on,
        route=route,
        patient=PatientFacts(seeker.home_region, seeker.responsibility, seeker.birth_date),
        care=CareFacts(
            code=place.care.code,
            form=CareForm(place.form),
            level=CareLevel(place.care.level),
            kind=CareKind(place.care.kind),
            area=place.care.area,
            hospital_level=HospitalLevel(place.care.hospital_level)
            if place.care.hospital_level
            else None,
        ),
        clinic=ClinicFacts(
            care_region=care_region_of(seeker, place, terms),
            regime=terms.regime if terms is not None else Regime.PRIVATE,
            site=place.clinic_name,
            publicly_funded=terms is not None,
        ),
        referral=seeker.referral,
        need_approved_by_home=seeker.need_approved,
        guarantee=seeker.guarantee,
    )
