"""The pages and the API of places in a week: saying how many, finding, booking, naming the time."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.test import Client
from icalendar import Calendar

from accounts.roles import Role
from providers.models import ClinicDay, Slot
from providers.patterns import monday_of
from tests.brokering.desk import booked
from tests.factories import (
    EYES,
    NOW,
    TODAY,
    a_clinic,
    a_slot,
    places_in_week,
    staff,
)

pytestmark = pytest.mark.usefixtures("database")
WEEK = monday_of(TODAY) + timedelta(weeks=2)
ISO = f"{WEEK.isocalendar().year}-W{WEEK.isocalendar().week:02d}"


def logged_in(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def dana(clinic):
    return logged_in(staff(Role.CLINIC_STAFF, clinic.tenant))


def text(answer):
    return " ".join(answer.content.decode().split())


def say(client, clinic, places):
    said = {"key": str(uuid4()), "care": EYES, "week": WEEK.isoformat(), "places": places}
    return client.post(f"/mottagning/{clinic.id}/veckoplatser/", said, follow=True)


def test_a_clinic_says_how_many_and_sees_it_in_the_list(clinic, lot, dana):
    assert "8 platser är publicerade." in text(say(dana, clinic, 8))
    assert "Antalet är som förut" in text(say(dana, clinic, 8))
    assert "3 platser är borttagna." in text(say(dana, clinic, 5))
    page = text(dana.get(f"/mottagning/{clinic.id}/veckoplatser/"))
    assert f"{WEEK.isocalendar().week} <span" in page
    assert Slot.objects.filter(state="open").count() == 5


def test_fewer_than_are_taken_is_refused_beside_the_field_with_the_number(clinic, lot, dana, alice):
    say(dana, clinic, 2)
    booked(Slot.objects.all()[0], alice, lot, now=datetime.now(UTC))
    answer = say(dana, clinic, 0)
    assert answer.status_code == 409
    assert "1 plats är tagen." in text(answer)


def test_the_week_grid_leaves_out_places_without_a_time(clinic, dana):
    begins = places_in_week(clinic)[0].starts_at
    a_slot(clinic, starts_at=begins + timedelta(hours=9))
    page = text(dana.get(f"/mottagning/{clinic.id}/?vecka={WEEK}"))
    assert page.count('class="week__time"') == 1
    assert "00:00–00:00" not in page


def test_a_hit_says_how_many_places_the_week_has_and_who_names_the_time(clinic, lot):
    places_in_week(clinic, places=8)
    page = text(Client().get(f"/sok/?care={EYES}&home_region=01"))
    assert "8 platser, mottagningen bestämmer tiden" in page
    assert f"Vecka {WEEK.isocalendar().week}, " in page
    assert "kl. 00:00" not in page
    [hit] = Client().get(f"/api/v1/slots?care={EYES}").json()["items"]
    assert (hit["time_named"], hit["places"]) == (False, 8)
    assert hit["freshness"]["promised_age_minutes"] == 7 * 24 * 60


def test_the_clinic_names_the_time_and_the_patients_calendar_follows(clinic, lot, dana, alice):
    booking = booked(places_in_week(clinic)[0], alice, lot)
    patient = logged_in(alice.patient.subject)
    before = event(patient, booking)
    assert (before["sequence"], before["dtstart"].dt) == (0, WEEK)
    assert "Vecka" in text(patient.get(f"/bokning/{booking.id}/"))
    page = dana.get(f"/mottagning/{clinic.id}/veckoplatser/")
    assert "1 bokad plats saknar tid" in text(page)
    tuesday = (WEEK + timedelta(days=1)).isoformat()
    said = {"key": str(uuid4()), "on": tuesday, "starts": "09:30", "minutes": 45}
    answer = dana.post(f"/bokning/{booking.id}/klockslag/", said, follow=True)
    assert "Tiden är satt." in text(answer)
    after = event(patient, booking)
    assert (after["uid"], after["sequence"]) == (before["uid"], 1)
    assert f"{after['dtstart'].dt:%Y-%m-%d %H:%M}" == f"{tuesday} 09:30"
    assert "kl. 09:30" in text(patient.get(f"/bokning/{booking.id}/"))


def event(patient, booking):
    file = patient.get(f"/bokning/{booking.id}/kalender.ics").content
    return Calendar.from_ical(file).walk("VEVENT")[0]


def test_a_day_outside_the_week_is_refused_beside_the_field(clinic, lot, dana, alice):
    booking = booked(places_in_week(clinic)[0], alice, lot)
    outside = (WEEK + timedelta(days=7)).isoformat()
    said = {"key": str(uuid4()), "on": outside, "starts": "09:30", "minutes": 45}
    answer = dana.post(f"/bokning/{booking.id}/klockslag/", said)
    assert answer.status_code == 422


def post_capacity(client, clinic, key=None, **also):
    said = {"clinic": str(clinic.id), "care": EYES, "week": ISO, "places": 4} | also
    headers = {"Idempotency-Key": key or str(uuid4())}
    return client.post("/api/v1/capacity", said, content_type="application/json", headers=headers)


def test_the_api_takes_a_number_and_answers_what_it_came_to(clinic, dana):
    key = str(uuid4())
    for _ in range(2):
        answer = post_capacity(dana, clinic, key)
        assert answer.json() | {"id": ""} == {"id": "", "added": 4, "withdrawn": 0, "taken": 0}
    [one] = Client().get(f"/api/v1/capacity?clinic={clinic.id}").json()
    assert (one["week"], one["places"], one["free"]) == (ISO, 4, 4)


@pytest.mark.parametrize("week", ["2027-W54", "2027-14", "W14", 14, "0000-W01", None])
def test_the_api_refuses_a_week_that_does_not_exist(clinic, dana, week):
    answer = post_capacity(dana, clinic, week=week)
    assert (answer.status_code, "week" in answer.json()["fields"]) == (422, True)


def test_the_api_refuses_other_clinics_staff_and_tells_how_many_are_taken(clinic, lot, dana, alice):
    assert post_capacity(dana, a_clinic()).status_code == 403
    post_capacity(dana, clinic)
    booked(Slot.objects.all()[0], alice, lot, now=datetime.now(UTC))
    answer = post_capacity(dana, clinic, places=0)
    assert (answer.status_code, answer.json()["code"]) == (409, "below_taken")
    assert answer.json()["taken"] == 1


# The clinic's word


def test_everyone_sees_how_far_a_clinics_word_holds_with_the_numbers_of_the_formula(clinic, lot):
    a_slot(clinic)
    ClinicDay.objects.using("owner").create(
        clinic=clinic, day=TODAY, kept=30, taken_back=3, samples=10, late=1, age_seconds=864000
    )
    page = text(Client().get(f"/mottagning/{clinic.id}/uppgifter/"))
    for words in ("<strong>90 %</strong> (30 av 33 händelser", "9 av 10 mätningar", "1 dag"):
        assert words in page, words
    search = text(Client().get(f"/sok/?care={EYES}&home_region=01"))
    assert "Pålitlighet: 90 % av 33" in search
    assert "Mottagningen lovar högst 1 vecka" in search


def test_the_clinics_own_week_says_what_is_hidden(clinic, dana):
    address = f"/mottagning/{clinic.id}/"
    a_slot(clinic)
    assert "dold" not in text(dana.get(address))
    a_slot(clinic, confirmed_at=NOW - timedelta(days=30))
    assert "1 tid är dold: uppgifterna är äldre än utlovat." in text(dana.get(address))


def test_what_is_hidden_is_said_with_the_reason_and_silence_is_unknown(clinic):
    a_slot(clinic, confirmed_at=NOW - timedelta(days=30))
    a_slot(clinic, hidden_why="cap_full")
    page = text(Client().get(f"/mottagning/{clinic.id}/uppgifter/"))
    assert "1 tid är dold: uppgifterna är äldre än utlovat." in page
    assert "avtalets volym är slut" in page
    silent = text(Client().get(f"/mottagning/{a_clinic().id}/uppgifter/"))
    assert "Okänt." in silent
    assert "Okänd. Antal händelser på 90 dagar: 0." in silent


def test_search_tells_unknown_from_none(clinic, lot):
    address = f"/sok/?care={EYES}&home_region=01"
    assert "1 mottagning ger vården men har inte sagt något" in text(Client().get(address))
    slot = a_slot(clinic)
    assert "har inte sagt något" not in text(Client().get(address))
    Slot.objects.using("owner").filter(id=slot.id).update(state="withdrawn")
    assert "har inte sagt något" not in text(Client().get(address))
    type(clinic).objects.using("owner").update(confirmed_at=NOW - timedelta(days=15))
    assert "har inte sagt något" in text(Client().get(address))
