"""What holds for every decision, whatever the facts."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brokering.law.citations import CitationKind, Question
from brokering.law.decision import Decision, decide
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
    PatientFacts,
    ReferralFacts,
    Responsibility,
    Route,
)
from brokering.law.rulebook import RuleBook
from brokering.selectors.shipped import shipped_rules
from contracts.terms import Regime
from providers.reference import read_cares
from tests.law.examples import tried

ON = date(2021, 6, 1)
REGIONS = st.sampled_from(["01", "06", "08", "09", "12", "18", "19", "24"])
CARES = [(row.code, row.area) for row in read_cares()]


@st.composite
def facts(draw: st.DrawFn) -> Facts:
    route = draw(st.sampled_from(Route))
    home = draw(st.none() | REGIONS)
    care_region = draw(REGIONS)
    if route == Route.OWN_REGION:
        care_region = home or care_region
    elif route != Route.GUARANTEE_REROUTE and care_region == home:
        care_region = "13"
    code, area = draw(st.sampled_from(CARES))
    return Facts(
        on=draw(st.sampled_from([ON, date(2021, 1, 31)])),
        route=route,
        patient=PatientFacts(
            home,
            draw(st.sampled_from(Responsibility)),
            draw(st.none() | st.dates(date(1940, 1, 1), date(2021, 1, 1))),
        ),
        care=CareFacts(
            code,
            draw(st.sampled_from(CareForm)),
            draw(st.sampled_from(CareLevel)),
            draw(st.sampled_from(CareKind)),
            area,
            draw(st.none() | st.sampled_from(HospitalLevel)),
            draw(st.booleans()),
        ),
        clinic=ClinicFacts(care_region, draw(st.sampled_from(Regime)), None, draw(st.booleans())),
        referral=draw(
            st.none()
            | st.builds(
                ReferralFacts,
                st.dates(date(2021, 1, 1), date(2021, 7, 1)),
                st.sampled_from(["allmanlakare", "elevhalsa", "granne"]),
                REGIONS,
                st.frozensets(st.just("psykologbedomning")),
            )
        ),
        need_approved_by_home=draw(st.booleans()),
        guarantee=draw(st.none() | st.sampled_from(Guarantee)),
    )


def told(decision: Decision) -> dict[str, str | None]:
    """The answers without their reasons."""
    return {key: value for key, value in decision.as_json().items() if key != "reasons"}


@tried(400)
@given(facts())
def test_every_question_is_answered_with_a_cited_reason(asked: Facts) -> None:
    decision = decide(asked, shipped_rules())
    for question in Question:
        reasons = decision.about(question)
        assert reasons
        assert all(reason.citation.law and reason.citation.place for reason in reasons)


@tried(400)
@given(facts())
def test_a_booking_is_never_open_where_a_remiss_is_missing_or_unknown(asked: Facts) -> None:
    decision = decide(asked, shipped_rules())
    requirements = {decision.home_requirement, decision.care_requirement}
    if decision.bookable == "yes":
        assert requirements <= {"not_required", "met"}
    if "not_met" in requirements:
        assert decision.bookable == "no"


@tried(400)
@given(facts())
def test_the_paying_region_is_one_of_the_two(asked: Facts) -> None:
    decision = decide(asked, shipped_rules())
    regions = {
        "home_region": asked.patient.home_region,
        "care_region": asked.clinic.care_region,
        "patient": None,
        "undecided": None,
    }
    assert decision.payer_region == regions[decision.payer]


@tried(400)
@given(facts())
def test_the_care_region_pays_only_for_a_remiss_missing_at_home(asked: Facts) -> None:
    decision = decide(asked, shipped_rules())
    if decision.payer == "care_region":
        assert asked.route == Route.FREE_CHOICE
        assert decision.home_requirement == "not_met"


@tried(300)
@given(facts(), REGIONS)
def test_the_care_regions_own_rule_never_moves_the_cost(asked: Facts, region: str) -> None:
    silent = RuleBook(
        tuple(row for row in shipped_rules().rows if row.region == asked.patient.home_region),
        tuple(row for row in shipped_rules().complete if row.region == asked.patient.home_region),
    )
    assert decide(asked, silent).payer == decide(asked, shipped_rules()).payer


@tried(300)
@given(facts(), st.randoms())
def test_the_order_of_rules_never_matters(asked: Facts, random: object) -> None:
    rows = list(shipped_rules().rows)
    random.shuffle(rows)  # type: ignore[attr-defined]
    assert told(decide(asked, RuleBook(tuple(rows), shipped_rules().complete))) == told(
        decide(asked, shipped_rules())
    )


@tried(200)
@given(facts())
def test_without_rules_nothing_specialised_is_promised(asked: Facts) -> None:
    decision = decide(asked, RuleBook())
    known = decision.about(Question.CARE_REQUIREMENT)[0].code
    assert decision.care_requirement != "not_required" or known in {
        "remiss_not_for_immediate_care",
        "remiss_not_at_lol_doctor",
        "remiss_not_in_primary_care",
    }


def test_a_contradicting_route_is_refused_not_corrected() -> None:
    asked = Facts(
        ON,
        Route.OWN_REGION,
        PatientFacts("01"),
        CareFacts("besok-ogon", CareForm.OPEN, CareLevel.SPECIALISED, CareKind.FIRST_VISIT),
        ClinicFacts("12", Regime.OWN),
    )
    with pytest.raises(RouteMismatch):
        decide(asked, shipped_rules())


def test_a_regions_rule_is_cited_as_a_regional_rule_with_its_day_of_check() -> None:
    asked = Facts(
        ON,
        Route.FREE_CHOICE,
        PatientFacts("01"),
        CareFacts("besok-hud", CareForm.OPEN, CareLevel.SPECIALISED, CareKind.FIRST_VISIT, "hud"),
        ClinicFacts("12", Regime.OWN),
    )
    citation = decide(asked, shipped_rules()).about(Question.HOME_REQUIREMENT)[0].citation
    assert citation.kind == CitationKind.REGIONAL_RULE
    assert citation.as_of == date(2021, 2, 28)


@pytest.mark.parametrize(
    ("on", "age"),
    [(date(2021, 2, 28), 16), (date(2021, 3, 1), 17), (date(2024, 2, 29), 20)],
)
def test_someone_born_on_29_february_completes_a_year_on_1_march(on: date, age: int) -> None:
    assert PatientFacts("01", birth_date=date(2004, 2, 29)).age(on) == age
