"""The shipped referral rules are read whole, and a fault names its place."""

from pathlib import Path

import pytest

from contracts.reference import COMPLETE, RULES, read_completeness, read_referral_rules
from providers.reference import UnreadableReference, read_cares, read_regions


def test_every_rule_names_a_known_region_and_care() -> None:
    regions = {row.code for row in read_regions()}
    cares = {row.code for row in read_cares()}
    rules = read_referral_rules()
    assert len(rules) == 47
    assert all(rule.region in regions and rule.care in cares for rule in rules)


def test_vastmanland_is_neither_in_the_rules_nor_declared_complete() -> None:
    assert "19" not in {rule.region for rule in read_referral_rules()}
    assert "19" not in {declared.region for declared in read_completeness()}
    assert len(read_completeness()) == 20


@pytest.mark.parametrize(
    ("column", "old", "new"),
    [
        ("region", "20,beh-", "2,beh-"),
        ("form", "op-kirurgi,open", "op-kirurgi,day"),
        ("age_min", ",,2,,", ",,två,,"),
        ("required", ",,yes,,2021", ",,ja,,2021"),
        ("valid_from", "2021-02-01", "2021-02-31"),
        ("age_max", ",6,19,", ",6,5,"),
        ("valid_to", "2021-02-01,,", "2021-02-01,2021-01-31,"),
    ],
)
def test_a_fault_names_its_column(tmp_path: Path, column: str, old: str, new: str) -> None:
    broken = tmp_path / "rules.csv"
    broken.write_text(RULES.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(UnreadableReference) as refused:
        read_referral_rules(broken)
    assert refused.value.data["column"] == column


def test_a_missing_column_of_the_declarations_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "complete.csv"
    broken.write_text(COMPLETE.read_text(encoding="utf-8").replace("complete_to", "until"))
    with pytest.raises(UnreadableReference) as refused:
        read_completeness(broken)
    assert refused.value.data["column"] == "complete_to"
