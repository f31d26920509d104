"""The executable agreement: may this region use this clinic for this care that day, and on what terms?"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import QuerySet

from accounts.roles import Permission
from accounts.tenancy import Actor
from contracts.designations import Standing
from contracts.models import Agreement, CapUse, Lot
from contracts.selectors.agreements import readable
from contracts.selectors.terms import terms_of_lots
from contracts.terms import Cap, OpenForOthers, Price, Reader, Terms, visible_to
from providers.models import Clinic, Region

ROUTES = ("own_region", "free_choice", "guarantee_reroute", "inpatient_choice")
"""The routes of law: own region, the patient's choice, the region's deed, choice of inpatient care."""
BINDING = frozenset({"guarantee_reroute", "inpatient_choice"})
"""Where what is agreed about other regions' patients binds (8 kap. 3 § HSL opens the rest)."""
CONFLICT = "terms_conflict"
"""The text shuts out what the law opens: usable, and a human checks."""


@dataclass(frozen=True, kw_only=True)
class TermsQuestion:
    """Who asks for what: a clinic and care, the patient's home region, one of ROUTES, a Swedish civil day."""

    clinic: UUID
    care: str
    home_region: str | None
    route: str
    day: date


@dataclass(frozen=True, kw_only=True)
class CapLeft:
    """What is left of a cap in the period of the day; lapsed holds that nobody has ended count as used."""

    region: str | None
    is_quota: bool
    places: int
    period: str
    first_day: date
    left: int


@dataclass(frozen=True, kw_only=True)
class LotAnswer:
    """One lot: usable or not and why, at what price, with how much left."""

    terms: Terms
    usable: bool
    why: tuple[str, ...]
    """Codes of what stands against it, in a fixed order; `terms_conflict` alone leaves it usable."""
    price: Price | None
    price_why: str
    """Empty with a price; else `no_price_agreed`, `no_price_known` or `price_confidential`."""
    caps: tuple[CapLeft, ...] | None
    """None where the reader may not see them."""


@dataclass(frozen=True, kw_only=True)
class TermsAnswer:
    """The answer: the lot that would carry the visit, or why none does; every lot beside it."""

    question: TermsQuestion
    usable: bool
    why: tuple[str, ...]
    best: LotAnswer | None
    lots: tuple[LotAnswer, ...]


def terms_for(question: TermsQuestion, *, by: Actor | None = None) -> TermsAnswer:
    """Whether the region may use the clinic on the route that day, and on what terms.

    Decided from the same terms as search and hold, with the lots in two queries and the caps' use in
    another. `why` of an unusable answer is that of the lot that comes closest,
    `no_agreement` without any; an agreement that the actor may not know of yet is as if it were not there.
    """
    known = Agreement.objects.filter(readable(by))
    values = _with_terms(
        Lot.objects.filter(cares=question.care, clinic_id=question.clinic, agreement__in=known),
        question.care,
    )
    clinic_region = (
        Clinic.objects.filter(id=question.clinic)
        .values_list("municipality__region_id", flat=True)
        .first()
    )
    used = _used([terms for _, terms in values])
    readers = readers_of(by, [row.agreement_id for row, _ in values])
    lots = [_answer(row, terms, question, used, readers[row.agreement_id]) for row, terms in values]
    lots.sort(key=lambda lot: _order(lot, question.home_region, clinic_region))
    best = lots[0] if lots else None
    usable = best is not None and best.usable
    return TermsAnswer(
        question=question,
        usable=usable,
        why=best.why if best else ("no_agreement",),
        best=best if usable else None,
        lots=tuple(lots),
    )


@dataclass(frozen=True, kw_only=True)
class RegionsQuestion:
    """Which region asks, for a care or (None) for any, on one of ROUTES, for a Swedish civil day."""

    care: str | None
    home_region: str
    route: str
    day: date


@dataclass(frozen=True)
class RegionsAnswer:
    """Whether an agreement may be used, and what stands against the lot that comes closest."""

    usable: bool
    why: tuple[str, ...]


def usable_under(
    agreements: Iterable[UUID], question: RegionsQuestion
) -> dict[UUID, RegionsAnswer]:
    """Whether the region may use each agreement: `terms_for` of many at once, in three queries.

    An agreement without a lot for the care has no answer.
    """
    day = question.day
    rows = Lot.objects.filter(agreement_id__in=list(agreements))
    if question.care:
        rows = rows.filter(cares=question.care)
    values = _with_terms(rows, question.care)
    used = _used([terms for _, terms in values])
    found: dict[UUID, RegionsAnswer] = {}
    for row, terms in values:
        binding = question.route in BINDING
        caps = terms.caps_on(day, home_region=question.home_region, binding=binding)
        why = _why(row, terms, question, [_left(cap, day, used) for cap in caps])
        answer = RegionsAnswer(set(why) <= {CONFLICT}, why)
        best = found.setdefault(row.agreement_id, answer)
        if (not answer.usable, len(why)) < (not best.usable, len(best.why)):
            found[row.agreement_id] = answer
    return found


def _with_terms(rows: QuerySet[Lot], care: str | None) -> list[tuple[Lot, Terms]]:
    """Lots with their terms, by the agreement's name."""
    lots = list(rows.select_related("agreement").order_by("agreement__name", "id"))
    terms = terms_of_lots([lot.id for lot in lots], care)
    return [(lot, terms[lot.id]) for lot in lots]


def readers_of(by: Actor | None, agreements: Iterable[UUID]) -> dict[UUID, Reader]:
    """Who the actor is to each agreement: one of its parties, another region, or the public."""
    wanted = list(agreements)
    least = Reader.REGIONS if _is_of_a_region(by) else Reader.PUBLIC
    found = dict.fromkeys(wanted, least)
    mine = by.tenants_where(Permission.SEE_AGREEMENTS) if by else frozenset()
    if not mine:
        return found
    rows = Agreement.objects.filter(id__in=wanted).values_list(
        "id", "tenant_id", "seller__tenant_id", "buyers__tenant_id"
    )
    for agreement, *tenants in rows:
        if mine & set(tenants):
            found[agreement] = Reader.PARTIES
    return found


def _is_of_a_region(by: Actor | None) -> bool:
    mine = by.tenants_where(Permission.SEE_AGREEMENTS) if by else frozenset()
    return bool(mine) and Region.objects.filter(tenant_id__in=mine).exists()


def _answer(
    row: Lot,
    terms: Terms,
    question: TermsQuestion,
    used: dict[tuple[UUID, date], int],
    reader: Reader,
) -> LotAnswer:
    shows = visible_to(reader, terms.confidentiality)
    binding = question.route in BINDING
    caps = terms.caps_on(question.day, home_region=question.home_region, binding=binding)
    left = tuple(_left(cap, question.day, used) for cap in caps)
    why = _why(row, terms, question, left)
    price = terms.price(question.day, reader)
    return LotAnswer(
        terms=terms,
        usable=set(why) <= {CONFLICT},
        why=why,
        price=None if price is None or price.model == "not_agreed" else price,
        price_why=_price_why(price, hidden=not shows("prices")),
        caps=left if shows("caps") else None,
    )


def _why(
    row: Lot, terms: Terms, question: TermsQuestion | RegionsQuestion, left: Iterable[CapLeft]
) -> tuple[str, ...]:
    home, day = question.home_region, question.day
    own, may = home in terms.buyers, home in terms.usable_by
    closed = not (own or may) and terms.open_for_others is not OpenForOthers.YES
    binding = question.route in BINDING
    standing = terms.designated.standing(home, binding=binding, on=day)
    checks = (
        ("agreement_not_active", row.agreement.state != Agreement.State.ACTIVE),
        ("lot_not_qualified", not row.qualified),
        ("not_adopted", not terms.buyers),
        ("terms_not_begun", day < terms.valid_from),
        ("terms_ended", terms.valid_to is not None and day > terms.valid_to),
        ("not_own_region", question.route == "own_region" and not own),
        ("is_own_region", question.route in {"free_choice", "inpatient_choice"} and own),
        ("terms_not_open", closed and binding),
        ("terms_designation_unknown", standing is Standing.UNKNOWN),
        ("terms_not_designated", standing is Standing.ELSEWHERE),
        (CONFLICT, closed and question.route == "free_choice"),
        ("cap_full", any(cap.left <= 0 for cap in left)),
    )
    return tuple(code for code, stands in checks if stands)


def _price_why(price: Price | None, *, hidden: bool) -> str:
    if hidden:
        return "price_confidential"
    if price is None:
        return "no_price_known"
    return "no_price_agreed" if price.model == "not_agreed" else ""


def _left(cap: Cap, day: date, used: dict[tuple[UUID, date], int]) -> CapLeft:
    first = cap.first_day(day)
    return CapLeft(
        region=cap.region,
        is_quota=cap.is_quota,
        places=cap.places,
        period=cap.period,
        first_day=first,
        left=max(cap.places - used.get((cap.counter, first), 0), 0),
    )


def _used(terms: Iterable[Terms]) -> dict[tuple[UUID, date], int]:
    counters = {cap.counter for one in terms for cap in one.caps}
    uses = CapUse.objects.filter(counter__in=counters)
    return {(use.counter, use.period): use.used for use in uses}


def _order(
    lot: LotAnswer, home_region: str | None, clinic_region: str | None
) -> tuple[bool, int, bool, bool, bool, str, UUID]:
    """Usable first, then what comes closest; among usable ones as search shows them, never by price."""
    terms = lot.terms
    return (
        not lot.usable,
        0 if lot.usable else len(lot.why),
        home_region not in terms.buyers,
        home_region not in terms.usable_by,
        clinic_region not in terms.buyers,
        terms.agreement_name,
        terms.lot,
    )
