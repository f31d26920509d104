"""The snapshot of one matching round: needs without identity, free places, terms, decisions."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from brokering.law.citations import Question
from brokering.law.deadline import deadline
from brokering.law.decision import Bookable
from brokering.law.errors import RouteMismatch
from brokering.law.facts import ReferralFacts, Responsibility, Route
from brokering.law.payer import Payer
from brokering.matching.snapshot import (
    Cap,
    ClassDecision,
    ClassKey,
    Lot,
    Need,
    Place,
    Point,
    Settings,
    Snapshot,
    WithinClass,
    class_keys,
)
from brokering.models import Proposal
from brokering.selectors.alternatives import REROUTE_SEARCH_ORDER, search_step
from brokering.selectors.batches import not_asked_about
from brokering.selectors.clocks import clock_of
from brokering.selectors.confirmations import is_to_be_asked
from brokering.selectors.country.plans import standing_rounds
from brokering.selectors.need_profiles import MATCHER, Profile, profiles_of_care
from brokering.selectors.places import designations_at, place_of, reception_of, swedish_day
from brokering.selectors.rulebooks import rule_book
from brokering.selectors.seekers import guarantee_of
from brokering.selectors.windows import is_kept_from, window_end
from brokering.verdict import LawOn, Seeker, Verdict, is_binding, judge
from brokering.verdict import Place as LegalPlace
from contracts.models import CapUse
from contracts.selectors.release import windows_at
from contracts.selectors.terms import terms_of_care
from contracts.terms import Cap as CapValue
from contracts.terms import Person, Terms
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
        free = _free_slots(care, now, notice)
        rows = list(free if slots is None else free.filter(id__in=list(slots)))
        self._law = LawOn(self.today, rule_book(on=self.today, care=care))
        self._aged = any(rule.has_ages for rule in self._law.rules.rows)
        self._book = _TermsBook(care, rows, now)
        self.places = tuple(place for row in rows if (place := self._book.place(row)).lots)
        self._decisions: dict[ClassKey, ClassDecision] = {}

    def given(self, waiting: list[Profile]) -> RoundInput:
        """The snapshot of these needs and all the places."""
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
            previous=_unsaid(self.care, needs.values(), self.places),
        )
        tenants = {str(profile.need_key): profile.tenant for profile in profiles}
        return RoundInput(snapshot, tenants, left_out)

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
    reasons = {profile: _why_left_out(profile, today) for profile in profiles}
    kept = [profile for profile, reason in reasons.items() if not reason]
    return kept, {str(profile.need_key): reason for profile, reason in reasons.items() if reason}


def _why_left_out(profile: Profile, today: date) -> str:
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
        routes=_routes(profile),
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


def _routes(profile: Profile) -> tuple[str, ...]:
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
    return json.dumps(
        {
            "responsibility": profile.responsibility,
            "age": profile.age if aged else None,
            "guarantee": profile.dates.guarantee,
            "issued": profile.dates.issued_on is not None and profile.dates.issued_on <= today,
            "issuer": profile.issuer,
            "issuer_region": profile.issuer_region,
            "extras": sorted(profile.extras),
            "approved": profile.need_approved_on is not None and profile.need_approved_on <= today,
        },
        sort_keys=True,
    )


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


def _free_slots(care: str, now: datetime, notice: timedelta) -> QuerySet[Slot]:
    """What may be given out: nobody has it, and nobody is being asked about it."""
    taken = Claim.objects.filter(slot=OuterRef("pk")).filter(
        Q(state=Claim.State.CONFIRMED) | Q(state=Claim.State.HELD, held_until__gt=now)
    )
    rows = Slot.objects.filter(
        advertised(now),
        ~Exists(taken),
        not_asked_about(now),
        care=care,
        state=Slot.State.OPEN,
        starts_at__gt=now + notice,
        starts_at__lte=now + settings.MATCH_HORIZON,
    )
    return rows.select_related("clinic__municipality", "care").order_by("starts_at", "id")


class _TermsBook:
    """The lots in force at the places of a round; a capped lot is one key for each set of cap periods."""

    def __init__(self, care: str, rows: list[Slot], now: datetime) -> None:
        today = swedish_day(now)
        last = max((swedish_day(row.starts_at) for row in rows), default=today)
        clinics = {row.clinic_id for row in rows}
        self._by_clinic = terms_of_care(care, first=today, last=last, clinics=clinics)
        self._windows = windows_at(clinics)
        self._now = now
        self._today = today
        self._terms: dict[str, Terms] = {}
        self._places: dict[str, LegalPlace] = {}
        self._caps: dict[str, tuple[CapValue, date]] = {}

    def place(self, row: Slot) -> Place:
        """A slot with the keys of the lots that carry a visit that day."""
        legal = place_of(row)
        keys = [
            self._key(terms, legal)
            for terms in self._by_clinic.get(row.clinic_id, ())
            if all(map(terms.in_force, legal.ends_of_time)) and terms.bookable_on(self._today)
        ]
        return Place(
            slot_id=str(row.id),
            clinic=str(row.clinic_id),
            region=legal.clinic_region,
            care=row.care_id,
            form=row.form,
            day=legal.day,
            first_day=legal.first_day,
            kept=self._is_kept(row),
            lots=tuple(sorted(keys)),
            point=Point(row.clinic.latitude, row.clinic.longitude),
            reception=reception_of(row),
        )

    def lots(self) -> tuple[Lot, ...]:
        """The terms that needs are measured against."""
        return tuple(_lot(key, terms) for key, terms in sorted(self._terms.items()))

    def caps(self) -> tuple[Cap, ...]:
        """What is left of each cap that a decision named."""
        counters = {cap.counter for cap, _ in self._caps.values()}
        rows = CapUse.objects.filter(counter__in=counters)
        used = {(use.counter, use.period): use.used for use in rows}
        return tuple(
            Cap(key, max(cap.places - used.get((cap.counter, period), 0), 0))
            for key, (cap, period) in sorted(self._caps.items())
        )

    def decide(
        self, key: ClassKey, seekers: dict[tuple[str, str], Seeker], law: LawOn
    ) -> ClassDecision:
        """Law and terms for one class; the first reason weighs most."""
        seeker = seekers.get((key.home_region, key.profile))
        if seeker is None:
            return ClassDecision(lawful=False, reasons=("undecided",))
        try:
            found = judge(
                seeker, self._places[key.lot], self._terms[key.lot], Route(key.route), law=law
            )
        except RouteMismatch as error:
            return ClassDecision(lawful=False, reasons=(error.code,))
        if found.bookable == Bookable.YES and found.decision.payer == Payer.UNDECIDED:
            return ClassDecision(lawful=False, reasons=("payer_undecided", *_on_payer(found)))
        if found.bookable == Bookable.YES:
            terms = self._terms[key.lot]
            return ClassDecision(
                lawful=True,
                tier=_tier(key, terms),
                caps=self._drawn(key, terms),
                lets_own_first=is_kept_from(terms, key.home_region, binding=found.is_binding),
            )
        further = tuple(f"reason.{code}" for code in found.hindering)
        return ClassDecision(lawful=False, reasons=(found.hindrance, *further))

    def _is_kept(self, row: Slot) -> bool:
        """Whether the clinic's window for the place is still open."""
        end = window_end(row, self._windows, clinic=row.clinic_id, care=row.care_id, now=self._now)
        return end is not None

    def _drawn(self, key: ClassKey, terms: Terms) -> tuple[str, ...]:
        """Keys of the caps that a patient of the class counts against."""
        on = self._places[key.lot].day
        binding = is_binding(Route(key.route), key.form)
        caps = terms.caps_on(on, home_region=key.home_region, binding=binding)
        named = {f"{cap.counter}/{cap.first_day(on)}": (cap, cap.first_day(on)) for cap in caps}
        self._caps |= named
        return tuple(named)

    def _key(self, terms: Terms, legal: LegalPlace) -> str:
        counted = (
            f"{number}@{cap.first_day(legal.day)}"
            for number, cap in enumerate(terms.caps)
            if cap.in_force(legal.day)
        )
        designated = designations_at(terms, *legal.ends_of_time)
        key = "/".join((str(terms.lot), legal.form, *counted, *designated))
        self._terms[key] = terms
        self._places[key] = legal
        return key


def _tier(key: ClassKey, terms: Terms) -> int:
    """The home region's own search order in a reroute; on every other route there is none."""
    if key.route != Route.GUARANTEE_REROUTE:
        return 0
    return REROUTE_SEARCH_ORDER.index(search_step(terms, key.home_region))


def _lot(key: str, terms: Terms) -> Lot:
    rules = terms.eligibility
    return Lot(
        key=key,
        age_from=rules.age_min,
        age_to=rules.age_max,
        bmi_to=rules.bmi_max,
        asa_to=rules.asa_max,
        excludes=rules.excluded_needs,
    )


def _on_payer(found: Verdict) -> tuple[str, ...]:
    """What the law says of who pays, as ids of sentences."""
    return tuple(f"reason.{reason.code.value}" for reason in found.decision.about(Question.PAYER))


def lot_of(key: str) -> UUID:
    """The agreement lot that a key of a snapshot stands for."""
    return UUID(key.split("/", 1)[0])
