"""Law, terms and windows as a round knows them: read once, and kept as long as nothing of them changes."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache, reduce
from typing import NamedTuple
from uuid import UUID

from django.conf import settings

from brokering.law.citations import Question
from brokering.law.decision import Bookable
from brokering.law.errors import RouteMismatch
from brokering.law.facts import Route
from brokering.law.payer import Payer
from brokering.law.rulebook import RuleBook
from brokering.matching.snapshot import Cap, ClassDecision, ClassKey, Lot, Place, Point
from brokering.selectors.alternatives import REROUTE_SEARCH_ORDER, search_step
from brokering.selectors.let_in import LetIn, let_in
from brokering.selectors.places import designations_at, place_of, reception_of
from brokering.selectors.rulebooks import only_about, rule_book
from brokering.selectors.windows import is_kept_from, window_end
from brokering.verdict import CareValue, LawOn, Seeker, Verdict, is_binding, judge
from brokering.verdict import Place as LegalPlace
from contracts.designations import Designation
from contracts.models import CapUse, ReleasePolicy
from contracts.selectors.changes import TermsMark
from contracts.selectors.release import clinics_with_windows, windows_at
from contracts.selectors.terms import terms_of_care
from contracts.terms import Cap as CapValue
from contracts.terms import OpenForOthers, Regime, Terms
from providers.models import Region, Slot

WEEK = timedelta(days=7)
"""A place in a week ends up to so much later than it begins."""
CapOn = tuple[CapValue, date]
Asked = tuple[int, str, str, str]
"""Number of lots that are alike, and of a class the home region, the profile and the route."""


class Likeness(NamedTuple):
    """All that a decision asks of a lot at a place: where it is the same, so is every decision."""

    care: CareValue
    form: str
    clinic_region: str
    site: str
    """The clinic's name where a rule names clinics."""
    regime: Regime
    buyers: frozenset[str]
    usable_by: frozenset[str]
    open_for_others: OpenForOthers
    is_national: bool
    designated: tuple[tuple[Designation, ...], ...]
    """Those in force on the ends of the visit's time."""


class KnownTerms:
    """What has been read of law, terms and windows as they stand on a day; read as it is asked for."""

    def __init__(self, today: date) -> None:
        self.today = today
        self.decisions: dict[Asked, ClassDecision] = {}
        """Without caps, which are each lot's own."""
        self.alike: dict[Likeness, int] = {}
        """The kinds of lots at places that law and terms can tell apart, by a number each."""
        self.closed: defaultdict[int, set[int]] = defaultdict(set)
        """By kind: numbers of law (`brokering.selectors.turning`) that it is not open to."""
        self.open: defaultdict[int, set[int]] = defaultdict(set)
        """By kind: numbers of law that it is open to, at some age at least."""
        self.let_in: dict[int, LetIn] = {}
        """By kind: home regions and routes that it may be open to."""
        self._regions: tuple[str, ...] = ()
        self._laws: dict[str, LawOn] = {}
        self._terms: dict[tuple[str, UUID], list[Terms]] = {}
        self._windows: dict[UUID, list[ReleasePolicy]] = {}
        self._everywhere: dict[str, dict[UUID, list[Terms]]] = {}

    def law(self, care: str) -> LawOn:
        """The law for a care, which remembers its decisions."""
        if care not in self._laws:
            self._laws[care] = LawOn(self.today, only_about(self._rules, care))
        return self._laws[care]

    @cached_property
    def _rules(self) -> RuleBook:
        return rule_book(on=self.today)

    def of_clinics(self, care: str, clinics: Iterable[UUID]) -> dict[UUID, list[Terms]]:
        """Terms of some clinics that are in force on some day of the time that matching looks at."""
        wanted = set(clinics)
        if care in self._everywhere:
            return {one: self._everywhere[care].get(one, []) for one in wanted}
        if missing := {one for one in wanted if (care, one) not in self._terms}:
            found = self._read(care, missing)
            self._terms |= {(care, one): found.get(one, []) for one in missing}
        return {one: self._terms[care, one] for one in wanted}

    def of_care(self, care: str) -> dict[UUID, list[Terms]]:
        """The same of every clinic that has any."""
        if care not in self._everywhere:
            self._everywhere[care] = dict(self._read(care, None))
        return self._everywhere[care]

    def _read(self, care: str, clinics: Iterable[UUID] | None) -> dict[UUID, list[Terms]]:
        last = self.today + settings.MATCH_HORIZON + WEEK
        return terms_of_care(care, first=self.today, last=last, clinics=clinics)

    def regions(self) -> tuple[str, ...]:
        """Codes of all regions."""
        if not self._regions:
            self._regions = tuple(Region.objects.order_by("code").values_list("code", flat=True))
        return self._regions

    @cached_property
    def _with_windows(self) -> frozenset[UUID]:
        """The few clinics that are asked about windows at all."""
        return clinics_with_windows()

    def windows(self, clinics: Iterable[UUID]) -> list[ReleasePolicy]:
        """What some clinics have said of how long their places are kept."""
        wanted = set(clinics)
        if missing := wanted - self._windows.keys():
            found = defaultdict[UUID, list[ReleasePolicy]](list)
            for row in windows_at(missing & self._with_windows):
                found[row.clinic_id].append(row)
            self._windows |= {one: found[one] for one in missing}
        return [row for one in wanted for row in self._windows[one]]


@lru_cache(maxsize=1)
def kept_terms(mark: TermsMark, today: date) -> KnownTerms:
    """What this process has read under a mark (`terms_mark`): another mark, or day, begins anew."""
    return KnownTerms(today)


class TermsBook:
    """The lots in force at the places of a round; a capped lot is one key for each set of cap periods."""

    def __init__(self, care: str, rows: list[Slot], now: datetime, known: KnownTerms) -> None:
        clinics = {row.clinic_id for row in rows}
        self._known = known
        self._by_clinic = known.of_clinics(care, clinics)
        self._windows = known.windows(clinics)
        self._now = now
        self._today = known.today
        self._terms: dict[str, Terms] = {}
        self._places: dict[str, LegalPlace] = {}
        self._alike: dict[str, int] = {}
        self._caps: dict[str, CapOn] = {}

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

    def let_in(self, lots: Iterable[str]) -> LetIn:
        """Whom some of these lots may let in, told of home regions and routes alone."""
        return reduce(LetIn.or_else, map(self._let_in, lots), LetIn())

    def _let_in(self, key: str) -> LetIn:
        kind, known = self._alike[key], self._known
        if kind not in known.let_in:
            terms, place = self._terms[key], self._places[key]
            known.let_in[kind] = let_in(terms, place, known.regions(), known.law(place.care.code))
        return known.let_in[kind]

    def closed(self, lots: Iterable[str]) -> set[int]:
        """Numbers of law that are known to be closed under all of these lots."""
        kinds = {self._alike[key] for key in lots}
        return set.intersection(*(self._known.closed[kind] for kind in kinds))

    def close(self, lots: Iterable[str], law: int) -> None:
        """From now on it is known that none of these lots is open to a number of law."""
        for key in lots:
            self._known.closed[self._alike[key]].add(law)

    def is_open(self, lots: Iterable[str], law: int) -> bool:
        """Whether one of these lots is known to be open to a number of law, and counts nobody."""
        return any(
            law in self._known.open[self._alike[key]] and not self._terms[key].caps for key in lots
        )

    def open(self, lots: Iterable[str], law: int) -> None:
        """From now on it is known that all of these lots are open to a number of law."""
        for key in lots:
            self._known.open[self._alike[key]].add(law)

    def lots(self) -> tuple[Lot, ...]:
        """The terms that needs are measured against."""
        return tuple(_lot(key, terms) for key, terms in sorted(self._terms.items()))

    @property
    def is_capped(self) -> bool:
        """Whether any of the lots counts who comes."""
        return any(terms.caps for terms in self._terms.values())

    def caps(self) -> tuple[Cap, ...]:
        """What is left of each cap that a decision named."""
        if not self._caps:
            return ()
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
        asked = (self._alike[key.lot], key.home_region, key.profile, key.route)
        if asked not in self._known.decisions:
            self._known.decisions[asked] = self._decided(key, seeker, law)
        decision = self._known.decisions[asked]
        drawn = self._drawn(key, self._terms[key.lot]) if decision.lawful else {}
        self._caps |= drawn
        return replace(decision, caps=tuple(drawn)) if drawn else decision

    def _decided(self, key: ClassKey, seeker: Seeker, law: LawOn) -> ClassDecision:
        terms = self._terms[key.lot]
        try:
            found = judge(seeker, self._places[key.lot], terms, Route(key.route), law=law)
        except RouteMismatch as error:
            return ClassDecision(lawful=False, reasons=(error.code,))
        if found.bookable == Bookable.YES and found.decision.payer == Payer.UNDECIDED:
            return ClassDecision(lawful=False, reasons=("payer_undecided", *_on_payer(found)))
        if found.bookable == Bookable.YES:
            return ClassDecision(
                lawful=True,
                tier=_tier(key, terms),
                lets_own_first=is_kept_from(terms, key.home_region, binding=found.is_binding),
            )
        further = tuple(f"reason.{code}" for code in found.hindering)
        return ClassDecision(lawful=False, reasons=(found.hindrance, *further))

    def _is_kept(self, row: Slot) -> bool:
        """Whether the clinic's window for the place is still open."""
        end = window_end(row, self._windows, clinic=row.clinic_id, care=row.care_id, now=self._now)
        return end is not None

    def _drawn(self, key: ClassKey, terms: Terms) -> dict[str, CapOn]:
        """The caps that a patient of the class counts against, by their keys."""
        if not terms.caps:
            return {}
        on = self._places[key.lot].day
        binding = is_binding(Route(key.route), key.form)
        caps = terms.caps_on(on, home_region=key.home_region, binding=binding)
        return {f"{cap.counter}/{cap.first_day(on)}": (cap, cap.first_day(on)) for cap in caps}

    def _key(self, terms: Terms, legal: LegalPlace) -> str:
        counted = (
            f"{number}@{cap.first_day(legal.day)}"
            for number, cap in enumerate(terms.caps)
            if cap.in_force(legal.day)
        )
        designated = designations_at(terms, *legal.ends_of_time)
        key = "/".join((str(terms.lot), legal.form, *counted, *designated))
        if key not in self._terms:
            self._terms[key], self._places[key] = terms, legal
            kind = _likeness(terms, legal, self._known.law(legal.care.code))
            self._alike[key] = self._known.alike.setdefault(kind, len(self._known.alike))
        return key


def _likeness(terms: Terms, legal: LegalPlace, law: LawOn) -> Likeness:
    return Likeness(
        care=legal.care,
        form=legal.form,
        clinic_region=legal.clinic_region,
        site=legal.clinic_name if law.rules.names_sites else "",
        regime=terms.regime,
        buyers=terms.buyers,
        usable_by=terms.usable_by,
        open_for_others=terms.open_for_others,
        is_national=terms.designated.national,
        designated=tuple(terms.designated.known_on(day) for day in legal.ends_of_time),
    )


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
