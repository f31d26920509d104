"""Hands the regions' referral rules to the pure core as frozen values."""

from datetime import date

from django.db.models import Q, QuerySet

from contracts import models
from contracts.terms import Completeness, ReferralRule, Regime


def rules_in_force(*, on: date, care: str | None = None) -> tuple[ReferralRule, ...]:
    """Every rule in force on the day, for one care or all."""
    rows = models.ReferralRule.objects.filter(valid_from__lte=on).filter(_not_ended("valid_to", on))
    return tuple(_rule(row) for row in _of_care(rows, care).order_by("id"))


def completeness_in_force(*, on: date) -> tuple[Completeness, ...]:
    """The regions whose rules are declared complete on the day."""
    rows = models.RuleCompleteness.objects.filter(complete_from__lte=on).filter(
        _not_ended("complete_to", on)
    )
    return tuple(
        Completeness(
            region=row.region_id,
            complete_from=row.complete_from,
            complete_to=row.complete_to,
            source=row.source,
            confidence=row.confidence,
        )
        for row in rows.order_by("region_id")
    )


def _of_care(
    rows: QuerySet[models.ReferralRule], care: str | None
) -> QuerySet[models.ReferralRule]:
    return rows if care is None else rows.filter(care_id=care)


def _not_ended(field: str, on: date) -> Q:
    return Q(**{f"{field}__isnull": True}) | Q(**{f"{field}__gte": on})


def _rule(row: models.ReferralRule) -> ReferralRule:
    return ReferralRule(
        region=row.region_id,
        care=row.care_id,
        form=row.form or None,
        age_min=row.age_min,
        age_max=row.age_max,
        regime=Regime(row.regime) if row.regime else None,
        site=row.site or None,
        accepted_issuers=frozenset(row.accepted_issuers),
        extra_requirements=frozenset(row.extra_requirements),
        required=row.required,
        immediate_care_exempt=row.immediate_care_exempt,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        source=row.source,
        checked=row.checked,
        confidence=row.confidence,
        text_sv=row.text_sv,
    )
