"""Joins law and terms: may this person use this place, on this route, under these terms?"""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from uuid import UUID

from brokering.law.decision import Bookable, Decision, decide
from brokering.law.explanation import short_answer
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
from brokering.law.rulebook import RuleBook
from contracts.terms import Person, Regime, Terms, obstacles

FOR_A_HUMAN = "terms_conflict"
"""The agreement's text shuts out what the law opens: shown, and checked by a human."""


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


@dataclass(frozen=True)
class LawOn:
    """The law on a day: the day of decision and the regions' rules in force."""

    day: date
    rules: RuleBook


@dataclass(frozen=True)
class Verdict:
    """The law's decision together with what the terms say."""

    place: Place
    care_region: str
    """The region whose agreement carries the visit; where the building stands if there is none."""
    route: Route
    terms: Terms | None
    decision: Decision
    obstacles: tuple[str, ...]

    @cached_property
    def bookable(self) -> Bookable:
        """`no` if law or terms say no; `unknown` where a human must look; else the law's answer."""
        hard = [code for code in self.obstacles if code != FOR_A_HUMAN]
        if hard or self.decision.bookable == Bookable.NO:
            return Bookable.NO
        if self.obstacles and self.decision.bookable == Bookable.YES:
            return Bookable.UNKNOWN
        return self.decision.bookable

    @property
    def hindrance(self) -> str:
        """What stands in the way, as the id of its sentence; empty where nothing does.

        Terms that shut someone out weigh most, then the law's own answer, then what a human must look at.
        """
        if self.bookable == Bookable.YES:
            return ""
        hard = [code for code in self.obstacles if code != FOR_A_HUMAN]
        if hard:
            return f"obstacle.{hard[0]}"
        if self.decision.bookable == Bookable.YES:
            return f"obstacle.{FOR_A_HUMAN}"
        return f"short.{short_answer(self.decision)}"


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
    binding = route == Route.GUARANTEE_REROUTE or place.form == CareForm.INPATIENT
    found: tuple[str, ...] = ()
    if terms is not None:
        found = obstacles(
            terms,
            person=seeker.person,
            home_region=seeker.home_region,
            binding=binding,
            on=place.day,
        )
    return Verdict(place, facts.clinic.care_region, route, terms, decide(facts, law.rules), found)


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
