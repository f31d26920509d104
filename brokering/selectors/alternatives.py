"""The best lawful alternatives in the country for one waiting need, on the region's own route."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.database.prepared import Asked
from brokering.law.decision import Bookable
from brokering.law.errors import RouteMismatch
from brokering.law.facts import Route
from brokering.models import Referral
from brokering.selectors.batches import not_asked_about
from brokering.selectors.places import midnight, place_of, swedish_day
from brokering.selectors.rulebooks import rule_book
from brokering.selectors.seekers import seeker_of
from brokering.selectors.windows import kept_until
from brokering.selectors.wishes import outside_wishes
from brokering.verdict import LawOn, Seeker, Verdict, judge
from contracts.selectors.release import windows_at
from contracts.selectors.terms import terms_of_care
from contracts.terms import Regime, Terms, best_for
from providers.geography import distance_km
from providers.models import Claim, Slot
from providers.selectors.freshness import advertised

REROUTE_SEARCH_ORDER = ("own_clinics", "own_agreements", "others")
"""The practised order of a region's search (SOU 2021:59 § 6.10.4); the patient's own list is neutral."""


KEPT = "match.kept_for_own_regions"


@dataclass(frozen=True, kw_only=True)
class Alternative:
    """One clinic's first usable time for a need, with what it means."""

    slot: Slot
    terms: Terms
    verdict: Verdict
    step: str
    distance_km: float | None
    days_before_due: int | None
    """Days between the visit and the guarantee's last day; negative is late; None without a due date."""

    @property
    def day(self) -> date:
        """The Swedish civil day of the visit."""
        return self.verdict.place.day


@dataclass(frozen=True)
class Alternatives:
    """The best alternatives in order, and why other clinics' times could not be used."""

    best: tuple[Alternative, ...]
    refused: dict[str, int]


def alternatives_for(
    referral: Referral,
    *,
    due: date | None,
    now: datetime,
    most: int | None = 4,
    route: Route = Route.GUARANTEE_REROUTE,
) -> Alternatives:
    """First usable time at each clinic of the country.

    Fewest days late first (all in time are equal), then the region's search order, then the first day,
    then distance: the same order as a round follows.
    """
    today = swedish_day(now)
    seeker = seeker_of(referral, on=today)
    law = LawOn(today, rule_book(on=today, care=referral.care_id))
    found: list[Alternative] = []
    refused: dict[str, int] = {}
    slots = _looked_at(referral, now)
    last = max((swedish_day(slot.starts_at) for slot in slots), default=today)
    book = terms_of_care(
        referral.care_id, first=today, last=last, clinics=[slot.clinic_id for slot in slots]
    )
    windows = windows_at([slot.clinic_id for slot in slots])
    for slot in slots:
        verdict = _judged(slot, book.get(slot.clinic_id, []), seeker, law, route)
        if verdict is None or verdict.bookable != Bookable.YES:
            code = verdict.hindrance if verdict else "match.route_mismatch"
            refused[code] = refused.get(code, 0) + 1
        elif kept_until(
            slot, verdict, home_region=referral.home_region_id, now=now, windows=windows
        ):
            refused[KEPT] = refused.get(KEPT, 0) + 1
        elif outside := outside_wishes(referral, slot):
            refused[f"match.{outside}"] = refused.get(f"match.{outside}", 0) + 1
        else:
            found.append(_alternative(slot, verdict, referral, due))
    found.sort(key=_order)
    return Alternatives(tuple(found[:most]), refused)


def _looked_at(referral: Referral, now: datetime) -> list[Slot]:
    """Each clinic's first place of a mode and on a day that the person wishes; any where it has none."""
    rows = first_free_per_clinic(referral.care_id, now=now)
    if not referral.wished_mode and referral.earliest_on is None and referral.latest_on is None:
        return list(rows)
    found = list(of_wished_day_and_mode(rows, referral))
    return [*found, *rows.exclude(clinic_id__in=[slot.clinic_id for slot in found])]


def of_wished_day_and_mode(rows: QuerySet[Slot], referral: Referral) -> QuerySet[Slot]:
    """Those of some places that are of the mode and on the days that the person wishes."""
    if referral.wished_mode:
        rows = rows.filter(mode=referral.wished_mode)
    if referral.earliest_on is not None:
        rows = rows.filter(starts_at__gte=midnight(referral.earliest_on))
    if referral.latest_on is not None:
        rows = rows.filter(ends_at__lte=midnight(referral.latest_on + timedelta(days=1)))
    return rows


def free_slots(*cares: str, now: datetime) -> QuerySet[Slot]:
    """Open, future, advertised places of some cares that nobody occupies; a hold that ran out does not."""
    return free_anywhere(now).filter(care__in=cares)


def free_anywhere(now: datetime | Asked) -> QuerySet[Slot]:
    """The same of every care: to be narrowed to some places."""
    taken = Claim.objects.filter(slot=OuterRef("pk")).filter(
        Q(state=Claim.State.CONFIRMED) | Q(state=Claim.State.HELD, held_until__gt=now)
    )
    return Slot.objects.filter(
        advertised(now),
        ~Exists(taken),
        not_asked_about(now),
        state=Slot.State.OPEN,
        starts_at__gt=now,
    ).select_related("clinic__municipality__region", "clinic__provider", "care", "feed")


def first_free_per_clinic(care: str, *, now: datetime) -> QuerySet[Slot]:
    """Each clinic's first free place that leaves time to tell the patient."""
    return (
        free_slots(care, now=now)
        .filter(starts_at__gt=now + settings.REROUTE_NOTICE)
        .order_by("clinic_id", "starts_at", "id")
        .distinct("clinic_id")
    )


def _judged(
    slot: Slot, offers: list[Terms], seeker: Seeker, law: LawOn, route: Route
) -> Verdict | None:
    place = place_of(slot)
    needed = (law.day, place.ends_of_time[0])
    in_force = [terms for terms in offers if all(map(terms.in_force, needed))]
    terms = best_for(
        in_force, home_region=seeker.home_region, clinic_region=place.clinic_region, on=place.day
    )
    try:
        return judge(seeker, place, terms, route, law=law)
    except RouteMismatch:
        return None


def _alternative(slot: Slot, verdict: Verdict, referral: Referral, due: date | None) -> Alternative:
    assert verdict.terms is not None
    home = referral.patient.municipality
    distance = None
    if home is not None:
        clinic = slot.clinic
        distance = distance_km((home.latitude, home.longitude), (clinic.latitude, clinic.longitude))
    return Alternative(
        slot=slot,
        terms=verdict.terms,
        verdict=verdict,
        step=search_step(verdict.terms, referral.home_region_id),
        distance_km=distance,
        days_before_due=None if due is None else (due - verdict.place.day).days,
    )


def search_step(terms: Terms, home_region: str | None) -> str:
    """Where terms stand in the home region's search order."""
    if home_region not in terms.buyers:
        return "others"
    return "own_clinics" if terms.regime == Regime.OWN else "own_agreements"


def _order(one: Alternative) -> tuple[int, int, date, float, UUID]:
    late = max(0, -(one.days_before_due or 0))
    step = REROUTE_SEARCH_ORDER.index(one.step)
    return (late, step, one.day, one.distance_km or 0.0, one.slot.id)
