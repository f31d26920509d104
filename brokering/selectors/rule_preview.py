"""What a change of a region's referral rules would change for those who wait and for published times.

Each waiting need of the region is set against every free place of its care, on the route that the person
takes by own choice, with the present rule book and with the changed one. Only the law's answer is compared:
no rule of remiss changes what an agreement says of age, BMI or the like.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cached_property
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Count
from django.db.models.functions import TruncDate

from accounts.tenancy import Actor
from brokering.law.facts import ReferralFacts, Responsibility
from brokering.law.rulebook import RuleBook
from brokering.models import Referral
from brokering.selectors.alternatives import free_slots
from brokering.selectors.places import SWEDEN, care_value, swedish_day
from brokering.selectors.rulebooks import rule_book
from brokering.selectors.seekers import guarantee_of
from brokering.states import ReferralState
from brokering.verdict import (
    CareValue,
    LawOn,
    Place,
    Seeker,
    care_region_of,
    judge,
    route_of_own_choice,
)
from contracts.selectors.terms import terms_of_care
from contracts.terms import ISSUERS, ReferralRule, RuleChange, Terms, best_for
from providers.models import Care, Region

EARLIER = date(2000, 1, 1)
"""Day of issue of a remiss that exists on the day of decision; the law asks no more of it."""


class Outcome(NamedTuple):
    """The law's answer: may it be booked, and who pays."""

    bookable: str
    payer: str


class NeedShift(NamedTuple):
    """A changed answer for a waiting need at some free place."""

    care: str
    before: Outcome
    after: Outcome


class PlaceShift(NamedTuple):
    """A changed answer at a free place, for a kind of person."""

    care: str
    resident: bool
    with_remiss: bool
    before: Outcome
    after: Outcome


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What is different from a day on, in counts of distinct needs and places."""

    on: date
    needs: dict[NeedShift, int]
    places: dict[PlaceShift, int]
    changed_needs: frozenset[UUID]
    changed_places: int
    needs_asked: int
    places_asked: int


@dataclass(frozen=True)
class _Books:
    """The present rule book and the changed one, on the day of decision."""

    before: LawOn
    after: LawOn

    @cached_property
    def rules(self) -> tuple[ReferralRule, ...]:
        return (*self.before.rules.rows, *self.after.rules.rows)

    @cached_property
    def aged(self) -> bool:
        return any(rule.has_ages for rule in self.rules)

    @cached_property
    def sited(self) -> bool:
        return any(rule.site for rule in self.rules)


@dataclass(frozen=True)
class _Group:
    """Free places that law and terms cannot tell apart, and how many they are."""

    place: Place
    count: int


Shift = tuple[Outcome, Outcome]
Kind = tuple[str, str, str, str]


def days_of(change: RuleChange, *, now: datetime) -> list[date]:
    """The days, none of them past, from which the change shows."""
    today = swedish_day(now)
    return sorted({max(day, today) for day in change.days})


def preview(change: RuleChange, *, region: str, by: Actor, now: datetime, on: date) -> Preview:
    """What the change does to decisions taken on the day; needs are read inside the actor's tenants only."""
    cares = (
        Care.objects.all() if change.cares is None else Care.objects.filter(code__in=change.cares)
    )
    regions = list(Region.objects.values_list("code", flat=True))
    found = [
        _OfCare(care_value(care), region, regions, _books(change, care.code, on), now)
        for care in cares.order_by("code")
    ]
    waiting = [one.waiting(by) for one in found]
    needs = [one.needs(who) for one, who in zip(found, waiting, strict=True)]
    places = [one.places() for one in found]
    return Preview(
        on=on,
        needs={shift: len(ids) for shifts in needs for shift, ids in shifts.items()},
        places={
            shift: one.number(groups)
            for one, shifts in zip(found, places, strict=True)
            for shift, groups in shifts.items()
        },
        changed_needs=frozenset(need for each in needs for ids in each.values() for need in ids),
        changed_places=sum(
            one.number(set().union(*shifts.values()))
            for one, shifts in zip(found, places, strict=True)
        ),
        needs_asked=sum(len(ids) for who in waiting for ids in who.values()),
        places_asked=sum(group.count for one in found for group in one.groups),
    )


def _books(change: RuleChange, care: str, on: date) -> _Books:
    """The rule books for one care; rows of other cares never decide it."""
    present = rule_book(on=on, care=care)
    adds = tuple(rule for rule in change.adds if rule.care == care)
    ends = tuple((rule, last) for rule, last in change.ends if rule.care == care)
    here = RuleChange(
        ends=ends, adds=adds, ends_declared=change.ends_declared, declares=change.declares
    )
    changed = RuleBook(here.rules_after(present.rows), here.declared_after(present.complete))
    return _Books(LawOn(on, present), LawOn(on, changed))


@dataclass(frozen=True)
class _OfCare:
    """One care: its free places, who waits for it, and the two rule books."""

    care: CareValue
    region: str
    regions: list[str]
    books: _Books
    now: datetime

    @property
    def on(self) -> date:
        return self.books.before.day

    @cached_property
    def groups(self) -> tuple[_Group, ...]:
        """The free places from the day on, in groups of one clinic, form and Swedish day."""
        begins = datetime.combine(self.on, time.min, tzinfo=SWEDEN)
        names = ("clinic_id", "clinic__name", "clinic__municipality__region_id", "form", "day")
        rows = (
            free_slots(self.care.code, now=self.now)
            .filter(starts_at__gte=begins)
            .annotate(day=TruncDate("starts_at", tzinfo=SWEDEN))
            .select_related(None)
            .order_by(*names)
            .values_list(*names)
            .annotate(count=Count("id"))
        )
        return tuple(_Group(_place(self.care, row), row[-1]) for row in rows)

    @cached_property
    def terms(self) -> dict[UUID, list[Terms]]:
        last = max((group.place.day for group in self.groups), default=self.on)
        found = terms_of_care(self.care.code, first=self.on, last=last)
        return {
            clinic: [terms for terms in offers if terms.in_force(self.on)]
            for clinic, offers in found.items()
        }

    def waiting(self, by: Actor) -> dict[Seeker, list[UUID]]:
        """The region's waiting needs by all that the law asks of them, inside the actor's tenants."""
        rows = Referral.objects.filter(
            care=self.care.code,
            home_region=self.region,
            tenant__in=by.tenants,
            state__in=[ReferralState.WAITING, ReferralState.OFFERED],
        ).values(*OF_A_NEED)
        found: dict[Seeker, list[UUID]] = defaultdict(list)
        for row in rows:
            found[_seeker(row, self.on, self.books.aged)].append(row["id"])
        return found

    def needs(self, waiting: dict[Seeker, list[UUID]]) -> dict[NeedShift, set[UUID]]:
        """Which waiting needs get another answer somewhere."""
        found: dict[NeedShift, set[UUID]] = defaultdict(set)
        for seeker, ids in waiting.items():
            for before, after in self._shifts(seeker):
                found[NeedShift(self.care.code, before, after)] |= set(ids)
        return found

    def places(self) -> dict[PlaceShift, set[int]]:
        """Which groups of free places give another answer to somebody, living in the region or not."""
        found: dict[PlaceShift, set[int]] = defaultdict(set)
        for seeker in self._anyone():
            resident, remiss = seeker.home_region == self.region, seeker.referral is not None
            for (before, after), groups in self._shifts(seeker).items():
                found[PlaceShift(self.care.code, resident, remiss, before, after)] |= groups
        return found

    def number(self, groups: set[int]) -> int:
        """How many places some of the groups hold."""
        return sum(self.groups[one].count for one in groups)

    def _shifts(self, seeker: Seeker) -> dict[Shift, set[int]]:
        """Changed answers for one person, with the groups of places where they are given."""
        found: dict[Shift, set[int]] = defaultdict(set)
        for place, terms, groups in self._kinds[seeker.home_region].values():
            before, after = (
                _outcome(seeker, place, terms, law) for law in (self.books.before, self.books.after)
            )
            if before != after:
                found[before, after] |= groups
        return found

    @cached_property
    def _kinds(self) -> dict[str | None, dict[Kind, tuple[Place, Terms | None, set[int]]]]:
        """For each home region, the places that the law cannot tell apart; elsewhere only our own."""
        found: dict[str | None, dict[Kind, tuple[Place, Terms | None, set[int]]]] = {}
        for home in self.regions:
            kinds = found.setdefault(home, {})
            for number, group in enumerate(self.groups):
                if home != self.region and number not in self._ours:
                    continue
                kind, terms = self._kind(home, group.place)
                if self.region in (home, kind[0]):
                    kinds.setdefault(kind, (group.place, terms, set()))[2].add(number)
        return found

    @cached_property
    def _ours(self) -> frozenset[int]:
        """The groups whose visits the region's own agreements might carry."""
        return frozenset(
            number
            for number, group in enumerate(self.groups)
            if group.place.clinic_region == self.region
            or any(self.region in terms.buyers for terms in self.terms.get(group.place.clinic, ()))
        )

    def _kind(self, home: str, place: Place) -> tuple[Kind, Terms | None]:
        terms = best_for(
            self.terms.get(place.clinic, ()),
            home_region=home,
            clinic_region=place.clinic_region,
            on=place.day,
        )
        regime = "" if terms is None else terms.regime.value
        site = place.clinic_name if self.books.sited else ""
        care_region = care_region_of(Seeker(home_region=home), place, terms)
        return (care_region, regime, place.form, site), terms

    def _anyone(self) -> Iterator[Seeker]:
        """One person of each kind that the rules tell apart: home, age, remiss, issuer, enclosures."""
        rules = self.books.rules
        extras = frozenset(extra for rule in rules for extra in rule.extra_requirements)
        issuers = ISSUERS if any(rule.accepted_issuers for rule in rules) else ISSUERS[:1]
        for home in self.regions:
            for born in _births(rules, self.on):
                yield Seeker(home_region=home, birth_date=born)
                for issuer in issuers:
                    for enclosed in {frozenset[str](), extras}:
                        remiss = ReferralFacts(EARLIER, issuer, home, enclosed)
                        yield Seeker(home_region=home, birth_date=born, referral=remiss)


OF_A_NEED = (
    *("id", "home_region_id", "patient__responsibility", "patient__birth_date", "issued_on"),
    *("issuer", "issuer_region_id", "extras", "need_approved_on", "guarantee"),
)
"""What the law asks of a need; neither name nor number is read."""


def _seeker(row: dict[str, Any], on: date, aged: bool) -> Seeker:
    """A need with everything left out that the law does not ask, so that equals are equal."""
    remiss = None
    if row["issued_on"] is not None and row["issued_on"] <= on:
        remiss = ReferralFacts(
            EARLIER, row["issuer"], row["issuer_region_id"] or "", frozenset(row["extras"])
        )
    approved = row["need_approved_on"]
    return Seeker(
        home_region=row["home_region_id"],
        responsibility=Responsibility(row["patient__responsibility"]),
        birth_date=_same_age(row["patient__birth_date"], on) if aged else None,
        referral=remiss,
        need_approved=approved is not None and approved <= on,
        guarantee=guarantee_of(row["guarantee"]),
    )


def _same_age(born: date, on: date) -> date:
    """The first of January that gives the same age in completed years on the day."""
    age = on.year - born.year - ((on.month, on.day) < (born.month, born.day))
    return date(on.year - age, 1, 1)


def _births(rules: Iterable[ReferralRule], on: date) -> list[date | None]:
    """A birth date in each age interval that the rules tell apart; None where they tell none apart."""
    bounds = {rule.age_min for rule in rules if rule.age_min is not None}
    bounds |= {rule.age_max + 1 for rule in rules if rule.age_max is not None}
    return [date(on.year - age, 1, 1) for age in sorted({0, *bounds})] if bounds else [None]


def _outcome(seeker: Seeker, place: Place, terms: Terms | None, law: LawOn) -> Outcome:
    route = route_of_own_choice(seeker, place, terms)
    decision = judge(seeker, place, terms, route, law=law).decision
    return Outcome(decision.bookable.value, decision.payer.value)


def _place(care: CareValue, row: tuple[Any, ...]) -> Place:
    clinic, name, region, form, day, _count = row
    return Place(
        slot=clinic,
        clinic=clinic,
        clinic_name=name,
        clinic_region=region,
        care=care,
        form=form,
        day=day,
    )
