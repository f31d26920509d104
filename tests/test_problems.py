"""Every refusal says what, whose fault and what next, on every address; every write has a key."""

import json
from collections import Counter
from collections.abc import Iterator
from functools import cache

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.throttling import ScopedRateThrottle
from rest_framework.views import APIView

from accounts.api import WRITES, RetriableView
from accounts.errors import Fault, NextStep, NotFound, OutcomeUnknown, Refusal, kinds
from accounts.roles import Role
from tests.factories import a_clinic, a_patient, staff
from tests.test_addresses import asked
from tests.test_translations import refusals

WITHOUT_A_STORED_ANSWER = {
    "DecisionsView": "asks and writes nothing",
    "PreviewView": "shows what would happen and writes nothing",
    "SearchView": "asks with what no address may hold, and writes nothing",
    "ReceiptsView": "a gateway's signed word, the same however often it is said",
    "PublishBatch": "its answer is read out of the delivery again, in the same bytes",
}
NEEDS_NO_KEY = {"DecisionsView", "PreviewView", "ReceiptsView", "SearchView"}
HOSTILE = {
    "nothing": None,
    "a list": [],
    "a number": 7,
    "a text": "text",
    "an empty object": {},
    "a list of nulls": {"items": [None, {}, 3]},
    "wrong types everywhere": {"slot": {}, "clinic": [1], "care": 7, "reason": [], "free": "maybe"},
    "numbers beyond all bounds": {"slot": 10**400, "priority": -(10**30), "places": 1e308},
    "texts that no database holds": {"care": "a\0b", "reason": "\0", "name": "\0" * 50},
    "dates that never were": {"on": "2026-02-30", "from": "0000-00-00", "starts_at": "9999-99-99"},
}


def views(patterns: list[URLPattern | URLResolver], before: str = "") -> Iterator[tuple[str, type]]:
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from views(pattern.url_patterns, route)
        elif isinstance(kind := getattr(pattern.callback, "cls", None), type):
            yield route, kind


@cache
def writes() -> tuple[tuple[str, str, type], ...]:
    """Address, method and view of every write of the REST API."""
    return tuple(
        (route, method, kind)
        for route, kind in views(get_resolver().url_patterns)
        if route.startswith("api/v1/") and issubclass(kind, APIView)
        for method in sorted(WRITES)
        if hasattr(kind, method)
    )


WRITTEN = [pytest.param(*one, id=f"{one[1]} {one[0]}") for one in writes()]


@cache
def described() -> dict:
    answer = Client().get("/api/v1/schema", headers={"Accept": "application/vnd.oai.openapi+json"})
    return json.loads(answer.content)


def told(answer) -> dict:
    """The problem that an answer is, checked for what every problem has."""
    body = answer.json()
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers.get("Cache-Control") != "public"
    assert body["status"] == answer.status_code
    assert body["type"].endswith(f":{body['code']}")
    assert body["fault"] in set(Fault)
    assert body["next_step"]["code"] in set(NextStep)
    assert not body["next_step"]["detail"].startswith("next_step.")
    assert not body["detail"].startswith("refusal.")
    return body


@pytest.fixture
def dana(database) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(staff(Role.CLINIC_STAFF, a_clinic().tenant))
    return client


@pytest.fixture
def alice(database) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(a_patient("Alice").subject)
    return client


def test_every_refusal_says_whose_fault_it_is_what_to_do_next_and_by_a_status_of_refusals():
    assert refusals()
    for kind in (Refusal, *kinds()):
        assert isinstance(kind.fault, Fault), kind
        assert isinstance(kind.next_step, NextStep), kind
        assert 400 <= kind.status < 500 or kind.fault == Fault.BROKER, kind


def test_a_code_is_one_refusal_and_what_follows_from_it():
    refusals()
    said: dict[str, set] = {}
    for kind in kinds():
        said.setdefault(kind.code, set()).add((kind.status, kind.fault, kind.next_step))
    assert {code: many for code, many in said.items() if len(many) > 1} == {}


def test_a_refusal_that_names_no_next_step_gets_that_of_its_status():
    assert NotFound.next_step == NextStep.CHECK_THE_ADDRESS
    assert OutcomeUnknown.next_step == NextStep.SEND_THE_SAME_AGAIN


def test_the_description_lists_every_code_and_every_address_may_answer_with_a_problem(database):
    refusals()
    described.cache_clear()
    told = described()["components"]["schemas"]["PlainProblemOut"]["properties"]["code"]
    assert set(told["enum"]) == {kind.code for kind in kinds()} == set(told["x-problems"])
    for path in described()["paths"].values():
        for operation in path.values():
            assert "application/problem+json" in operation["responses"]["default"]["content"]


@pytest.mark.parametrize(("route", "method", "view"), WRITTEN)
def test_every_write_is_carried_out_once_per_key(route, method, view):
    assert issubclass(view, RetriableView) or view.__name__ in WITHOUT_A_STORED_ANSWER


@pytest.mark.parametrize(("route", "method", "view"), WRITTEN)
def test_every_write_is_described_with_its_key(route, method, view, database):
    path = "/" + route.replace("<uuid:", "{").replace("<int:", "{").replace("<str:", "{")
    operation = described()["paths"][path.replace("<", "{").replace(">", "}")][method]
    named = {one["name"] for one in operation.get("parameters", [])}
    assert "Idempotency-Key" in named or view.__name__ in NEEDS_NO_KEY


@pytest.mark.parametrize(("route", "method", "view"), WRITTEN)
def test_without_a_key_nothing_is_written(route, method, view, alice):
    if view.__name__ in WITHOUT_A_STORED_ANSWER:
        return
    answer = alice.generic(method.upper(), asked(route), "{}", content_type="application/json")
    assert told(answer)["code"] in {"idempotency_key_missing", "unsupported_media_type"}


@pytest.mark.slow
@pytest.mark.parametrize("who", ["alice", "dana"])
@pytest.mark.parametrize(("route", "method", "view"), WRITTEN)
def test_whatever_is_sent_is_done_or_refused_in_full(route, method, view, who, request):
    client = request.getfixturevalue(who)
    for number, (name, body) in enumerate(HOSTILE.items()):
        answer = client.generic(
            method.upper(),
            asked(route),
            json.dumps(body),
            content_type="application/json",
            headers={"Idempotency-Key": f"k{number}"},
        )
        assert answer.status_code < 500, name
        if answer.status_code >= 400:
            told(answer)


@pytest.mark.slow
@pytest.mark.parametrize("who", ["alice", "dana"])
def test_whatever_is_asked_is_answered_or_refused_in_full(who, request):
    client = request.getfixturevalue(who)
    seen = Counter()
    for path, operations in described()["paths"].items():
        for named in operations.get("get", {}).get("parameters", []):
            if named["in"] != "query":
                continue
            for value in ("", "\0", "-1", "9" * 400, "2026-02-30", "åäö", "[]", "' OR 1=1"):
                address = path.replace("{", "00000000-0000-4000-8000-000000000001{")
                address = "".join(part.partition("}")[2] or part for part in address.split("{"))
                answer = client.get(address, {named["name"]: value})
                assert answer.status_code < 500, (path, named["name"], value)
                if answer.status_code >= 400:
                    told(answer)
                seen[answer.status_code // 100] += 1
    assert seen[4] > 20


def problem_of(client, method, path, body="{}", **also):
    kind = also.pop("kind", "application/json")
    return told(client.generic(method, path, body, content_type=kind, headers=also))


def test_what_the_framework_refuses_is_told_in_the_same_way(alice):
    key = {"Idempotency-Key": "k"}
    answers = {
        "not_found": problem_of(alice, "GET", "/api/v1/dragons"),
        "method_not_allowed": problem_of(alice, "PUT", "/api/v1/holds", **key),
        "not_acceptable": problem_of(alice, "GET", "/api/v1/cares", Accept="text/csv"),
        "unsupported_media_type": problem_of(
            alice, "POST", "/api/v1/holds", "<a/>", kind="text/xml", **key
        ),
        "invalid_json": problem_of(alice, "POST", "/api/v1/holds", "{", **key),
        "bad_request": problem_of(alice, "GET", "/api/v1/cares%00"),
        "body_too_large": problem_of(alice, "POST", "/api/v1/holds", "1" * 5_000_001, **key),
    }
    assert {code: body["code"] for code, body in answers.items()} == {
        code: code for code in answers
    }


def test_nobody_is_asked_to_log_in(database):
    body = problem_of(Client(), "POST", "/api/v1/holds", **{"Idempotency-Key": "k"})
    assert (body["status"], body["code"], body["next_step"]["code"]) == (
        401,
        "login_required",
        "log_in",
    )


def test_a_call_from_another_site_is_told_as_that(alice):
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = alice.cookies
    body = problem_of(strict, "POST", "/api/v1/holds", **{"Idempotency-Key": "k"})
    assert (body["code"], body["next_step"]["code"]) == ("csrf_failed", "reload_the_page")


def test_too_many_calls_are_told_when_to_come_back(alice, monkeypatch):
    monkeypatch.setitem(ScopedRateThrottle.THROTTLE_RATES, "write", "1/min")
    sent = [
        alice.post(
            "/api/v1/holds", {}, content_type="application/json", headers={"Idempotency-Key": "k"}
        )
        for _ in range(2)
    ]
    assert told(sent[1])["code"] == "too_many_requests"
    assert int(sent[1].headers["Retry-After"]) > 0


def test_the_next_step_is_told_in_the_readers_language(alice):
    said = {
        language: problem_of(alice, "GET", "/api/v1/dragons", **{"Accept-Language": language})
        for language in ("sv", "en")
    }
    assert said["sv"]["next_step"]["code"] == said["en"]["next_step"]["code"]
    assert said["sv"]["next_step"]["detail"] != said["en"]["next_step"]["detail"]
