"""A region's rules are versions that follow one another: nobody overwrites, deletes or writes for another."""

from datetime import datetime, time, timedelta

import pytest
from django.db import Error, IntegrityError, ProgrammingError, transaction

from accounts.errors import NotAllowed
from accounts.models import Event
from accounts.tenancy import acting_as
from contracts.actions import rules as actions
from contracts.actions.rules import (
    add_rule,
    confirm_rule,
    declare_complete,
    end_declaration,
    end_rule,
    replace_rule,
)
from contracts.errors import BeginsTooEarly, EndsTooEarly, RuleHasEnded, RuleOverlaps
from contracts.models import ReferralRule, RuleCompleteness
from contracts.selectors.register import history, region_rules, rule_card
from contracts.selectors.rules import completeness_in_force, rules_in_force
from contracts.terms import Completeness
from providers.patterns import SWEDEN
from tests.contracts.rules import NOW, a_rule, administrator, browser
from tests.factories import FOREVER_AGO, TODAY, a_region, ago

DAY = timedelta(days=1)
pytestmark = pytest.mark.usefixtures("database")


def added(actor, **also) -> int:
    with acting_as(actor):
        return add_rule(by=actor, rule=a_rule(**also), now=NOW)


def test_a_new_rule_is_in_force_from_its_first_day() -> None:
    added(administrator(), valid_from=TODAY)
    assert rules_in_force(on=TODAY, region="19") == (a_rule(valid_from=TODAY),)
    assert rules_in_force(on=ago(1), region="19") == ()


def test_a_replaced_rule_holds_until_the_day_before_and_stays_in_the_register() -> None:
    actor = administrator()
    old = added(actor)
    with acting_as(actor):
        new = replace_rule(by=actor, old=old, rule=a_rule(valid_from=TODAY, age_min=7), now=NOW)
    (before,), (after,) = (rules_in_force(on=on, region="19") for on in (ago(1), TODAY))
    assert (before.age_min, before.valid_to, after.age_min) == (None, ago(1), 7)
    assert ReferralRule.objects.get(id=new).replaces_id == old


def test_history_is_complete_and_says_what_each_version_changed() -> None:
    actor = administrator()
    first = added(actor)
    with acting_as(actor):
        confirm_rule(by=actor, rule=first, on=TODAY, now=NOW)
        second = replace_rule(
            by=actor, old=first, rule=a_rule(valid_from=ago(9), age_min=7), now=NOW
        )
        third = replace_rule(
            by=actor, old=second, rule=a_rule(valid_from=TODAY, age_min=9), now=NOW
        )
    versions = history(rule_card(second, on=TODAY), on=TODAY)
    assert [one.card.id for one in versions] == [third, second, first]
    changes = [[(d.name, d.before, d.after) for d in one.differences] for one in versions]
    assert changes == [[("age_min", 7, 9)], [("age_min", None, 7)], []]
    assert [len(one.confirmed) for one in versions] == [0, 0, 1]


def test_every_decision_leaves_an_event() -> None:
    actor = administrator()
    rule = added(actor)
    with acting_as(actor):
        confirm_rule(by=actor, rule=rule, on=TODAY, now=NOW)
        end_rule(by=actor, rule=rule, last_day=TODAY, now=NOW)
    verbs = Event.objects.filter(noun="referral_rule", noun_id=str(rule)).order_by("id")
    assert list(verbs.values_list("verb", flat=True)) == ["added", "confirmed", "ended"]


def test_two_rules_of_one_scope_never_hold_on_one_day() -> None:
    actor = administrator()
    added(actor)
    with acting_as(actor), pytest.raises(RuleOverlaps):
        add_rule(by=actor, rule=a_rule(valid_from=TODAY, text_sv="En till"), now=NOW)


def test_a_rule_gets_its_last_day_once() -> None:
    actor = administrator()
    rule = added(actor)
    with acting_as(actor):
        end_rule(by=actor, rule=rule, last_day=TODAY, now=NOW)
        with pytest.raises(RuleHasEnded):
            end_rule(by=actor, rule=rule, last_day=ago(3), now=NOW)


def test_a_rule_that_was_saved_by_mistake_is_taken_back_and_can_be_saved_anew() -> None:
    actor = administrator()
    wrong = added(actor)
    with acting_as(actor):
        with pytest.raises(EndsTooEarly):
            end_rule(by=actor, rule=wrong, last_day=FOREVER_AGO - 2 * DAY, now=NOW)
        end_rule(by=actor, rule=wrong, last_day=FOREVER_AGO - DAY, now=NOW)
    assert rules_in_force(on=FOREVER_AGO, region="19") == ()
    assert rule_card(wrong, on=TODAY).standing == "taken_back"
    added(actor)


def test_a_replacement_begins_after_the_rule_that_it_replaces() -> None:
    actor = administrator()
    rule = added(actor)
    with acting_as(actor), pytest.raises(BeginsTooEarly):
        replace_rule(by=actor, old=rule, rule=a_rule(age_min=7), now=NOW)


@pytest.mark.parametrize(
    "deed",
    [
        lambda by, rule: add_rule(by=by, rule=a_rule(care="besok-hud"), now=NOW),
        lambda by, rule: end_rule(by=by, rule=rule, last_day=TODAY, now=NOW),
        lambda by, rule: confirm_rule(by=by, rule=rule, on=TODAY, now=NOW),
        lambda by, rule: replace_rule(by=by, old=rule, rule=a_rule(valid_from=TODAY), now=NOW),
        lambda by, rule: declare_complete(
            by=by,
            declared=Completeness(
                region="19", complete_from=TODAY, source="Beslut", confidence="high"
            ),
            now=NOW,
        ),
    ],
)
def test_another_regions_administrator_is_refused(deed) -> None:
    rule, other = added(administrator("19")), administrator("01")
    with acting_as(other), pytest.raises(NotAllowed):
        deed(other, rule)


def test_the_database_refuses_another_regions_rule_when_nobody_else_does(monkeypatch) -> None:
    other = administrator("01")
    monkeypatch.setattr(actions, "access_own_region", lambda code, *, by: a_region(code))
    with pytest.raises(ProgrammingError, match="row-level security"), acting_as(other):
        add_rule(by=other, rule=a_rule("19"), now=NOW)


def test_the_database_refuses_a_rule_of_another_region_that_is_said_to_be_ones_own() -> None:
    row = ReferralRule(
        region=a_region("19"),
        tenant=a_region("01").tenant,
        care_id="besok-ogon",
        valid_from=TODAY,
        checked=TODAY,
    )
    with (
        pytest.raises(ProgrammingError, match="row-level security"),
        acting_as(administrator("01")),
    ):
        row.save(force_insert=True)


def test_the_database_leaves_another_regions_rule_as_it_is() -> None:
    rule = added(administrator("19"))
    with acting_as(administrator("01")):
        assert ReferralRule.objects.filter(id=rule).update(valid_to=TODAY) == 0


@pytest.mark.parametrize(
    "change",
    [{"required": False}, {"valid_from": TODAY}, {"text_sv": "Annat"}, {"source": "Annan"}],
)
def test_the_database_refuses_to_overwrite_a_rule(change) -> None:
    actor = administrator()
    rule = added(actor)
    with pytest.raises(ProgrammingError, match="permission denied"), acting_as(actor):
        ReferralRule.objects.filter(id=rule).update(**change)


def test_the_database_refuses_to_delete_a_rule_and_a_declaration() -> None:
    for model in (ReferralRule, RuleCompleteness):
        with pytest.raises(ProgrammingError, match="permission denied"), acting_as(administrator()):
            model.objects.filter(region="19")._raw_delete("default")


@pytest.mark.parametrize("change", [{"valid_to": None}, {"valid_to": ago(1)}, {"ended_at": None}])
def test_the_database_keeps_a_last_day_whoever_asks(change) -> None:
    actor = administrator()
    rule = added(actor)
    with acting_as(actor):
        end_rule(by=actor, rule=rule, last_day=TODAY, now=NOW)
    rows = ReferralRule.objects.using("owner").filter(id=rule)
    with pytest.raises(Error, match="keeps its last day"), transaction.atomic(using="owner"):
        rows.update(**change)


def test_the_database_takes_no_confirmation_back() -> None:
    rule = added(administrator())
    rows = ReferralRule.objects.using("owner").filter(id=rule)
    with pytest.raises(IntegrityError, match="not taken back"), transaction.atomic(using="owner"):
        rows.update(checked=ago(1))


def test_what_we_knew_on_a_day_does_not_learn_from_what_was_recorded_later() -> None:
    actor = administrator()
    rule = added(actor)
    later = NOW + timedelta(days=30)
    with acting_as(actor):
        end_rule(by=actor, rule=rule, last_day=ago(5), now=later)
    then = {"on": TODAY, "region": "19"}
    assert [one.valid_to for one in rules_in_force(**then, known_at=NOW)] == [None]
    assert rules_in_force(**then, known_at=later) == rules_in_force(**then) == ()
    assert rules_in_force(**then, known_at=NOW - DAY) == ()


def test_a_rule_that_nobody_has_confirmed_for_a_year_is_flagged_until_somebody_does() -> None:
    actor = administrator()
    rule = added(actor, checked=ago(365))
    flags = [region_rules(a_region("19"), on=on).unconfirmed for on in (TODAY, TODAY + DAY)]
    with acting_as(actor):
        confirm_rule(by=actor, rule=rule, on=TODAY, now=NOW)
    assert [*flags, region_rules(a_region("19"), on=TODAY + DAY).unconfirmed] == [0, 1, 0]


def test_a_declaration_makes_the_unknown_known_and_its_end_makes_it_unknown_again() -> None:
    actor = administrator()
    declared = Completeness(region="19", complete_from=ago(9), source="Beslut", confidence="high")
    with acting_as(actor):
        row = declare_complete(by=actor, declared=declared, now=NOW)
        end_declaration(by=actor, declaration=row, last_day=ago(2), now=NOW)
    found = [
        {one.region for one in completeness_in_force(on=ago(days))} >= {"19"}
        for days in (10, 9, 2, 1)
    ]
    assert found == [False, True, True, False]


def test_everyone_reads_that_a_regions_rules_are_unknown() -> None:
    page = browser().get("/remissregler/19/").content.decode()
    assert "Okänt. Vi vet inte om Region Västmanland kräver remiss" in page
    assert "remiss krävs inte</li>" not in page


def test_the_register_answers_for_a_day_that_is_asked_for() -> None:
    assert "okänt</li>" in browser().get("/remissregler/01/?dag=2020-12-31").content.decode()
    assert "okänt</li>" not in browser().get("/remissregler/01/?dag=2021-03-01").content.decode()


def test_confirming_on_the_page_is_for_the_regions_own() -> None:
    rule = added(administrator("19"), checked=ago(400))
    assert (
        browser(region="01").post(f"/remissregler/regel/{rule}/galler/", {"key": "k"}).status_code
        == 403
    )
    assert (
        browser(region="19").post(f"/remissregler/regel/{rule}/galler/", {"key": "k"}).status_code
        == 302
    )
    assert ReferralRule.objects.get(id=rule).checked == TODAY


def test_the_end_of_a_swedish_day_is_what_was_known_that_day() -> None:
    end = datetime.combine(TODAY, time.max, tzinfo=SWEDEN)
    assert len(rules_in_force(on=TODAY, region="01", known_at=end + DAY)) == len(
        rules_in_force(on=TODAY, region="01")
    )
