"""What would change an answer is said of this place under its terms, not of the law alone."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest

from brokering.law.decision import Bookable
from brokering.law.explanation import Result
from brokering.law.facts import Guarantee, Route
from brokering.law.rulebook import RuleBook
from brokering.verdict import CareValue, LawOn, Place, Seeker, judge
from contracts.terms import (
    Completeness,
    Eligibility,
    OpenForOthers,
    Person,
    ReferralRule,
    Regime,
    Terms,
)

TODAY = date(2021, 6, 1)
NOBODY = UUID(int=0)
CARE = CareValue(
    code="besok-hud",
    name="Hud",
    kind="first_visit",
    level="specialised",
    area="hud",
    guarantee="besok",
    hospital_level="",
)
PLACE = Place(
    slot=NOBODY,
    clinic=NOBODY,
    clinic_name="Påhittade hudkliniken",
    clinic_region="12",
    care=CARE,
    form="open",
    day=date(2021, 7, 1),
)
TERMS = Terms(
    lot=NOBODY,
    agreement=NOBODY,
    agreement_name="Påhittat avtal",
    clinic=NOBODY,
    care=CARE.code,
    regime=Regime.LOU,
    buyers=frozenset({"12"}),
    usable_by=frozenset(),
    open_for_others=OpenForOthers.YES,
    eligibility=Eligibility(),
    accepts_referrer_assessment=True,
    valid_from=date(2020, 1, 1),
    valid_to=None,
)
SEEKER = Seeker(home_region="14", guarantee=Guarantee.BESOK)
COMPLETE = tuple(Completeness(region=code) for code in ("12", "14"))
REMISS = ReferralRule(region="14", care=CARE.code)


def verdict(*rows, seeker=SEEKER, **terms):
    law = LawOn(TODAY, RuleBook(rows, COMPLETE))
    return judge(seeker, PLACE, replace(TERMS, **terms), Route.FREE_CHOICE, law=law)


def changes(found):
    return {" ".join(change.wish.steps): result for change, result in found.changes()}


def test_a_remiss_opens_the_place_where_the_terms_have_nothing_against_it():
    found = verdict(REMISS)
    assert (found.bookable, found.hindering) == (Bookable.NO, ("remiss_missing",))
    assert changes(found)["remiss_from_any_region"] == Result.YES


def test_no_remiss_helps_against_terms_that_shut_the_person_out():
    shut = verdict(
        REMISS,
        seeker=replace(SEEKER, person=Person(asa=4)),
        eligibility=Eligibility(asa_max=2),
    )
    assert "remiss_from_any_region" not in changes(shut)


def test_what_a_human_must_look_at_makes_the_promise_of_a_yes_unsure():
    found = verdict(REMISS, open_for_others=OpenForOthers.NO)
    assert changes(found)["remiss_from_any_region"] == Result.UNKNOWN


def test_the_region_cannot_arrange_a_place_whose_terms_are_closed_to_its_patients():
    assert changes(verdict())["region_arranges"] == Result.YES_GUARANTEE_RUNS
    assert "region_arranges" not in changes(verdict(open_for_others=OpenForOthers.NO))


def test_another_clinic_is_not_bound_by_the_terms_of_this_one():
    found = verdict(open_for_others=OpenForOthers.NO)
    assert changes(found)["own_region_clinic"] == Result.YES_GUARANTEE_RUNS


@pytest.mark.parametrize(
    ("begins", "is_told"), [(PLACE.day, True), (PLACE.day + timedelta(days=1), False)]
)
def test_a_rule_that_ends_after_the_place_has_passed_changes_nothing(begins, is_told):
    ending = replace(REMISS, valid_to=begins - timedelta(days=1))
    assert ("later_date" in changes(verdict(ending))) is is_told


@pytest.mark.parametrize(
    ("limits", "results"),
    [
        ({}, {Result.NO, Result.YES}),
        ({"age_min": 20}, {Result.NO, Result.UNKNOWN}),
        ({"age_max": 10}, {Result.NO}),
    ],
)
def test_an_age_is_weighed_against_the_terms_too(limits, results):
    aged = replace(REMISS, age_max=17)
    found = verdict(aged, eligibility=Eligibility(**limits))
    told = [result for change, result in found.changes() if change.wish.ages]
    assert set(told) == results


def test_places_of_one_class_share_one_explanation():
    found = verdict(REMISS)
    other = replace(found, place=replace(PLACE, day=date(2021, 8, 1)))
    assert other.explanation.changes is found.explanation.changes
