"""Law, terms and windows as a round knows them: read once, and kept as long as nothing of them changes."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import lru_cache
from uuid import UUID

from django.conf import settings

from brokering.law.citations import Question
from brokering.law.decision import Bookable
from brokering.law.errors import RouteMismatch
from brokering.law.facts import Route
from brokering.law.payer import Payer
from brokering.matching.snapshot import Cap, ClassDecision, ClassKey, Lot, Place, Point
from brokering.selectors.alternatives import REROUTE_SEARCH_ORDER, search_step
from brokering.selectors.places import designations_at, place_of, reception_of
from brokering.selectors.rulebooks import rule_book
from brokering.selectors.windows import is_kept_from, window_end
from brokering.verdict import CareValue, LawOn, Seeker, Verdict, is_binding, judge
from brokering.verdict import Place as LegalPlace
from contracts.models import CapUse, ReleasePolicy
from contracts.selectors.changes import TermsMark
from contracts.selectors.release import windows_at
from contracts.selectors.terms import terms_of_care
from contracts.terms import Cap as CapValue
from contracts.terms import OpenForOthers, Terms
from providers.models import Region, Slot

WEEK = timedelta(days=7)
"""A place in a week ends up to so much later than it begins."""
CapOn = tuple[CapValue, date]
Decided = tuple[ClassDecision, dict[str, CapOn]]
"""A decision, and the caps that it names by their keys."""
Asked = tuple[ClassKey, str, str, CareValue]
"""A class, and the clinic's name, its region and the care as they are."""


class KnownTerms:
    """What has been read of law, terms and windows as they stand on a day; read as it is asked for."""

    def __init__(self, today: date) -> None:
        self.today = today
        self.decisions: dict[Asked, Decided] = {}
        self.closed: dict[frozenset[object], set[int]] = {}
        """By lots at clinics: numbers of law (`brokering.selectors.turning`) that none of them is open to."""
        self._regions: tuple[str, ...] = ()
        self._laws: dict[str, LawOn] = {}
        self._terms: dict[tuple[str, UUID], list[Terms]] = {}
        self._windows: dict[UUID, list[ReleasePolicy]] = {}

    def law(self, care: str) -> LawOn:
        """The law for a care, which remembers its decisions."""
        if care not in self._laws:
            self._laws[care] = LawOn(self.today, rule_book(on=self.today, care=care))
        return self._laws[care]

    def of_clinics(self, care: str, clinics: Iterable[UUID]) -> dict[UUID, list[Terms]]:
        """Terms of some clinics that are in force on some day of the time that matching looks at."""
        wanted = set(clinics)
        if missing := {one for one in wanted if (care, one) not in self._terms}:
            last = self.today + settings.MATCH_HORIZON + WEEK
            found = terms_of_care(care, first=self.today, last=last, clinics=missing)
            self._terms |= {(care, one): found.get(one, []) for one in missing}
        return {one: self._terms[care, one] for one in wanted}

    def regions(self) -> tuple[str, ...]:
        """Codes of all regions."""
        if not self._regions:
            self._regions = tuple(Region.objects.order_by("code").values_list("code", flat=True))
        return self._regions

    def windows(self, clinics: Iterable[UUID]) -> list[ReleasePolicy]:
        """What some clinics have said of how long their places are kept."""
        wanted = set(clinics)
        if missing := wanted - self._windows.keys():
            found = windows_at(missing)
            self._windows |= {x: [row for row in found if row.clinic_id == x] for x in missing}
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

    def regions(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Home regions that may come as their own region's patients, and all that the terms take."""
        own, all_of = set[str](), set[str]()
        for key, terms in self._terms.items():
            here = self._places[key].clinic_region
            for region in self._known.regions():
                ours = region in terms.buyers or region in terms.usable_by
                if ours or terms.open_for_others is OpenForOthers.YES:
                    all_of.add(region)
                    if terms.care_region(region, here) == region:
                        own.add(region)
        return tuple(sorted(own)), tuple(sorted(all_of))

    def closed(self) -> set[int]:
        """What is known to be closed under these lots, here and by this name of each clinic."""
        legal = ((key, x.clinic_name, x.clinic_region, x.care) for key, x in self._places.items())
        return self._known.closed.setdefault(frozenset(legal), set())

    def lots(self) -> tuple[Lot, ...]:
        """The terms that needs are measured against."""
        return tuple(_lot(key, terms) for key, terms in sorted(self._terms.items()))

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
        legal = self._places[key.lot]
        asked = (key, legal.clinic_name, legal.clinic_region, legal.care)
        seeker = seekers.get((key.home_region, key.profile))
        if seeker is None:
            return ClassDecision(lawful=False, reasons=("undecided",))
        if asked not in self._known.decisions:
            self._known.decisions[asked] = self._decided(key, seeker, law)
        decision, caps = self._known.decisions[asked]
        self._caps |= caps
        return decision

    def _decided(self, key: ClassKey, seeker: Seeker, law: LawOn) -> Decided:
        try:
            found = judge(
                seeker, self._places[key.lot], self._terms[key.lot], Route(key.route), law=law
            )
        except RouteMismatch as error:
            return ClassDecision(lawful=False, reasons=(error.code,)), {}
        if found.bookable == Bookable.YES and found.decision.payer == Payer.UNDECIDED:
            reasons = ("payer_undecided", *_on_payer(found))
            return ClassDecision(lawful=False, reasons=reasons), {}
        if found.bookable == Bookable.YES:
            terms, drawn = self._terms[key.lot], self._drawn(key, self._terms[key.lot])
            decision = ClassDecision(
                lawful=True,
                tier=_tier(key, terms),
                caps=tuple(drawn),
                lets_own_first=is_kept_from(terms, key.home_region, binding=found.is_binding),
            )
            return decision, drawn
        further = tuple(f"reason.{code}" for code in found.hindering)
        return ClassDecision(lawful=False, reasons=(found.hindrance, *further)), {}

    def _is_kept(self, row: Slot) -> bool:
        """Whether the clinic's window for the place is still open."""
        end = window_end(row, self._windows, clinic=row.clinic_id, care=row.care_id, now=self._now)
        return end is not None

    def _drawn(self, key: ClassKey, terms: Terms) -> dict[str, CapOn]:
        """The caps that a patient of the class counts against, by their keys."""
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
