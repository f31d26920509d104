"""Loading the referral rules of February 2021 never undoes what a region has decided since."""

from datetime import UTC, datetime

import pytest

from accounts.selectors.actors import system_actor
from contracts.actions.reference import load_referral_rules
from contracts.models import ReferralRule, RuleCompleteness

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
pytestmark = pytest.mark.usefixtures("database")


def load() -> list[tuple[int, int]]:
    return [(t.created, t.changed) for t in load_referral_rules(by=system_actor(), now=NOW)]


def test_the_rules_and_declarations_are_there() -> None:
    assert (ReferralRule.objects.count(), RuleCompleteness.objects.count()) == (47, 20)


def test_vastmanland_is_unknown_and_stays_so() -> None:
    load()
    assert not ReferralRule.objects.filter(region="19").exists()
    assert not RuleCompleteness.objects.filter(region="19").exists()


def test_loading_again_changes_nothing() -> None:
    assert load() == [(0, 0), (0, 0)]


def test_a_rule_that_a_region_has_edited_is_left_alone() -> None:
    edited = ReferralRule.objects.using("owner").filter(region="24", care="besok-hud")
    edited.update(required=False, source="Regionens beslut")
    assert load() == [(0, 0), (0, 0)]
    assert edited.get().required is False
