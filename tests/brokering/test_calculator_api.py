"""The law over the API: the answers of `manage.py decide`, explained, for anyone, and nothing kept."""

import copy
import json
import subprocess
import sys

import pytest
from django.test import Client
from rest_framework.throttling import ScopedRateThrottle

from brokering.api.decisions import EXAMPLE, MOST_ITEMS
from brokering.law.decision import decide
from brokering.law.questions import read_question
from brokering.selectors.shipped import catalogue, shipped_rules
from config.launcher.places import ROOT
from contracts.models import ReferralRule
from tests.factories import OWNER
from tests.law.golden import cases

PATH = "/api/v1/decisions"


def question(**also):
    return copy.deepcopy(EXAMPLE) | also


def ask(body, **headers):
    sent = body if isinstance(body, str) else json.dumps(body)
    return Client().post(PATH, sent, content_type="application/json", headers=headers)


def test_the_answer_is_that_of_decide_and_an_explanation(database):
    answer = ask(question())
    decided = decide(read_question(question(), catalogue()).facts, shipped_rules()).as_json()
    told = answer.json()
    explanation = told.pop("explanation")
    assert (answer.status_code, told) == (200, decided)
    assert explanation["short"] == "no_remiss"
    assert [one["code"] for one in explanation["reasons"]] == [
        one["code"] for one in told["reasons"]
    ]


def test_the_command_answers_as_the_api_does(database):
    told = ask(question()).json()
    told.pop("explanation")
    run = subprocess.run(
        [sys.executable, "manage.py", "decide"],
        input=json.dumps(question()) + "\n",
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    assert json.loads(run.stdout) == told


def test_what_would_change_the_answer_can_be_sent_as_it_stands(database):
    told = ask(question()).json()["explanation"]["changes"]
    assert [change["steps"] for change in told][0] == ["remiss_from_any_region"]
    for change in told:
        again = ask(question() | change["with"]).json()
        assert again["bookable"] == change["bookable"]
        assert again["payer"] == change["payer"]


def test_many_questions_are_answered_in_order_each_with_its_own_outcome(database):
    wrong = question(route="own_region")
    answer = ask({"items": [question(), wrong, 7, question(rules="database")]})
    told = answer.json()["items"]
    assert answer.status_code == 200
    assert told[0]["bookable"] == told[3]["bookable"] == "no"
    assert told[1]["error"]["code"] == "route_mismatch"
    assert told[2]["error"]["code"] == "invalid_json"


@pytest.mark.parametrize("file", ["choice_and_payer.toml", "remiss.toml"])
def test_every_golden_case_is_answered_as_the_law_says(database, file):
    golden = list(cases(file))
    asked = [{"referral": None, "rules": None, **case.question} for case in golden]
    told = ask({"items": asked}).json()["items"]
    for case, answer in zip(golden, told, strict=True):
        found = answer.get("error", answer)
        assert {name: found.get(name) for name in case.expect} == case.expect, case.sentence


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        (question(on="soon"), 422, "invalid_value", "on"),
        (question(route="own_region"), 422, "route_mismatch", "route"),
        (
            question(care=EXAMPLE["care"] | {"code": "besok-drakar"}),
            422,
            "unknown_care",
            "care.code",
        ),
        ({}, 422, "missing_field", "on"),
        ({"items": 5}, 422, "invalid_value", "items"),
        ([], 400, "invalid_json", None),
        ("7", 400, "invalid_json", None),
        ('{"on": NaN}', 400, "invalid_json", None),
        ("[" * 100_000, 400, "invalid_json", None),
        ({"items": [{}] * (MOST_ITEMS + 1)}, 413, "too_many_questions", None),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_cannot_be_read_is_a_problem_with_decides_code(database, body, status, code, field):
    answer = ask(body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json().get("field") == field


def test_the_sentence_of_a_problem_is_in_the_readers_language(database):
    wrong, client = question(route="own_region"), Client()
    assert ask(wrong).json()["detail"] == "Vägen till vården stämmer inte med regionerna."
    client.cookies["django_language"] = "en"
    answer = client.post(PATH, wrong, content_type="application/json")
    assert answer.json()["detail"] == "The route contradicts the regions."


def test_rules_of_the_database_are_those_of_now(database):
    ReferralRule.objects.using(OWNER).filter(care_id="besok-hud").update(valid_to="2021-05-31")
    assert ask(question()).json()["bookable"] == "no"
    assert ask(question(rules="database")).json()["bookable"] == "yes"


def test_given_rules_decide_and_their_end_is_a_day_to_wait_for(database):
    row = {"region": "12", "care": "besok-hud", "valid_to": "2021-08-31"}
    rules = {"rows": [row], "complete": ["01", "12"]}
    changes = ask(question(rules=rules)).json()["explanation"]["changes"]
    later = [change for change in changes if change["steps"] == ["later_date"]]
    assert [change["with"] for change in later] == [{"on": "2021-09-01"}]


@pytest.mark.parametrize(
    "row",
    [
        {"region": "12", "care": "besok-hud", "valid_to": "9999-12-31"},
        {"region": "12", "care": "besok-hud", "age_min": 5000},
        {"region": "12", "care": "besok-hud", "age_min": 90, "age_max": 10},
    ],
)
@pytest.mark.parametrize("on", ["0001-01-01", "2024-02-29", "9999-12-31"])
def test_the_ends_of_time_are_answered_too(database, row, on):
    answer = ask(question(on=on, rules={"rows": [row], "complete": []}))
    assert answer.status_code == 200, answer.content


def test_nothing_is_kept_and_nothing_of_the_asker_is_asked_for(database):
    answer = ask(question())
    assert answer["Cache-Control"] == "no-store"
    assert not answer.cookies


def test_an_asker_needs_no_token(database):
    client = Client(enforce_csrf_checks=True)
    answer = client.post(PATH, question(), content_type="application/json")
    assert answer.status_code == 200


def test_too_many_requests_are_told_to_wait(database, monkeypatch):
    monkeypatch.setitem(ScopedRateThrottle.THROTTLE_RATES, "question", "2/min")
    assert [ask(question()).status_code for _ in range(3)] == [200, 200, 429]


def test_the_description_names_every_part_of_the_answer(database):
    schema = Client().get("/api/v1/schema", headers={"Accept": "application/vnd.oai.openapi+json"})
    described = json.loads(schema.content)
    assert "post" in described["paths"][PATH]
    told = ask(question()).json()
    parts = described["components"]["schemas"]
    assert set(parts["DecisionOut"]["properties"]) == set(told)
    assert set(parts["ExplanationOut"]["properties"]) == set(told["explanation"])
    assert set(parts["ChangeOut"]["properties"]) == set(told["explanation"]["changes"][0])
