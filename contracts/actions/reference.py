"""Loads the shipped referral rules; a rule that a region has edited since is never touched."""

from collections.abc import Iterator
from datetime import date, datetime

from django.db import transaction

from accounts.tenancy import Actor
from contracts.models import ReferralRule, RuleCompleteness
from contracts.reference import read_completeness, read_referral_rules
from providers.actions.reference import OWNER, Tally, note, region_tenant_id, settle

SCOPE = ("region_id", "care_id", "form", "age_min", "age_max", "regime", "site", "valid_from")


def load_referral_rules(*, by: Actor, now: datetime) -> tuple[Tally, ...]:
    """Add the rules and declarations that are not there yet, in one transaction.

    Regions must be loaded. Raises UnreadableReference, and then nothing has been loaded.
    """
    with transaction.atomic(using=OWNER):
        tallies = (
            settle(ReferralRule, _rules(), key=SCOPE, overwrite=False),
            settle(
                RuleCompleteness,
                _declarations(),
                key=("region_id", "complete_from"),
                overwrite=False,
            ),
        )
        note("referral_rules.loaded", tallies, by=by, now=now)
    return tallies


def _rules() -> Iterator[ReferralRule]:
    for row in read_referral_rules():
        yield ReferralRule(
            region_id=row.region,
            tenant_id=region_tenant_id(row.region),
            care_id=row.care,
            form=row.form or "",
            age_min=row.age_min,
            age_max=row.age_max,
            regime=row.regime or "",
            site=row.site or "",
            accepted_issuers=sorted(row.accepted_issuers),
            extra_requirements=sorted(row.extra_requirements),
            required=row.required,
            immediate_care_exempt=row.immediate_care_exempt,
            valid_from=_dated(row.valid_from),
            valid_to=row.valid_to,
            source=row.source,
            checked=_dated(row.checked),
            confidence=row.confidence,
            text_sv=row.text_sv,
        )


def _declarations() -> Iterator[RuleCompleteness]:
    for row in read_completeness():
        yield RuleCompleteness(
            region_id=row.region,
            tenant_id=region_tenant_id(row.region),
            complete_from=_dated(row.complete_from),
            complete_to=row.complete_to,
            source=row.source,
            confidence=row.confidence,
        )


def _dated(day: date | None) -> date:
    """A date that every shipped row has; rows put together elsewhere may lack it."""
    if day is None:
        raise ValueError("a shipped rule has its dates")
    return day
