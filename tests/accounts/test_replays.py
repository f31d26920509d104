"""The answer to a key is given again byte for byte, in whatever language and whatever has changed."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connections, transaction
from django.test import Client, override_settings
from django.utils import timezone

from accounts.actions.outcomes import Answer, once
from accounts.errors import KeyInUse
from accounts.models import Membership, Outcome
from accounts.roles import Role
from accounts.tenancy import acting_as
from providers.models import Slot
from tests.factories import EYES, NOW, OWNER, a_clinic, a_login, a_slot, acting, at, staff

AS_SENT = ("Content-Type", "Content-Language")


@pytest.fixture
def clinic(database):
    return a_clinic()


@pytest.fixture
def dana(clinic):
    client = Client()
    client.user = staff(Role.CLINIC_STAFF, clinic.tenant)
    client.force_login(client.user)
    return client


def place(clinic, **also):
    starts = at(20, 9)
    said = {"clinic": str(clinic.id), "care": EYES, "starts_at": starts.isoformat()}
    return said | {"ends_at": (starts + timedelta(minutes=30)).isoformat()} | also


def sent(client, body, path="slots", key="k1", **headers):
    return client.post(
        f"/api/v1/{path}",
        json.dumps(body),
        content_type="application/json",
        headers={"Idempotency-Key": key} | headers,
    )


def equal(first, again) -> bool:
    assert "Idempotent-Replay" not in first.headers
    assert again.headers["Idempotent-Replay"] == "true"
    named = {name: again.headers.get(name) for name in AS_SENT}
    return (
        first.status_code == again.status_code
        and first.content == again.content
        and named == {name: first.headers.get(name) for name in AS_SENT}
    )


def test_what_was_done_is_answered_again_byte_for_byte(clinic, dana):
    assert equal(sent(dana, place(clinic)), sent(dana, place(clinic)))


@pytest.mark.parametrize("wrong", [{"care": "besok-hud"}, {"starts_at": "never"}], ids=str)
def test_a_refusal_is_answered_again_byte_for_byte_even_in_another_language(clinic, dana, wrong):
    first = sent(dana, place(clinic, **wrong), **{"Accept-Language": "sv"})
    again = sent(dana, place(clinic, **wrong), **{"Accept-Language": "en"})
    assert first.status_code == 422
    assert equal(first, again)


def test_what_was_refused_stays_refused_by_its_key_and_is_done_by_another(clinic, dana):
    stranger = Client()
    stranger.force_login(staff(Role.CLINIC_STAFF, a_clinic().tenant))
    first = sent(stranger, place(clinic))
    Membership.objects.using(OWNER).filter(user_id=stranger.session["_auth_user_id"]).update(
        tenant_id=clinic.tenant_id
    )
    assert first.status_code == 403
    assert equal(first, sent(stranger, place(clinic)))
    assert sent(stranger, place(clinic), key="k2").status_code == 201


def test_what_was_done_is_answered_again_when_the_right_to_do_it_is_gone(clinic, dana):
    first = sent(dana, place(clinic))
    Membership.objects.using(OWNER).filter(user=dana.user).update(
        valid_to=timezone.localdate() - timedelta(days=1)
    )
    assert equal(first, sent(dana, place(clinic)))


def test_the_same_key_with_another_body_query_or_method_is_refused(clinic, dana):
    sent(dana, place(clinic))
    for other in (
        sent(dana, place(clinic, ends_at=at(20, 11).isoformat())),
        sent(dana, place(clinic), path="slots?x=1"),
        sent(dana, {"slots": [str(a_slot(clinic).id)]}, path="slots/withdraw"),
    ):
        body = other.json()
        assert (other.status_code, body["code"]) == (422, "idempotency_key_reused")
        assert body["next_step"]["code"] == "take_a_new_key"


def test_a_body_that_cannot_be_read_leaves_the_key_free(clinic, dana):
    wrong = dana.post(
        "/api/v1/slots", "{", content_type="application/json", headers={"Idempotency-Key": "k1"}
    )
    assert wrong.status_code == 400
    assert sent(dana, place(clinic)).status_code == 201


def test_an_outcome_tells_what_was_sent_also_of_a_refusal(clinic, dana):
    done, refused = sent(dana, place(clinic)), sent(dana, place(clinic, care="x"), key="k2")
    for key, answer in (("k1", done), ("k2", refused)):
        found = dana.get(f"/api/v1/outcomes/{key}").json()
        assert (found["status"], found["body"]) == (answer.status_code, answer.json())
        assert found["content_type"] == answer.headers["Content-Type"]


def test_a_key_that_was_never_seen_is_forgotten_or_anothers_is_told_as_unknown(clinic, dana):
    sent(dana, place(clinic))
    sent(dana, place(clinic), key="old")
    Outcome.objects.using(OWNER).filter(key="old").update(created_at=NOW - timedelta(days=60))
    bob = Client()
    bob.force_login(a_login("Bob"))
    for who, key in ((dana, "never"), (dana, "old"), (bob, "k1")):
        answer = who.get(f"/api/v1/outcomes/{key}")
        assert (answer.status_code, answer.json()["code"]) == (404, "outcome_unknown")


def at_the_same_time(clinic, user, times):
    """The same call by many connections at once."""

    def one(_):
        client = Client()
        client.force_login(user)
        try:
            return sent(client, place(clinic))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(one, range(times)))


def test_of_many_equal_calls_at_once_one_is_carried_out_and_all_get_its_bytes(clinic, dana):
    answers = at_the_same_time(clinic, dana.user, 8)
    assert {(one.status_code, one.content) for one in answers} == {(201, answers[0].content)}
    assert sum("Idempotent-Replay" not in one.headers for one in answers) == 1
    assert Slot.objects.count() == 1


@override_settings(OUTCOME_WAIT=timedelta(milliseconds=50))
def test_who_comes_while_the_first_is_long_at_work_is_told_to_come_back(clinic, dana):
    by = acting(dana.user)
    with ThreadPoolExecutor(1) as pool, transaction.atomic(), acting_as(by):
        once(by=by, key="k1", request=b"", now=NOW, work=lambda: Answer(201, {}))
        second = pool.submit(at_the_same_time, clinic, dana.user, 1)
        (answer,) = second.result(60)
    assert (answer.status_code, answer.headers["Retry-After"]) == (409, "1")
    assert answer.json()["code"] == KeyInUse.code
    assert sent(dana, place(clinic), key=str(uuid4())).status_code == 201
