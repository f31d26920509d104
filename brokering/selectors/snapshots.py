"""The snapshot of one matching round: needs without identity, free places, terms, decisions."""

import json
from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.database.prepared import Asked, Prepared, any_of
from brokering.law.clock_facts import ClockKind
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
from brokering.selectors.clocks import Dates, clock_of
from brokering.selectors.confirmations import is_to_be_asked
from brokering.selectors.country.plans import said_of, standing_rounds
from brokering.selectors.need_profiles import MATCHER, Profile, profiles_of_care
from brokering.selectors.places import swedish_day
from brokering.selectors.seekers import guarantee_of
from brokering.selectors.terms_book import KnownTerms, TermsBook, kept_terms
from brokering.selectors.turns import away
from brokering.selectors.within_reach import Reach
from brokering.verdict import Seeker
from contracts.selectors.changes import SEEN_BESIDE, mark_beside
from contracts.terms import Person, ReferralRule
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
        rows = _places(care, None if slots is None else list(slots), now, notice)
        # Told with the places: what is read after a later change is read again at the next mark.
        keeps = slots is not None and rows
        known = kept_terms(mark_beside(rows[0]), self.today) if keeps else KnownTerms(self.today)
        self._law = known.law(care)
        self._aged = any(rule.has_ages for rule in self._law.rules.rows)
        self._book = TermsBook(care, rows, now, known)
        self.places = tuple(place for row in rows if (place := self._book.place(row)).lots)
        self._decisions: dict[ClassKey, ClassDecision] = {}

    @cached_property
    def _said(self) -> list[tuple[int, str, str]]:
        return _proposed(self.care, self.places)

    def reach(self) -> Reach:
        """What the places ask of whoever they may suit."""
        whom = self._book.let_in(self._lots())
        return Reach(
            last_begins=max(place.begins_on for place in self.places),
            first_day=min(place.day for place in self.places),
            spots=tuple(sorted({place.point for place in self.places if place.point})),
            own=tuple(sorted(whom.own)),
            away=tuple(sorted(whom.away)),
            routes=away(whom.routes),
        )

    def closed(self) -> set[int]:
        """Numbers of law that are known to be closed at all of the places."""
        return self._book.closed(self._lots())

    def is_open(self, law: int) -> bool:
        """Whether it is known that one of the places is open to a number of law, whatever its caps count."""
        return self._book.is_open(self._lots(), law)

    def only(self, places: Iterable[Place]) -> "PlacesNow":
        """Some of the places, with what is known of them."""
        some = copy(self)
        some.places = tuple(places)
        return some

    @property
    def is_capped(self) -> bool:
        """Whether any of the lots at the places counts who comes."""
        return self._book.is_capped

    def caps(self) -> dict[str, int]:
        """What is left of each cap that law and terms have named so far."""
        return {cap.key: cap.left for cap in self._book.caps()}

    def ways(self, profile: Profile, law: int) -> set[tuple[str, ...]]:
        """The caps of each way to one of the places for those who have this number of law, of any age.

        There is none where law and terms let none of them have a place; what is closed is remembered.
        """
        ages = _ages(self._law.rules.rows) if self._aged else (profile.age,)
        # What has happened to the person moves days alone.
        alike = [replace(profile, age=age, events=()) for age in ages]
        if any(why_left_out(one, self.today) for one in alike):
            return {()}
        asked = self._decided({one: _need(one, self.today, self._aged) for one in alike})
        lawful = {key.lot for key, decision in asked.items() if decision.lawful}
        self._book.close(self._lots() - lawful, law)
        self._book.open(lawful, law)
        return {decision.caps for decision in asked.values() if decision.lawful}

    def given(self, waiting: list[Profile], *, calm: bool = True) -> RoundInput:
        """The snapshot of these needs and all the places; what was proposed before counts where `calm`."""
        profiles, left_out = _matchable(waiting, self.today)
        needs = {profile: _need(profile, self.today, self._aged) for profile in profiles}
        snapshot = Snapshot(
            on=self.today,
            needs=tuple(needs.values()),
            places=self.places,
            lots=self._book.lots(),
            decisions=self._decided(needs),
            caps=self._book.caps(),
            settings=Settings(within_class=WithinClass(settings.MATCH_WITHIN_CLASS)),
            previous=_unsaid(self._said, needs.values(), self.places) if calm and needs else {},
        )
        tenants = {str(profile.need_key): profile.tenant for profile in profiles}
        return RoundInput(snapshot, tenants, left_out)

    def _lots(self) -> set[str]:
        return {lot for place in self.places for lot in place.lots}

    def _decided(self, needs: dict[Profile, Need]) -> dict[ClassKey, ClassDecision]:
        """What law and terms say to the classes of these needs; each class is asked about once."""
        asked = class_keys(tuple(needs.values()), self.places)
        seekers = {
            (need.home_region, need.profile): _seeker(profile, self.today, self._aged)
            for profile, need in needs.items()
        }
        for key in asked - self._decisions.keys():
            self._decisions[key] = self._book.decide(key, seekers, self._law)
        return {key: self._decisions[key] for key in asked}


def _ages(rules: Iterable[ReferralRule]) -> tuple[int, ...]:
    """One age of each kind that the rules can tell apart: between two of their bounds all are one."""
    bounds = {rule.age_min for rule in rules if rule.age_min is not None}
    bounds |= {rule.age_max + 1 for rule in rules if rule.age_max is not None}
    return tuple(sorted({0} | bounds))


def _proposed(care: str, places: Sequence[Place]) -> list[tuple[int, str, str]]:
    """What the rounds of the plan that stands gave to whom: in turn a number, the need, the slot."""
    if len(places) <= FEW:
        few = said_of(care, [UUID(place.slot_id) for place in places])
        return [(number, str(need), str(slot)) for number, (need, slot) in enumerate(few)]
    numbers = {key: number for number, key in enumerate(standing_rounds(care))}
    rows = Proposal.objects.using(MATCHER).filter(round__in=numbers)
    told = rows.values_list("round_id", "need_key", "slot_id")
    return sorted((numbers[key], str(need), str(slot)) for key, need, slot in told)


def _unsaid(
    proposed: list[tuple[int, str, str]], needs: Iterable[Need], places: Iterable[Place]
) -> dict[str, str]:
    """What the plan that stands gives and nobody has been told, where both sides are still free."""
    waiting, free = {need.key for need in needs}, {place.slot_id for place in places}
    # A need has what it was given last, and so has a place.
    last = {need: (number, slot) for number, need, slot in proposed}
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
        ("given_together", profile.given_together),
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
    dates, target = profile.dates, profile.medical_target_on
    if profile.events:
        last = deadline(clock_of(dates, profile.events, on=today), target)
        return None if last is None else last.on
    is_besok = dates.guarantee == ClockKind.BESOK
    start = (dates.issued_on or dates.contact_on) if is_besok else dates.decided_on
    law = _due_from(dates.guarantee, start, today)
    return min((day for day in (law, target) if day is not None), default=None)


@lru_cache(maxsize=50_000)
def _due_from(guarantee: str, start: date | None, today: date) -> date | None:
    """The guarantee's last day where no trail says more: it follows from its kind and its first day."""
    is_besok = guarantee == ClockKind.BESOK
    dates = Dates(
        guarantee=guarantee,
        region="",
        issued_on=start if is_besok else None,
        contact_on=None,
        decided_on=None if is_besok else start,
    )
    last = deadline(clock_of(dates, (), on=today), None)
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


AMONG = (Asked("care"), Asked("now"), Asked("first"), Asked("last"))
ONE_PLACE = Prepared(lambda: _marked().filter(id=Asked("slot")))
SOME_PLACES = Prepared(lambda: _marked().filter(any_of("id", "slots")))


def _marked() -> QuerySet[Slot]:
    return _free_slots(*AMONG).annotate(**SEEN_BESIDE)


def _places(care: str, slots: list[UUID] | None, now: datetime, notice: timedelta) -> list[Slot]:
    """The places that may be given out between the notice and the horizon, or some of them."""
    first, last = now + notice, now + settings.MATCH_HORIZON
    if slots is not None and len(slots) == 1:
        return ONE_PLACE.all(care=care, now=now, first=first, last=last, slot=slots[0])
    if slots is not None:
        return SOME_PLACES.all(care=care, now=now, first=first, last=last, slots=slots)
    return list(_free_slots(care, now, first, last))


def lot_of(key: str) -> UUID:
    """The agreement lot that a key of a snapshot stands for."""
    return UUID(key.split("/", 1)[0])
