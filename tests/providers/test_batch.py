"""A hundred thousand places in one call: streamed in, judged one by one, answered line by line."""

import gzip
import json
from datetime import timedelta
from io import BytesIO

import pytest
from django.test import AsyncClient, Client, RequestFactory

from accounts.models import Membership
from accounts.roles import Role
from providers.api.bodies import body_of
from providers.api.items import LONGEST_LINE
from providers.errors import BodyIncomplete, BodyTooLarge, BodyUnreadable
from providers.models import Delivery, Slot, StagedSlot
from tests.factories import EYES, FOREVER_AGO, a_clinic, at, staff

BACKEND = "django.contrib.auth.backends.ModelBackend"
LINES = "application/x-ndjson"


@pytest.fixture
def clinic(database):
    return a_clinic()


@pytest.fixture
def dana(clinic) -> Client:
    client = Client()
    client.force_login(staff(Role.CLINIC_STAFF, clinic.tenant), backend=BACKEND)
    return client


def item(clinic, number: int = 0, **changes) -> dict:
    starts = at(20) + timedelta(minutes=30 * number)
    plain = {
        "clinic": str(clinic.id),
        "care": EYES,
        "starts_at": starts.isoformat(),
        "ends_at": (starts + timedelta(minutes=30)).isoformat(),
        "source_key": f"j{number}",
    }
    return plain | changes


def staff_in(user, *others) -> Client:
    """A login that works for further clinics too."""
    for other in others:
        Membership.objects.using("owner").create(
            user_id=user.id,
            tenant_id=other.tenant_id,
            role=Role.CLINIC_STAFF,
            valid_from=FOREVER_AGO,
        )
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


def lines(*items: object) -> bytes:
    return b"".join(json.dumps(one).encode() + b"\n" for one in items)


def sent(client: Client, body: bytes, key: str = "k1", kind: str = LINES, **headers):
    return client.post(
        "/api/v1/slots/batch",
        body,
        content_type=kind,
        headers={"Idempotency-Key": key} | headers,
    )


def told(answer) -> list[dict]:
    assert answer.status_code == 200, answer.content
    return [json.loads(line) for line in b"".join(answer.streaming_content).splitlines()]


def test_each_line_has_its_outcome_and_the_last_one_the_counts(clinic, dana):
    answer = sent(dana, lines(item(clinic), item(clinic, 1, care="besok-hud"), item(clinic, 2)))
    *each, last = told(answer)
    assert [one.get("code", one["outcome"]) for one in each] == [
        "created",
        "care_not_offered",
        "created",
    ]
    assert [one["index"] for one in each] == [0, 1, 2]
    assert {one["id"] for one in each if "id" in one} == {
        str(one) for one in Slot.objects.values_list("id", flat=True)
    }
    assert last["counts"] == {"care_not_offered": 1, "created": 2}


def test_an_array_says_the_same_as_lines(clinic, dana):
    items = [item(clinic), {}, item(clinic, 1)]
    by_array = told(sent(dana, json.dumps(items).encode(), kind="application/json"))
    by_lines = told(sent(dana, lines(*items), key="k2"))
    assert [one.get("outcome") for one in by_array] == ["created", "refused", "created", None]
    assert [one.get("id") for one in by_array[:3]] == [one.get("id") for one in by_lines[:3]]


def test_a_retry_gets_the_same_bytes_and_publishes_nothing(clinic, dana):
    body = lines(*(item(clinic, number) for number in range(20)))
    first, again = sent(dana, body), sent(dana, body)
    assert b"".join(first.streaming_content) == b"".join(again.streaming_content)
    assert again.headers["Idempotent-Replay"] == "true"
    assert (Slot.objects.count(), StagedSlot.objects.count()) == (20, 20)


def test_a_lost_answer_can_be_fetched_where_the_key_says(clinic, dana):
    answer = sent(dana, lines(item(clinic)))
    stored = dana.get("/api/v1/outcomes/k1").json()["body"]
    fetched = dana.get(f"/api/v1/slots/batch/{stored['delivery']}")
    assert told(fetched) == told(answer)


def test_another_tenants_batch_is_not_there(clinic, dana):
    *_, last = told(sent(dana, lines(item(clinic))))
    stranger = Client()
    stranger.force_login(staff(Role.CLINIC_STAFF, a_clinic().tenant), backend=BACKEND)
    assert stranger.get(f"/api/v1/slots/batch/{last['delivery']}").status_code == 404


def test_a_key_belongs_to_one_body(clinic, dana):
    told(sent(dana, lines(item(clinic))))
    answer = sent(dana, lines(item(clinic, 1)))
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")


def test_rows_that_are_gone_are_said_to_be_gone(clinic, dana):
    told(sent(dana, lines(item(clinic))))
    StagedSlot.objects.all().delete()
    answer = sent(dana, lines(item(clinic)))
    assert (answer.status_code, answer.json()["code"]) == (410, "delivery_forgotten")
    assert answer.json()["counts"] == {"created": 1}


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"<html>", "line_unreadable"),
        (b"[]", "line_unreadable"),
        (b"\xff\xfe", "line_unreadable"),
        (b"[" * 4000, "line_unreadable"),
        (b" " + b"x" * LONGEST_LINE * 3, "line_too_long"),
        (b"{}", "clinic_unreadable"),
        ({"clinic": 7}, "clinic_unreadable"),
        ({"care": None}, "text_unreadable"),
        ({"form": ["open"]}, "text_unreadable"),
        ({"source_key": "x" * 81}, "text_unreadable"),
        ({"source_key": "\0"}, "invalid"),
        ({"source_key": "\ud800"}, "invalid"),
        ({"starts_at": "2026-12-01T09:30:00"}, "time_unreadable"),
        ({"starts_at": "0001-01-01T00:00:00+14:00"}, "invalid"),
        ({"ends_at": 1e400}, "time_unreadable"),
        ({"ends_at": at(19).isoformat()}, "time_out_of_order"),
    ],
)
def test_a_line_that_is_no_place_is_refused_by_name_and_the_next_one_is_read(
    clinic, dana, line, code
):
    bad = line + b"\n" if isinstance(line, bytes) else lines(item(clinic) | line)
    first, second, _ = told(sent(dana, bad + lines(item(clinic, 1))))
    assert (first.get("code"), second["outcome"]) == (code, "created")


@pytest.mark.parametrize("body", [b" ", b"{}", b"7", b"[{}", b"[{}]]", b"[\xff]", b'[{"a": \x00}]'])
def test_json_that_is_no_array_is_refused_whole(clinic, dana, body):
    answer = sent(dana, body, kind="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "body_unreadable")
    assert not Delivery.objects.using("owner").exists()


def test_packed_lines_are_unpacked(clinic, dana):
    answer = sent(dana, gzip.compress(lines(item(clinic))), **{"Content-Encoding": "gzip"})
    assert told(answer)[0]["outcome"] == "created"


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(b"not gzip", id="is no gzip"),
        # Packed bytes carry the time, and a test's name must be the same to every worker.
        pytest.param(gzip.compress(b"{}\n" * 99, mtime=0)[:-9], id="ends too early"),
    ],
)
def test_what_cannot_be_unpacked_leaves_nothing_behind(clinic, dana, broken):
    answer = sent(dana, broken, **{"Content-Encoding": "gzip"})
    assert (answer.status_code, answer.json()["code"]) == (400, "body_unreadable")
    assert not StagedSlot.objects.exists()


def test_a_bomb_is_refused_when_it_has_grown_too_large(clinic, dana, settings):
    settings.BODY_BYTES_MAX = 100_000
    bomb = gzip.compress(lines(item(clinic)) + b"\n" * 1_000_000)
    answer = sent(dana, bomb, **{"Content-Encoding": "gzip"})
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert not Slot.objects.exists()


def test_more_places_than_a_call_may_bring_are_refused_whole(clinic, dana, settings):
    settings.DELIVERY_ROWS_MAX = 2
    answer = sent(dana, lines(*(item(clinic, number) for number in range(3))))
    assert (answer.status_code, answer.json()["code"]) == (422, "too_many")
    assert not Slot.objects.exists()


@pytest.mark.parametrize(
    ("kind", "coding"),
    [("text/html", "identity"), ("multipart/form-data", "identity"), (LINES, "br")],
)
def test_other_formats_are_not_taken(clinic, dana, kind, coding):
    answer = sent(dana, lines(item(clinic)), kind=kind, **{"Content-Encoding": coding})
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


class Chunks(BytesIO):
    """A connection that breaks after its first bytes."""

    def read(self, *_):
        if data := super().read(10):
            return data
        raise OSError


def received(body: bytes = b"", **environment) -> bytes:
    request = RequestFactory().post("/", body, content_type=LINES)
    request.META.update(environment)
    with body_of(request) as taken:
        return taken.opened().read()


def test_a_body_shorter_than_announced_is_refused():
    with pytest.raises(BodyIncomplete):
        received(b"{}", CONTENT_LENGTH="3")


def test_a_body_without_a_length_is_read_to_its_end():
    chunked = {"CONTENT_LENGTH": "", "wsgi.input_terminated": True}
    assert received(**chunked, **{"wsgi.input": BytesIO(b"{}\n" * 9)}) == b"{}\n" * 9
    with pytest.raises(BodyIncomplete):
        received(**chunked, **{"wsgi.input": Chunks(b"{}\n" * 9)})


def test_a_body_is_bounded_before_and_after_it_is_unpacked(settings):
    settings.BODY_BYTES_MAX = 50
    with pytest.raises(BodyTooLarge):
        received(b"x" * 51)
    with pytest.raises(BodyTooLarge):
        received(gzip.compress(b"x" * 51), HTTP_CONTENT_ENCODING="gzip")
    with pytest.raises(BodyUnreadable):
        received(b"xx", HTTP_CONTENT_ENCODING="gzip")


async def test_a_server_that_awaits_streams_the_same_lines(clinic, dana):
    client = AsyncClient()
    client.cookies = dana.cookies
    answer = await sent(client, lines(item(clinic)))
    found = [part async for part in answer.streaming_content]
    assert [json.loads(one).get("outcome") for one in b"".join(found).splitlines()] == [
        "created",
        None,
    ]


def test_who_publishes_for_several_says_for_whom(clinic):
    other = a_clinic()
    both = staff_in(staff(Role.CLINIC_STAFF, clinic.tenant), other)
    answer = sent(both, lines(item(other)))
    assert (answer.status_code, answer.json()["code"]) == (422, "tenant_unclear")
    answer = both.post(
        f"/api/v1/slots/batch?tenant={other.tenant_id}",
        lines(item(other), item(clinic)),
        content_type=LINES,
        headers={"Idempotency-Key": "k2"},
    )
    assert [one.get("code", one.get("outcome")) for one in told(answer)[:2]] == [
        "created",
        "not_allowed",
    ]


@pytest.mark.parametrize("key", [None, ""])
def test_without_a_key_nothing_is_published(clinic, dana, key):
    headers = {"Idempotency-Key": key} if key is not None else {}
    answer = dana.post(
        "/api/v1/slots/batch", lines(item(clinic)), content_type=LINES, headers=headers
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_missing")
    assert not Slot.objects.exists()


@pytest.mark.parametrize("kind", [LINES, "application/json"])
def test_a_login_with_its_token_is_heard_and_without_it_is_not(clinic, kind):
    body = lines(item(clinic)) if kind == LINES else json.dumps([item(clinic)]).encode()
    client = Client(enforce_csrf_checks=True)
    client.force_login(staff(Role.CLINIC_STAFF, clinic.tenant), backend=BACKEND)
    client.cookies["csrftoken"] = token = "b" * 32
    assert sent(client, body, kind=kind).status_code == 403
    answer = sent(client, body, kind=kind, **{"X-CSRFToken": token})
    assert told(answer)[0]["outcome"] == "created"


def test_a_body_of_another_kind_is_refused_by_its_name(clinic, dana):
    answer = sent(dana, b"a;b", kind="text/csv")
    assert answer.status_code == 415
    assert "text/csv" in answer.json()["detail"]


def test_who_does_not_publish_is_refused(clinic):
    client = Client()
    assert sent(client, lines(item(clinic))).status_code == 401
    client.force_login(staff(Role.AUDITOR, clinic.tenant), backend=BACKEND)
    assert sent(client, lines(item(clinic))).status_code == 403


def test_a_line_says_whether_the_visit_is_by_video(clinic, dana):
    video, strange = item(clinic, 1, mode="video"), item(clinic, 2, mode="by_post")
    outcomes = told(sent(dana, lines(item(clinic), video, strange)))
    assert [one.get("code", one.get("outcome")) for one in outcomes[:3]] == [
        "created",
        "created",
        "text_unreadable",
    ]
    modes = Slot.objects.order_by("starts_at").values_list("mode", flat=True)
    assert list(modes) == ["on_site", "video"]


def test_the_same_line_by_video_is_another_visit_and_cannot_take_its_key(clinic, dana):
    sent(dana, lines(item(clinic)))
    again = told(sent(dana, lines(item(clinic, mode="on_site"), item(clinic, mode="video")), "k2"))
    assert [one["outcome"] for one in again[:2]] == ["unchanged", "refused"]
    assert again[1]["code"] == "source_key_taken"
