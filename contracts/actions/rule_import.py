"""Reads a file of referral rules into a region's register, whole or not at all."""

from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.actions.trail import record
from accounts.tenancy import Actor
from contracts.access import access_own_region
from contracts.actions.rules import add_rule, confirm_rule, end_rule, replace_rule
from contracts.errors import UnfitFile
from contracts.selectors.rule_import import Fate, ImportPlan, plan_import
from providers.patterns import SWEDEN


@transaction.atomic
def import_rules(*, by: Actor, region: str, text: str, file: str, now: datetime) -> ImportPlan:
    """Save what the file changes; reading the same file again changes nothing.

    Raises NotAllowed; UnreadableReference or UnfitFile, and then nothing has been saved.
    """
    access_own_region(region, by=by)
    plan = plan_import(text, file=file, region=region, on=now.astimezone(SWEDEN).date())
    if plan.refused:
        raise UnfitFile(lines=[fate.line for fate in plan.refused])
    for fate in sorted(plan.changing, key=_order):
        _carry_out(fate, by=by, now=now)
    if plan.changing:
        changes: dict[str, Any] = {"lines": len(plan.fates), "changing": len(plan.changing)}
        record("referral_rules.imported", region, by=by, now=now, **changes)
    return plan


def _order(fate: Fate) -> tuple[bool, str, int]:
    """Ends before beginnings, and beginnings in the order of their days."""
    first = fate.rule.valid_from if fate.rule else None
    return fate.outcome in {"added", "replaced"}, str(first), fate.line


def _carry_out(fate: Fate, *, by: Actor, now: datetime) -> None:
    rule, target = fate.rule, fate.target
    if rule is None:
        return
    if fate.outcome == "added":
        add_rule(by=by, rule=rule, now=now)
    elif fate.outcome == "replaced" and target is not None:
        replace_rule(by=by, old=target, rule=rule, now=now)
    elif target is not None and rule.checked is not None:
        confirm_rule(by=by, rule=target, on=rule.checked, now=now)
        if fate.outcome == "ended" and rule.valid_to is not None:
            end_rule(by=by, rule=target, last_day=rule.valid_to, now=now)
