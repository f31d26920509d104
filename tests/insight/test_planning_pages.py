"""The plan of a group of regions, from what waits and what is published: a page, REST, a file."""

from datetime import timedelta

import pytest
from django.test import Client

from accounts.roles import Role
from insight.planning import WEEKS
from insight.selectors.planning import plan_of
from providers.models import Region
from tests.factories import (
    EYES,
    NOW,
    TODAY,
    a_care,
    a_clinic,
    a_patient,
    a_referral,
    a_region,
    a_slot,
    ago,
    an_agreement,
    at,
)
from tests.insight.test_visibility_pages import logged_in, text

MANY = 12


def waiting(number, region="01", **need):
    for _ in range(number):
        a_referral(a_patient("Alice", region=region, with_login=False), EYES, **need)


def plan(*codes):
    return plan_of(a_care(), [a_region(code) for code in codes], now=NOW)


@pytest.fixture
def nothing_hidden(monkeypatch):
    """So few people would all be hidden: with every number shown, what is counted can be seen."""

    def summed(rows):
        wide = [(*row, sum(row)) for row in rows]
        return (*wide, tuple(map(sum, zip(*wide, strict=True))))

    monkeypatch.setattr("insight.selectors.planning.protected", summed)


@pytest.fixture
def uppsala(database):
    """A clinic with places in the neighbouring region."""
    clinic = a_clinic("03")
    an_agreement(clinic)
    return clinic


@pytest.fixture
def planner(database):
    return logged_in(Role.REGION_ADMINISTRATOR, a_region("01").tenant)


def test_needs_count_in_the_week_of_their_last_day_and_places_where_the_clinic_stands(
    clinic, nothing_hidden
):
    waiting(MANY, issued_on=ago(90))
    waiting(MANY, issued_on=ago(95))
    a_slot(clinic, starts_at=at(1))
    line = plan("01").lines[0]
    assert (line.cells[0].need, line.waiting, line.places) == (2 * MANY, 2 * MANY, 1)


def test_a_medical_target_date_comes_before_the_guarantee(clinic, nothing_hidden):
    waiting(MANY, issued_on=ago(0), medical_target_on=TODAY + timedelta(weeks=2))
    assert plan("01").lines[0].cells[2].need == MANY


def test_a_small_number_is_not_shown_nor_is_the_balance_after_it(clinic):
    waiting(3, issued_on=ago(90))
    waiting(MANY, issued_on=ago(0), medical_target_on=TODAY + timedelta(weeks=3))
    cells = plan("01").lines[0].cells
    assert cells[0].need is None
    assert {cell.balance for cell in cells} == {None}


def test_no_two_groups_give_a_small_number_away_by_their_difference(clinic):
    waiting(3, region="03", issued_on=ago(90))
    waiting(MANY, issued_on=ago(90))
    alone, both = plan("01"), plan("01", "03")
    assert alone.lines[0] == both.lines[0]
    assert both.group.waiting is None


def test_the_whole_country_is_told_where_a_part_of_it_may_not_be(clinic):
    for code in ("01", "03"):
        waiting(MANY // 2, code, issued_on=ago(90))
        for weeks in (3, 5):
            target = TODAY + timedelta(weeks=weeks)
            waiting(5, code, issued_on=ago(0), medical_target_on=target)
    part, country = plan("01", "03"), plan(*(one.code for one in Region.objects.all()))
    assert (part.group.cells[0].need, part.is_hidden) == (None, True)
    assert (country.group.cells[0].need, country.is_hidden) == (MANY, False)


def test_the_page_says_why_nothing_is_shown_and_where_something_is(planner, clinic):
    waiting(3, issued_on=ago(90))
    page = text(planner.get("/planering/"))
    assert "Här väntar så få att antalen kunde peka ut någon." in page
    assert "Se hela landet" in page


def test_sharing_shows_what_regions_save_together(clinic, uppsala, nothing_hidden):
    waiting(20, issued_on=ago(60))
    waiting(20, region="03", issued_on=ago(60))
    for _ in range(40):
        a_slot(uppsala, starts_at=at(9))
    found = plan("01", "03")
    assert found.apart.in_time == 20
    assert found.group.outlook.in_time == 40


def test_a_team_day_is_as_large_as_a_day_in_the_middle(clinic, lot, nothing_hidden):
    waiting(20, issued_on=ago(60))
    for hour in (9, 10, 11):
        a_slot(clinic, starts_at=at(9, hour))
    found = plan("01")
    assert found.team_day == 3
    assert found.lines[0].saving.in_time == 3


def test_what_a_team_day_saves_a_few_people_is_not_counted(clinic, lot, planner, nothing_hidden):
    waiting(2, issued_on=ago(60))
    for hour in (9, 10, 11):
        a_slot(clinic, starts_at=at(40, hour))
    saving = plan("01").lines[0].saving
    assert (saving.places, saving.in_time, saving.days) == (3, None, None)


def test_without_published_places_a_team_day_is_unknown(clinic):
    waiting(MANY)
    assert (plan("01").team_day, plan("01").lines[0].saving) == (0, None)


def test_the_page_begins_with_the_own_health_care_region(planner, clinic):
    waiting(MANY)
    said = text(planner.get("/planering/"))
    assert "Gotland" in said
    assert "Hämta som fil" in said
    assert "Alice" not in said


def test_the_page_without_anybody_who_waits_says_so(planner):
    assert "Ingen väntar på någon vård." in text(planner.get("/planering/"))


def test_the_file_leaves_empty_what_is_not_shown(planner, clinic):
    waiting(3, issued_on=ago(90))
    answer = planner.get("/planering/fil.csv", {"care": EYES, "region": "01"})
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert lines[0].split(";")[0] == "Region"
    assert lines[1].endswith(";;0;")
    assert len(lines) == 1 + 2 * WEEKS


def test_over_rest_the_same_is_told(planner, clinic):
    waiting(MANY, issued_on=ago(90))
    body = planner.get("/api/v1/planning", {"care": EYES, "region": ["01", "03"]}).json()
    assert {one["region"] for one in body["regions"]} == {"01", "03"}
    assert body["group"]["region"] is None
    assert len(body["group"]["weeks"]) == WEEKS


@pytest.mark.parametrize("asked", [{"care": "ingen"}, {"care": EYES, "region": "99"}], ids=str)
def test_an_unknown_care_or_region_is_refused(planner, clinic, asked):
    waiting(1)
    assert planner.get("/planering/", asked).status_code == 422
    assert planner.get("/api/v1/planning", asked).status_code == 422


def test_only_those_who_decide_on_capacity_read_the_plan(database):
    assert Client().get("/api/v1/planning", {"care": EYES, "region": "01"}).status_code == 401
    other = logged_in(Role.NAVIGATOR, a_region("01").tenant)
    assert other.get("/planering/").status_code == 403
