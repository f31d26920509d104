"""Judges many places for one person: law and terms are decided once per clinic, lot and form."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from uuid import UUID

from brokering.selectors.places import swedish_day
from brokering.selectors.rulebooks import rule_book_ahead
from brokering.verdict import (
    CareValue,
    LawOn,
    Place,
    Seeker,
    Verdict,
    judge,
    route_of_own_choice,
)
from contracts.selectors.terms import terms_of_care
from contracts.terms import Terms, best_for

Class = tuple[UUID, UUID | None, str, tuple[object, ...]]
"""Clinic, lot, form, designations in force: places that share these share every answer."""


@dataclass
class Judging:
    """One person, one care, today's law, and the terms of the clinics in question."""

    seeker: Seeker
    care: CareValue
    law: LawOn
    terms: Mapping[UUID, list[Terms]]
    _decided: dict[Class, Verdict] = field(default_factory=dict)

    def verdict(self, place: Place) -> Verdict:
        """What holds for the place if the person picks it without the region's help."""
        terms = self.terms_at(place)
        designated = (
            tuple(terms.designated.known_on(day) for day in place.ends_of_time) if terms else ()
        )
        key = place.clinic, terms.lot if terms else None, place.form, designated
        if key not in self._decided:
            route = route_of_own_choice(self.seeker, place, terms)
            self._decided[key] = judge(self.seeker, place, terms, route, law=self.law)
        return replace(self._decided[key], place=place)

    def terms_at(self, place: Place) -> Terms | None:
        """The terms that carry the visit: in force today, when it is booked, and on its day."""
        usable = [
            terms
            for terms in self.terms.get(place.clinic, ())
            if terms.bookable_on(self.law.day) and terms.in_force(place.ends_of_time[0])
        ]
        return best_for(
            usable,
            home_region=self.seeker.home_region,
            clinic_region=place.clinic_region,
            on=place.day,
        )


def judging(
    seeker: Seeker,
    care: CareValue,
    *,
    now: datetime,
    last: date | None = None,
    clinics: Iterable[UUID] | None = None,
) -> Judging:
    """Everything that a verdict on this care needs, read in three queries."""
    today = swedish_day(now)
    law = LawOn(today, rule_book_ahead(on=today, care=care.code))
    terms = terms_of_care(care.code, first=today, last=last or date.max, clinics=clinics)
    return Judging(seeker, care, law, terms)
