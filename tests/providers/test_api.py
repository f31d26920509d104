"""The capacity plane over REST: publish and withdraw with a key, read without logging in."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client

from accounts.roles import Role
from providers.models import Slot
from tests.factories import EYES, a_claim, a_clinic, a_slot, an_agreement, at, staff

BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def clinic(database):
    return a_clinic()


@pytest.fixture
def dana(clinic) -> Client:
    client = Client()
    client.force_login(staff(Role.CLINIC_STAFF, clinic.tenant), backend=BACKEND)
    return client


def item(clinic, hour: int = 9, **changes) -> dict:
    starts = at(20, hour)
    plain = {
        "clinic": str(clinic.id),
        "care": EYES,
        "starts_at": starts.isoformat(),
        "ends_at": (starts + timedelta(minutes=30)).isoformat(),
    }
    return plain | changes


def post(client: Client, path: str, body: object, key: str | None = "k1"):
    headers = {"Idempotency-Key": key} if key else {}
    return client.post(
        f"/api/v1/{path}", json.dumps(body), content_type="application/json", headers=headers
    )


def test_one_place_is_published_and_answered_with_its_id(clinic, dana):
    answer = post(dana, "slots", item(clinic))
    assert answer.status_code == 201
    assert Slot.objects.get(id=answer.json()["id"]).clinic_id == clinic.id


def test_a_lost_answer_can_be_asked_for_again_without_publishing_twice(clinic, dana):
    first, again = post(dana, "slots", item(clinic)), post(dana, "slots", item(clinic))
    assert first.json() == again.json()
    assert "Idempotent-Replay" not in first.headers
    assert again.headers["Idempotent-Replay"] == "true"
    assert Slot.objects.count() == 1


def test_the_outcome_of_a_key_can_be_looked_up(clinic, dana):
    answer = post(dana, "slots", item(clinic), key="k7")
    found = dana.get("/api/v1/outcomes/k7").json()
    assert (found["status"], found["body"]) == (201, answer.json())
    assert dana.get("/api/v1/outcomes/k8").status_code == 404


def test_a_refusal_is_a_problem_with_a_code_and_is_replayed_as_such(clinic, dana):
    wrong = item(clinic, care="besok-hud")
    first, again = post(dana, "slots", wrong), post(dana, "slots", wrong)
    assert first.status_code == again.status_code == 422
    assert first.headers["Content-Type"] == "application/problem+json"
    assert first.json() == again.json()
    assert first.json()["code"] == "care_not_offered"


def test_a_key_belongs_to_one_request(clinic, dana):
    post(dana, "slots", item(clinic))
    answer = post(dana, "slots", item(clinic, hour=10))
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")


def test_without_a_key_nothing_is_published(clinic, dana):
    answer = post(dana, "slots", item(clinic), key=None)
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_missing")
    assert not Slot.objects.exists()


def test_a_batch_answers_item_by_item_in_order(clinic, dana):
    elsewhere = a_clinic()
    items = [
        item(clinic),
        item(clinic, starts_at="2027-05-03T09:00:00"),
        item(elsewhere),
        {},
        item(clinic, hour=10),
    ]
    found = post(dana, "slots", {"items": items}).json()["items"]
    assert [one["index"] for one in found] == [0, 1, 2, 3, 4]
    assert [one.get("code", one["outcome"]) for one in found] == [
        "created",
        "invalid",
        "not_allowed",
        "invalid",
        "created",
    ]
    assert "starts_at" in found[1]["fields"]


def test_a_batch_above_the_limit_is_refused_whole(clinic, dana):
    answer = post(dana, "slots", {"items": [{}] * 5001})
    assert (answer.status_code, answer.json()["code"]) == (422, "too_many")


@pytest.mark.parametrize("body", [[], "text", 7, None, {"items": "text"}, {"items": [None, 3]}])
def test_what_is_no_place_at_all_is_refused_by_name(clinic, dana, body):
    answer = post(dana, "slots", body)
    codes = [one["code"] for one in answer.json().get("items", [])] or [answer.json()["code"]]
    assert set(codes) == {"invalid"}


def test_who_is_not_logged_in_is_told_so(clinic):
    answer = post(Client(), "slots", item(clinic))
    assert (answer.status_code, answer.json()["code"]) == (401, "login_required")


def test_another_clinics_staff_is_refused(clinic):
    client = Client()
    client.force_login(staff(Role.CLINIC_STAFF, a_clinic().tenant), backend=BACKEND)
    answer = post(client, "slots", item(clinic))
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


def test_a_free_place_is_withdrawn(clinic, dana):
    slot = a_slot(clinic)
    answer = post(dana, "slots/withdraw", {"slot": str(slot.id)})
    assert (answer.status_code, answer.json()["outcome"]) == (200, "withdrawn")


def test_a_booked_place_answers_with_a_problem_that_says_so(clinic, dana):
    slot = a_slot(clinic)
    a_claim(slot, an_agreement(clinic))
    answer = post(dana, "slots/withdraw", {"slot": str(slot.id)})
    assert (answer.status_code, answer.json()["code"]) == (409, "place_booked")


def test_many_are_withdrawn_with_an_outcome_each(clinic, dana):
    slot, unknown = a_slot(clinic), uuid4()
    body = {"slots": [str(slot.id), str(unknown), str(slot.id)]}
    found = post(dana, "slots/withdraw", body).json()["items"]
    assert [one.get("code", one["outcome"]) for one in found] == [
        "withdrawn",
        "not_found",
        "withdrawn",
    ]


def test_anyone_reads_regions_cares_and_clinics(clinic):
    anyone = Client()
    assert len(anyone.get("/api/v1/regions").json()) == 21
    assert EYES in {care["code"] for care in anyone.get("/api/v1/cares").json()}
    (found,) = anyone.get(f"/api/v1/clinics?region=01&care={EYES}").json()["results"]
    assert (found["id"], found["cares"]) == (str(clinic.id), [EYES])
    assert anyone.get("/api/v1/clinics?region=25").json()["results"] == []


def test_publishing_four_hundred_places_takes_no_query_for_each(
    clinic, dana, django_assert_max_num_queries
):
    items = [item(clinic, source_key=f"j{number}") for number in range(400)]
    with django_assert_max_num_queries(60):
        found = post(dana, "slots", {"items": items}).json()["items"]
    assert {one["outcome"] for one in found} == {"created"}


def test_a_place_by_video_is_published_as_such_and_a_strange_mode_is_named(clinic, dana):
    answer = post(dana, "slots", item(clinic, mode="video"))
    assert Slot.objects.get(id=answer.json()["id"]).mode == "video"
    wrong = post(dana, "slots", item(clinic, 10, mode="by_post"), key="k2")
    assert (wrong.status_code, list(wrong.json()["fields"])) == (422, ["mode"])
