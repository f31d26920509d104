"""Everything that a question says is read, and nothing else: each field goes to its own place."""

import copy
from datetime import date
from typing import Any

import pytest

from brokering.law.clock_facts import (
    ClockEvent,
    ClockEventType,
    ClockKind,
    ClockQuestion,
    ClockStart,
)
from brokering.law.clock_questions import read_clock
from brokering.law.errors import QuestionError, RouteMismatch
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
from brokering.law.questions import Asked, RuleSource, read_question
from brokering.law.reading import Catalogue, Fields
from brokering.law.rulebook import RuleBook
from contracts.terms import Completeness, ReferralRule, Regime

CATALOGUE = Catalogue(frozenset({"01", "12"}), {"besok-hud": "hud"})
ROW = {
    "region": "12",
    "care": "besok-hud",
    "form": "inpatient",
    "age_min": 0,
    "age_max": 64,
    "regime": "lol",
    "site": "Ekens mottagning",
    "accepted_issuers": ["elevhalsa", "psykolog"],
    "extra_requirements": ["audiogram"],
    "required": False,
    "immediate_care_exempt": True,
    "valid_from": "2021-01-01",
    "valid_to": "2021-12-31",
    "source": "Regionens webbplats",
    "checked": "2021-02-28",
    "confidence": "stated",
    "text_sv": "Ingen remiss behövs.",
}
DECLARED = {
    "region": "12",
    "complete_from": "2021-02-01",
    "complete_to": "2021-11-30",
    "source": "Regionens beslut",
    "confidence": "declared",
}
QUESTION: dict[str, Any] = {
    "on": "2021-06-01",
    "route": "inpatient_choice",
    "patient": {
        "home_region": "01",
        "responsibility": "eu_883",
        "birth_date": "2021-06-01",
    },
    "care": {
        "code": "besok-hud",
        "form": "inpatient",
        "level": "specialised",
        "kind": "treatment",
        "hospital_level": "regional",
        "immediate": True,
    },
    "clinic": {
        "care_region": "12",
        "regime": "lof",
        "site": "Björkens mottagning",
        "publicly_funded": False,
    },
    "referral": {
        "issued_on": "2021-05-01",
        "issuer": "skolsköterska",
        "issuer_region": "01",
        "extras": ["audiogram", "rontgen"],
    },
    "need_approved_by_home": True,
    "guarantee": "behandling",
    "rules": {"rows": [ROW, {"region": "01", "care": "besok-ogon"}], "complete": [DECLARED, "01"]},
}
CLOCK: dict[str, Any] = {
    "kind": "svf",
    "start": {
        "referral_issued_on": "2021-01-01",
        "contact_on": "2021-01-02",
        "decided_on": "2021-01-03",
        "assessed_on": "2021-01-04",
        "suspected_on": "2021-01-05",
        "pathway": "brost",
    },
    "region": "12",
    "events": [
        {"type": "offered", "on": "2021-02-01", "care_on": "2021-03-01", "offer": "2021-01-30"},
        {"type": "declined", "on": "2021-02-03", "offer": "2021-02-01", "care_on": "2021-03-01"},
        {"type": "declined", "on": "2021-02-04"},
        {"type": "removed", "on": "2999-12-31", "reason": "flyttat"},
    ],
    "on": "2021-03-01",
}


def test_every_field_of_a_question_is_read() -> None:
    asked = read_question(QUESTION, CATALOGUE)
    assert asked.facts == Facts(
        on=date(2021, 6, 1),
        route=Route.INPATIENT_CHOICE,
        patient=PatientFacts("01", Responsibility.EU_883, date(2021, 6, 1)),
        care=CareFacts(
            "besok-hud",
            CareForm.INPATIENT,
            CareLevel.SPECIALISED,
            CareKind.TREATMENT,
            area="hud",
            hospital_level=HospitalLevel.REGIONAL,
            immediate=True,
        ),
        clinic=ClinicFacts("12", Regime.LOF, "Björkens mottagning", publicly_funded=False),
        referral=ReferralFacts(
            date(2021, 5, 1), "skolsköterska", "01", frozenset({"audiogram", "rontgen"})
        ),
        need_approved_by_home=True,
        guarantee=Guarantee.BEHANDLING,
    )


def test_every_column_of_a_rule_and_of_a_declaration_is_read() -> None:
    whole = ReferralRule(
        region="12",
        care="besok-hud",
        form="inpatient",
        age_min=0,
        age_max=64,
        regime=Regime.LOL,
        site="Ekens mottagning",
        accepted_issuers=frozenset({"elevhalsa", "psykolog"}),
        extra_requirements=frozenset({"audiogram"}),
        required=False,
        immediate_care_exempt=True,
        valid_from=date(2021, 1, 1),
        valid_to=date(2021, 12, 31),
        source="Regionens webbplats",
        checked=date(2021, 2, 28),
        confidence="stated",
        text_sv="Ingen remiss behövs.",
    )
    declared = Completeness(
        region="12",
        complete_from=date(2021, 2, 1),
        complete_to=date(2021, 11, 30),
        source="Regionens beslut",
        confidence="declared",
    )
    assert read_question(QUESTION, CATALOGUE).rules == RuleBook(
        (whole, ReferralRule(region="01", care="besok-ogon")),
        (declared, Completeness(region="01")),
    )


def test_what_a_question_leaves_out_is_left_open() -> None:
    asked = copy.deepcopy(QUESTION) | {"referral": None, "guarantee": None, "rules": None}
    asked["patient"] = {"home_region": None, "responsibility": "resident"}
    for optional in ("hospital_level", "immediate"):
        del asked["care"][optional]
    del asked["clinic"]["site"]
    assert read_question(asked, CATALOGUE) == Asked(
        Facts(
            on=date(2021, 6, 1),
            route=Route.INPATIENT_CHOICE,
            patient=PatientFacts(None),
            care=CareFacts(
                "besok-hud", CareForm.INPATIENT, CareLevel.SPECIALISED, CareKind.TREATMENT, "hud"
            ),
            clinic=ClinicFacts("12", Regime.LOF, publicly_funded=False),
            need_approved_by_home=True,
        ),
        RuleSource.SHIPPED,
    )


@pytest.mark.parametrize("column", sorted(ROW.keys() - {"region", "care"}))
@pytest.mark.parametrize("blank", ["", None])
def test_a_blank_cell_of_a_rule_says_nothing(column: str, blank: object) -> None:
    bare = {"region": "12", "care": "besok-hud"}
    asked = [
        copy.deepcopy(QUESTION) | {"rules": {"rows": [row], "complete": []}}
        for row in (bare, bare | {column: blank})
    ]
    plain, blanked = (read_question(one, CATALOGUE).rules for one in asked)
    assert blanked == plain


@pytest.mark.parametrize("column", sorted(DECLARED.keys() - {"region"}))
def test_a_blank_cell_of_a_declaration_says_nothing(column: str) -> None:
    declared = {"region": "12", column: ""}
    asked = copy.deepcopy(QUESTION) | {"rules": {"rows": [], "complete": [declared]}}
    assert read_question(asked, CATALOGUE).rules == RuleBook((), (Completeness(region="12"),))


def test_every_field_of_a_clock_is_read_and_an_events_own_fields_only() -> None:
    assert read_clock(CLOCK, CATALOGUE) == ClockQuestion(
        kind=ClockKind.SVF,
        start=ClockStart(
            referral_issued_on=date(2021, 1, 1),
            contact_on=date(2021, 1, 2),
            decided_on=date(2021, 1, 3),
            assessed_on=date(2021, 1, 4),
            suspected_on=date(2021, 1, 5),
            pathway="brost",
        ),
        region="12",
        on=date(2021, 3, 1),
        events=(
            ClockEvent(ClockEventType.OFFERED, date(2021, 2, 1), care_on=date(2021, 3, 1)),
            ClockEvent(ClockEventType.DECLINED, date(2021, 2, 3), offer=date(2021, 2, 1)),
            ClockEvent(ClockEventType.DECLINED, date(2021, 2, 4)),
            ClockEvent(ClockEventType.REMOVED, date(2999, 12, 31), reason="flyttat"),
        ),
    )


def test_a_clock_that_names_no_start_day_is_read_as_it_is() -> None:
    asked = read_clock({**CLOCK, "start": {}, "events": []}, CATALOGUE)
    assert (asked.start, asked.events) == (ClockStart(), ())


FAR = "lies after 2999-12-31"
WRONG_CLOCKS = [
    ("kind", "guarantee", None),
    ("start", "2021-01-01", "must be an object"),
    ("start.contact_on", "3000-01-01", FAR),
    ("start.pathway", " ", "must be a text"),
    ("region", "08", "must be the two-digit code of a region"),
    ("events", {}, "must be a list"),
    ("events.3", [], "must be an object"),
    ("events.0.on", "3000-01-01", FAR),
    ("events.0.care_on", "3000-01-01", FAR),
    ("events.1.offer", "3000-01-01", FAR),
    ("events.3.reason", 1, "must be a text"),
    ("on", "3000-01-01", FAR),
    ("on", "2021-02-29", "is no day of the calendar"),
]


@pytest.mark.parametrize(("path", "value", "detail"), WRONG_CLOCKS)
def test_a_field_of_a_clock_that_is_wrong_is_named(path: str, value: object, detail: str) -> None:
    asked = copy.deepcopy(CLOCK)
    part: Any = asked
    *parents, last = path.split(".")
    for parent in parents:
        part = part[int(parent) if isinstance(part, list) else parent]
    part[int(last) if isinstance(part, list) else last] = value
    with pytest.raises(QuestionError) as refused:
        read_clock(asked, CATALOGUE)
    told = refused.value
    assert (told.code, told.field) == ("invalid_value", path)
    assert detail in (None, told.detail)


def test_a_care_outside_the_catalogue_is_told_with_its_field() -> None:
    asked = copy.deepcopy(QUESTION) | {"rules": "database"}
    assert read_question(asked, CATALOGUE).rules == RuleSource.DATABASE
    asked["care"]["code"] = "besok-ogon"
    with pytest.raises(QuestionError) as refused:
        read_question(asked, CATALOGUE)
    assert refused.value.as_json() == {
        "error": {
            "code": "unknown_care",
            "field": "care.code",
            "detail": "is not in the care catalogue",
        }
    }
    assert str(refused.value) == "unknown_care at care.code: is not in the care catalogue"


@pytest.mark.parametrize(
    ("route", "care_region", "detail"),
    [
        ("own_region", "12", "own_region needs a clinic that works for the home region"),
        ("free_choice", "01", "free_choice needs another care region than the home region"),
        (
            "inpatient_choice",
            "01",
            "inpatient_choice needs another care region than the home region",
        ),
    ],
)
def test_a_route_that_contradicts_the_regions_says_what_it_needs(
    route: str, care_region: str, detail: str
) -> None:
    asked = copy.deepcopy(QUESTION) | {"route": route}
    asked["clinic"]["care_region"] = care_region
    with pytest.raises(RouteMismatch) as refused:
        read_question(asked, CATALOGUE)
    told = refused.value
    assert (told.code, told.field, told.detail) == ("route_mismatch", "route", detail)


def test_an_empty_text_is_no_answer_where_the_question_is_not_a_file() -> None:
    with pytest.raises(QuestionError) as refused:
        Fields({"site": ""}).maybe_text("site")
    assert refused.value.field == "site"
