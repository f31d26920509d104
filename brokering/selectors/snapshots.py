"""The snapshot of one matching round: needs without identity, free places, terms, decisions."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.database.prepared import Asked, Prepared
from brokering.law.deadline import deadline
from brokering.law.facts import ReferralFacts, Responsibility, Route
from brokering.matching.snapshot import (
    ClassDecision,
    ClassKey,
    Need,
    Place,
    Point,
    Settings,
    Snapshot,
    WithinClass,
    class_keys,
)
from brokering.models import Proposal
from brokering.selectors.batches import not_asked_about
from brokering.selectors.clocks import clock_of
from brokering.selectors.confirmations import is_to_be_asked
from brokering.selectors.country.plans import standing_rounds
from brokering.selectors.need_profiles import MATCHER, Profile, profiles_of_care
from brokering.selectors.places import swedish_day
from brokering.selectors.seekers import guarantee_of
from brokering.selectors.terms_book import KnownTerms, TermsBook, kept_terms
from brokering.selectors.within_reach import Reach
from brokering.verdict import Seeker
from contracts.selectors.changes import terms_mark
from contracts.terms import Person
from providers.models import Claim, Slot
from providers.selectors.freshness import advertised

FEW = 200
"""So many places are looked up one by one in the last round."""


@dataclass(frozen=True)
class RoundInput:
    """A snapshot, and what its opaque keys stand for outside the pure core."""

    snapshot: Snapshot
    tenants: dict[str, UUID]
    left_out: dict[str, str]
    """Opaque keys of waiting needs that the round does not match, each with its reason."""


@dataclass(frozen=True, kw_only=True)
class Narrowed:
    """A place at short notice: which needs are asked, and how soon it may begin."""

    needs: frozenset[UUID]
    notice: timedelta


def round_input(
    care: str,
    *,
    now: datetime,
    slots: Iterable[UUID] | None = None,
    narrowed: Narrowed | None = None,
) -> RoundInput:
    """Everything that a round for a care may know now; with `slots`, only those places are given out."""
    waiting = profiles_of_care(care, among=narrowed.needs if narrowed else None)
    notice = narrowed.notice if narrowed else settings.MATCH_NOTICE
    return PlacesNow(care, now=now, slots=slots, notice=notice).given(waiting)


class PlacesNow:
    """Free places of a care with law and terms, read once; whoever is considered for them may come later."""

    def __init__(
        self, care: str, *, now: datetime, slots: Iterable[UUID] | None, notice: timedelta
    ) -> None:
        self.care, self.today = care, swedish_day(now)
        # The mark is read first: what is read after a later change is read again at the next mark.
        known = KnownTerms(self.today) if slots is None else kept_terms(terms_mark(), self.today)
        rows = _places(care, None if slots is None else list(slots), now, notice)
        self._law = known.law(care)
        self.aged = any(rule.has_ages for rule in self._law.rules.rows)
        self._book = TermsBook(care, rows, now, known)
        self.places = tuple(place for row in rows if (place := self._book.place(row)).lots)
        self._decisions: dict[ClassKey, ClassDecision] = {}

    def reach(self) -> Reach:
        """What the places ask of whoever they may suit."""
        own, regions = self._book.regions()
        return Reach(
            last_begins=max(place.begins_on for place in self.places),
            first_day=min(place.day for place in self.places),
            spots=tuple(sorted({place.point for place in self.places if place.point})),
            own=own,
            regions=regions,
        )

    def closed(self) -> set[int]:
        """Numbers of law that are known to be closed at all of the places: kept, to be added to.

        Where rules ask for ages, a number says too little.
        """
        return set() if self.aged else self._book.closed()

    def given(self, waiting: list[Profile], *, calm: bool = True) -> RoundInput:
        """The snapshot of these needs and all the places; what was proposed before counts where `calm`."""
        profiles, left_out = _matchable(waiting, self.today)
        needs = {profile: _need(profile, self.today, self.aged) for profile in profiles}
        snapshot = Snapshot(
            on=self.today,
            needs=tuple(needs.values()),
            places=self.places,
            lots=self._book.lots(),
            decisions=self._decided(needs),
            caps=self._book.caps(),
            settings=Settings(within_class=WithinClass(settings.MATCH_WITHIN_CLASS)),
            previous=_unsaid(self.care, needs.values(), self.places) if calm else {},
        )
        tenants = {str(profile.need_key): profile.tenant for profile in profiles}
        return RoundInput(snapshot, tenants, left_out)

    def _decided(self, needs: dict[Profile, Need]) -> dict[ClassKey, ClassDecision]:
        """What law and terms say to the classes of these needs; each class is asked about once."""
        asked = class_keys(tuple(needs.values()), self.places)
        seekers = {
            (need.home_region, need.profile): _seeker(profile, self.today, self.aged)
            for profile, need in needs.items()
        }
        for key in asked - self._decisions.keys():
            self._decisions[key] = self._book.decide(key, seekers, self._law)
        return {key: self._decisions[key] for key in asked}


def _unsaid(care: str, needs: Iterable[Need], places: Iterable[Place]) -> dict[str, str]:
    """What the plan that stands gives and nobody has been told, where both sides are still free."""
    rounds = standing_rounds(care)
    if not rounds:
        return {}
    waiting, free = {need.key for need in needs}, {place.slot_id for place in places}
    rows = Proposal.objects.using(MATCHER).filter(round__in=rounds)
    if len(free) <= FEW:
        rows = rows.filter(slot__in=free)
    in_turn = sorted(rows, key=lambda row: rounds.index(row.round_id))
    # A need has what it was given last, and so has a place.
    last = {str(row.need_key): (rounds.index(row.round_id), str(row.slot_id)) for row in in_turn}
    had = ((number, need, slot) for need, (number, slot) in last.items() if need in waiting)
    holders = {slot: need for _, need, slot in sorted(had) if slot in free}
    return {need: slot for slot, need in holders.items()}


def _matchable(profiles: list[Profile], today: date) -> tuple[list[Profile], dict[str, str]]:
    """Needs that may be matched by a machine, and why the others may not."""
    reasons = {profile: why_left_out(profile, today) for profile in profiles}
    kept = [profile for profile, reason in reasons.items() if not reason]
    return kept, {str(profile.need_key): reason for profile, reason in reasons.items() if reason}


def why_left_out(profile: Profile, today: date) -> str:
    """Why a need is left to a person; empty where a machine may match it."""
    to_be_asked = is_to_be_asked(
        since=profile.dates.first, confirmed_on=profile.confirmed_on, on=today
    )
    checks = (
        ("no_priority", profile.priority is None),
        ("no_region", profile.home_region is None),
        ("on_watch_list", profile.watch_until is not None and profile.watch_until > today),
        ("no_first_day", profile.dates.lacks_start),
        ("not_confirmed", to_be_asked),
    )
    return next((reason for reason, holds in checks if holds), "")


def _need(profile: Profile, today: date, aged: bool) -> Need:
    assert profile.priority is not None
    assert profile.home_region is not None
    return Need(
        key=str(profile.need_key),
        care=profile.care,
        priority=profile.priority,
        waiting_since=profile.dates.first,
        home_region=profile.home_region,
        routes=routes_of(profile),
        profile=_legal_profile(profile, today, aged),
        due=due_of(profile, today),
        home=Point(*profile.point) if profile.point else None,
        earliest=profile.earliest_on,
        latest=profile.latest_on,
        max_distance_km=profile.max_distance_km,
        age=profile.age,
        bmi=profile.bmi,
        asa=profile.asa,
        excluding_needs=profile.excluding_needs,
        refused=profile.refused_days,
        wished=profile.wished,
    )


def routes_of(profile: Profile) -> tuple[str, ...]:
    """The routes that a need may be sent on."""
    routes: list[str] = [Route.OWN_REGION]
    if profile.reroute_open and guarantee_of(profile.dates.guarantee):
        routes.append(Route.GUARANTEE_REROUTE)
    if profile.accepts_other_regions:
        routes.append(Route.FREE_CHOICE)
        if profile.need_approved_on:
            routes.append(Route.INPATIENT_CHOICE)
    return tuple(routes)


def _legal_profile(profile: Profile, today: date, aged: bool) -> str:
    """Everything in law that tells one need from another, as a key; the age only where a rule asks."""
    facts = law_facts(profile, today) | {"age": profile.age if aged else None}
    return json.dumps(facts, sort_keys=True)


def law_facts(profile: Profile, today: date) -> dict[str, Any]:
    """What law asks of a need beside home region, routes and age."""
    return {
        "responsibility": profile.responsibility,
        "guarantee": profile.dates.guarantee,
        "issued": profile.dates.issued_on is not None and profile.dates.issued_on <= today,
        "issuer": profile.issuer,
        "issuer_region": profile.issuer_region,
        "extras": sorted(profile.extras),
        "approved": profile.need_approved_on is not None and profile.need_approved_on <= today,
    }


def due_of(profile: Profile, today: date) -> date | None:
    """The last day on which care is in time, by the clinician's target date or the guarantee."""
    clock = clock_of(profile.dates, profile.events, on=today)
    last = deadline(clock, profile.medical_target_on)
    return None if last is None else last.on


def _seeker(profile: Profile, today: date, aged: bool) -> Seeker:
    """The need as law sees it; a birth date is made of the age in years, which is all a rule asks."""
    born = date(today.year - profile.age, 1, 1) if aged else None
    remiss = None
    if profile.dates.issued_on is not None:
        remiss = ReferralFacts(
            profile.dates.issued_on, profile.issuer, profile.issuer_region, profile.extras
        )
    return Seeker(
        home_region=profile.home_region,
        responsibility=Responsibility(profile.responsibility),
        birth_date=born,
        referral=remiss,
        need_approved=profile.need_approved_on is not None and profile.need_approved_on <= today,
        guarantee=guarantee_of(profile.dates.guarantee),
        person=Person(),
    )


def _free_slots(
    care: str | Asked, now: datetime | Asked, first: datetime | Asked, last: datetime | Asked
) -> QuerySet[Slot]:
    """What may be given out: nobody has it, and nobody is being asked about it."""
    taken = Claim.objects.filter(slot=OuterRef("pk")).filter(
        Q(state=Claim.State.CONFIRMED) | Q(state=Claim.State.HELD, held_until__gt=now)
    )
    rows = Slot.objects.filter(
        advertised(now),
        ~Exists(taken),
        not_asked_about(now),
        Q(care=care),
        state=Slot.State.OPEN,
        starts_at__gt=first,
        starts_at__lte=last,
    )
    return rows.select_related("clinic__municipality", "care").order_by("starts_at", "id")


ONE_PLACE = Prepared(
    lambda: _free_slots(Asked("care"), Asked("now"), Asked("first"), Asked("last")).filter(
        id=Asked("slot")
    )
)


def _places(care: str, slots: list[UUID] | None, now: datetime, notice: timedelta) -> list[Slot]:
    """The places that may be given out between the notice and the horizon, or some of them."""
    first, last = now + notice, now + settings.MATCH_HORIZON
    if slots is not None and len(slots) == 1:
        return ONE_PLACE.all(care=care, now=now, first=first, last=last, slot=slots[0])
    free = _free_slots(care, now, first, last)
    return list(free if slots is None else free.filter(id__in=slots))


def lot_of(key: str) -> UUID:
    """The agreement lot that a key of a snapshot stands for."""
    return UUID(key.split("/", 1)[0])
