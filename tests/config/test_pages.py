"""Where no view answers, a page says what to do; a bug leaves nothing half-written."""

import uuid
from collections.abc import Iterator

import pytest
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import path
from django.utils import timezone

from accounts.actions.trail import record
from accounts.models import Event, User
from config import urls

pytestmark = pytest.mark.usefixtures("database")
NOUN = "proof"


def _write_then_fail(request: HttpRequest) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    record(f"{NOUN}.written", uuid.uuid4(), by=actor, now=timezone.now())
    raise RuntimeError("a bug")


def _no_database(request: HttpRequest) -> HttpResponse:
    raise OperationalError("the connection is gone")


urlpatterns = [
    path("utan-databas/", _no_database),
    path("fel/", _write_then_fail),
    path("api/v1/fel", _write_then_fail),
    *urls.urlpatterns,
]
handler500 = urls.handler500
handler404 = urls.handler404


@pytest.fixture
def client() -> Iterator[Client]:
    user = User.objects.db_manager("owner").create_user(
        username="proof", password=None, synthetic=True
    )
    client = Client(raise_request_exception=False)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    with override_settings(ROOT_URLCONF=__name__, DEBUG=False, ALLOWED_HOSTS=["*"]):
        yield client


def test_a_bug_takes_back_what_the_request_wrote(client: Client) -> None:
    answer = client.get("/fel/")
    assert answer.status_code == 500
    assert "<h1" in answer.content.decode()
    assert not Event.objects.filter(noun=NOUN).exists()


def test_a_bug_in_the_api_is_a_problem_document(client: Client) -> None:
    answer = client.get("/api/v1/fel")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "fault"


def test_an_address_that_does_not_exist_gets_a_page_of_ours(client: Client) -> None:
    answer = client.get("/finns-inte/")
    assert answer.status_code == 404
    assert "Sidan finns inte" in answer.content.decode()


def test_an_api_address_that_does_not_exist_gets_a_problem_document(client: Client) -> None:
    answer = client.get("/api/v1/finns-inte")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_database_that_does_not_answer_is_said_as_that(client: Client) -> None:
    answer = client.get("/utan-databas/")
    assert answer.status_code == 503
    assert "<h1" in answer.content.decode()


@pytest.mark.parametrize(
    ("method", "address", "form"),
    [
        ("get", "/sok/?care=besok-ogon%00", None),
        ("get", "/sok/?%00=1", None),
        ("get", "/utsedda/ny/?q=%00", None),
        ("get", "/sok%00/", None),
        ("post", "/sprak/", {"language": "sv\0"}),
    ],
)
def test_what_no_database_can_hold_is_refused_and_is_no_fault_of_ours(
    client: Client, method: str, address: str, form: dict[str, str] | None
) -> None:
    answer = getattr(client, method)(address, form)
    assert answer.status_code == 400
    assert b"NUL" not in answer.content
    assert "<h1" in answer.content.decode()
