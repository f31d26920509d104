"""The pages and the API of fetched times: add an address, see how it is doing, fetch now, pause."""

import re
from datetime import timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.test import Client

from accounts.roles import Role
from providers import tasks
from providers.models import Feed
from tests.factories import EYES, NOW, OWNER, a_clinic, a_feed, staff

BACKEND = "django.contrib.auth.backends.ModelBackend"
ADDRESS = "https://bokning.example/fhir/$bulk-publish"
GOOD = {"kind": "smart", "url": ADDRESS, "care": "", "care_form": "", "hours": "4"}
READ = {
    "times": {"free": 12, "busy": 3},
    "outcomes": {"created": 11, "care_not_offered": 1},
    "bad": {"time_without_zone": 150},
    "lines": [{"file": "slots.ndjson", "line": 7, "code": "time_without_zone"}],
}


@pytest.fixture
def clinic(database):
    return a_clinic()


@pytest.fixture
def dana(clinic) -> Client:
    return logged_in(clinic)


@pytest.fixture
def begun(monkeypatch) -> list[str]:
    """The polls that faces have asked a worker for."""
    asked: list[str] = []
    monkeypatch.setattr(tasks, "poll_feed", SimpleNamespace(delay=asked.append))
    return asked


def logged_in(clinic) -> Client:
    client = Client()
    client.force_login(staff(Role.CLINIC_STAFF, clinic.tenant), backend=BACKEND)
    return client


def text(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def page(clinic, feed=None, rest: str = "") -> str:
    return f"/mottagning/{clinic.id}/hamtning/" + (f"{feed.id}/{rest}" if feed else "")


def send(client, clinic, **also):
    return client.post(page(clinic), GOOD | {"key": str(uuid4())} | also)


def test_an_address_that_is_added_is_fetched_at_once(clinic, dana, begun):
    answer = send(dana, clinic)
    feed = Feed.objects.get()
    assert answer.headers["Location"] == page(clinic, feed)
    assert (feed.url, feed.kind, feed.promised_age) == (ADDRESS, "smart", timedelta(hours=4))
    assert begun == [str(feed.id)]
    assert "Hämtas nu" in text(dana.get(answer.headers["Location"]))


def test_the_button_pressed_twice_adds_one_address(clinic, dana, begun):
    key = str(uuid4())
    send(dana, clinic, key=key)
    send(dana, clinic, key=key)
    assert Feed.objects.count() == len(begun) == 1


@pytest.mark.parametrize(
    ("also", "said"),
    [
        ({"url": ""}, "Skriv adressen som tiderna hämtas från."),
        ({"url": "http://localhost:5432/"}, "port som inte får användas"),
        ({"url": "https://10.1.2.3/"}, "inte är öppen på nätet"),
        ({"url": "https://u:p@a.se/"}, "användarnamn eller lösenord"),
        ({"kind": "ical"}, "Välj vilken vård kalenderns lediga tider gäller."),
        ({"hours": "0"}, "Minst 1 timme."),
    ],
)
def test_what_is_wrong_is_said_at_the_question(clinic, dana, begun, also, said):
    answer = send(dana, clinic, **also)
    assert answer.status_code == 422
    assert said in text(answer)
    assert not Feed.objects.exists()


def test_an_address_twice_is_refused_at_its_question(clinic, dana, begun):
    send(dana, clinic)
    answer = send(dana, clinic)
    assert "Den adressen hämtas redan." in text(answer)


def test_a_calendar_belongs_to_the_clinic_and_its_care(clinic, dana, begun):
    send(dana, clinic, kind="ical", care=EYES, url="https://a.se/x.ics")
    feed = Feed.objects.get()
    assert (feed.clinic_id, feed.care_id) == (clinic.id, EYES)


def test_a_feed_tells_how_it_is_doing_in_words(clinic, dana):
    about = {"problem": "not_there", "failures": 2, "reading": READ}
    feed = a_feed(clinic, **about | {"polled_at": NOW, "succeeded_at": NOW - timedelta(hours=3)})
    said = text(dana.get(page(clinic, feed)))
    assert "Det finns ingen fil på adressen." in said
    assert "2 försök i rad" in said
    assert "för 3 timmar sedan" in said
    assert "slots.ndjson 7 Tiden saknar tidszon." in said
    assert "de 1 första av 150" in said
    assert "Nya tider 11" in said


def test_fetch_now_asks_a_worker_once_a_minute(clinic, dana, begun):
    feed = a_feed(clinic)
    dana.post(page(clinic, feed, "hamta/"), {"key": "k1"})
    answer = dana.post(page(clinic, feed, "hamta/"), {"key": "k2"}, follow=True)
    assert begun == [str(feed.id)]
    assert "Vänta en minut." in text(answer)


def test_a_feed_is_paused_and_started_again(clinic, dana):
    feed = a_feed(clinic)
    assert "Pausad" in text(dana.post(page(clinic, feed, "pausa/"), {"key": "k1"}, follow=True))
    dana.post(page(clinic, feed, "starta/"), {"key": "k2"})
    assert Feed.objects.get().state == "active"


def test_another_providers_feed_is_not_there(clinic, dana):
    feed = a_feed(a_clinic())
    assert dana.get(page(clinic, feed)).status_code == 404
    assert dana.post(page(clinic, feed, "hamta/"), {"key": "k"}).status_code == 404


def call(client, path: str, body=None, **headers):
    headers = {"Idempotency-Key": str(uuid4())} | headers
    return client.post(
        f"/api/v1/feeds{path}", body or {}, content_type="application/json", headers=headers
    )


def test_a_feed_is_added_listed_polled_and_paused_over_the_api(clinic, dana, begun):
    new = {
        "provider": str(clinic.provider_id),
        "kind": "smart",
        "url": ADDRESS,
        "promised_age_minutes": 60,
    }
    made = call(dana, "", new)
    assert made.status_code == 201
    (listed,) = dana.get("/api/v1/feeds").json()
    assert (listed["id"], listed["promised_age_minutes"]) == (made.json()["id"], 60)
    again = call(dana, f"/{listed['id']}/poll")
    assert (again.status_code, again.json()["code"]) == (429, "feed_just_polled")
    assert call(dana, f"/{listed['id']}/pause").status_code == 200
    assert call(dana, f"/{listed['id']}/poll").json()["code"] == "feed_paused"
    assert call(dana, f"/{listed['id']}/resume").status_code == 200


@pytest.mark.parametrize(
    ("also", "code"),
    [
        ({"url": "https://127.0.0.1/"}, "feed_address"),
        ({"kind": "ical"}, "invalid"),
        ({"promised_age_minutes": 0}, "invalid"),
        ({"provider": str(uuid4())}, "not_found"),
        ({"care": "op-hjarta"}, "care_not_offered"),
    ],
)
def test_a_feed_that_cannot_be_is_refused_with_a_code(clinic, dana, begun, also, code):
    new = {
        "provider": str(clinic.provider_id),
        "kind": "smart",
        "url": ADDRESS,
        "promised_age_minutes": 60,
    }
    assert call(dana, "", new | also).json()["code"] == code


def test_another_provider_sees_and_turns_nothing_of_it(clinic):
    feed = a_feed(clinic)
    stranger = logged_in(a_clinic())
    assert stranger.get("/api/v1/feeds").json() == []
    assert call(stranger, f"/{feed.id}/pause").json()["code"] == "not_allowed"
    assert Feed.objects.using(OWNER).get().state == "active"
