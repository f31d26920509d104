"""What is shut to everyone from a region is shut by the whole decision to each of them."""

from dataclasses import replace

import pytest
from hypothesis import given, settings

from brokering.law.decision import decide
from brokering.law.errors import RouteMismatch
from brokering.law.facts import CareForm, HospitalLevel, PatientFacts, Route
from brokering.law.openings import may_let_in
from brokering.law.routes import Bookable
from brokering.law.rulebook import RuleBook
from brokering.law.table import OfferClass, SeekerClass
from contracts.terms import Completeness, ReferralRule
from tests.law.test_table import (
    HERE,
    OF_A_SEEKER,
    OF_AN_OFFER,
    ON,
    SKIN,
    THERE,
    alike,
    books,
    offer_of,
    seeker_of,
)


def is_open(facts, rules):
    try:
        return decide(facts, rules).bookable == Bookable.YES
    except RouteMismatch:
        return False


def of_nobody(facts):
    """The same without what one person has beside a home region."""
    return replace(
        facts,
        patient=PatientFacts(facts.patient.home_region),
        referral=None,
        need_approved_by_home=False,
        guarantee=None,
    )


@settings(max_examples=300)
@given(
    alike(OF_A_SEEKER).map(lambda all_of: list(map(seeker_of, all_of))),
    alike(OF_AN_OFFER).map(lambda all_of: list(map(offer_of, all_of))),
    books,
)
def test_whoever_is_let_in_might_have_been(asking, offering, rules):
    every = [offer.sought_by(seeker, ON) for seeker in asking for offer in offering]
    let_in = [facts for facts in every if facts.patient.home_region and is_open(facts, rules)]
    assert [facts for facts in let_in if not may_let_in(of_nobody(facts), rules)] == []


def routes_open(home, rules, form=CareForm.OPEN):
    """The routes on which somebody from a region may come to the clinic's skin care."""
    care = replace(SKIN.care, form=form, hospital_level=HospitalLevel.LOCAL)
    skin = OfferClass(care, replace(SKIN.clinic, care_region=HERE))
    asking = {route: SeekerClass(route, PatientFacts(home)) for route in Route}
    return {x for x, seeker in asking.items() if may_let_in(skin.sought_by(seeker, ON), rules)}


def test_where_nobody_knows_the_rule_only_those_whom_a_region_sends_may_come():
    silent = RuleBook(complete=(Completeness(region=THERE),))
    assert routes_open(HERE, silent) == routes_open(THERE, silent) == {Route.GUARANTEE_REROUTE}


@pytest.mark.parametrize(
    "rules",
    [
        RuleBook((ReferralRule(region=HERE, care="besok-hud"),)),
        RuleBook(complete=(Completeness(region=HERE),)),
    ],
    ids=["a rule", "a declaration"],
)
def test_free_choice_is_of_open_care_and_inpatient_choice_of_the_other(rules):
    assert routes_open(HERE, rules) == {Route.OWN_REGION, Route.GUARANTEE_REROUTE}
    chosen = routes_open(THERE, rules), routes_open(THERE, rules, CareForm.INPATIENT)
    assert chosen == (
        {Route.FREE_CHOICE, Route.GUARANTEE_REROUTE},
        {Route.INPATIENT_CHOICE, Route.GUARANTEE_REROUTE},
    )
