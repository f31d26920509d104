"""Which places can follow a place, for somebody whose two needs are given together."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

from django.conf import settings

from brokering.law.decision import Bookable
from brokering.law.errors import RouteMismatch
from brokering.law.facts import Route
from brokering.models import Referral
from brokering.selectors.alternatives import free_slots, of_wished_day_and_mode
from brokering.selectors.chains import in_order
from brokering.selectors.places import midnight, place_of, swedish_day
from brokering.selectors.rulebooks import rule_book_ahead
from brokering.selectors.seekers import seeker_of
from brokering.selectors.windows import kept_until
from brokering.selectors.wishes import outside_wishes
from brokering.verdict import LawOn, Verdict, judge, route_of_own_choice
from contracts.selectors.release import windows_at
from contracts.selectors.terms import terms_of_care
from contracts.terms import Terms, best_for
from providers.models import Slot

LOOKED_AT = 60
"""So many of a clinic's places are judged, the first ones first."""


@dataclass(frozen=True, kw_only=True)
class FollowOn:
    """A free place that can follow, under which lot, and what law and terms say of it."""

    slot: Slot
    lot: UUID
    verdict: Verdict


@dataclass(frozen=True, kw_only=True)
class Sought:
    """How many places to find, and which.

    `only` this one; `unreleased`: a round or a region gives it out, so also what has not opened for everyone,
    and nothing outside what the person wishes; `route`: the region's own, otherwise the person's own choice.
    """

    most: int = 1
    only: UUID | None = None
    unreleased: bool = False
    route: Route | None = None


FIRST = Sought()


def follow_ons(
    first: Slot, follower: Referral, *, now: datetime, sought: Sought = FIRST
) -> list[FollowOn]:
    """The first places at the same clinic that may follow a place and be held."""
    begins = swedish_day(first.ends_at) + timedelta(days=follower.follows_after or 0)
    rows = free_slots(follower.care_id, now=now).filter(
        clinic=first.clinic_id,
        starts_at__gte=max(first.ends_at, midnight(begins)),
    )
    opened = rows.filter(opens_at__lte=now)
    rows = of_wished_day_and_mode(rows, follower) if sought.unreleased else opened
    if sought.only is not None:
        rows = rows.filter(id=sought.only)
    looked_at = list(rows.order_by("starts_at", "id")[:LOOKED_AT])
    if sought.unreleased:
        looked_at = [slot for slot in looked_at if not outside_wishes(follower, slot)]
    found = (
        one
        for one in _judged(looked_at, follower, now, sought.route)
        if in_order(first, one.slot, follower)
    )
    return [one for _, one in zip(range(sought.most), found, strict=False)]


def before(
    second: Slot, pair: tuple[Referral, Referral], *, now: datetime, sought: Sought
) -> list[FollowOn]:
    """The first places at the same clinic that a place may follow and that the region may hold."""
    lead, follower = pair
    rows = free_slots(lead.care_id, now=now).filter(
        clinic=second.clinic_id,
        starts_at__gt=now + settings.REROUTE_NOTICE,
        ends_at__lte=second.starts_at,
    )
    rows = of_wished_day_and_mode(rows, lead).order_by("starts_at", "id")[:LOOKED_AT]
    likely = [
        one for one in rows if in_order(one, second, follower) and not outside_wishes(lead, one)
    ]
    return list(islice(_judged(likely, lead, now, sought.route), sought.most))


def _judged(
    slots: list[Slot], need: Referral, now: datetime, route: Route | None
) -> Iterator[FollowOn]:
    """Those that law and terms open; before what follows is a visit that is the clinic's own assessment."""
    if not slots:
        return
    today, clinic = swedish_day(now), slots[0].clinic_id
    seeker = seeker_of(need, on=today)
    if need.follows_id is not None:
        seeker = replace(seeker, assessed_at=clinic)
    law = LawOn(today, rule_book_ahead(on=today, care=need.care_id))
    last = swedish_day(max(slot.starts_at for slot in slots))
    offers = terms_of_care(need.care_id, first=today, last=last, clinics=[clinic])
    windows = windows_at([clinic])
    for slot in slots:
        place = place_of(slot)
        terms = _terms(offers.get(clinic, []), need, slot, now)
        if terms is None:
            continue
        taken = route or route_of_own_choice(seeker, place, terms)
        try:
            verdict = judge(seeker, place, terms, taken, law=law)
        except RouteMismatch:
            continue
        home = need.home_region_id
        if verdict.bookable == Bookable.YES and not kept_until(
            slot, verdict, home_region=home, now=now, windows=windows
        ):
            yield FollowOn(slot=slot, lot=terms.lot, verdict=verdict)


def _terms(offers: list[Terms], need: Referral, slot: Slot, now: datetime) -> Terms | None:
    day = swedish_day(slot.starts_at)
    usable = [terms for terms in offers if terms.bookable_on(swedish_day(now))]
    region = slot.clinic.municipality.region_id
    return best_for(usable, home_region=need.home_region_id, clinic_region=region, on=day)
