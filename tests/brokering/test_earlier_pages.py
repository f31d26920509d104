"""To come earlier than booked: on the booking's page, on the question's card, and over REST."""

from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from brokering.models import ShortNotice
from tests.brokering.desk import booked, fresh
from tests.brokering.invited import freed, invitation
from tests.factories import NOW, OWNER, a_patient, a_slot, at

pytestmark = pytest.mark.usefixtures("database")
READY = ["gets_there", "can_be_called"]


@pytest.fixture
def later(clinic, lot, alice):
    return booked(a_slot(clinic, starts_at=at(30)), alice, lot)


@pytest.fixture
def browser(alice):
    return client_of(alice.patient.subject)


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


def text(answer):
    return " ".join(answer.content.decode().split())


def page(booking):
    return reverse("booking-earlier", args=[booking.id])


def said(**also):
    return {"key": str(uuid4()), "notice_hours": 24, "ready": READY} | also


def wishes():
    return ShortNotice.objects.using(OWNER).filter(ended_at__isnull=True, booking__isnull=False)


def test_a_patient_says_so_sees_it_and_takes_it_back(browser, later):
    shown = text(browser.get(reverse("booking", args=[later.id])))
    assert "Vill du komma tidigare?" in shown
    assert "Du har kvar din tid tills du själv" in text(browser.get(page(later)))
    assert browser.post(page(later), said(late_evenings="on")).status_code == 302
    assert wishes().get().late_evenings
    assert "Du blir tillfrågad om en tidigare tid" in text(
        browser.get(reverse("booking", args=[later.id]))
    )
    browser.post(page(later), {"key": str(uuid4()), "end": "1"})
    assert not wishes().exists()


def test_a_press_too_many_changes_nothing_more(browser, later):
    again = said()
    for _ in range(2):
        browser.post(page(later), again)
    assert ShortNotice.objects.using(OWNER).count() == 1


def test_what_is_not_said_is_asked_for(browser, later):
    assert browser.post(page(later), {"key": str(uuid4())}).status_code == 422
    assert not wishes().exists()


def test_the_question_says_that_the_time_is_exchanged(browser, clinic, later, alice):
    browser.post(page(later), said())
    freed(a_slot(clinic, starts_at=at(12)))
    shown = text(browser.get(reverse("my_wait")))
    assert "Tidigare tid ledig" in shown
    assert "Svarar du ja byts din tid mot den här" in shown
    answer = {"key": str(uuid4())}
    browser.post(reverse("invitation-accept", args=[invitation(alice).id]), answer)
    assert fresh(later).state == "cancelled"


def test_a_wait_says_nothing_of_short_notice_to_who_would_come_earlier(browser, later):
    browser.post(page(later), said())
    assert "du blir tillfrågad" not in text(browser.get(reverse("my_wait")))


def test_a_time_that_is_over_cannot_be_earlier(browser, clinic, lot, later):
    row = type(later.claim.slot).objects.using(OWNER).filter(id=later.claim.slot_id)
    row.update(starts_at=NOW.replace(year=NOW.year - 1), ends_at=NOW)
    assert "Vill du komma tidigare?" not in text(browser.get(reverse("booking", args=[later.id])))
    assert browser.post(page(later), said()).status_code == 409


def test_nobody_else_finds_the_page(later):
    assert client_of(a_patient("Mallory").subject).get(page(later)).status_code == 404


def call(client, later, name="api-booking-earlier", body=None):
    return client.post(
        reverse(name, args=[later.id]),
        body if body is not None else {},
        content_type="application/json",
        headers={"Idempotency-Key": str(uuid4())},
    )


def test_over_rest_it_is_said_seen_and_taken_back(browser, later):
    there = reverse("api-booking-earlier", args=[later.id])
    assert browser.get(there).status_code == 404
    made = call(browser, later, body={"notice_hours": 6, "ready": READY[:1]})
    assert (made.status_code, made.json()["missing"]) == (201, ["can_be_called"])
    assert browser.get(there).json() == made.json()
    assert call(browser, later, "api-booking-earlier-end").status_code == 200
    assert call(browser, later, "api-booking-earlier-end").status_code == 404


def test_over_rest_a_key_is_asked_for_and_nonsense_refused(browser, later):
    there = reverse("api-booking-earlier", args=[later.id])
    body = {"notice_hours": 6}
    assert browser.post(there, body, content_type="application/json").status_code == 400
    assert call(browser, later, body={"notice_hours": 0}).status_code in (400, 422)
