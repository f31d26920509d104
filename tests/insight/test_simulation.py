"""A simulated year: nobody is lost, no place is given twice, need goes first, borders are crossed by law."""

from dataclasses import replace

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from brokering.law.rulebook import RuleBook
from brokering.matching.problem import NO_WAY
from brokering.sweden.sources import read_sources
from contracts.reference import read_completeness, read_referral_rules
from insight.simulation.country import (
    MAY_CHOOSE,
    OWN_ONLY,
    REGION_ACTS,
    ROUTES,
    country,
    first_alarm,
    kinds,
)
from insight.simulation.parameters import GUARANTEE_DAYS, Parameters
from insight.simulation.people import everyone
from insight.simulation.run import both_years
from insight.simulation.tally import figures, paired, tally
from insight.simulation.year import LEFT, TREATED, WAITS, judged, lived
from tests.insight.weeks import week_of

GIVEN = Parameters(waiting=3_500, weeks=20)
CARES = ("besok-ogon", "op-ortopedi")
SOURCES = read_sources()
LAND = country(SOURCES, RuleBook(read_referral_rules(), read_completeness()))
REGIONS = len(LAND.regions)


def drawn(care, given=GIVEN):
    return next(pair for pair in everyone(SOURCES, given) if pair[0].care.code == care)


def year(care, given=GIVEN, *, brokered):
    people, places = drawn(care, given)
    table = kinds(LAND, people.care)
    return people, table, lived(LAND, (people, places), given, table, brokered=brokered)


@pytest.fixture(scope="module", params=[(c, b) for c in CARES for b in (False, True)], ids=str)
def one(request):
    care, brokered = request.param
    return (*year(care, brokered=brokered), brokered)


def test_everyone_who_enters_is_treated_waits_or_has_left(one):
    people, _, lived_year, _ = one
    assert np.bincount(lived_year.status, minlength=3).sum() == len(people)
    assert ((lived_year.at >= 0) == (lived_year.status == TREATED)).all()
    assert (lived_year.ended[lived_year.status == WAITS] == 7 * GIVEN.weeks).all()
    left = lived_year.status == LEFT
    assert (lived_year.ended[left] == people.leaves[left]).all()


def test_nobody_is_treated_before_they_come_or_after_they_left(one):
    people, _, lived_year, _ = one
    treated = lived_year.status == TREATED
    assert treated.any()
    assert (lived_year.ended[treated] >= people.start[treated] + 7).all()
    assert (lived_year.ended[treated] - 7 < people.leaves[treated]).all()


def test_no_place_is_given_twice_and_none_wasted_and_no_higher_need_is_passed_over(one):
    _, _, lived_year, _ = one
    assert (lived_year.overused, lived_year.passed_over, lived_year.wasted) == (0, 0, 0)
    assert (lived_year.status == TREATED).sum() <= lived_year.offered


def test_borders_are_crossed_with_brokering_alone_and_within_what_people_said(one):
    people, table, lived_year, brokered = one
    treated = lived_year.status == TREATED
    away = treated & (table.region[lived_year.at] != people.region)
    assert away.any() == brokered
    assert (people.travels[away] < GIVEN.would_travel).all()
    assert (people.accepts[away] < GIVEN.accepts).all()
    far = LAND.far[people.home, table.region[lived_year.at]]
    own = LAND.far[people.home, people.region]
    assert (far[away] <= np.maximum(people.reach, own)[away]).all()


def test_a_region_finds_care_elsewhere_only_after_its_alarm():
    people, table, lived_year = year("op-ortopedi", brokered=True)
    found = (lived_year.way == 2) & (table.region[lived_year.at] != people.region)
    waited = lived_year.ended - 7 - people.start
    assert found.any()
    assert (waited[found] >= first_alarm("01", "behandling", GIVEN.lead_days)).all()


def test_who_chooses_alone_crosses_without_help_too():
    people, table, lived_year = year(
        "besok-ogon", replace(GIVEN, chooses_alone=0.3), brokered=False
    )
    away = (lived_year.status == TREATED) & (table.region[lived_year.at] != people.region)
    assert away.any()
    assert (people.alone[away] < 0.3).all()
    assert (lived_year.way[away] == 1).all()


def test_what_is_not_shown_to_others_is_for_residents():
    people, table, lived_year = year("besok-ogon", replace(GIVEN, shared=0.1), brokered=True)
    treated = lived_year.status == TREATED
    away = treated & (table.region[lived_year.at] != people.region)
    assert (table.open_to_all[lived_year.at[away]] == 1).all()
    assert (table.open_to_all[lived_year.at[treated]] == 0).any()


def test_the_people_are_the_same_whatever_is_shared():
    ours, _ = drawn("besok-ogon")
    theirs, _ = drawn("besok-ogon", replace(GIVEN, accepts=1.0, shared=0.5, capacity=2.0))
    for name in ("region", "home", "start", "group", "priority", "reach", "leaves"):
        assert (getattr(ours, name) == getattr(theirs, name)).all()


def test_need_goes_first_then_the_longest_wait_in_the_rows():
    people, _ = drawn("besok-ogon")
    assert (np.diff(people.priority * 10_000 + people.start) >= 0).all()


def test_the_law_sends_nobody_to_inpatient_care_elsewhere_by_their_own_choice():
    table = kinds(LAND, SOURCES.care["op-ortopedi"])
    way = table.way.reshape(3, 2, REGIONS, -1)
    elsewhere = table.region[None, :] != np.arange(REGIONS)[:, None]
    inpatient = (table.form == 1)[None, :] & elsewhere
    assert (way[OWN_ONLY][:, elsewhere] == NO_WAY).all()
    assert (way[MAY_CHOOSE][:, inpatient] == NO_WAY).all()
    assert (way[REGION_ACTS][:, inpatient & (table.open_to_all == 1)] == 2).all()
    assert ROUTES[2] == "guarantee_reroute"


def test_an_unknown_referral_rule_lets_nobody_across():
    vastmanland = LAND.regions.index("19")
    way = kinds(LAND, SOURCES.care["besok-ogon"]).way.reshape(3, 2, REGIONS, -1)[MAY_CHOOSE]
    elsewhere = np.repeat(np.arange(REGIONS) != vastmanland, 2)
    assert (way[:, vastmanland, elsewhere] == NO_WAY).all()
    assert (way[:, vastmanland, ~elsewhere] == 0).all()


def test_the_duty_alarms_before_the_guarantee_ends_when_there_is_lead_time():
    assert first_alarm("01", "besok", 30) == GUARANTEE_DAYS - 29
    assert first_alarm("01", "besok", 0) == GUARANTEE_DAYS + 1


def test_every_broken_guarantee_had_an_earlier_alarm_and_none_without_lead_time(one):
    people, table, lived_year, _ = one
    found = tally(LAND, people, GIVEN, table, lived_year).breaches.sum(axis=0)
    assert found[0] == found[1] > 0
    assert found[2] == 0


def test_a_tally_counts_everybody_once(one):
    people, table, lived_year, _ = one
    sums = tally(LAND, people, GIVEN, table, lived_year)
    assert sums.treated.sum() + sums.waiting.sum() + sums.removed.sum() == len(people)
    assert sums.flow.sum() == sums.treated.sum() == sums.ways.sum()
    assert sums.in_queue[:, -1, 0].sum() == sums.waiting.sum()


def test_the_same_people_are_compared_one_by_one():
    people, _, without = year("besok-ogon", brokered=False)
    _, _, shared = year("besok-ogon", brokered=True)
    found = paired(people, without, shared, REGIONS)
    assert found.by_class[:, :3].sum() == found.by_region[:, :3].sum() == len(people)
    assert found.by_class[:, 3].sum() == (without.ended - shared.ended).sum()


@pytest.mark.parametrize(
    ("at", "expected"),
    [([0, -1, -1], [0, 0, 0]), ([-1, 0, -1], [0, 1, 0]), ([-1, -1, -1], [0, 0, 3])],
    ids=["the first has it", "a lower need has it", "nobody has it"],
)
def test_a_wrong_week_is_seen(at, expected):
    assert judged(week_of([1, 2, 2]), np.array(at)).tolist() == expected


def test_a_place_given_twice_is_seen():
    assert judged(week_of([1, 1, 1]), np.array([0, 0, -1])).tolist() == [1, 0, 0]


def test_figures_are_of_people():
    waits = np.zeros(200, int)
    waits[[10, 90, 91]] = 5, 4, 1
    found = figures(waits)
    assert found == {"count": 10, "within": 90.0, "p50": 10, "p90": 90, "p95": 91}


def test_a_year_is_the_same_every_time():
    given = Parameters(waiting=3_500, weeks=4)
    first = both_years(given)
    assert first == both_years(given)
    assert first["paired"] != both_years(replace(given, seed=2))["paired"]
    assert first["shared"]["faults"]["passed_over"] == 0


def test_the_document_is_what_the_stored_result_gives():
    call_command("simulate", "--check")


def test_a_stale_document_is_told(tmp_path, settings):
    (tmp_path / "docs").mkdir()
    for name in ("simulation.json", "simulation.md"):
        text = (settings.BASE_DIR / "docs" / name).read_text("utf-8")
        (tmp_path / "docs" / name).write_text(text, "utf-8")
    settings.BASE_DIR = tmp_path
    with pytest.raises(CommandError, match=r"simulation-flows\.svg"):
        call_command("simulate", "--check")
    call_command("simulate", "--document")
    call_command("simulate", "--check")
