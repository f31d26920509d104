"""A region's rules leave and come back as a file that changes nothing but what was changed in it."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.tenancy import acting_as
from contracts.actions.rule_import import import_rules
from contracts.actions.rules import confirm_rule, end_rule
from contracts.errors import UnfitFile
from contracts.models import ReferralRule
from contracts.reference import read_rules_text, rules_as_csv
from contracts.selectors.rule_import import plan_import
from contracts.selectors.rules import rules_of
from contracts.terms import ISSUERS, Regime
from contracts.terms import ReferralRule as Rule
from providers.reference import UnreadableReference
from tests.contracts.rules import NOW, a_rule, administrator
from tests.factories import FOREVER_AGO, TODAY, ago

DAY = timedelta(days=1)
WORDS = st.text(st.characters(exclude_categories=("C",)), min_size=1, max_size=40)
ITEMS = WORDS.filter(lambda text: "|" not in text and text.strip())
AGES = st.none() | st.integers(0, 130)
DAYS = st.dates(date(1990, 1, 1), date(2090, 1, 1))


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    """Any rule that the register can hold."""
    low, high = draw(AGES), draw(AGES)
    first, last = draw(DAYS), draw(st.none() | DAYS)
    return Rule(
        region=draw(st.sampled_from(["01", "19", "25"])),
        care=draw(st.sampled_from(["besok-ogon", "besok-hud"])),
        form=draw(st.sampled_from([None, "open", "inpatient"])),
        age_min=low if None in (low, high) else min(low, high),
        age_max=high if None in (low, high) else max(low, high),
        regime=draw(st.none() | st.sampled_from(Regime)),
        site=draw(st.none() | WORDS),
        accepted_issuers=draw(st.frozensets(st.sampled_from(ISSUERS))),
        extra_requirements=draw(st.frozensets(ITEMS, max_size=3)),
        required=draw(st.booleans()),
        immediate_care_exempt=draw(st.booleans()),
        valid_from=first if last is None else min(first, last),
        valid_to=None if last is None else max(first, last),
        source=draw(WORDS),
        checked=draw(DAYS),
        confidence=draw(WORDS),
        text_sv=draw(WORDS),
    )


@given(st.lists(rules(), max_size=4))
def test_every_rule_comes_back_from_a_file_as_it_left(many: list[Rule]) -> None:
    read = read_rules_text(rules_as_csv(many), file="x.csv")
    assert [one.rule for one in read] == many


def test_semicolons_a_byte_order_mark_and_other_line_ends_are_read_too() -> None:
    text = rules_as_csv([a_rule(), a_rule(age_min=7)])
    other = "\ufeff" + text.replace(",", ";").replace("\r\n", "\n")
    assert read_rules_text(other, file="x") == read_rules_text(text, file="x")


@pytest.mark.parametrize(
    ("column", "old", "new"),
    [
        ("age_min", "besok-ogon,,", "besok-ogon,,sju"),
        ("age_min", "besok-ogon,,", "besok-ogon,,131"),
        ("required", ",yes,", ",ja,"),
        ("accepted_issuers", ",,yes", "kiropraktor,,yes"),
        ("extra_requirements", ",,yes", ",a||b,yes"),
        ("valid_from", "2020-01-01", "2020-02-30"),
        ("valid_from", "2020-01-01", "0001-01-01"),
        ("text_sv", "Remiss till", "x" * 400),
        ("-", "ögonmottagning", "ögonmottagning,mer"),
    ],
)
def test_a_fault_names_its_line_and_column(column: str, old: str, new: str) -> None:
    text = rules_as_csv([a_rule(care="besok-hud"), a_rule()]).replace("besok-hud,", "x,", 1)
    first, second, third = text.splitlines()
    assert old in third
    broken = "\n".join([first, second, third.replace(old, new, 1)])
    _, read = read_rules_text(broken, file="x")
    assert (read.line, read.rule, read.fault.data["column"]) == (3, None, column)


def test_a_file_without_a_column_is_refused_whole() -> None:
    with pytest.raises(UnreadableReference):
        read_rules_text("region,care\n19,besok-ogon\n", file="x")


def outcomes(text: str, region: str = "19") -> list[str]:
    return [one.outcome for one in plan_import(text, file="x", region=region, on=TODAY).fates]


def read_in(text: str, region: str = "19") -> list[str]:
    actor = administrator(region)
    with acting_as(actor):
        plan = import_rules(by=actor, region=region, text=text, file="x", now=NOW)
    return [one.outcome for one in plan.fates]


@pytest.mark.parametrize("region", ["01", "09", "20", "24"])
def test_a_regions_own_export_changes_nothing(database, region: str) -> None:
    text = rules_as_csv(rules_of(region))
    assert set(read_in(text, region)) == {"unchanged"}
    assert rules_as_csv(rules_of(region)) == text


def test_each_line_has_its_fate_and_reading_the_file_again_changes_nothing(database) -> None:
    old, ending = a_rule(), a_rule(care="besok-hud")
    assert read_in(rules_as_csv([old, ending])) == ["added", "added"]
    text = rules_as_csv(
        [
            old,
            a_rule(valid_from=TODAY, age_min=None, text_sv="Ny lydelse"),
            Rule(**{**ending.__dict__, "valid_to": ago(1)}),
        ]
    )
    assert read_in(text) == ["unchanged", "replaced", "ended"]
    assert read_in(text) == ["unchanged", "unchanged", "unchanged"]
    assert ReferralRule.objects.filter(replaces__isnull=False).count() == 1


def test_a_later_check_confirms_and_an_earlier_one_changes_nothing(database) -> None:
    read_in(rules_as_csv([a_rule(checked=ago(400))]))
    assert read_in(rules_as_csv([a_rule(checked=ago(2))])) == ["confirmed"]
    assert read_in(rules_as_csv([a_rule(checked=ago(400))])) == ["unchanged"]


def test_what_is_confirmed_on_screen_is_not_undone_by_an_old_file(database) -> None:
    text = rules_as_csv([a_rule(checked=ago(400))])
    read_in(text)
    actor, row = administrator(), ReferralRule.objects.get(region="19")
    with acting_as(actor):
        confirm_rule(by=actor, rule=row.id, on=TODAY, now=NOW)
    assert read_in(text) == ["unchanged"]
    assert ReferralRule.objects.get(region="19").checked == TODAY


@pytest.mark.parametrize(
    ("rule", "column", "why"),
    [
        (a_rule("01"), "region", "other_region"),
        (a_rule(care="besok-saknas"), "care", "unknown_care"),
        (a_rule(care="besok-hud", checked=TODAY + DAY), "checked", "in_future"),
        (a_rule(required=False), "required", "never_overwritten"),
        (a_rule(text_sv="Annat"), "text_sv", "never_overwritten"),
        (a_rule(valid_from=FOREVER_AGO - DAY), "valid_from", "overlaps"),
    ],
)
def test_a_line_that_cannot_be_saved_says_why_and_nothing_is(database, rule, column, why) -> None:
    read_in(rules_as_csv([a_rule()]))
    text = rules_as_csv([a_rule(age_min=3), rule])
    (fate,) = plan_import(text, file="x", region="19", on=TODAY).refused
    assert (fate.line, fate.column, fate.why) == (3, column, why)
    with pytest.raises(UnfitFile):
        read_in(text)
    assert ReferralRule.objects.filter(region="19").count() == 1


def test_a_rule_that_ended_is_not_opened_again_by_a_file(database) -> None:
    read_in(rules_as_csv([a_rule()]))
    actor, row = administrator(), ReferralRule.objects.get(region="19")
    with acting_as(actor):
        end_rule(by=actor, rule=row.id, last_day=ago(3), now=NOW)
    (fate,) = plan_import(rules_as_csv([a_rule()]), file="x", region="19", on=TODAY).fates
    assert (fate.outcome, fate.why) == ("refused", "ended_already")


def test_two_lines_that_hold_on_one_day_are_refused(database) -> None:
    twice = rules_as_csv([a_rule(), a_rule(text_sv="En till")])
    assert outcomes(twice) == ["added", "refused"]
