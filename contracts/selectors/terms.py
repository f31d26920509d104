"""Hands agreements to the pure core as frozen terms."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, TextField
from django.db.models.functions import Cast, JSONObject

from contracts.models import Adoption, Agreement, Cap, Lot, Party, PriceLine, RegionQuota
from contracts.terms import (
    Cap as CapValue,
)
from contracts.terms import (
    CapPeriod,
    Eligibility,
    OpenForOthers,
    Price,
    Regime,
    Terms,
)

PRICE_TEXTS = ("model", "list_name", "list_version", "unit", "synthetic")
PRICE_FIELDS = {name: F(name) for name in PRICE_TEXTS} | {
    name: Cast(name, TextField()) for name in ("amount", "subscription", "valid_from", "valid_to")
}
"""Amount and dates travel as text, so that JSON changes nothing."""
CAP_FIELDS = {name: F(name) for name in ("lineage", "region", "places", "period")}
QUOTA_FIELDS = {name: F(name) for name in ("id", "region", "places", "period")} | {
    name: Cast(name, TextField()) for name in ("valid_from", "valid_to")
}


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
        found[lot.clinic_id].append(terms_value(lot, care))
    return found


def terms_of_lot(lot_id: UUID, care: str) -> Terms | None:
    """The terms of one lot for a care; None when it does not exist, is not active, or lacks the care."""
    lot = _lots(care).filter(id=lot_id).first()
    return terms_value(lot, care) if lot else None


def every_lot(care: str | None) -> QuerySet[Lot]:
    """Lots with a care, in whatever state; what belongs to them comes along in the same query.

    None asks for every lot, without the prices and quotas that belong to one care.
    """
    allowed = Agreement.usable_by.through.objects.filter(agreement=OuterRef("agreement"))
    prices = PriceLine.objects.filter(lot=OuterRef("pk"), care_id=care).order_by("-valid_from")
    caps = Cap.objects.filter(lot=OuterRef("pk")).order_by("id")
    quotas = RegionQuota.objects.filter(Q(care=None) | Q(care=care), clinic=OuterRef("clinic"))
    buyers = _bound()
    return (
        (Lot.objects.filter(cares=care) if care else Lot.objects.all())
        .select_related("agreement")
        .annotate(
            buyer_codes=ArraySubquery(buyers.values("region_id")),
            allowed_codes=ArraySubquery(allowed.values("region_id")),
            care_prices=ArraySubquery(prices.values(line=JSONObject(**PRICE_FIELDS))),
            agreed_from=Subquery(
                Lot.objects.filter(lineage=OuterRef("lineage"), qualified=True)
                .order_by("agreement__valid_from")
                .filter(agreement__state__in=(Agreement.State.ACTIVE, Agreement.State.ENDED))
                .values("agreement__valid_from")[:1]
            ),
            own_caps=ArraySubquery(caps.values(cap=JSONObject(**CAP_FIELDS))),
            quotas=ArraySubquery(quotas.order_by("id").values(cap=JSONObject(**QUOTA_FIELDS))),
        )
        .order_by("agreement__name", "id")
    )


def _lots(care: str) -> QuerySet[Lot]:
    """The lots that carry visits: qualified, of an active agreement that binds somebody."""
    active = Agreement.State.ACTIVE
    return every_lot(care).filter(Exists(_bound()), qualified=True, agreement__state=active)


def _bound() -> QuerySet[Any]:
    """The buyers whom an agreement binds: under a joint one, who signs it and those that have adopted it."""
    buyers = Agreement.buyers.through.objects.filter(agreement=OuterRef("agreement"))
    adopted = Adoption.objects.filter(
        agreement=OuterRef("agreement_id"), region=OuterRef("region_id")
    )
    signs = Party.members.through.objects.filter(
        party=OuterRef("agreement__party"), region=OuterRef("region_id")
    )
    alone = ~Q(agreement__cooperation=Agreement.Cooperation.JOINT)
    return buyers.filter(alone | Exists(signs) | Exists(adopted))


def terms_value(lot: Lot, care: str) -> Terms:
    """A lot of `every_lot` as a frozen value."""
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
        valid_from=agreement.valid_from,
        valid_to=agreement.valid_to,
        agreed_from=lot.agreed_from,  # type: ignore[attr-defined]
        caps=(
            *(_cap(cap) for cap in lot.own_caps),  # type: ignore[attr-defined]
            *(_quota(quota) for quota in lot.quotas),  # type: ignore[attr-defined]
        ),
        prices=tuple(_price_line(line) for line in lot.care_prices),  # type: ignore[attr-defined]
        confidentiality=tuple(sorted(agreement.confidentiality.items())),
        synthetic=agreement.synthetic,
    )


def _cap(cap: dict[str, Any]) -> CapValue:
    return CapValue(
        counter=UUID(cap["lineage"]),
        places=cap["places"],
        period=CapPeriod(cap["period"]),
        region=cap["region"],
    )


def _quota(quota: dict[str, Any]) -> CapValue:
    return CapValue(
        counter=UUID(quota["id"]),
        places=quota["places"],
        period=CapPeriod(quota["period"]),
        region=quota["region"],
        is_quota=True,
        valid_from=date.fromisoformat(quota["valid_from"]),
        valid_to=_day(quota["valid_to"]),
    )


def _price_line(line: dict[str, Any]) -> tuple[date, date | None, Price]:
    price = Price(
        model=line["model"],
        amount=None if line["amount"] is None else Decimal(line["amount"]),
        subscription=None if line["subscription"] is None else Decimal(line["subscription"]),
        unit=line["unit"],
        list_name=line["list_name"],
        list_version=line["list_version"],
        synthetic=line["synthetic"],
    )
    return date.fromisoformat(line["valid_from"]), _day(line["valid_to"]), price


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
