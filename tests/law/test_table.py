"""The table of the law answers as the plain functions do, pair by pair."""

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brokering.law.decision import decide
from brokering.law.errors import RouteMismatch
from brokering.law.facts import (
    CareFacts,
    CareForm,
    CareKind,
    CareLevel,
    ClinicFacts,
    Facts,
    Guarantee,
    HospitalLevel,
    Issuer,
    PatientFacts,
    ReferralFacts,
    Responsibility,
    Route,
)
from brokering.law.rulebook import RuleBook
from brokering.law.table import (
    ANSWERS,
    WORDS,
    DecisionTable,
    OfferClass,
    SeekerClass,
    words_of,
)
from contracts.reference import read_completeness, read_referral_rules
from contracts.terms import Completeness, ReferralRule, Regime
from providers.reference import read_cares, read_regions
from tests.law.examples import tried

ON = date(2021, 6, 1)
HERE, THERE, UNKNOWN = "01", "12", "19"
REGIONS = st.sampled_from([HERE, THERE, UNKNOWN])
CARES = st.sampled_from(["besok-hud", "besok-ogon"])
SITES = st.sampled_from([None, "Ekens mottagning", "Björkens mottagning"])
BOUNDS = st.none() | st.sampled_from([17, 18, 19, 65])
BIRTHS = st.none() | st.builds(date, st.integers(2000, 2006), st.just(6), st.sampled_from([1, 2]))
ISSUERS = [Issuer.ALLMANLAKARE, Issuer.ELEVHALSA, "granne"]
ENCLOSED = st.frozensets(st.sampled_from(["psykologbedomning", "audiogram"]))
NEAR = st.dates(date(2021, 5, 31), date(2021, 6, 2))
SIDE, TABLES = 10, 200
"""20,000 pairs of random facts are compared: ten seekers and ten offers, two hundred times."""

rules = st.builds(
    ReferralRule,
    region=REGIONS,
    care=CARES,
    form=st.none() | st.sampled_from([form.value for form in CareForm]),
    age_min=BOUNDS,
    age_max=BOUNDS,
    regime=st.none() | st.sampled_from(Regime),
    site=SITES,
    accepted_issuers=st.frozensets(st.sampled_from(ISSUERS), max_size=2),
    extra_requirements=ENCLOSED,
    required=st.booleans(),
    valid_from=st.none() | NEAR,
    valid_to=st.none() | NEAR,
)
declared = st.builds(Completeness, region=REGIONS, complete_from=st.none() | NEAR)
books = st.builds(
    RuleBook,
    st.lists(rules, min_size=4, max_size=12).map(tuple),
    st.lists(declared, max_size=2).map(tuple),
)
REMISSES = st.none() | st.builds(ReferralFacts, NEAR, st.sampled_from(ISSUERS), REGIONS, ENCLOSED)
OF_A_SEEKER = {
    "route": st.sampled_from(Route),
    "home_region": st.none() | REGIONS,
    "responsibility": st.sampled_from(Responsibility),
    "birth_date": BIRTHS,
    "referral": REMISSES,
    "need_approved_by_home": st.booleans(),
    "guarantee": st.none() | st.sampled_from(Guarantee),
}
OF_AN_OFFER = {
    "code": CARES,
    "form": st.sampled_from(CareForm),
    "level": st.sampled_from(CareLevel),
    "kind": st.sampled_from(CareKind),
    "area": st.sampled_from([None, "hud", "ogon"]),
    "hospital_level": st.none() | st.sampled_from(HospitalLevel),
    "immediate": st.booleans(),
    "care_region": REGIONS,
    "regime": st.sampled_from(Regime),
    "site": SITES,
    "publicly_funded": st.booleans(),
}
Values = dict[str, Any]


@st.composite
def alike(draw: st.DrawFn, kinds: dict[str, st.SearchStrategy[Any]]) -> list[Values]:
    """One set of values, and others that differ from it in one or two: so many are answered alike."""
    first = draw(st.fixed_dictionaries(kinds))
    found = [first]
    while len(found) < SIDE:
        other = draw(st.sets(st.sampled_from(sorted(kinds)), min_size=1, max_size=2))
        found.append(first | {name: draw(kinds[name]) for name in sorted(other)})
    return found


def seeker_of(values: Values) -> SeekerClass:
    who = ("home_region", "responsibility", "birth_date")
    rest = {name: value for name, value in values.items() if name not in who}
    return SeekerClass(patient=PatientFacts(*(values[name] for name in who)), **rest)


def offer_of(values: Values) -> OfferClass:
    where = ("care_region", "regime", "site", "publicly_funded")
    care = {name: value for name, value in values.items() if name not in where}
    return OfferClass(CareFacts(**care), ClinicFacts(*(values[name] for name in where)))


def plainly(table: DecisionTable, seeker: int, offer: int) -> dict[str, str] | None:
    """The pair's answers by the plain functions; None where the route is astray."""
    facts = table.offers[offer].sought_by(table.seekers[seeker], table.on)
    try:
        told = decide(facts, table.rules).as_json()
    except RouteMismatch:
        return None
    return {name: told[name] for name in WORDS}


def assert_equal_everywhere(table: DecisionTable) -> None:
    shape = (len(table.seekers), len(table.offers))
    i, j = (positions.reshape(-1) for positions in np.indices(shape))
    for seeker, offer, answers in zip(i, j, table.answers(i, j), strict=True):
        assert words_of(answers) == plainly(table, seeker, offer), (seeker, offer)


@tried(TABLES)
@given(alike(OF_A_SEEKER), alike(OF_AN_OFFER), books)
def test_every_answer_on_random_facts_and_rules_is_what_decide_answers(
    asking: list[Values], offered: list[Values], book: RuleBook
) -> None:
    seekers, offers = map(seeker_of, asking), map(offer_of, offered)
    assert_equal_everywhere(DecisionTable(list(seekers), list(offers), on=ON, rules=book))


NARROW = st.builds(
    ReferralRule,
    region=st.just(HERE),
    care=st.just("besok-hud"),
    age_min=BOUNDS,
    age_max=BOUNDS,
    accepted_issuers=st.frozensets(st.sampled_from(ISSUERS), max_size=2),
    extra_requirements=ENCLOSED,
)
ASKED_BY_RULES = {"birth_date": BIRTHS, "referral": REMISSES}


@tried(TABLES)
@given(alike(ASKED_BY_RULES), st.lists(NARROW, min_size=1, max_size=3).map(tuple))
def test_ages_and_remisses_are_told_apart_wherever_a_rule_asks_for_them(
    asking: list[Values], rows: tuple[ReferralRule, ...]
) -> None:
    comes = {
        "route": Route.FREE_CHOICE,
        "home_region": HERE,
        "responsibility": Responsibility.RESIDENT,
    }
    seekers = [seeker_of(comes | values) for values in asking]
    assert_equal_everywhere(DecisionTable(seekers, [SKIN], on=ON, rules=RuleBook(rows)))


def test_every_answer_on_the_published_rules_is_what_decide_answers() -> None:
    book = RuleBook(read_referral_rules(), read_completeness())
    asking = [
        SeekerClass(route, PatientFacts(region.code, birth_date=date(2005, 1, 1)))
        for region in read_regions()
        for route in (Route.OWN_REGION, Route.FREE_CHOICE)
    ]
    offered = [
        OfferClass(
            CareFacts(
                care.code, CareForm.OPEN, CareLevel(care.level), CareKind(care.kind), care.area
            ),
            ClinicFacts(HERE, Regime.LOL),
        )
        for care in read_cares()
    ]
    assert_equal_everywhere(DecisionTable(asking, offered, on=ON, rules=book))


SKIN = OfferClass(
    CareFacts("besok-hud", CareForm.OPEN, CareLevel.SPECIALISED, CareKind.FIRST_VISIT, "hud"),
    ClinicFacts(THERE, Regime.OWN),
)
AT_HOME = SeekerClass(Route.OWN_REGION, PatientFacts(THERE))
ASTRAY = SeekerClass(Route.OWN_REGION, PatientFacts(HERE))
FROM_AFAR = SeekerClass(Route.FREE_CHOICE, PatientFacts(HERE))


def table_of(*asking: SeekerClass, book: RuleBook | None = None) -> DecisionTable:
    return DecisionTable(asking, [SKIN], on=ON, rules=book or RuleBook())


def test_a_route_that_contradicts_the_regions_has_no_answer_and_refuses_its_reasons() -> None:
    table = table_of(ASTRAY)
    assert words_of(table.answers(np.array([0]), np.array([0]))[0]) is None
    with pytest.raises(RouteMismatch):
        table.decision(0, 0)


def test_reasons_are_those_of_the_pair_itself_and_not_of_one_that_is_answered_alike() -> None:
    rule = ReferralRule(region=HERE, care="besok-hud")
    by_home, by_another = (
        SeekerClass(Route.FREE_CHOICE, PatientFacts(HERE), ReferralFacts(ON, "annan", region))
        for region in (HERE, THERE)
    )
    table = table_of(by_home, by_another, book=RuleBook((rule,)))
    assert table.decided == 1
    told = [{reason.code for reason in table.decision(seeker, 0).reasons} for seeker in (0, 1)]
    assert told[1] - told[0] == {"remiss_from_any_region"}


def test_ages_between_two_bounds_of_the_rules_are_decided_once() -> None:
    rule = ReferralRule(region=HERE, care="besok-hud", age_min=18, age_max=64)
    born = [date(year, 6, 1) for year in (2004, 2003, 1980, 1957, 1956, 1940)]
    asking = [SeekerClass(Route.FREE_CHOICE, PatientFacts(HERE, birth_date=day)) for day in born]
    table = table_of(*asking, book=RuleBook((rule,)))
    found = table.answers(np.arange(6), np.zeros(6, int))["home_requirement"]
    not_met = WORDS["home_requirement"].index("not_met")
    assert [number == not_met for number in found] == [False, True, True, True, False, False]
    assert table.decided == 3


def test_an_offer_is_asked_with_everything_that_the_seeker_brings() -> None:
    seeker = SeekerClass(
        Route.GUARANTEE_REROUTE,
        PatientFacts(HERE),
        ReferralFacts(ON, "annan", HERE),
        need_approved_by_home=True,
        guarantee=Guarantee.BEHANDLING,
    )
    assert SKIN.sought_by(seeker, ON) == Facts(
        ON,
        Route.GUARANTEE_REROUTE,
        PatientFacts(HERE),
        SKIN.care,
        SKIN.clinic,
        ReferralFacts(ON, "annan", HERE),
        need_approved_by_home=True,
        guarantee=Guarantee.BEHANDLING,
    )


def sent_by(issuer: str, *extras: str) -> SeekerClass:
    remiss = ReferralFacts(ON, issuer, HERE, frozenset(extras))
    return SeekerClass(Route.FREE_CHOICE, PatientFacts(HERE), remiss)


def test_issuers_and_enclosures_that_no_rule_names_are_decided_once() -> None:
    row = ReferralRule(
        region=HERE,
        care="besok-hud",
        accepted_issuers=frozenset({"elevhalsa", "granne"}),
        extra_requirements=frozenset({"audiogram"}),
    )
    alike = [sent_by("granne"), sent_by("annan", "rontgen"), sent_by("psykolog")]
    met = [sent_by("elevhalsa", "audiogram"), sent_by("elevhalsa", "audiogram", "rontgen")]
    table = table_of(*alike, *met, book=RuleBook((row,)))
    found = table.answers(np.arange(5), np.zeros(5, int))["home_requirement"]
    words = [WORDS["home_requirement"][number].value for number in found]
    assert words == ["not_met", "not_met", "not_met", "met", "met"]
    assert table.decided == 2


def test_sites_that_no_rule_names_are_decided_once() -> None:
    row = ReferralRule(region=THERE, care="besok-hud", site="Eken", required=False)
    offers = [
        replace(SKIN, clinic=replace(SKIN.clinic, site=site))
        for site in ("Eken", "Björken", "Linden", None)
    ]
    assert DecisionTable([FROM_AFAR], offers, on=ON, rules=RuleBook((row,))).decided == 2


def test_positions_of_pairs_broadcast() -> None:
    table = table_of(AT_HOME, FROM_AFAR, ASTRAY)
    answers = table.answers(np.arange(3)[:, None], np.array([0, 0]))
    assert answers.dtype == ANSWERS
    assert answers["payer"].shape == (3, 2)


def test_a_position_outside_the_classes_is_an_error() -> None:
    with pytest.raises(IndexError):
        table_of(AT_HOME).answers(np.array([0]), np.array([1]))


def test_a_table_of_nobody_has_no_pairs() -> None:
    table = DecisionTable([], [], on=ON, rules=RuleBook())
    assert len(table.answers(np.array([], int), np.array([], int))) == 0
