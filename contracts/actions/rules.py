"""Decides on a region's referral rules: adds, replaces, ends and confirms them, declares them complete."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from accounts.actions.trail import record
from accounts.errors import NotAllowed
from accounts.tenancy import Actor
from contracts.access import access_own_declaration, access_own_region, access_own_rule
from contracts.errors import (
    BeginsTooEarly,
    DeclarationHasEnded,
    DeclarationOverlaps,
    EndsTooEarly,
    RuleHasEnded,
    RuleOverlaps,
)
from contracts.models import ReferralRule, RuleCompleteness
from contracts.terms import DAY, Completeness
from contracts.terms import ReferralRule as Rule
from providers.models import Region

REFUSALS: dict[str, type[RuleOverlaps | DeclarationOverlaps]] = {
    "one_rule_per_scope_and_day": RuleOverlaps,
    "one_declaration_per_region_and_day": DeclarationOverlaps,
}


@transaction.atomic
def add_rule(*, by: Actor, rule: Rule, now: datetime, replaces: int | None = None) -> int:
    """Add a rule of the actor's own region; its id. Raises NotAllowed, RuleOverlaps."""
    region = access_own_region(rule.region, by=by)
    row = _row(rule, region)
    row.replaces_id, row.recorded_at, row.recorded_by_id = replaces, now, by.id
    with _overlap_refused():
        row.save(force_insert=True)
    verb = "replaced" if replaces else "added"
    record(f"referral_rule.{verb}", row.id, by=by, now=now, **_about(row), replaces=replaces)
    return row.id


@transaction.atomic
def replace_rule(*, by: Actor, old: int, rule: Rule, now: datetime) -> int:
    """End a rule the day before the new one begins and add the new one; the new id.

    The old one holds at least its first day. Raises NotAllowed, RuleHasEnded, BeginsTooEarly or RuleOverlaps.
    """
    row = access_own_rule(old, by=by)
    begins = _dated(rule.valid_from)
    if rule.region != row.region_id:
        raise NotAllowed
    if begins <= row.valid_from:
        raise BeginsTooEarly(after=row.valid_from)
    end_rule(by=by, rule=old, last_day=begins - DAY, now=now)
    return add_rule(by=by, rule=rule, now=now, replaces=old)


@transaction.atomic
def end_rule(*, by: Actor, rule: int, last_day: date, now: datetime) -> None:
    """Give a rule its last day, once; the day before its first takes it back.

    Raises NotAllowed, RuleHasEnded or EndsTooEarly.
    """
    row = access_own_rule(rule, by=by)
    if last_day < row.valid_from - DAY:
        raise EndsTooEarly(earliest=row.valid_from - DAY)
    ended = ReferralRule.objects.filter(id=rule, valid_to__isnull=True)
    if not ended.update(valid_to=last_day, ended_at=now, ended_by=by.id):
        raise RuleHasEnded
    verb = "taken_back" if last_day < row.valid_from else "ended"
    record(f"referral_rule.{verb}", rule, by=by, now=now, **_about(row), valid_to=str(last_day))


@transaction.atomic
def confirm_rule(*, by: Actor, rule: int, on: date, now: datetime) -> None:
    """Say that a rule still held on a day. Raises NotAllowed; RuleHasEnded where it had ended by then."""
    row = access_own_rule(rule, by=by)
    if row.valid_to is not None and row.valid_to < on:
        raise RuleHasEnded
    later = ReferralRule.objects.filter(id=rule, checked__lte=on)
    if later.update(checked=on, confirmed_on=on, confirmed_by=by.id):
        record("referral_rule.confirmed", rule, by=by, now=now, **_about(row), checked=str(on))


@transaction.atomic
def declare_complete(*, by: Actor, declared: Completeness, now: datetime) -> int:
    """Declare the region's rules complete from a day; the declaration's id.

    Raises NotAllowed or DeclarationOverlaps.
    """
    region = access_own_region(declared.region, by=by)
    row = RuleCompleteness(
        region=region,
        tenant_id=region.tenant_id,
        complete_from=_dated(declared.complete_from),
        complete_to=declared.complete_to,
        source=declared.source,
        confidence=declared.confidence,
        recorded_at=now,
        recorded_by_id=by.id,
    )
    with _overlap_refused():
        row.save(force_insert=True)
    record("rule_completeness.declared", row.id, by=by, now=now, region=region.code)
    return row.id


@transaction.atomic
def end_declaration(*, by: Actor, declaration: int, last_day: date, now: datetime) -> None:
    """Give a declaration its last day, once. Raises NotAllowed, DeclarationHasEnded or EndsTooEarly."""
    row = access_own_declaration(declaration, by=by)
    if last_day < row.complete_from - DAY:
        raise EndsTooEarly(earliest=row.complete_from - DAY)
    ended = RuleCompleteness.objects.filter(id=declaration, complete_to__isnull=True)
    if not ended.update(complete_to=last_day, ended_at=now, ended_by=by.id):
        raise DeclarationHasEnded
    record("rule_completeness.ended", row.id, by=by, now=now, region=row.region_id)


def _row(rule: Rule, region: Region) -> ReferralRule:
    return ReferralRule(
        region=region,
        tenant_id=region.tenant_id,
        care_id=rule.care,
        form=rule.form or "",
        age_min=rule.age_min,
        age_max=rule.age_max,
        regime=rule.regime or "",
        site=rule.site or "",
        accepted_issuers=sorted(rule.accepted_issuers),
        extra_requirements=sorted(rule.extra_requirements),
        required=rule.required,
        immediate_care_exempt=rule.immediate_care_exempt,
        valid_from=_dated(rule.valid_from),
        valid_to=rule.valid_to,
        source=rule.source,
        checked=_dated(rule.checked),
        confidence=rule.confidence,
        text_sv=rule.text_sv,
    )


def _about(row: ReferralRule) -> dict[str, Any]:
    return {"region": row.region_id, "care": row.care_id}


def _dated(day: date | None) -> date:
    if day is None:
        raise ValueError("a rule that is saved has its dates")
    return day


@contextmanager
def _overlap_refused() -> Iterator[None]:
    """A write in a savepoint; what the database's own guards refuse is said as a refusal."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "")
        if name not in REFUSALS:
            raise
        raise REFUSALS[name] from error
