"""What a change of rules would change is counted before it is saved, and comes true when it is."""

import re
from collections import Counter
from datetime import date, timedelta
from uuid import UUID

import pytest

from accounts.models import AccessLog
from accounts.roles import Role
from accounts.tenancy import Actor, acting_as
from brokering.models import Referral
from brokering.selectors.alternatives import free_slots
from brokering.selectors.judging import judging
from brokering.selectors.places import care_value, place_of, swedish_day
from brokering.selectors.rule_preview import NeedShift, Outcome, days_of, preview
from brokering.selectors.seekers import seeker_of
from contracts.actions.rules import add_rule, declare_complete, end_rule
from contracts.models import ReferralRule
from contracts.selectors.rules import rule_of
from contracts.terms import Completeness, RuleChange
from tests.contracts.rules import a_rule, administrator, browser
from tests.factories import (
    NOW,
    TODAY,
    a_care,
    a_clinic,
    a_patient,
    a_referral,
    a_slot,
    ago,
    an_agreement,
    at,
)

DAY = timedelta(days=1)
SKIN = "besok-hud"
pytestmark = pytest.mark.usefixtures("database")
Told = dict[tuple[UUID, UUID], Outcome]


@pytest.fixture
def sweden() -> list[Referral]:
    """People of three ages, with and without remiss, and times at home, elsewhere and without agreement."""
    for region, regime, days in (("19", "own", (4, 5)), ("19", "lov", (6,)), ("01", "own", (7, 8))):
        clinic = a_clinic(region, ["besok-ogon", SKIN])
        an_agreement(clinic, regime=regime)
        for number in days:
            a_slot(clinic, starts_at=at(number))
            a_slot(clinic, SKIN, starts_at=at(number, 13))
    a_slot(a_clinic("19"), starts_at=at(9))
    also = {"issued_on": None, "issuer": "", "contact_on": ago(9)}
    made = []
    for region in ("19", "01"):
        for born in (date(2018, 1, 5), date(1980, 5, 17)):
            made += [
                a_referral(a_patient(region=region, born=born)),
                a_referral(a_patient(region=region, born=born), **also),
                a_referral(a_patient(region=region, born=born), SKIN, issuer="psykolog"),
            ]
    return made


def told(region: str, on: date) -> Told:
    """Slow and plain: every need of the region against every free place of its care, one by one."""
    now = max(NOW, at((on - TODAY).days, 0))
    found: Told = {}
    for need in (
        Referral.objects.using("owner").filter(home_region=region).select_related("patient")
    ):
        seeker = seeker_of(need, on=on)
        law = judging(seeker, care_value(a_care(need.care_id)), now=now)
        for slot in free_slots(need.care_id, now=NOW):
            if swedish_day(slot.starts_at) >= on:
                decision = law.verdict(place_of(slot)).decision
                found[need.id, slot.id] = Outcome(decision.bookable.value, decision.payer.value)
    return found


def counted(before: Told, after: Told) -> Counter[NeedShift]:
    cares = dict(Referral.objects.using("owner").values_list("id", "care_id"))
    changed = {
        (need, NeedShift(cares[need], before[need, slot], after[need, slot]))
        for need, slot in before
        if before[need, slot] != after[need, slot]
    }
    return Counter(shift for _, shift in changed)


def previewed(change: RuleChange, by: Actor, on: date):
    with acting_as(by):
        return preview(change, region="19", by=by, now=NOW, on=on)


@pytest.mark.parametrize("begins", [TODAY, TODAY + 5 * DAY, TODAY - 30 * DAY])
@pytest.mark.parametrize(
    "says",
    [
        {},
        {"care": SKIN, "accepted_issuers": frozenset({"specialistlakare"})},
        {"age_min": 6, "age_max": 19},
        {"regime": "lov"},
        {"required": False},
        {"extra_requirements": frozenset({"psykologbedomning"})},
    ],
)
def test_the_preview_of_a_new_rule_comes_true(sweden, says, begins) -> None:
    actor, rule = administrator(), a_rule(valid_from=begins, **says)
    change = RuleChange(adds=(rule,))
    (on,) = days_of(change, now=NOW)
    before, found = told("19", on), previewed(change, actor, on)
    with acting_as(actor):
        add_rule(by=actor, rule=rule, now=NOW)
    assert found.needs == dict(counted(before, told("19", on)))
    assert found.needs


def test_the_preview_of_an_ended_rule_comes_true(sweden) -> None:
    actor = administrator()
    with acting_as(actor):
        row = add_rule(by=actor, rule=a_rule(), now=NOW)
    old = rule_of(ReferralRule.objects.get(id=row))
    change = RuleChange(ends=((old, TODAY),))
    (on,) = days_of(change, now=NOW)
    before, found = told("19", on), previewed(change, actor, on)
    with acting_as(actor):
        end_rule(by=actor, rule=row, last_day=TODAY, now=NOW)
    assert found.needs == dict(counted(before, told("19", on)))
    assert found.needs


def test_the_preview_of_a_declaration_comes_true_for_every_care(sweden) -> None:
    actor = administrator()
    declared = Completeness(region="19", complete_from=TODAY, source="Beslut", confidence="high")
    before = told("19", TODAY)
    found = previewed(RuleChange(declares=(declared,)), actor, TODAY)
    with acting_as(actor):
        declare_complete(by=actor, declared=declared, now=NOW)
    assert found.needs == dict(counted(before, told("19", TODAY)))
    assert {shift.care for shift in found.needs} == {"besok-ogon", SKIN}


def test_only_the_regions_own_needs_inside_the_actors_tenants_are_counted(sweden) -> None:
    change = RuleChange(adds=(a_rule(valid_from=TODAY),))
    own = previewed(change, administrator("19"), TODAY)
    assert own.needs_asked == 4
    assert own.changed_needs <= {need.id for need in sweden if need.home_region_id == "19"}
    assert previewed(change, administrator("01"), TODAY).needs_asked == 0


def test_a_place_changes_for_visitors_where_the_region_carries_the_visit(sweden) -> None:
    change = RuleChange(adds=(a_rule(valid_from=TODAY),))
    found = previewed(change, administrator(), TODAY)
    without = {
        (shift.resident, shift.before, shift.after): number
        for shift, number in found.places.items()
        if not shift.with_remiss
    }
    unknown, no = Outcome("unknown", "home_region"), Outcome("no", "home_region")
    assert without[True, unknown, no] == 3
    assert without[False, unknown, no] == 3
    assert without[True, Outcome("unknown", "undecided"), Outcome("no", "care_region")] == 2
    assert (found.changed_places, found.places_asked) == (5, 6)


def test_a_rule_that_says_what_already_holds_changes_nothing(sweden) -> None:
    actor = administrator()
    with acting_as(actor):
        add_rule(by=actor, rule=a_rule(), now=NOW)
    found = previewed(RuleChange(adds=(a_rule(form="open", valid_from=TODAY),)), actor, TODAY)
    assert (found.needs, found.places, found.changed_places) == ({}, {}, 0)


def answers(**also) -> dict[str, str]:
    return {
        "care": "besok-ogon",
        "required": "yes",
        "valid_from": TODAY.isoformat(),
        "text_sv": "Remiss till ögonmottagning",
        "source": "Beslut RS 1",
        "confidence": "high",
    } | also


def text(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_nothing_is_saved_before_it_has_been_read(sweden) -> None:
    client = browser()
    page = client.post("/remissregler/19/ny/", answers(step="check"))
    assert "4 av 4 väntande i regionen får ett annat svar." in text(page)
    assert not ReferralRule.objects.filter(region="19").exists()
    saved = client.post("/remissregler/19/ny/", answers(step="save", key="k1"))
    again = client.post("/remissregler/19/ny/", answers(step="save", key="k1"))
    assert (saved.status_code, again.status_code) == (302, 302)
    assert ReferralRule.objects.filter(region="19").count() == 1


def test_whoever_sees_the_list_of_needs_is_seen_by_the_patients(sweden) -> None:
    browser().post("/remissregler/19/ny/", answers(step="check"))
    logged = AccessLog.objects.using("owner").filter(purpose="rule_preview")
    own = {need.patient_id for need in sweden if need.home_region_id == "19"}
    assert {one.patient_id for one in logged} <= own
    assert logged.count() == 4


@pytest.mark.parametrize("address", ["19/ny/", "19/las-in/", "19/fullstandig/"])
def test_only_the_regions_own_administrators_decide(address: str) -> None:
    path = f"/remissregler/{address}"
    assert browser(region="01").get(path).status_code == 403
    assert browser(Role.NAVIGATOR, "19").get(path).status_code == 403
    assert browser(region="19").get(path).status_code == 200


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("valid_from", "0001-01-01"),
        ("valid_to", "9999-12-31"),
        ("valid_to", "2020-01-01"),
        ("age_min", "131"),
        ("extra_requirements", "a|b"),
        ("care", "besok-saknas"),
        ("source", ""),
    ],
)
def test_a_slip_in_the_form_is_pointed_out_at_its_field(field: str, value: str) -> None:
    page = browser().post("/remissregler/19/ny/", answers(step="save", key="k", **{field: value}))
    assert page.status_code == 422
    assert f'href="#id_{field}"' in page.content.decode()
    assert not ReferralRule.objects.filter(region="19").exists()


@pytest.mark.parametrize("path", ["", "ersatt/", "avsluta/"])
def test_a_rule_that_does_not_exist_is_not_found(path: str) -> None:
    client = browser()
    for number in ("123456789", "9" * 30):
        assert client.get(f"/remissregler/regel/{number}/{path}").status_code == 404


def test_a_rule_is_replaced_and_ended_on_screen() -> None:
    actor, client = administrator(), browser()
    with acting_as(actor):
        row = add_rule(by=actor, rule=a_rule(), now=NOW)
    path = f"/remissregler/regel/{row}"
    sent = answers(step="save", key="k1", age_min="7")
    assert client.post(f"{path}/ersatt/", sent).status_code == 302
    new = ReferralRule.objects.get(replaces=row)
    assert (
        client.post(
            f"/remissregler/regel/{new.id}/avsluta/",
            {"step": "save", "key": "k2", "last_day": TODAY.isoformat()},
        ).status_code
        == 302
    )
    assert list(
        ReferralRule.objects.filter(region="19").order_by("id").values_list("valid_to", flat=True)
    ) == [ago(1), TODAY]


def test_a_file_is_shown_line_by_line_before_it_is_read_in() -> None:
    client = browser()
    exported = client.get("/remissregler/24.csv").content.decode()
    page = client.post("/remissregler/19/las-in/", {"step": "check", "text": exported})
    assert page.status_code == 200
    assert 'value="save"' not in page.content.decode()
    own = exported.replace("\r\n24,", "\r\n19,")
    assert (
        'value="save"'
        in client.post("/remissregler/19/las-in/", {"step": "check", "text": own}).content.decode()
    )
    client.post("/remissregler/19/las-in/", {"step": "save", "key": "k", "text": own})
    assert client.get("/remissregler/19.csv").content.decode() == own
