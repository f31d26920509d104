"""Who has agreements with whom, for what, and may a region use them: the register as it is searched."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.tenancy import Actor
from contracts.models import Agreement, Lot
from contracts.selectors.agreements import (
    ORDER,
    bought_by,
    readable,
    standing_of,
    standing_within,
    with_care,
)
from contracts.selectors.usable import RegionsAnswer, RegionsQuestion, usable_under


@dataclass(frozen=True, kw_only=True)
class AgreementSearch:
    """What is looked for; what is empty does not narrow. `home` asks whether that region may use them."""

    text: str = ""
    """Part of a name: the agreement's, the seller's or a clinic's."""
    buyer: str = ""
    care: str = ""
    regime: str = ""
    standing: str = ""
    home: str = ""
    route: str = "free_choice"


@dataclass(frozen=True, kw_only=True)
class AgreementLine:
    """One agreement in the list: the parties, the cares by code, how it stands, and the region's answer."""

    id: UUID
    name: str
    regime: str
    seller: str
    buyers: tuple[str, ...]
    clinics: tuple[str, ...]
    cares: tuple[str, ...]
    standing: str
    valid_from: date
    valid_to: date | None
    synthetic: bool
    answer: RegionsAnswer | None
    """None where nobody asked, or where no lot is for the care."""

    @property
    def is_own(self) -> bool:
        """Whether nothing but its being the region's own agreement stands against the route."""
        return self.answer is not None and self.answer.why == ("is_own_region",)


def matching(search: AgreementSearch, *, by: Actor | None, on: date) -> QuerySet[Agreement]:
    """The agreements that are looked for, by name, each with its buyers, clinics and cares in one query."""
    lots = Lot.objects.filter(agreement=OuterRef("pk"))
    buyers = Agreement.buyers.through.objects.filter(agreement=OuterRef("pk"))
    cares = Lot.cares.through.objects.filter(lot__agreement=OuterRef("pk"))
    return (
        Agreement.objects.filter(readable(by), _narrowed(search, on))
        .select_related("seller")
        .annotate(
            buyer_names=ArraySubquery(buyers.order_by("region__name").values("region__name")),
            clinic_names=ArraySubquery(
                lots.order_by("clinic__name").values("clinic__name").distinct()
            ),
            care_codes=ArraySubquery(cares.order_by("care_id").values("care_id").distinct()),
        )
        .order_by("name", "id")
    )


def lines(rows: list[Agreement], search: AgreementSearch, *, on: date) -> tuple[AgreementLine, ...]:
    """Rows of `matching` as lines; with a region that asks, its answer to each in two more queries."""
    answers: dict[UUID, RegionsAnswer] = {}
    if search.home:
        question = RegionsQuestion(
            care=search.care or None, home_region=search.home, route=search.route, day=on
        )
        answers = usable_under([row.id for row in rows], question)
    return tuple(_line(row, answers.get(row.id), on) for row in rows)


def _line(row: Agreement, answer: RegionsAnswer | None, on: date) -> AgreementLine:
    return AgreementLine(
        id=row.id,
        name=row.name,
        regime=row.regime,
        seller=row.seller.name,
        buyers=tuple(row.buyer_names),  # type: ignore[attr-defined]
        clinics=tuple(row.clinic_names),  # type: ignore[attr-defined]
        cares=tuple(row.care_codes),  # type: ignore[attr-defined]
        standing=standing_of(row.state, row.valid_from, row.valid_to, on=on),
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        synthetic=row.synthetic,
        answer=answer,
    )


def _narrowed(search: AgreementSearch, on: date) -> Q:
    found = Q()
    if search.text:
        lots = Lot.objects.filter(agreement=OuterRef("pk"))
        named = lots.filter(clinic__name__icontains=search.text)
        seller = Q(seller__name__icontains=search.text)
        found &= Q(name__icontains=search.text) | seller | Q(Exists(named))
    if search.buyer:
        found &= bought_by(search.buyer)
    if search.care:
        found &= with_care(search.care)
    if search.regime:
        found &= Q(regime=search.regime)
    if search.standing in ORDER:
        found &= standing_within(search.standing, on=on)
    return found
