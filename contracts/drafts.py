"""An agreement as it is written, sent and compared: one frozen value with everything that belongs to it."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any

from contracts.terms import FIRST_DAY, LAST_DAY, OLDEST, CapPeriod, OpenForOthers, Regime

REGIMES = tuple(regime.value for regime in Regime if regime is not Regime.PRIVATE)
COOPERATIONS = ("alone", "joint", "inter_regional")
OPEN_FOR_OTHERS = tuple(one.value for one in OpenForOthers)
PERIODS = tuple(period.value for period in CapPeriod)
PRICE_MODELS = (
    *("per_unit", "fixed_list", "subscription_and_unit", "digital_contact"),
    *("national_tariff", "riksavtal_list", "not_agreed"),
)
LEVELS = ("public", "regions", "parties")
CONFIDENTIAL = ("reference", "prices", "caps", "options", "sources")
"""The terms that may be kept to regions or parties; the rest decide who may go where, and are public."""
LONGEST = {
    "name": 200,
    "reference": 80,
    "source_document": 300,
    "unit": 60,
    "list_name": 120,
    "list_version": 40,
    "title": 200,
    "url": 500,
    "says": 200,
    "field": 40,
}
LOT_NAME = 120
AREA_WORD = re.compile(r"\b(samverkansregion|sjukvårdsregion)(en)?\b")
FORMULA = ("=", "+", "@", "-", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula."""


@dataclass(frozen=True)
class Fault:
    """What is wrong with a draft: a stable code, and the field."""

    code: str
    field: str


@dataclass(frozen=True, kw_only=True)
class CapDraft:
    """A volume cap of a lot; `region` None counts everyone's places."""

    places: int
    period: str
    region: str | None = None


@dataclass(frozen=True, kw_only=True)
class PriceDraft:
    """A price line; amounts in kronor without VAT, None where no figure is known."""

    care: str
    model: str
    valid_from: date
    valid_to: date | None = None
    amount: Decimal | None = None
    subscription: Decimal | None = None
    unit: str = ""
    list_name: str = ""
    list_version: str = ""


@dataclass(frozen=True, kw_only=True)
class FollowOnDraft:
    """Treatment that is reserved for those whom the lot has investigated."""

    investigation: str
    treatment: str


@dataclass(frozen=True, kw_only=True)
class SourceDraft:
    """What a document says of a term; `lot` is empty for the agreement's own terms."""

    field: str
    title: str
    says: str
    retrieved_on: date
    lot: str = ""
    url: str = ""
    sha256: str = ""


@dataclass(frozen=True, kw_only=True)
class OptionDraft:
    """An option to extend by a number of months, to be used by a day at the latest."""

    months: int
    decide_by: date | None = None


@dataclass(frozen=True, kw_only=True)
class LotDraft:
    """One part: a clinic (HSA-id), its cares, whom it takes, its caps and prices. Names differ."""

    name: str
    clinic: str
    cares: tuple[str, ...]
    qualified: bool = True
    age_min: int | None = None
    age_max: int | None = None
    bmi_max: int | None = None
    asa_max: int | None = None
    excluded_needs: tuple[str, ...] = ()
    accepts_referrer_assessment: bool = False
    follow_ons: tuple[FollowOnDraft, ...] = ()
    caps: tuple[CapDraft, ...] = ()
    prices: tuple[PriceDraft, ...] = ()


@dataclass(frozen=True, kw_only=True)
class AgreementDraft:
    """The whole agreement; party and seller by organisation number, regions by länskod.

    `confidentiality` pairs a term of CONFIDENTIAL with a level of LEVELS; the rest is public.
    """

    name: str
    regime: str
    seller: str
    buyers: tuple[str, ...]
    valid_from: date
    cooperation: str = "alone"
    reference: str = ""
    party: str | None = None
    usable_by: tuple[str, ...] = ()
    open_for_others: str = "yes"
    valid_to: date | None = None
    valid_to_at_most: date | None = None
    confidentiality: tuple[tuple[str, str], ...] = ()
    source_document: str = ""
    options: tuple[OptionDraft, ...] = ()
    lots: tuple[LotDraft, ...] = ()
    sources: tuple[SourceDraft, ...] = ()


Draft = AgreementDraft | LotDraft | CapDraft | PriceDraft | SourceDraft | OptionDraft


@dataclass(frozen=True)
class Difference:
    """A field that two versions differ in; what stands before and after, as written values."""

    field: str
    before: Any
    after: Any


def differences(before: AgreementDraft, after: AgreementDraft) -> tuple[Difference, ...]:
    """The fields of the agreement, and of each lot by its name, that differ, in the order of the fields."""
    own = _differing(before, after, "", skip=("lots",))
    old, new = ({lot.name: lot for lot in draft.lots} for draft in (before, after))
    lots: list[Difference] = []
    for name in dict.fromkeys((*old, *new)):
        if name in old and name in new:
            lots += _differing(old[name], new[name], f"lots.{name}.", skip=("name",))
        else:
            lots.append(Difference(f"lots.{name}", old.get(name), new.get(name)))
    return (*own, *lots)


def _differing(before: Draft, after: Draft, path: str, *, skip: Sequence[str]) -> list[Difference]:
    names = [one.name for one in fields(before) if one.name not in skip]
    pairs = ((name, getattr(before, name), getattr(after, name)) for name in names)
    return [Difference(path + name, old, new) for name, old, new in pairs if old != new]


def names_an_area(name: str, areas: Iterable[str]) -> bool:
    """Whether a name is that of a cooperation area, with or without the word for one: no legal person.

    A kommunalförbund of such regions has a name of its own ("… sjukvårdsregionförbundet").
    """
    bare = " ".join(AREA_WORD.sub(" ", name.casefold()).split())
    listed = list(areas)
    known = {one.strip(" )") for area in listed for one in re.split("[/(]", area.casefold())}
    return bare in known or name.strip().casefold() in {area.casefold() for area in listed}


def faults(draft: AgreementDraft) -> tuple[Fault, ...]:
    """Everything that is wrong with a draft by itself; whether its codes are known, the register tells."""
    return (*_faults_of_agreement(draft), *_faults_of_lots(draft.lots))


def _faults_of_agreement(draft: AgreementDraft) -> Iterator[Fault]:
    yield from _texts(draft, "", ("name", "reference", "source_document"), needed=("name",))
    yield from _choices(
        draft,
        "",
        {"regime": REGIMES, "cooperation": COOPERATIONS, "open_for_others": OPEN_FOR_OTHERS},
    )
    yield from _days(draft, "", ("valid_from", "valid_to", "valid_to_at_most"))
    checks = (
        ("missing", "buyers", not draft.buyers),
        ("stands_twice", "buyers", _twice((*draft.buyers, *draft.usable_by))),
        ("too_many", "buyers", draft.cooperation == "alone" and len(draft.buyers) > 1),
        ("turned", "valid_to", _turned(draft.valid_from, draft.valid_to)),
        ("turned", "valid_to_at_most", _turned(draft.valid_to, draft.valid_to_at_most)),
        ("without_end", "options", bool(draft.options) and draft.valid_to is None),
        ("not_positive", "options", any(option.months < 1 for option in draft.options)),
    )
    yield from (Fault(code, field) for code, field, wrong in checks if wrong)
    for term, level in draft.confidentiality:
        if term not in CONFIDENTIAL or level not in LEVELS:
            yield Fault("unknown_choice", "confidentiality")
    for source in draft.sources:
        yield from _faults_of_source(source, {lot.name for lot in draft.lots})


def _faults_of_source(source: SourceDraft, lots: set[str]) -> Iterator[Fault]:
    yield from _texts(
        source, "sources.", ("field", "title", "says", "url"), needed=("field", "title", "says")
    )
    if source.lot and source.lot not in lots:
        yield Fault("unknown_lot", "sources.lot")
    if source.url and not source.url.startswith(("https://", "http://")):
        yield Fault("not_an_address", "sources.url")
    hexadecimal = set(source.sha256) <= set("0123456789abcdef")
    if source.sha256 and not (hexadecimal and len(source.sha256) == 64):
        yield Fault("not_a_hash", "sources.sha256")


def _faults_of_lots(lots: Sequence[LotDraft]) -> Iterator[Fault]:
    if _twice(lot.name for lot in lots):
        yield Fault("stands_twice", "lots.name")
    for lot in lots:
        yield from _faults_of_lot(lot)


def _faults_of_lot(lot: LotDraft) -> Iterator[Fault]:
    path = "lots."
    yield from _texts(lot, path, ("name",), needed=("name",))
    caps = [(cap.region, cap.period) for cap in lot.caps]
    prices = [(price.care, price.valid_from) for price in lot.prices]
    pairs = [(one.investigation, one.treatment) for one in lot.follow_ons]
    limits = (lot.age_min, lot.age_max, lot.bmi_max, lot.asa_max)
    checks = (
        ("missing", "cares", not lot.cares),
        ("stands_twice", "cares", _twice(lot.cares)),
        ("out_of_range", "age_max", any(not 0 <= x <= OLDEST for x in limits if x is not None)),
        ("turned", "age_max", _turned(lot.age_min, lot.age_max)),
        ("stands_twice", "caps", _twice(caps)),
        ("out_of_range", "caps", any(not 0 <= cap.places < 2**31 for cap in lot.caps)),
        ("unknown_choice", "caps", any(cap.period not in PERIODS for cap in lot.caps)),
        ("stands_twice", "prices", _twice(prices)),
        ("another_care", "prices", any(price.care not in lot.cares for price in lot.prices)),
        ("same_care", "follow_ons", any(one == other for one, other in pairs) or _twice(pairs)),
    )
    yield from (Fault(code, path + field) for code, field, wrong in checks if wrong)
    for price in lot.prices:
        yield from _faults_of_price(price)


def _faults_of_price(price: PriceDraft) -> Iterator[Fault]:
    path = "lots.prices."
    yield from _texts(price, path, ("unit", "list_name", "list_version"), needed=())
    yield from _choices(price, path, {"model": PRICE_MODELS})
    yield from _days(price, path, ("valid_from", "valid_to"))
    amounts = [amount for amount in (price.amount, price.subscription) if amount is not None]
    checks = (
        ("turned", "valid_to", _turned(price.valid_from, price.valid_to)),
        ("amount_without_price", "amount", price.model == "not_agreed" and bool(amounts)),
        ("out_of_range", "amount", any(not 0 <= amount < 10**8 for amount in amounts)),
        ("too_exact", "amount", any(amount != round(amount, 2) for amount in amounts)),
    )
    yield from (Fault(code, path + field) for code, field, wrong in checks if wrong)


def _texts(
    draft: Draft, path: str, names: Sequence[str], *, needed: Sequence[str]
) -> Iterator[Fault]:
    for name in names:
        text = getattr(draft, name)
        longest = LOT_NAME if isinstance(draft, LotDraft) else LONGEST[name]
        checks = (
            ("missing", name in needed and not text.strip()),
            ("too_long", len(text) > longest),
            ("formula", text.startswith(FORMULA)),
            ("not_text", not text.isprintable() or text != text.strip()),
        )
        code = next((code for code, wrong in checks if wrong), None)
        if code:
            yield Fault(code, path + name)


def _choices(draft: Draft, path: str, allowed: dict[str, Sequence[str]]) -> Iterator[Fault]:
    for name, choices in allowed.items():
        if getattr(draft, name) not in choices:
            yield Fault("unknown_choice", path + name)


def _days(draft: Draft, path: str, names: Sequence[str]) -> Iterator[Fault]:
    for name in names:
        day = getattr(draft, name)
        if day is not None and not FIRST_DAY <= day <= LAST_DAY:
            yield Fault("out_of_range", path + name)


def _twice(values: Iterable[object]) -> bool:
    listed = list(values)
    return len(set(listed)) < len(listed)


def _turned(first: Any, last: Any) -> bool:
    return first is not None and last is not None and last < first
