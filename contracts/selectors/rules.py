"""Hands the regions' referral rules to the pure core as frozen values."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, TypeVar

from django.db.models import Case, F, Q, QuerySet, When

from accounts.database.statements import tuples_of
from contracts import models
from contracts.terms import Completeness, ReferralRule, Regime

RULE_COLUMNS = {
    "region": "r.region_id",
    "care": "r.care_id",
} | {
    name: f"r.{name}"
    for name in (
        "form",
        "age_min",
        "age_max",
        "regime",
        "site",
        "accepted_issuers",
        "extra_requirements",
        "required",
        "immediate_care_exempt",
        "valid_from",
        "valid_to",
        "source",
        "checked",
        "confidence",
        "text_sv",
    )
}
DECLARATION_COLUMNS = {"region": "d.region_id"} | {
    name: f"d.{name}" for name in ("complete_from", "complete_to", "source", "confidence")
}
"""Names of the frozen values with their columns."""
AHEAD = f"""
    SELECT r.id, {", ".join(RULE_COLUMNS.values())}, d.id, {", ".join(DECLARATION_COLUMNS.values())}
    FROM (SELECT * FROM contracts_referralrule
          WHERE care_id = %(care)s AND (valid_to IS NULL OR valid_to >= greatest(%(on)s, valid_from))
    ) AS r FULL JOIN (SELECT * FROM contracts_rulecompleteness
          WHERE complete_from <= %(on)s AND (complete_to IS NULL OR complete_to >= %(on)s)
    ) AS d ON d.region_id = r.region_id
"""
"""Each rule beside its region's declaration; a region that has only one of them stands alone."""
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


def rules_ahead(
    *, on: date, care: str
) -> tuple[tuple[ReferralRule, ...], tuple[Completeness, ...]]:
    """Every rule for a care in force on the day, those decided to begin later, none taken back; and the
    regions whose rules are declared complete on the day. One statement reads both."""
    rows = tuples_of(AHEAD, {"on": on, "care": care})
    last = len(RULE_COLUMNS) + 1
    rules = {row[0]: _rule_read(row[1:last]) for row in rows if row[0] is not None}
    complete = {
        row[last]: Completeness(**dict(zip(DECLARATION_COLUMNS, row[last + 1 :], strict=True)))
        for row in rows
        if row[last] is not None
    }
    declared = sorted(complete.values(), key=lambda one: one.region)
    return tuple(rules[key] for key in sorted(rules)), tuple(declared)


def _rule_read(row: Sequence[Any]) -> ReferralRule:
    said = dict(zip(RULE_COLUMNS, row, strict=True))
    for name in ("form", "regime", "site"):
        said[name] = said[name] or None
    for name in ("accepted_issuers", "extra_requirements"):
        said[name] = frozenset(said[name])
    return ReferralRule(**said | {"regime": said["regime"] and Regime(said["regime"])})


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
