"""A question that cannot be read says what is wrong and where; nothing is corrected in silence."""

import copy
from typing import Any

import pytest

from brokering.law.errors import QuestionError
from brokering.management.commands import clock, decide

QUESTION: dict[str, Any] = {
    "on": "2021-06-01",
    "route": "free_choice",
    "patient": {"home_region": "01", "responsibility": "resident"},
    "care": {
        "code": "besok-hud",
        "form": "open",
        "level": "specialised",
        "kind": "first_visit",
    },
    "clinic": {"care_region": "12", "regime": "lov", "publicly_funded": True},
    "referral": {
        "issued_on": "2021-05-01",
        "issuer": "allmanlakare",
        "issuer_region": "01",
        "extras": [],
    },
    "need_approved_by_home": False,
    "guarantee": "besok",
    "rules": {"rows": [{"region": "01", "care": "besok-hud"}], "complete": ["12"]},
}
CLOCK: dict[str, Any] = {
    "kind": "besok",
    "start": {"referral_issued_on": "2021-01-01"},
    "region": "13",
    "events": [{"type": "informed", "on": "2021-01-02"}],
    "on": "2021-03-01",
}
NEEDED = [
    "on",
    "route",
    "patient",
    "patient.home_region",
    "patient.responsibility",
    "care",
    "care.code",
    "care.form",
    "care.level",
    "care.kind",
    "clinic",
    "clinic.care_region",
    "clinic.regime",
    "clinic.publicly_funded",
    "referral",
    "referral.issued_on",
    "referral.issuer",
    "referral.issuer_region",
    "referral.extras",
    "need_approved_by_home",
    "guarantee",
    "rules",
    "rules.rows",
    "rules.complete",
    "rules.rows.0.region",
    "rules.rows.0.care",
]
REGION = "must be the two-digit code of a region"
A_DATE = "must be a date, YYYY-MM-DD"
A_TEXT = "must be a text"
AN_OBJECT = "must be an object"
A_TRUTH = "must be true or false"
TEXTS = "must be a list of texts"
A_LIST = "must be a list"
AN_AGE = "must be an age in completed years"
A_FORM = "must be one of open, inpatient"
A_REGIME = "must be one of own, lou, lov, lol, lof, private"
WRONG = [
    ("on", "2021-02-30", "is no day of the calendar"),
    ("on", "20210601", A_DATE),
    ("on", None, A_DATE),
    (
        "route",
        "own-region",
        "must be one of own_region, free_choice, guarantee_reroute, inpatient_choice",
    ),
    ("patient", [], AN_OBJECT),
    ("patient.home_region", "02", REGION),
    ("patient.home_region", 1, REGION),
    (
        "patient.responsibility",
        "tourist",
        "must be one of resident, protected_registration, eu_883, student_abroad, none",
    ),
    ("patient.birth_date", "1990", A_DATE),
    ("patient.birth_date", "2021-06-02", "lies after the day of the decision"),
    ("care.code", "", A_TEXT),
    ("care.form", "inpatient_or_day", A_FORM),
    ("care.level", None, "must be one of primary, specialised"),
    (
        "care.kind",
        "visit",
        "must be one of first_visit, treatment, investigation, return_visit, medical_service, aid",
    ),
    ("care.hospital_level", "county", "must be one of local, regional, national"),
    ("care.immediate", "yes", A_TRUTH),
    ("clinic.care_region", "99", REGION),
    ("clinic.regime", "LOV", A_REGIME),
    ("clinic.site", 3, A_TEXT),
    ("clinic.publicly_funded", 1, A_TRUTH),
    ("referral", "yes", AN_OBJECT),
    ("referral.issued_on", "i går", A_DATE),
    ("referral.issuer", None, A_TEXT),
    ("referral.issuer_region", "SE", REGION),
    ("referral.extras", "psykologbedomning", TEXTS),
    ("referral.extras", [1], TEXTS),
    ("need_approved_by_home", None, A_TRUTH),
    ("guarantee", "bedomning", "must be one of besok, behandling"),
    ("rules", "db", 'must be null, "database" or an object'),
    ("rules", [], 'must be null, "database" or an object'),
    ("rules.rows", {}, A_LIST),
    ("rules.rows.0", "row", AN_OBJECT),
    ("rules.rows.0.form", "day", A_FORM),
    ("rules.rows.0.age_min", "18", AN_AGE),
    ("rules.rows.0.age_max", True, AN_AGE),
    ("rules.rows.0.age_min", -1, AN_AGE),
    ("rules.rows.0.regime", "own region", A_REGIME),
    ("rules.rows.0.required", "no", A_TRUTH),
    ("rules.rows.0.accepted_issuers", "elevhalsa", TEXTS),
    ("rules.rows.0.valid_from", "2021", A_DATE),
    ("rules.complete", "12", A_LIST),
    ("rules.complete.0", 12, REGION),
]


def at(data: Any, path: str) -> tuple[Any, Any]:
    *parents, last = path.split(".")
    for parent in parents:
        data = data[int(parent) if isinstance(data, list) else parent]
    return data, int(last) if isinstance(data, list) else last


@pytest.mark.parametrize("path", NEEDED)
def test_a_field_that_is_absent_is_named(path: str) -> None:
    asked = copy.deepcopy(QUESTION)
    part, last = at(asked, path)
    del part[last]
    with pytest.raises(QuestionError) as refused:
        decide.answer(asked)
    told = (refused.value.code, refused.value.field, refused.value.detail)
    assert told == ("missing_field", path, f"{path} is needed")


@pytest.mark.parametrize(("path", "value", "detail"), WRONG)
def test_a_value_that_is_wrong_is_named(path: str, value: Any, detail: str) -> None:
    asked = copy.deepcopy(QUESTION)
    part, last = at(asked, path)
    part[last] = value
    with pytest.raises(QuestionError) as refused:
        decide.answer(asked)
    told = (refused.value.code, refused.value.field, refused.value.detail)
    assert told == ("invalid_value", path, detail)


@pytest.mark.parametrize("path", ["care.hospital_level", "care.immediate", "clinic.site"])
def test_an_optional_field_may_be_null(path: str) -> None:
    asked = copy.deepcopy(QUESTION)
    part, last = at(asked, path)
    part[last] = None
    assert decide.answer(asked) == decide.answer(QUESTION)


def test_an_empty_cell_in_a_row_is_no_condition() -> None:
    asked = copy.deepcopy(QUESTION)
    asked["rules"]["rows"][0].update(form="", age_min="", regime="", accepted_issuers=[], site="")
    assert decide.answer(asked)["home_requirement"] == "met"


def test_a_dated_declaration_names_its_region() -> None:
    asked = {**QUESTION, "rules": {"rows": [], "complete": [{"region": "00"}]}}
    with pytest.raises(QuestionError) as refused:
        decide.answer(asked)
    assert refused.value.field == "rules.complete.0.region"


def test_a_care_outside_the_catalogue_needs_rules_of_its_own() -> None:
    asked = copy.deepcopy(QUESTION)
    asked["care"]["code"] = "besok-okand"
    assert decide.answer(asked)["home_requirement"] == "unknown"
    with pytest.raises(QuestionError) as refused:
        decide.answer({**asked, "rules": None})
    assert (refused.value.code, refused.value.field) == ("unknown_care", "care.code")


@pytest.mark.parametrize(
    ("route", "care_region"),
    [("own_region", "12"), ("free_choice", "01"), ("inpatient_choice", "01")],
)
def test_a_route_that_contradicts_the_regions_is_an_error(route: str, care_region: str) -> None:
    asked = copy.deepcopy(QUESTION)
    asked["route"], asked["clinic"]["care_region"] = route, care_region
    with pytest.raises(QuestionError) as refused:
        decide.answer(asked)
    assert (refused.value.code, refused.value.field) == ("route_mismatch", "route")


@pytest.mark.parametrize("path", ["kind", "start", "region", "events", "on", "events.0.type"])
def test_a_clock_names_what_is_absent(path: str) -> None:
    asked = copy.deepcopy(CLOCK)
    part, last = at(asked, path)
    del part[last]
    with pytest.raises(QuestionError) as refused:
        clock.answer(asked)
    assert (refused.value.code, refused.value.field) == ("missing_field", path)


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        ("besok", "referral_issued_on"),
        ("bup_first", "referral_issued_on"),
        ("behandling", "decided_on"),
        ("bedomning", "contact_on"),
        ("tillganglighet", "contact_on"),
        ("bup_next", "assessed_on"),
        ("svf", "suspected_on"),
    ],
)
def test_a_kind_without_its_start_day_is_missing_a_field(kind: str, field: str) -> None:
    with pytest.raises(QuestionError) as refused:
        clock.answer({**CLOCK, "kind": kind, "start": {"pathway": "x"}})
    told = (refused.value.code, refused.value.field, refused.value.detail)
    assert told == ("missing_field", f"start.{field}", f"start.{field} is needed")


@pytest.mark.parametrize(
    ("event", "code", "field"),
    [
        ({"type": "offered", "on": "2021-02-01"}, "missing_field", "events.0.care_on"),
        ({"type": "paused", "on": "2021-02-01"}, "invalid_value", "events.0.type"),
        ({"type": "informed"}, "missing_field", "events.0.on"),
        ({"type": "declined", "on": "2021-02-01", "offer": 1}, "invalid_value", "events.0.offer"),
        ({"type": "informed", "on": "9999-12-31"}, "invalid_value", "events.0.on"),
    ],
)
def test_an_event_that_is_wrong_is_named(event: Any, code: str, field: str) -> None:
    with pytest.raises(QuestionError) as refused:
        clock.answer({**CLOCK, "events": [event]})
    assert (refused.value.code, refused.value.field) == (code, field)


def test_an_exemption_that_is_not_yet_in_force_exempts_nobody() -> None:
    asked = copy.deepcopy(QUESTION)
    asked["clinic"]["regime"] = "lol"
    asked["care"]["code"] = "besok-kvinno"
    asked["rules"] = {"rows": [], "complete": []}
    answers = [decide.answer({**asked, "on": day}) for day in ("1998-12-31", "1999-01-01")]
    assert [one["home_requirement"] for one in answers] == ["unknown", "not_required"]


def test_what_is_wrong_is_told_with_its_code_its_field_and_a_detail() -> None:
    with pytest.raises(QuestionError) as refused:
        decide.answer({**QUESTION, "on": "2021-02-30"})
    assert refused.value.as_json() == {
        "error": {"code": "invalid_value", "field": "on", "detail": "is no day of the calendar"}
    }
