"""FHIR: the law's decision as Parameters with an OperationOutcome, and every error as one."""

import copy
import json

import pytest
from django.test import Client
from fhir.resources.R4B.capabilitystatement import CapabilityStatement
from fhir.resources.R4B.operationoutcome import OperationOutcome
from fhir.resources.R4B.parameters import Parameters

from accounts.api import RequestThrottle
from brokering.api.decisions import EXAMPLE
from brokering.fhir.outcomes import expression
from brokering.law.codes import ReasonCode
from config import pages
from tests.fhir.questions import resource
from tests.law.golden import cases

PATH = "/fhir/$decide"
REST = "/api/v1/decisions"
SEVERITIES = {"stops": "error", "open": "warning", "tells": "information"}


def question(**also):
    return copy.deepcopy(EXAMPLE) | also


def ask(body, path=PATH, content_type="application/fhir+json", **headers):
    sent = body if isinstance(body, str) else json.dumps(body)
    return Client().post(path, sent, content_type=content_type, headers=headers)


def values(answer):
    return {one["name"]: one.get("valueCode") for one in answer["parameter"]}


def outcome(answer):
    (found,) = [one["resource"] for one in answer["parameter"] if one["name"] == "outcome"]
    return found


def issue_of(answer):
    assert answer["Content-Type"].startswith("application/fhir+json")
    body = answer.json()
    OperationOutcome.model_validate(body)
    (issue,) = body["issue"]
    return issue["code"], issue["details"]["coding"][0]["code"]


def empty_parts(value):
    """FHIR knows neither null nor anything empty."""
    if isinstance(value, dict | list):
        inner = value.values() if isinstance(value, dict) else value
        return not value or any(empty_parts(one) for one in inner)
    return value is None or value == ""


@pytest.mark.parametrize("file", ["choice_and_payer.toml", "remiss.toml"])
def test_every_golden_case_is_answered_as_the_rest_api_answers_it(database, file, monkeypatch):
    monkeypatch.setattr(RequestThrottle, "allow_request", lambda *_: True)
    asked = [{"referral": None, "rules": None, **case.question} for case in cases(file)]
    told = ask({"items": asked}, REST, "application/json").json()["items"]
    for one, rest in zip(asked, told, strict=True):
        answer = ask(resource(one))
        if "error" in rest:
            assert issue_of(answer)[1] == rest["error"]["code"]
        else:
            check(answer.json(), rest)


def check(answer, rest):
    """Valid, nothing empty, and all that the REST API says."""
    Parameters.model_validate(answer)
    assert not empty_parts(answer)
    said = values(answer)
    assert {name: said.get(name) for name in rest if name not in {"reasons", "explanation"}} == {
        name: value for name, value in rest.items() if name not in {"reasons", "explanation"}
    }
    codes = [one["details"]["coding"][0]["code"] for one in outcome(answer)["issue"]]
    assert codes == [one["code"] for one in rest["reasons"]]


def test_an_issue_says_what_the_reason_does_to_the_answer_in_words_and_where_it_stands(database):
    rest = ask(question(), REST, "application/json").json()["explanation"]
    issues = outcome(ask(resource(question())).json())["issue"]
    for issue, reason in zip(issues, rest["reasons"], strict=True):
        assert issue["severity"] == SEVERITIES[reason["weight"]]
        assert issue["details"]["text"] == reason["text"]
        assert reason["citation"]["as_of"] in issue["diagnostics"]
    stops = [one for one in issues if one["severity"] == "error"]
    assert {one["details"]["coding"][0]["code"] for one in stops} == {ReasonCode.REMISS_MISSING}
    assert {one["code"] for one in stops} == {"business-rule"}


def test_the_text_is_in_the_language_that_the_reader_asks_for(database):
    texts = {
        language: outcome(ask(resource(question()), **{"Accept-Language": language}).json())[
            "issue"
        ][0]["details"]["text"]
        for language in ("sv", "en", "sv-LL")
    }
    assert len(set(texts.values())) == 3


def test_what_would_change_the_answer_comes_with_it(database):
    answer = ask(resource(question())).json()
    rest = ask(question(), REST, "application/json").json()["explanation"]
    changes = [one["part"] for one in answer["parameter"] if one["name"] == "change"]
    told = [{part["name"]: part for part in parts} for parts in changes]
    assert [one["result"]["valueCode"] for one in told] == [x["result"] for x in rest["changes"]]
    assert [one["text"]["valueString"] for one in told] == [x["text"] for x in rest["changes"]]


def test_the_regions_own_rules_may_be_asked_for_and_rules_may_be_brought(database):
    row = {"region": "12", "care": "besok-hud", "required": False}
    for rules in ("database", {"rows": [row], "complete": ["01", "12"]}):
        rest = ask(question(rules=rules), REST, "application/json").json()
        told = values(ask(resource(question(rules=rules))).json())
        assert told["bookable"] == rest["bookable"]
        assert told["home_requirement"] == rest["home_requirement"]


@pytest.mark.parametrize(
    ("change", "kind", "code", "field"),
    [
        ({"on": None}, "required", "missing_field", "on"),
        ({"route": "by_boat"}, "value", "invalid_value", "route"),
        ({"route": "own_region"}, "invariant", "route_mismatch", "route"),
        ({"care": EXAMPLE["care"] | {"code": "x"}}, "code-invalid", "unknown_care", "care.code"),
    ],
)
def test_a_question_that_cannot_be_read_is_refused_with_the_same_code_and_its_path(
    database, change, kind, code, field
):
    answer = ask(resource(question(**change)))
    assert answer.status_code == 422
    assert issue_of(answer) == (kind, code)
    assert answer.json()["issue"][0]["expression"] == [expression(field)]


@pytest.mark.parametrize(
    "body",
    [
        {"resourceType": "Patient"},
        {"resourceType": "Parameters", "parameter": {}},
        {"resourceType": "Parameters", "parameter": [7]},
        {"resourceType": "Parameters", "parameter": [{"name": "on"}]},
        {"resourceType": "Parameters", "parameter": [{"name": "on", "part": 7}]},
        {
            "resourceType": "Parameters",
            "parameter": [{"name": "on", "valueDate": "2021-06-01"}] * 2,
        },
        {"resourceType": "Parameters", "parameter": [{"name": "extras", "part": []}]},
        {"resourceType": "Parameters", "parameter": [{"name": "patient", "valueString": "x"}]},
        {"resourceType": "Parameters"},
    ],
)
def test_what_is_no_question_is_refused_and_never_a_fault(database, body):
    answer = ask(body)
    assert answer.status_code == 422
    assert issue_of(answer)[1] in {"invalid_value", "missing_field"}


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        ("{", 400, "invalid_json"),
        ("[]", 400, "invalid_json"),
        ("[" * 100_000, 400, "invalid_json"),
        ('{"a": "\\ud800"}', 400, "invalid_json"),
    ],
)
def test_what_is_no_object_is_refused(database, sent, status, code):
    answer = ask(sent)
    assert (answer.status_code, issue_of(answer)[1]) == (status, code)


def test_the_wrong_method_format_or_address_is_an_outcome_too(database):
    client = Client()
    assert issue_of(client.get(PATH)) == ("not-supported", "method_not_allowed")
    xml = ask("<a/>", content_type="application/fhir+xml")
    assert (xml.status_code, *issue_of(xml)) == (415, "not-supported", "unsupported_media_type")
    for address, headers in (
        ("/fhir/metadata?_format=xml", {}),
        ("/fhir/metadata", {"Accept": "application/fhir+xml"}),
    ):
        answer = client.get(address, headers=headers)
        assert (answer.status_code, *issue_of(answer)) == (406, "not-supported", "not_acceptable")
    lost = client.get("/fhir/Dragon/1")
    assert (lost.status_code, *issue_of(lost)) == (404, "not-found", "not_found")


def test_too_many_questions_are_throttled_as_an_outcome(database, monkeypatch):
    monkeypatch.setattr(RequestThrottle, "allow_request", lambda *_: False)
    monkeypatch.setattr(RequestThrottle, "wait", lambda *_: 6.2)
    answer = ask(resource(question()))
    assert (answer.status_code, answer["Retry-After"]) == (429, "7")
    assert issue_of(answer) == ("throttled", "too_many_requests")


def test_a_fault_of_ours_is_an_outcome_without_details(database, monkeypatch):
    monkeypatch.setattr("brokering.fhir.decide.answer_of", lambda *_: 1 / 0)
    client = Client(raise_request_exception=False)
    sent = json.dumps(resource(question()))
    answer = client.post(PATH, sent, content_type="application/fhir+json")
    assert (answer.status_code, *issue_of(answer)) == (500, "exception", "fault")
    assert pages.CODES[500] == "fault"


@pytest.mark.parametrize("wanted", ["", "?_format=json", "?_format=application/fhir%2Bjson"])
def test_the_statement_names_what_there_is_and_nothing_else(database, wanted):
    answer = Client().get(f"/fhir/metadata{wanted}")
    statement = answer.json()
    CapabilityStatement.model_validate(statement)
    assert answer["Content-Type"].startswith("application/fhir+json")
    assert statement["fhirVersion"] == "4.0.1"
    (rest,) = statement["rest"]
    assert "resource" not in rest
    for operation in rest["operation"]:
        assert Client().get(f"/fhir/${operation['name']}").status_code == 405
