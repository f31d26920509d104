"""Hands the regions' referral rules to the pure core as frozen values."""

from datetime import date, datetime
from typing import TypeVar

from django.db.models import Case, F, Q, QuerySet, When

from contracts import models
from contracts.terms import Completeness, ReferralRule, Regime

Row = TypeVar("Row", models.ReferralRule, models.RuleCompleteness)


def rules_in_force(
    *,
    on: date,
    care: str | None = None,
    region: str | None = None,
    known_at: datetime | None = None,
) -> tuple[ReferralRule, ...]:
    """Every rule in force on the day, narrowed to a care or a region; `known_at`: as we knew them then."""
    rows = _known(models.ReferralRule.objects.all(), "valid_to", known_at)
    rows = rows.filter(valid_from__lte=on).filter(_not_ended(on))
    for name, value in (("care_id", care), ("region_id", region)):
        rows = rows if value is None else rows.filter(**{name: value})
    return tuple(rule_of(row, known_at) for row in rows.order_by("id"))


def rules_from(*, on: date, care: str) -> tuple[ReferralRule, ...]:
    """Every rule for a care in force on the day, and those decided to begin later; none taken back."""
    rows = models.ReferralRule.objects.filter(care_id=care)
    rows = rows.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=on)).order_by("id")
    rules = (rule_of(row) for row in rows)
    return tuple(rule for rule in rules if not rule.was_taken_back)


def completeness_in_force(
    *, on: date, known_at: datetime | None = None
) -> tuple[Completeness, ...]:
    """The regions whose rules are declared complete on the day; `known_at`: as we knew it then."""
    rows = _known(models.RuleCompleteness.objects.all(), "complete_to", known_at)
    rows = rows.filter(complete_from__lte=on).filter(_not_ended(on))
    return tuple(declaration_of(row) for row in rows.order_by("region_id"))


def rules_of(region: str) -> tuple[ReferralRule, ...]:
    """Every rule that a region has or had, and those that it has decided to have; none taken back."""
    rows = models.ReferralRule.objects.filter(region=region)
    order = ("care_id", "form", "age_min", "age_max", "regime", "site", "valid_from")
    rules = (rule_of(row) for row in rows.order_by(*order))
    return tuple(rule for rule in rules if not rule.was_taken_back)


def _known(rows: QuerySet[Row], last: str, at: datetime | None) -> QuerySet[Row]:
    """The rows that were recorded then, with the last day that was known then as `last_day`."""
    if at is None:
        return rows.annotate(last_day=F(last))
    then = When(Q(ended_at__isnull=True) | Q(ended_at__lte=at), then=F(last))
    return rows.filter(recorded_at__lte=at).annotate(last_day=Case(then, default=None))


def _not_ended(on: date) -> Q:
    return Q(last_day__isnull=True) | Q(last_day__gte=on)


def rule_of(row: models.ReferralRule, known_at: datetime | None = None) -> ReferralRule:
    """A row as a frozen rule; `known_at` leaves out a last day that was recorded later."""
    later = known_at is not None and row.ended_at is not None and row.ended_at > known_at
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
        valid_to=None if later else row.valid_to,
        source=row.source,
        checked=row.checked,
        confidence=row.confidence,
        text_sv=row.text_sv,
    )


def declaration_of(row: models.RuleCompleteness) -> Completeness:
    """A row as a frozen declaration."""
    return Completeness(
        region=row.region_id,
        complete_from=row.complete_from,
        complete_to=row.complete_to,
        source=row.source,
        confidence=row.confidence,
    )
