"""Frozen values of what regions and clinics have agreed or decided: the terms on which care may be used."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import IntEnum, StrEnum
from uuid import UUID

from contracts.designations import Designated, Standing

DAY = timedelta(days=1)
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2999, 12, 31)
"""Days that a rule or a term may name; a year with a digit too few or too many is a slip."""
OLDEST = 130
"""Highest age in years that a rule or a term may name."""
CONFIRMED_FOR = timedelta(days=365)
"""A referral rule that nobody has checked for longer than this is flagged."""
ISSUERS = ("allmanlakare", "specialistlakare", "elevhalsa", "psykolog", "annan")
"""Who may issue a remiss, as rules name them."""

SUBSCRIPTION = "subscription_and_unit"
"""The price model with a sum a year and region beside the unit price."""
EVER = date.min
"""First day of the one period of a cap that never begins again."""

Scope = tuple[str, str, str, int | None, int | None, str, str]


class Regime(StrEnum):
    """Under which kind of agreement the clinic works in this booking."""

    OWN = "own"
    LOU = "lou"
    LOV = "lov"
    LOL = "lol"
    LOF = "lof"
    PRIVATE = "private"


@dataclass(frozen=True, kw_only=True)
class ReferralRule:
    """Remissregel: a region's requirement of remiss for one care, or an exemption from one.

    A condition that is None (or an empty set) does not narrow the rule. Ages are completed years,
    inclusive; `valid_to` is the last day in force.
    """

    region: str
    care: str
    form: str | None = None
    age_min: int | None = None
    age_max: int | None = None
    regime: Regime | None = None
    site: str | None = None
    accepted_issuers: frozenset[str] = frozenset()
    extra_requirements: frozenset[str] = frozenset()
    required: bool = True
    immediate_care_exempt: bool = False
    valid_from: date | None = None
    valid_to: date | None = None
    source: str = ""
    checked: date | None = None
    confidence: str = ""
    text_sv: str = ""

    @property
    def has_ages(self) -> bool:
        """Whether the rule asks for the patient's age."""
        return self.age_min is not None or self.age_max is not None

    @property
    def scope(self) -> Scope:
        """What the rule is about; two rules of one scope never hold on the same day."""
        narrowed = (self.age_min, self.age_max, self.regime or "", self.site or "")
        return (self.region, self.care, self.form or "", *narrowed)

    @property
    def was_taken_back(self) -> bool:
        """Whether it ended before it began, and so never held."""
        return _below_day(self.valid_to, self.valid_from)

    def in_force(self, on: date) -> bool:
        """Whether the rule holds on that day."""
        return within(on, self.valid_from, self.valid_to)

    def unconfirmed(self, on: date) -> bool:
        """Whether nobody has said for a year that the rule still holds."""
        return self.checked is None or on - self.checked > CONFIRMED_FOR


@dataclass(frozen=True, kw_only=True)
class Completeness:
    """A period in which a region's rules are declared complete: no row then means no requirement."""

    region: str
    complete_from: date | None = None
    complete_to: date | None = None
    source: str = ""
    confidence: str = ""

    def in_force(self, on: date) -> bool:
        """Whether the declaration covers that day."""
        return within(on, self.complete_from, self.complete_to)


@dataclass(frozen=True, kw_only=True)
class RuleChange:
    """What a region is about to decide about its rules and declarations, before anything is saved."""

    ends: tuple[tuple[ReferralRule, date], ...] = ()
    """Rules with the last day that they get."""
    adds: tuple[ReferralRule, ...] = ()
    ends_declared: tuple[tuple[Completeness, date], ...] = ()
    declares: tuple[Completeness, ...] = ()

    def rules_after(self, rules: Sequence[ReferralRule]) -> tuple[ReferralRule, ...]:
        """The rules as they stand when the change is saved."""
        last_day = dict(self.ends)
        kept = (
            replace(rule, valid_to=last_day[rule]) if rule in last_day else rule for rule in rules
        )
        return (*kept, *self.adds)

    def declared_after(self, declared: Sequence[Completeness]) -> tuple[Completeness, ...]:
        """The declarations as they stand when the change is saved."""
        last_day = dict(self.ends_declared)
        kept = (
            replace(one, complete_to=last_day[one]) if one in last_day else one for one in declared
        )
        return (*kept, *self.declares)

    @property
    def days(self) -> frozenset[date]:
        """The days from which something is different."""
        firsts = [rule.valid_from for rule in self.adds]
        firsts += [one.complete_from for one in self.declares]
        after = [last + DAY for _, last in (*self.ends, *self.ends_declared)]
        return frozenset(after) | frozenset(day for day in firsts if day is not None)

    @property
    def cares(self) -> frozenset[str] | None:
        """The cares that it concerns; None where a declaration concerns all of them."""
        if self.declares or self.ends_declared:
            return None
        return frozenset(rule.care for rule in (*self.adds, *(old for old, _ in self.ends)))


def within(on: date, first: date | None, last: date | None) -> bool:
    """Whether a day lies in a period; None is open-ended, the last day belongs to it."""
    return (first is None or first <= on) and (last is None or on <= last)


class Reader(IntEnum):
    """Who reads an agreement; each sees what those before it see."""

    PUBLIC = 0
    REGIONS = 1
    PARTIES = 2


def visible_to(reader: Reader, confidentiality: Iterable[tuple[str, str]]) -> Callable[[str], bool]:
    """Whether the reader may see a term: what is not named in the confidentiality is public."""
    least = {term: Reader[level.upper()] for term, level in confidentiality}
    return lambda term: least.get(term, Reader.PUBLIC) <= reader


class OpenForOthers(StrEnum):
    """Whether an agreement's text is open to patients from other regions."""

    YES = "yes"
    NO = "no"
    AFTER_AGREEMENT = "after_agreement"


@dataclass(frozen=True, kw_only=True)
class Person:
    """What terms may ask of a person; None is unknown."""

    age: int | None = None
    bmi: int | None = None
    asa: int | None = None
    needs: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Eligibility:
    """Whom a lot takes: ages in completed years, highest BMI and ASA class, needs that exclude."""

    age_min: int | None = None
    age_max: int | None = None
    bmi_max: int | None = None
    asa_max: int | None = None
    excluded_needs: frozenset[str] = frozenset()

    def obstacles(self, person: Person) -> tuple[str, ...]:
        """Codes of what stands in the way, in a fixed order; an unknown fact is no obstacle."""
        checks = (
            ("terms_age", _below(person.age, self.age_min) or _above(person.age, self.age_max)),
            ("terms_bmi", _above(person.bmi, self.bmi_max)),
            ("terms_asa", _above(person.asa, self.asa_max)),
            ("terms_excluded_need", bool(person.needs & self.excluded_needs)),
        )
        return tuple(code for code, stands in checks if stands)


@dataclass(frozen=True, kw_only=True)
class Price:
    """What is agreed to be paid for a care; `amount` in SEK is None where no figure is known."""

    model: str
    amount: Decimal | None = None
    list_name: str = ""
    list_version: str = ""
    unit: str = ""
    subscription: Decimal | None = None
    """Kronor a year and region beside the amount."""
    synthetic: bool = False

    def total(self, *, units: int, regions: int = 1) -> Decimal | None:
        """Kronor that so many units cost so many regions in a year; None where a figure is not known."""
        if self.amount is None:
            return None
        if self.model == SUBSCRIPTION and self.subscription is None:
            return None
        return units * self.amount + regions * (self.subscription or 0)


class CapPeriod(StrEnum):
    """How long a volume cap counts before it begins again."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    WHOLE = "whole"


@dataclass(frozen=True, kw_only=True)
class Cap:
    """How many places may be used in a period: a lot's volume, or a clinic's quota for another region."""

    counter: UUID
    """What is used is counted under this id, whichever version of the agreement it was used under."""
    places: int
    period: CapPeriod
    region: str | None = None
    """Home region whose patients it counts; None counts everyone's."""
    is_quota: bool = False
    """A clinic's quota: binds others' patients, in inpatient care and reroutes (8 kap. 3 § HSL)."""
    valid_from: date | None = None
    valid_to: date | None = None

    def in_force(self, on: date) -> bool:
        """Whether it counts a visit on that Swedish civil day."""
        return within(on, self.valid_from, self.valid_to)

    def first_day(self, on: date) -> date:
        """First day of the period that the day lies in."""
        return cap_period_of(on, self.period)


@dataclass(frozen=True, kw_only=True)
class Terms:
    """One lot of one agreement, as far as it concerns one care."""

    lot: UUID
    agreement: UUID
    agreement_name: str
    clinic: UUID
    care: str
    regime: Regime
    buyers: frozenset[str]
    usable_by: frozenset[str]
    open_for_others: OpenForOthers
    eligibility: Eligibility
    accepts_referrer_assessment: bool
    valid_from: date
    valid_to: date | None
    agreed_from: date | None = None
    """First day of the first version, where this is an amended one; None where it is the first."""
    caps: tuple[Cap, ...] = ()
    prices: tuple[tuple[date, date | None, Price], ...] = ()
    confidentiality: tuple[tuple[str, str], ...] = ()
    designated: Designated = Designated()
    """Which clinics may give the care at all, where not every clinic may."""
    synthetic: bool = False

    def in_force(self, on: date) -> bool:
        """Whether the agreement carries a visit on that Swedish civil day."""
        return within(on, self.valid_from, self.valid_to)

    def bookable_on(self, day: date) -> bool:
        """Whether places may be booked under the agreement on that day, for visits while it is in force.

        An amended version may be booked while the version before it still carries the visits.
        """
        return within(day, self.agreed_from or self.valid_from, self.valid_to)

    def care_region(self, home_region: str | None, clinic_region: str) -> str:
        """The region whose agreement carries the visit: the home region's own first."""
        if home_region in self.buyers:
            return str(home_region)
        return clinic_region if clinic_region in self.buyers else min(self.buyers)

    def caps_on(self, on: date, *, home_region: str | None, binding: bool) -> tuple[Cap, ...]:
        """The caps that a person's visit that day counts against, in the order in which they are locked.

        `binding`: whether it is inpatient care or a reroute, where a clinic's quotas bind.
        """

        def counts(cap: Cap) -> bool:
            if not cap.in_force(on) or cap.region not in (None, home_region):
                return False
            return not cap.is_quota or (binding and home_region not in self.buyers)

        return tuple(sorted(filter(counts, self.caps), key=lambda cap: cap.counter))

    def price(self, on: date, reader: Reader = Reader.PUBLIC) -> Price | None:
        """The price in force on the day; None where no line is, or where the reader may not see it."""
        if not visible_to(reader, self.confidentiality)("prices"):
            return None
        return next((price for first, last, price in self.prices if within(on, first, last)), None)


def obstacles(
    terms: Terms, *, person: Person, home_region: str | None, binding: bool, on: date
) -> tuple[str, ...]:
    """Codes of why the terms cannot be used for a visit that day; empty when they can.

    `binding`: whether the text on patients from other regions binds (inpatient care and reroutes);
    for open care it conflicts with 8 kap. 3 § HSL and gives `terms_conflict` instead, for a human.
    """
    codes = [] if terms.in_force(on) else ["terms_not_in_force"]
    ours = home_region in terms.buyers or home_region in terms.usable_by
    if not ours and terms.open_for_others is not OpenForOthers.YES:
        codes.append("terms_not_open" if binding else "terms_conflict")
    standing = terms.designated.standing(home_region, binding=binding, on=on)
    if standing is not Standing.CLEAR:
        unknown = standing is Standing.UNKNOWN
        codes.append("terms_designation_unknown" if unknown else "terms_not_designated")
    return tuple(codes) + terms.eligibility.obstacles(person)


def best_for(
    offers: Sequence[Terms], *, home_region: str | None, clinic_region: str, on: date
) -> Terms | None:
    """The terms to show a person at one clinic: their own region's agreement, one it may use, any other.

    Only terms in force on the day count; ties end by agreement name and lot, never by price or regime.
    """

    def order(terms: Terms) -> tuple[bool, bool, bool, str, UUID]:
        return (
            home_region not in terms.buyers,
            home_region not in terms.usable_by,
            clinic_region not in terms.buyers,
            terms.agreement_name,
            terms.lot,
        )

    return min((terms for terms in offers if terms.in_force(on)), key=order, default=None)


def cap_period_of(on: date, period: str) -> date:
    """First day of the month, quarter or year that the day lies in; EVER where all time is one period."""
    if period == CapPeriod.WHOLE:
        return EVER
    months = {"month": on.month, "quarter": on.month - (on.month - 1) % 3, "year": 1}
    return date(on.year, months[period], 1)


def _below_day(last: date | None, first: date | None) -> bool:
    return last is not None and first is not None and last < first


def _below(value: int | None, limit: int | None) -> bool:
    return value is not None and limit is not None and value < limit


def _above(value: int | None, limit: int | None) -> bool:
    return value is not None and limit is not None and value > limit
