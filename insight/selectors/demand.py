"""Who waits for what a clinic gives, and what in its terms keeps them out: counts, never persons.

Read as the matching role from the de-identified need profile. What is answered to each kind of person is what
search answers; small counts are suppressed, and those that would give them away.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db import connections

from brokering.law.decision import Bookable
from brokering.law.explanation import Short
from brokering.law.facts import CareForm, ReferralFacts, Responsibility
from brokering.matching.reception import ON_SITE, SUITS, Reception, Wished, unsuited
from brokering.selectors.judging import Judging, judging
from brokering.selectors.need_profiles import MATCHER
from brokering.selectors.places import care_value, swedish_day
from brokering.selectors.seekers import guarantee_of
from brokering.verdict import Place, Seeker, Verdict, shutting_out, terms_against
from contracts.terms import OpenForOthers, Person, Terms
from insight.disclosure import Shown, protected_table
from providers.geography import distance_km
from providers.models import Care, Clinic, Slot

AHEAD = timedelta(days=14)
"""A visit so far ahead is asked about."""
BANDS = (50, 200)
"""Kilometres: ends of the bands of distance. In the last, open one stand also those of whom nobody knows."""
LAW = (
    "home_region_id, responsibility, guarantee, age, issued_on <= %(today)s AS remiss, issuer,"
    " issuer_region_id, extras, need_approved_on <= %(today)s AS approved"
)
"""What the law's answer depends on."""
OWN = (
    "bmi, asa, excluding_needs, latitude, longitude, max_distance_km, accepts_other_regions,"
    " wished_mode, wished_language, wished_premises"
)
WAITING = f"SELECT {LAW}, {OWN} FROM need_profile WHERE care_id = %(care)s"


class Reach(StrEnum):
    """Whether the clinic could serve somebody who waits, else the first thing in the way."""

    SERVED = "served"
    WISHES = "wishes"
    APPROVAL = "approval"
    REGION = "region"
    AGE = "age"
    BMI = "bmi"
    ASA = "asa"
    NEED = "need"
    REMISS = "remiss"
    """A remiss that is lacking or will not do, or something else in law and rules."""
    AGREEMENT = "agreement"


OF_TERMS = {
    "terms_age": Reach.AGE,
    "terms_bmi": Reach.BMI,
    "terms_asa": Reach.ASA,
    "terms_excluded_need": Reach.NEED,
}


@dataclass(frozen=True, kw_only=True)
class Line:
    """How many, by distance in the order of BANDS, the open one last; then all. None is not shown."""

    reach: Reach
    counts: Shown
    total: int | None


@dataclass(frozen=True, kw_only=True)
class Demand:
    """Those who wait for one care on a day, by what the clinic could do for them and how far they live."""

    care: Care
    form: str
    on: date
    visit_on: date
    lines: tuple[Line, ...]
    columns: Shown
    total: int | None


def demand_near(clinic: Clinic, care: Care, *, now: datetime) -> Demand:
    """Who in the country waits for the care without a time, as the clinic's terms meet them."""
    asked = Asked.of(clinic, care, now)
    counted, rows = reached(asked), _possible(asked)
    table = protected_table(
        [[counted[reach, band] for band in range(len(BANDS) + 1)] for reach in rows]
    )
    *lines, last = [(line[:-1], line[-1]) for line in table]
    return Demand(
        care=care,
        form=asked.place.form,
        on=asked.judge.law.day,
        visit_on=asked.place.day,
        lines=tuple(
            Line(reach=reach, counts=counts, total=total)
            for reach, (counts, total) in zip(rows, lines, strict=True)
        ),
        columns=last[0],
        total=last[1],
    )


@dataclass
class Asked:
    """One place a fortnight ahead, asked about for each kind of person; each kind is judged once.

    `receptions`: the ways in which the clinic receives those who come for the care; any of them will do.
    """

    judge: Judging
    place: Place
    clinic: Clinic
    receptions: tuple[Reception, ...]
    _verdicts: dict[tuple[Any, ...], Verdict] = field(default_factory=dict)

    @classmethod
    def of(cls, clinic: Clinic, care: Care, now: datetime) -> "Asked":
        """A place of the clinic, in the form that it last gave."""
        day, value = swedish_day(now) + AHEAD, care_value(care)
        judge = judging(Seeker(home_region=None), value, now=now, last=day, clinics=[clinic.id])
        place = Place(
            slot=clinic.id,
            clinic=clinic.id,
            clinic_name=clinic.name,
            clinic_region=clinic.municipality.region_id,
            care=value,
            form=_form(clinic, care),
            day=day,
        )
        return cls(judge, place, clinic, _receptions(clinic, care, now))

    @property
    def terms(self) -> list[Terms]:
        """What the clinic has agreed on for the care, that can be booked today for that day."""
        terms = self.judge.terms.get(self.clinic.id, [])
        today, day = self.judge.law.day, self.place.day
        return [one for one in terms if one.bookable_on(today) and one.in_force(day)]

    def reach(self, row: dict[str, Any]) -> Reach:
        """What the clinic could do for one who waits."""
        if not self.terms:
            return Reach.AGREEMENT
        found = _reach(self._verdict(row), self.place.form)
        if found == Reach.SERVED and not self._wants(row):
            return Reach.WISHES
        return found

    def _verdict(self, row: dict[str, Any]) -> Verdict:
        legal = tuple(row[name] for name in LEGAL)
        key = (*legal[:-1], tuple(sorted(row["extras"])))
        if key not in self._verdicts:
            asked = replace(self.judge, seeker=_seeker(row, self.judge.law.day), _decided={})
            self._verdicts[key] = asked.verdict(self.place)
        known = self._verdicts[key]
        if known.terms is None:
            return known
        person = _person(row)
        found = terms_against(known.terms, self.place, person, known.explanation.asked)
        return replace(known, person=person, obstacles=found)

    def _wants(self, row: dict[str, Any]) -> bool:
        """Whether the person has said nothing against the way there, the region, or how one is received.

        Days that do not suit are no wish about a clinic: it may give others.
        """
        is_home = row["home_region_id"] == self.place.clinic_region
        if not (is_home or row["accepts_other_regions"]):
            return False
        wished = Wished(
            mode=row["wished_mode"],
            language=row["wished_language"],
            premises=frozenset(row["wished_premises"]),
        )
        if all(unsuited(wished, there) != SUITS for there in self.receptions):
            return False
        km = _km(self.clinic, row)
        return row["max_distance_km"] is None or km is None or km <= row["max_distance_km"]


LEGAL = (
    *("home_region_id", "responsibility", "guarantee", "age", "remiss", "issuer"),
    *("issuer_region_id", "approved", "extras"),
)


def reached(asked: Asked) -> Counter[tuple[Reach, int]]:
    """How many, by reach and place among the distances: never to be shown as they are."""
    rows = _waiting(asked.place.care.code, asked.judge.law.day)
    return Counter((asked.reach(row), _band(asked.clinic, row)) for row in rows)


def _waiting(care: str, today: date) -> Iterator[dict[str, Any]]:
    with connections[MATCHER].cursor() as cursor:
        cursor.execute(WAITING, {"care": care, "today": today})
        names = [column.name for column in cursor.description or ()]
        for row in cursor.fetchall():
            yield dict(zip(names, row, strict=True))


def _reach(verdict: Verdict, form: str) -> Reach:
    if verdict.bookable == Bookable.YES:
        return Reach.SERVED
    if hard := shutting_out(verdict.obstacles):
        return OF_TERMS.get(hard[0], Reach.REGION)
    if verdict.decision.bookable == Bookable.YES:
        return Reach.REGION
    waits = verdict.explanation.short in {Short.APPROVAL, Short.NO_INPATIENT}
    return Reach.APPROVAL if waits and form == CareForm.INPATIENT else Reach.REMISS


def _possible(asked: Asked) -> tuple[Reach, ...]:
    """The rows that the question can give rise to: known from terms and form, whoever waits."""
    offered = asked.terms
    limits = [one.eligibility for one in offered]
    can = {
        Reach.APPROVAL: asked.place.form == CareForm.INPATIENT,
        Reach.REGION: any(one.open_for_others is not OpenForOthers.YES for one in offered),
        Reach.AGE: any(one.age_min is not None or one.age_max is not None for one in limits),
        Reach.BMI: any(one.bmi_max is not None for one in limits),
        Reach.ASA: any(one.asa_max is not None for one in limits),
        Reach.NEED: any(one.excluded_needs for one in limits),
        Reach.AGREEMENT: not offered,
    }
    return tuple(reach for reach in Reach if can.get(reach, bool(offered)))


def _seeker(row: dict[str, Any], on: date) -> Seeker:
    remiss = None
    if row["remiss"]:
        remiss = ReferralFacts(
            issued_on=on,
            issuer=row["issuer"],
            issuer_region=row["issuer_region_id"] or "",
            extras=frozenset(row["extras"]),
        )
    return Seeker(
        home_region=row["home_region_id"],
        responsibility=Responsibility(row["responsibility"]),
        birth_date=date(on.year - row["age"], 1, 1),
        referral=remiss,
        need_approved=bool(row["approved"]),
        guarantee=guarantee_of(row["guarantee"]),
        person=_person(row),
    )


def _person(row: dict[str, Any]) -> Person:
    return Person(
        age=row["age"],
        bmi=row["bmi"],
        asa=row["asa"],
        needs=frozenset(row["excluding_needs"]),
    )


def _receptions(clinic: Clinic, care: Care, now: datetime) -> tuple[Reception, ...]:
    """On site or by video, as the clinic gives the care from now on; on site where it says nothing."""
    ahead = Slot.objects.filter(
        clinic=clinic, care=care, state=Slot.State.OPEN, starts_at__gt=now
    ).order_by("mode")
    modes = list(ahead.values_list("mode", flat=True).distinct()) or [ON_SITE]
    there = frozenset(clinic.languages), frozenset(clinic.accessibility)
    return tuple(Reception(mode, *there) for mode in modes)


def _form(clinic: Clinic, care: Care) -> str:
    """The only form that the care has, or the one in which the clinic last published it."""
    if care.form in set(CareForm):
        return care.form
    slots = Slot.objects.filter(clinic=clinic, care=care).order_by("-published_at", "-id")
    last = slots.values_list("form", flat=True).first()
    return last or CareForm.INPATIENT.value


def _band(clinic: Clinic, row: dict[str, Any]) -> int:
    km = _km(clinic, row)
    return len(BANDS) if km is None else sum(km > end for end in BANDS)


def _km(clinic: Clinic, row: dict[str, Any]) -> float | None:
    if row["latitude"] is None:
        return None
    return distance_km((clinic.latitude, clinic.longitude), (row["latitude"], row["longitude"]))
