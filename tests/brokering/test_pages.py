"""A patient's way through the pages: search, choose, hold, confirm, cancel, and every refusal."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import OperationalError
from django.test import Client
from icalendar import Calendar
from psycopg.errors import DeadlockDetected

from accounts.roles import Role
from brokering.actions.clinic_approvals import confirm_or_ask
from brokering.forms import CONSEQUENCE_VERSION
from brokering.models import Booking, ClockEvent, Referral, RerouteCase
from providers.models import Claim
from tests.factories import (
    EYES,
    NOW,
    OWNER,
    TODAY,
    a_claim,
    a_clinic,
    a_patient,
    a_referral,
    a_region,
    a_slot,
    an_agreement,
    at,
    staff,
)


@pytest.fixture
def clinic(database):
    clinic = a_clinic("12", name="Skånska provkliniken")
    clinic.lot = an_agreement(clinic)
    return clinic


@pytest.fixture
def alice(database):
    patient = a_patient("Alice", region="14")
    patient.need = a_referral(patient)
    return patient


def logged_in(patient):
    client = Client()
    client.force_login(patient.subject)
    return client


def wish(clinic, patient, **also):
    said = {
        "lot": clinic.lot.id,
        "route": "free_choice",
        "referral": patient.need.id,
        "version": CONSEQUENCE_VERSION,
        "key": uuid4(),
    }
    return said | also


def held(client, clinic, patient, slot):
    answer = client.post(f"/tid/{slot.id}/hall/", wish(clinic, patient))
    assert answer.status_code == 302, answer.content.decode()
    return answer["Location"]


def page(client, address, status=200):
    answer = client.get(address)
    assert answer.status_code == status, answer.content.decode()[:3000]
    return answer.content.decode()


def test_the_start_page_has_two_doors_and_counts_every_region(clinic):
    a_slot(clinic)
    html = page(Client(), "/")
    assert 'href="/sok/"' in html
    assert "Jag arbetar i vården" in html
    assert re.search(r"Region Skåne</th><td[^>]*>1<", html)


def test_anyone_searches_without_logging_in(clinic):
    a_slot(clinic)
    html = page(Client(), f"/sok/?care={EYES}&home_region=14&referral=yes")
    assert "Skånska provkliniken" in html
    assert "Behövs remiss?" in html
    assert "Hemregion (Västra Götalandsregionen)" in html
    assert "Vårdregion (Region Skåne)" in html


def test_a_missing_remiss_is_the_first_reason_why_somebody_may_not_come(database):
    clinic = a_clinic("12", ["ms-rontgen"])
    an_agreement(clinic)
    slot = a_slot(clinic, "ms-rontgen")
    html = page(Client(), f"/tid/{slot.id}/?home_region=14")
    first = re.search(r'<ul class="reasons">\s*<li[^>]*><p>([^<]+)', html)[1]
    assert first.startswith("Du har ingen remiss än.")


def test_the_order_and_the_filters_stay_in_the_address(clinic):
    a_slot(clinic)
    html = page(Client(), f"/sok/?care={EYES}&near=1280&within_km=50&order=distance&form=&age=")
    assert "Närmast först" in html
    assert "?care=besok-ogon&amp;near=1280&amp;within_km=50&amp;order=distance" in html


def test_days_language_premises_and_video_narrow_the_page_and_stay_in_its_next_address(clinic):
    says = {"languages": ["fi"], "accessibility": ["step_free"]}
    for other in (clinic, a_clinic(name="Finska provkliniken", **says)):
        for days in (1, 2, 8, 9):
            a_slot(other, starts_at=at(days), mode="video")
    weekday = at(1).isoweekday()
    asked = f"mode=video&weekdays={weekday}&language=fi&accessibility=step_free"
    html = page(Client(), f"/sok/?care={EYES}&{asked}&size=1")
    assert "Finska provkliniken" in html
    assert "Skånska provkliniken" not in html
    assert "besök på video" in html
    assert "2 lediga tider" in html
    assert "Språk utöver svenska: Finska" in html
    assert "I lokalen: Inga trappsteg" in html
    assert asked.replace("&", "&amp;") in html


def test_a_wrong_search_says_which_field_and_what_to_do(database):
    html = page(Client(), f"/sok/?care={EYES}&from_date=2026-05-02&to_date=2026-05-01", 422)
    assert "Välj en dag som inte ligger före den första." in html
    assert "data-error-summary" in html


def test_nothing_free_answers_with_what_there_is_elsewhere(clinic):
    a_slot(clinic, starts_at=at(30))
    html = page(Client(), f"/sok/?care={EYES}&to_date={TODAY + timedelta(days=2)}")
    assert "Inget är ledigt de dagarna" in html
    assert "Skånska provkliniken" in html
    assert "9 kap. 2 §" in html


def test_the_hits_follow_the_live_topic_of_the_care(clinic):
    a_slot(clinic)
    html = page(Client(), f"/sok/?care={EYES}")
    assert f'data-live-topic="care:{EYES}"' in html
    assert 'data-live-number="0"' in html


def test_a_patient_is_answered_on_the_facts_of_the_own_remiss(clinic, alice):
    a_slot(clinic)
    html = page(logged_in(alice), f"/sok/?care={EYES}")
    assert "Hemregion (Västra Götalandsregionen):</span> nej" in html
    assert "Svaren nedan gäller din egen remiss" in html
    assert str(alice.need.id) not in re.sub(r"/sok/for/[^/]+/", "", html)


def test_the_consequence_page_shows_both_ways_and_the_own_dates(clinic, alice):
    slot = a_slot(clinic)
    html = page(logged_in(alice), f"/tid/{slot.id}/")
    assert "Om du väljer själv" in html
    assert "Om regionen ordnar" in html
    assert "I dag är dag 20 av 90" in html
    assert "håller vi tiden åt dig i 10 minuter" in html
    assert html.count('data-variant="secondary">Jag väljer själv') == 1
    assert html.count('data-variant="secondary">Låt regionen ordna') == 1


def test_somebody_who_has_not_logged_in_sees_the_answers_and_the_way_in(clinic):
    slot = a_slot(clinic)
    html = page(Client(), f"/tid/{slot.id}/?home_region=14&referral=yes")
    assert "Logga in och fortsätt" in html
    assert f"next=/tid/{slot.id}/" in html


def test_hold_confirm_and_receipt(clinic, alice):
    client, slot = logged_in(alice), a_slot(clinic)
    address = held(client, clinic, alice, slot)
    html = page(client, address)
    assert "Tiden är din till" in html
    key = re.search(r'name="key" value="([^"]+)"', html)[1]
    answer = client.post(f"{address}bekrafta/", {"key": key}, follow=True)
    html = answer.content.decode()
    assert "Klart. Tiden är bokad." in html
    assert "Så bedömdes bokningen" in html
    assert Claim.objects.get(slot=slot).state == "confirmed"


def test_a_confirmation_that_the_database_began_anew_books(clinic, alice, monkeypatch):
    client, slot = logged_in(alice), a_slot(clinic)
    address = held(client, clinic, alice, slot)
    tries = []

    def blocked_once(**said):
        confirm_or_ask(**said)
        tries.append(said)
        if len(tries) == 1:
            raise OperationalError from DeadlockDetected()

    monkeypatch.setattr("brokering.views.booking.confirm_or_ask", blocked_once)
    assert client.post(f"{address}bekrafta/", {"key": uuid4()})["Location"] == address
    assert Booking.objects.using(OWNER).get().state == "booked"


def test_pressing_the_button_twice_holds_once(clinic, alice):
    client, slot = logged_in(alice), a_slot(clinic)
    said = wish(clinic, alice)
    first = client.post(f"/tid/{slot.id}/hall/", said)
    second = client.post(f"/tid/{slot.id}/hall/", said)
    assert first["Location"] == second["Location"]
    assert Booking.objects.using(OWNER).count() == 1


def test_ones_own_held_time_leads_back_to_the_hold(clinic, alice):
    client, slot = logged_in(alice), a_slot(clinic)
    address = held(client, clinic, alice, slot)
    assert client.get(f"/tid/{slot.id}/")["Location"] == address
    again = client.post(f"/tid/{slot.id}/hall/", wish(clinic, alice))
    assert again["Location"] == address


def test_a_button_followed_as_a_link_leads_to_its_page(clinic, alice):
    client, slot = logged_in(alice), a_slot(clinic)
    assert client.get(f"/tid/{slot.id}/hall/")["Location"] == f"/tid/{slot.id}/"
    address = held(client, clinic, alice, slot)
    assert client.get(f"{address}bekrafta/")["Location"] == address


def test_who_comes_second_is_given_the_nearest_times(clinic, alice):
    slot = a_slot(clinic)
    a_claim(slot, clinic.lot)
    other = a_slot(clinic, starts_at=at(11))
    answer = logged_in(alice).post(f"/tid/{slot.id}/hall/", wish(clinic, alice))
    assert answer.status_code == 409
    html = answer.content.decode()
    assert "Någon annan hann före" in html
    assert f"/tid/{other.id}/" in html


@pytest.mark.parametrize(
    ("also", "words"),
    [
        ({"state": "withdrawn"}, "dragit tillbaka"),
        ({"starts_at": NOW - timedelta(hours=1)}, "redan"),
    ],
)
def test_a_time_that_is_gone_says_so_and_shows_others(clinic, alice, also, words):
    slot = a_slot(clinic, **also)
    a_slot(clinic, starts_at=at(4))
    html = page(logged_in(alice), f"/tid/{slot.id}/")
    assert words in html
    assert "närmaste tiden" in html


def test_a_released_hold_is_free_at_once(clinic, alice):
    client, slot = logged_in(alice), a_slot(clinic)
    address = held(client, clinic, alice, slot)
    client.post(f"{address}slapp/", {"key": uuid4()})
    assert "Skånska provkliniken" in page(Client(), f"/sok/?care={EYES}")


@pytest.mark.parametrize(("button", "state"), [("slapp", "released"), ("bekrafta", "booked")])
def test_a_button_of_a_hold_that_is_pressed_twice_leads_to_the_same_page(
    clinic, alice, button, state
):
    client, slot = logged_in(alice), a_slot(clinic)
    address, key = held(client, clinic, alice, slot), uuid4()
    first, again = (client.post(f"{address}{button}/", {"key": key}) for _ in range(2))
    assert (first.status_code, first.url) == (again.status_code, again.url)
    assert Booking.objects.using(OWNER).get().state == state


def test_a_lapsed_hold_says_that_nothing_is_booked(clinic, alice):
    client, slot = logged_in(alice), a_slot(clinic)
    address = held(client, clinic, alice, slot)
    Claim.objects.using(OWNER).update(held_until=NOW - timedelta(seconds=5))
    assert "har gått ut" in page(client, address)
    answer = client.post(f"{address}bekrafta/", {"key": uuid4()})
    assert answer.status_code == 409
    assert "har gått ut" in answer.content.decode()


def booked(client, clinic, patient, slot):
    address = held(client, clinic, patient, slot)
    client.post(f"{address}bekrafta/", {"key": uuid4()})
    return address


def test_a_cancelled_time_is_free_and_the_clock_counts_again(clinic, alice):
    client, slot = logged_in(alice), a_slot(clinic)
    address = booked(client, clinic, alice, slot)
    assert "Varför avbokas tiden?" in page(client, f"{address}avboka/")
    client.post(f"{address}avboka/", {"reason": "travel", "key": uuid4()})
    assert "Avbokad" in page(client, address)
    types = [event.type for event in ClockEvent.objects.using(OWNER).order_by("recorded_at")]
    assert types == ["free_choice_elsewhere", "regretted"]
    assert "Skånska provkliniken" in page(Client(), f"/sok/?care={EYES}")


def test_a_cancellation_without_a_reason_asks_again(clinic, alice):
    client = logged_in(alice)
    address = booked(client, clinic, alice, a_slot(clinic))
    assert client.post(f"{address}avboka/", {"key": uuid4()}).status_code == 422


def test_the_calendar_file_has_the_time_zone_and_no_person_or_care(clinic, alice):
    client, slot = logged_in(alice), a_slot(clinic)
    address = booked(client, clinic, alice, slot)
    file = client.get(f"{address}kalender.ics").content
    (event,) = Calendar.from_ical(file).walk("VEVENT")
    assert event["dtstart"].dt == slot.starts_at
    assert b"BEGIN:VTIMEZONE" in file
    for word in (b"Alice", b"gon", "Skånska".encode()):
        assert word not in file


def test_another_patient_sees_nothing_of_a_booking(clinic, alice):
    address = booked(logged_in(alice), clinic, alice, a_slot(clinic))
    charlie = a_patient("Charlie")
    for path in ("", "avboka/", "kalender.ics"):
        assert logged_in(charlie).get(address + path).status_code == 404


def test_a_patient_without_remiss_refers_themselves_where_no_region_requires_one(database):
    clinic = a_clinic("01", ["pv-bedomning"])
    lot = an_agreement(clinic)
    slot, patient = a_slot(clinic, "pv-bedomning"), a_patient("Bob", region="12")
    client = logged_in(patient)
    assert "egenanmälan" in page(client, f"/tid/{slot.id}/")
    said = {"lot": lot.id, "route": "free_choice", "version": CONSEQUENCE_VERSION, "key": uuid4()}
    assert client.post(f"/tid/{slot.id}/hall/", said).status_code == 302
    need = Referral.objects.using(OWNER).get()
    assert (need.issued_on, need.contact_on, need.priority) == (None, TODAY, None)


def test_a_refused_self_referral_leaves_nothing_behind(database):
    clinic = a_clinic("01", ["ms-rontgen"])
    lot = an_agreement(clinic)
    slot, patient = a_slot(clinic, "ms-rontgen"), a_patient("Bob", region="12")
    said = {"lot": lot.id, "route": "free_choice", "version": CONSEQUENCE_VERSION, "key": uuid4()}
    assert logged_in(patient).post(f"/tid/{slot.id}/hall/", said).status_code == 409
    assert not Referral.objects.using(OWNER).exists()


def test_letting_the_region_arrange_opens_a_case_with_an_owner(clinic, alice):
    navigator = staff(Role.NAVIGATOR, a_region("14").tenant)
    slot = a_slot(clinic)
    client = logged_in(alice)
    answer = client.post(f"/tid/{slot.id}/regionen/", {"key": uuid4()}, follow=True)
    assert "Din region letar efter" in answer.content.decode()
    assert RerouteCase.objects.using(OWNER).get().owner_id == navigator.id


def test_my_wait_shows_the_clock_in_days_and_what_is_booked(clinic, alice):
    client = logged_in(alice)
    html = page(client, "/min-vantan/")
    assert "dag 20 av 90" in html
    assert f'data-live-topic="person:{alice.subject_id}"' in html
    booked(client, clinic, alice, a_slot(clinic))
    html = page(client, "/min-vantan/")
    assert "Skånska provkliniken" in html
    assert "Räknas inte: du har valt en annan region" in html


def test_a_chosen_need_is_kept_in_the_session_and_not_in_the_address(alice):
    answer = logged_in(alice).post(f"/sok/for/{alice.need.id}/")
    assert answer["Location"] == f"/sok/?care={EYES}"


@pytest.mark.parametrize("path", ["/min-vantan/", "/bokning/11111111-1111-4111-8111-111111111111/"])
def test_pages_of_a_patient_ask_somebody_unknown_to_log_in(database, path):
    answer = Client().get(path)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/konto/logga-in/")


def test_a_self_referral_that_led_to_nothing_can_be_taken_back(database):
    patient = a_patient("Bob")
    need = a_referral(patient, issued_on=None, issuer="", issuer_region_id=None, contact_on=TODAY)
    client = logged_in(patient)
    assert "Ta tillbaka min anmälan" in page(client, "/min-vantan/")
    client.post(f"/min-vantan/{need.id}/ta-tillbaka/", {"key": uuid4()})
    assert Referral.objects.using(OWNER).get().state == "closed"


def test_what_is_held_for_a_self_referral_goes_back_with_it(clinic, alice):
    Referral.objects.using(OWNER).update(issued_on=None, contact_on=TODAY, issuer="")
    client, slot = logged_in(alice), a_slot(clinic)
    held(client, clinic, alice, slot)
    client.post(f"/min-vantan/{alice.need.id}/ta-tillbaka/", {"key": uuid4()})
    assert Referral.objects.using(OWNER).get().state == "closed"
    assert Booking.objects.using(OWNER).get().state == "released"
    assert not Claim.objects.filter(slot=slot, state__in=Claim.OCCUPYING).exists()


def test_a_remiss_cannot_be_taken_back_here(alice):
    client = logged_in(alice)
    assert (
        client.post(f"/min-vantan/{alice.need.id}/ta-tillbaka/", {"key": uuid4()}).status_code
        == 409
    )
