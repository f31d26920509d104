"""The best places of the country for one need, each clinic once, with what law and terms say of each."""

from dataclasses import dataclass
from datetime import datetime

from brokering.law.deadline import Deadline
from brokering.law.decision import Bookable
from brokering.law.errors import RouteMismatch
from brokering.law.facts import Route
from brokering.models import Referral
from brokering.selectors.country.best_places import BestPlace, best_places
from brokering.selectors.places import place_of, swedish_day
from brokering.selectors.seekers import guarantee_of, seeker_of
from brokering.selectors.terms_book import KnownTerms, kept_terms
from brokering.selectors.windows import kept_until
from brokering.verdict import Seeker, Verdict, judge
from contracts.selectors.changes import terms_mark
from contracts.terms import Terms


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """A clinic's best place for a need; the verdict is that of a reroute where the region may choose it."""

    place: BestPlace
    terms: Terms
    verdict: Verdict
    may_reroute: bool
    last: Deadline | None
    """The last day in time, and what sets it."""

    @property
    def distance_km(self) -> float | None:
        """None where it may not or cannot be computed."""
        return self.place.distance_km


def suggestions_for(
    referral: Referral, *, last: Deadline | None, now: datetime
) -> list[Suggestion] | None:
    """In the ranking's order; None where no round looks at the need."""
    found = best_places(referral.care_id, referral.need_key, now=now, clinics_once=True)
    if not found:
        return found if found is None else []
    today = swedish_day(now)
    known = kept_terms(terms_mark(), today)
    judging = _Judging(known, referral, seeker_of(referral, on=today), now)
    return [one for place in found if (one := judging.suggestion(place, last)) is not None]


@dataclass(frozen=True)
class _Judging:
    known: KnownTerms
    referral: Referral
    seeker: Seeker
    now: datetime

    def suggestion(self, one: BestPlace, last: Deadline | None) -> Suggestion | None:
        """None where the terms have changed since the place was found."""
        here = self.known.of_clinics(self.referral.care_id, [one.slot.clinic_id])
        terms = next((x for x in here[one.slot.clinic_id] if x.lot == one.lot), None)
        if terms is None:
            return None
        by_region = self._by_region(one, terms)
        return Suggestion(
            place=one,
            terms=terms,
            verdict=by_region or self._judged(one, terms, Route(one.route)),
            may_reroute=by_region is not None,
            last=last,
        )

    def _by_region(self, one: BestPlace, terms: Terms) -> Verdict | None:
        """The verdict of a reroute that could be held now."""
        if guarantee_of(self.referral.guarantee) is None:
            return None
        try:
            verdict = self._judged(one, terms, Route.GUARANTEE_REROUTE)
        except RouteMismatch:
            return None
        home, windows = self.referral.home_region_id, self.known.windows([one.slot.clinic_id])
        kept = kept_until(one.slot, verdict, home_region=home, now=self.now, windows=windows)
        return verdict if verdict.bookable == Bookable.YES and kept is None else None

    def _judged(self, one: BestPlace, terms: Terms, route: Route) -> Verdict:
        law = self.known.law(self.referral.care_id)
        return judge(self.seeker, place_of(one.slot), terms, route, law=law)
