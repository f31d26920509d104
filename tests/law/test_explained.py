"""What an explanation says in one code, what it lacks, and every word of it in the API."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from brokering.law.explanation import Short, Step, Weight
from brokering.law.explanation import weight as weight_of
from brokering.law.facts import (
    CareForm,
    ClinicFacts,
    Facts,
    Guarantee,
    HospitalLevel,
    PatientFacts,
    ReferralFacts,
    Route,
)
from brokering.law.rulebook import RuleBook
from contracts.terms import Completeness, ReferralRule, Regime
from tests.law.test_explanation import EYES, ON, asked_of, explained, rule

ADMITTED = replace(EYES, form=CareForm.INPATIENT)
FREE = rule(required=False)
REMISS = ReferralFacts(date(2021, 5, 1), "allmanlakare", "12", frozenset({"b"}))
STRICT = rule(accepted_issuers=frozenset({"elevhalsa"}), extra_requirements=frozenset({"a"}))
AGED = rule(age_min=18, valid_to=date(2021, 12, 31))
SHORTS = [
    (asked_of(), FREE, Short.YES),
    (asked_of(guarantee=Guarantee.BESOK), FREE, Short.YES_GUARANTEE_STOPS),
    (asked_of(Route.INPATIENT_CHOICE, care=ADMITTED), FREE, Short.APPROVAL),
    (asked_of(patient=PatientFacts(None)), AGED, Short.UNKNOWN_HOME_REGION),
    (asked_of(), AGED, Short.UNKNOWN_AGE),
    (
        asked_of(Route.INPATIENT_CHOICE, care=ADMITTED, need_approved_by_home=True),
        FREE,
        Short.UNKNOWN_LEVEL,
    ),
    (asked_of(), RuleBook(), Short.UNKNOWN_RULE),
    (asked_of(care=replace(EYES, immediate=True)), FREE, Short.NO_IMMEDIATE),
    (asked_of(clinic=ClinicFacts("01", Regime.PRIVATE)), rule(), Short.NO_AGREEMENT),
    (asked_of(care=ADMITTED), rule(), Short.NO_INPATIENT),
    (asked_of(Route.INPATIENT_CHOICE), rule(), Short.NO_OPEN_CARE),
    (
        asked_of(
            Route.INPATIENT_CHOICE, care=replace(ADMITTED, hospital_level=HospitalLevel.REGIONAL)
        ),
        rule(),
        Short.NO_LEVEL,
    ),
    (asked_of(Route.OWN_REGION, patient=PatientFacts(None)), rule(), Short.NO_HOME_REGION),
    (asked_of(Route.GUARANTEE_REROUTE), rule(), Short.NO_GUARANTEE),
    (asked_of(), rule(), Short.NO_REMISS),
    (asked_of(referral=replace(REMISS, issued_on=date(2021, 6, 2))), STRICT, Short.NO_REMISS_YET),
    (asked_of(referral=REMISS), STRICT, Short.NO_ISSUER),
    (asked_of(referral=replace(REMISS, issuer="elevhalsa")), STRICT, Short.NO_EXTRA),
]


@pytest.mark.parametrize(("asked", "rules", "short"), SHORTS, ids=[one[2] for one in SHORTS])
def test_the_short_answer_names_what_stands_in_the_way(
    asked: Facts, rules: RuleBook, short: Short
) -> None:
    assert explained(asked, rules)[1].short == short


def test_every_short_answer_has_its_question() -> None:
    assert [short for _, _, short in SHORTS] == list(Short)


def test_all_that_would_have_to_be_known_is_named_in_order() -> None:
    asked = asked_of(
        Route.INPATIENT_CHOICE,
        patient=PatientFacts(None),
        care=ADMITTED,
        need_approved_by_home=True,
    )
    told = explained(asked, AGED)[1]
    assert list(told.lacking) == [
        "remiss_home_region_missing",
        "remiss_age_unknown",
        "hospital_level_unknown",
    ]
    assert explained(asked_of(), FREE)[1].lacking == ()


YES = {"bookable": "yes", "payer": "home_region", "payer_region": "12", "result": "yes"}
KEPT = YES | {"guarantee_effect": "runs", "result": "yes_guarantee_runs"}
LOST = YES | {"guarantee_effect": "excluded"}
OWN_CLINIC = {"care_region": "12", "regime": "own", "site": None, "publicly_funded": True}


def change(step: str, replaced: dict[str, Any], **also: object) -> dict[str, Any]:
    plain = {"steps": [step], "issuers": [], "extras": [], "ages": None}
    return plain | {"with": replaced} | also


def of_age(first: int, last: int | None, born: str, **answer: object) -> dict[str, Any]:
    patient = {"home_region": "12", "responsibility": "resident", "birth_date": born}
    return change("known_age", {"patient": patient}, ages={"from": first, "to": last}, **answer)


def test_every_change_is_told_with_the_parts_of_the_question_to_replace() -> None:
    asked = asked_of(referral=REMISS, guarantee=Guarantee.BESOK)
    rules = rule(
        accepted_issuers=frozenset({"elevhalsa"}),
        age_min=18,
        age_max=64,
        valid_to=date(2021, 12, 31),
    )
    assert explained(asked, rules)[1].as_json()["changes"] == [
        change("own_region_clinic", {"route": "own_region", "clinic": OWN_CLINIC}, **KEPT),
        change("region_arranges", {"route": "guarantee_reroute"}, **KEPT),
        of_age(0, 17, "2021-06-01", **LOST),
        of_age(18, 64, "2003-06-01", **LOST | {"bookable": "no", "result": "no"}),
        of_age(65, None, "1956-06-01", **LOST),
        change("later_date", {"on": "2022-01-01"}, **LOST),
    ]


def test_a_mended_remiss_is_told_whole_with_all_who_would_do() -> None:
    asked = asked_of(referral=REMISS)
    told = explained(asked, STRICT)[1].as_json()["changes"][0]
    mended = {
        "issued_on": "2021-05-01",
        "issuer": "elevhalsa",
        "issuer_region": "12",
        "extras": ["a", "b"],
    }
    steps = [Step.REMISS_FROM_ACCEPTED_ISSUER.value, Step.REMISS_WITH_EXTRAS.value]
    answer = YES | {"guarantee_effect": "none"}
    issuers, extras = ["elevhalsa"], ["a"]
    assert told == answer | {
        "steps": steps,
        "with": {"referral": mended},
        "issuers": issuers,
        "extras": extras,
        "ages": None,
    }


def test_an_approval_is_told_as_a_part_of_the_question() -> None:
    care = replace(ADMITTED, hospital_level=HospitalLevel.LOCAL)
    told = explained(asked_of(Route.INPATIENT_CHOICE, care=care), FREE)[1].as_json()
    assert told["changes"][0]["with"] == {"need_approved_by_home": True}


def test_only_the_first_later_day_that_helps_is_told() -> None:
    rules = RuleBook(
        (
            ReferralRule(region="01", care="besok-ogon", valid_to=date(2021, 8, 31)),
            ReferralRule(region="01", care="besok-ogon", required=False, site="Eken"),
            ReferralRule(
                region="01", care="besok-ogon", required=False, valid_from=date(2021, 12, 1)
            ),
        ),
        (Completeness(region="01"), Completeness(region="12")),
    )
    changes = explained(asked_of(), rules)[1].changes
    later = [one.wish.facts.on for one in changes if one.wish.steps == (Step.LATER_DATE,)]
    assert later == [date(2021, 9, 1)]


def test_one_whose_guarantee_runs_is_told_of_no_other_way() -> None:
    asked = asked_of(Route.GUARANTEE_REROUTE, guarantee=Guarantee.BESOK)
    decision, told = explained(asked, FREE)
    assert (decision.bookable, told.changes) == ("yes", ())


def test_a_reason_is_told_with_its_question_its_weight_and_its_citation() -> None:
    told = explained(asked_of(), AGED)[1].as_json()
    [age] = [one for one in told["reasons"] if one["code"] == "remiss_age_unknown"]
    assert age == {
        "code": "remiss_age_unknown",
        "question": "care_requirement",
        "interpretation": False,
        "weight": "open",
        "citation": {
            "kind": "regional_rule",
            "law": "Regionens remissregel",
            "place": "region 01, besok-ogon",
            "as_of": ON.isoformat(),
        },
    }
    assert told["lacking"] == ["remiss_age_unknown"]
    assert (told["home_region"], told["care_region"], told["obstacles"]) == ("12", "01", [])


@pytest.mark.parametrize(
    ("code", "weight"),
    [
        ("remiss_missing", Weight.STOPS),
        ("remiss_age_unknown", Weight.OPEN),
        ("approval_missing", Weight.OPEN),
        ("payer_home_region", Weight.TELLS),
    ],
)
def test_a_reason_stops_leaves_open_or_tells_what_follows(code: str, weight: Weight) -> None:
    assert weight_of(code) == weight


def test_a_face_with_terms_tells_their_obstacles_and_the_changes_that_they_leave() -> None:
    told = explained(asked_of(), rule())[1]
    shown = list(told.results())[1:]
    answer = told.as_json(obstacles=["capacity_full"], changes=shown)
    assert answer["obstacles"] == [{"code": "capacity_full"}]
    assert [one["steps"] for one in answer["changes"]] == [["own_region_clinic"]]
