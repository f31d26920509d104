"""Hands agreements to the pure core as frozen terms."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, Q, QuerySet, TextField
from django.db.models.functions import Cast, JSONObject

from contracts.models import Agreement, Lot, PriceLine
from contracts.terms import Eligibility, OpenForOthers, Price, Regime, Terms

PRICE_FIELDS = {name: F(name) for name in ("model", "list_name", "list_version", "synthetic")} | {
    name: Cast(name, TextField()) for name in ("amount", "valid_from", "valid_to")
}
"""Amount and dates travel as text, so that JSON changes nothing."""


def terms_of_care(
    care: str, *, first: date, last: date, clinics: Iterable[UUID] | None = None
) -> dict[UUID, list[Terms]]:
    """Terms per clinic that are active and in force on some day of the period, for one care."""
    lots = _lots(care).filter(
        Q(agreement__valid_to__isnull=True) | Q(agreement__valid_to__gte=first),
        agreement__valid_from__lte=last,
    )
    if clinics is not None:
        lots = lots.filter(clinic_id__in=clinics)
    found: dict[UUID, list[Terms]] = defaultdict(list)
    for lot in lots:
        found[lot.clinic_id].append(_terms(lot, care))
    return found


def terms_of_lot(lot_id: UUID, care: str) -> Terms | None:
    """The terms of one lot for a care; None when it does not exist, is not active, or lacks the care."""
    lot = _lots(care).filter(id=lot_id).first()
    return _terms(lot, care) if lot else None


def _lots(care: str) -> QuerySet[Lot]:
    """Active lots with a care; the regions and prices come along in the same query."""
    buyers = Agreement.buyers.through.objects.filter(agreement=OuterRef("agreement"))
    allowed = Agreement.usable_by.through.objects.filter(agreement=OuterRef("agreement"))
    prices = PriceLine.objects.filter(lot=OuterRef("pk"), care_id=care).order_by("-valid_from")
    return (
        Lot.objects.filter(cares=care, agreement__state=Agreement.State.ACTIVE)
        .select_related("agreement")
        .annotate(
            buyer_codes=ArraySubquery(buyers.values("region_id")),
            allowed_codes=ArraySubquery(allowed.values("region_id")),
            care_prices=ArraySubquery(prices.values(line=JSONObject(**PRICE_FIELDS))),
        )
        .order_by("agreement__name", "id")
    )


def _terms(lot: Lot, care: str) -> Terms:
    agreement = lot.agreement
    return Terms(
        lot=lot.id,
        agreement=agreement.id,
        agreement_name=agreement.name,
        clinic=lot.clinic_id,
        care=care,
        regime=Regime(agreement.regime),
        buyers=frozenset(lot.buyer_codes),  # type: ignore[attr-defined]
        usable_by=frozenset(lot.allowed_codes),  # type: ignore[attr-defined]
        open_for_others=OpenForOthers(agreement.open_for_others),
        eligibility=Eligibility(
            age_min=lot.age_min,
            age_max=lot.age_max,
            bmi_max=lot.bmi_max,
            asa_max=lot.asa_max,
            excluded_needs=frozenset(lot.excluded_needs),
        ),
        accepts_referrer_assessment=lot.accepts_referrer_assessment,
        cap_places=lot.cap_places,
        cap_period=lot.cap_period,
        valid_from=agreement.valid_from,
        valid_to=agreement.valid_to,
        prices=tuple(_price_line(line) for line in lot.care_prices),  # type: ignore[attr-defined]
        synthetic=agreement.synthetic,
    )


def _price_line(line: dict[str, Any]) -> tuple[date, date | None, Price]:
    price = Price(
        model=line["model"],
        amount=None if line["amount"] is None else Decimal(line["amount"]),
        list_name=line["list_name"],
        list_version=line["list_version"],
        synthetic=line["synthetic"],
    )
    return date.fromisoformat(line["valid_from"]), _day(line["valid_to"]), price


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
