"""The account's pages: log in, where each role works, who has read about me."""

import re

import pytest
from django.conf import settings
from django.test import Client, override_settings
from django.urls import reverse

from accounts.actions.trail import log_access
from accounts.models import User
from accounts.navigation import PLACES
from accounts.roles import Role
from accounts.tenancy import acting_as
from brokering.sweden.logins import PASSWORD
from tests.factories import NOW, a_clinic, a_login, a_patient, a_region, acting, staff

BACKEND = "django.contrib.auth.backends.ModelBackend"
STORY = "Väntar på ögonläkare sedan i våras."


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


def text(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


@pytest.fixture
def demo(database) -> User:
    user = a_login("Alice", is_patient=True, demo_story=STORY)
    user.set_password("vardbryggan")
    user.save(using="owner")
    return user


def test_the_demo_logins_stand_on_the_login_page_with_their_stories(demo):
    with override_settings(DEMO_LOGINS_SHOWN=True):
        page = text(Client().get("/konto/logga-in/"))
    assert demo.username in page
    assert STORY in page


def test_outside_the_demo_no_login_is_listed_or_filled_in(demo):
    with override_settings(DEMO_LOGINS_SHOWN=False):
        page = Client().get("/konto/logga-in/", {"demo": demo.username}).content.decode()
    assert STORY not in page
    assert "vardbryggan" not in page


def test_one_click_fills_a_demo_login_in_and_it_works(demo):
    client = Client()
    with override_settings(DEMO_LOGINS_SHOWN=True):
        page = client.get("/konto/logga-in/", {"demo": demo.username}).content.decode()
    assert f'value="{demo.username}"' in page
    assert 'value="vardbryggan"' in page
    sent = {"username": demo.username, "password": "vardbryggan"}
    assert client.post("/konto/logga-in/", sent).headers["Location"] == "/konto/"


def test_a_wrong_password_says_what_to_do_and_is_not_sent_back(demo):
    sent = {"username": demo.username, "password": "fel-losenord"}
    page = Client().post("/konto/logga-in/", sent)
    assert "hör inte ihop" in text(page)
    assert "fel-losenord" not in page.content.decode()


def test_ten_wrong_passwords_close_the_login_for_a_while(demo):
    client = Client()
    sent = {"username": demo.username, "password": "fel-losenord"}
    answers = [client.post("/konto/logga-in/", sent) for _ in range(10)]
    assert answers[-1].status_code == 429
    assert "Vänta 15 minuter" in text(answers[-1])


def test_logging_out_ends_the_session(demo):
    client = logged_in(demo)
    client.post("/konto/logga-ut/")
    assert client.get("/konto/").status_code == 302


@pytest.mark.parametrize("address", ["/konto/", "/konto/lasta/", "/sok/"])
def test_what_a_logged_in_person_is_shown_is_kept_nowhere(database, address):
    client = logged_in(a_patient("Alice").subject)
    assert client.get(address)["Cache-Control"] == "private, no-store"
    assert "Cache-Control" not in Client().get("/sok/")


@pytest.mark.parametrize("address", ["/remissregler/%00/ny/", "/api/v1/outcomes/a%00b", "/%00/"])
def test_an_address_that_no_database_could_hold_is_refused(database, address):
    client = logged_in(a_patient("Alice").subject)
    assert client.get(address).status_code == 400


@pytest.mark.parametrize("role", [Role.CLINIC_STAFF, Role.NAVIGATOR, Role.AUDITOR])
def test_the_start_page_names_the_role_and_offers_only_what_it_may(database, role):
    user = staff(role, a_region().tenant)
    page = logged_in(user).get("/konto/")
    may = {place for place in PLACES if place.permission and acting(user).may(place.permission)}
    shown = {place for place in PLACES if place.permission and str(place.story) in text(page)}
    assert page.status_code == 200
    assert shown == may


def test_a_login_without_any_role_today_is_told_whom_to_ask(database):
    assert "Ditt uppdrag gäller inte i dag" in text(logged_in(a_login("Charlie")).get("/konto/"))


def test_a_patient_sees_who_read_about_them_in_which_assignment_and_why(database):
    alice = a_patient("Alice")
    dana = staff(Role.NAVIGATOR, a_region().tenant)
    with acting_as(acting(dana)) as actor:
        log_access(alice, by=actor, purpose="worklist", now=NOW)
    page = text(logged_in(alice.subject).get("/konto/lasta/"))
    assert dana.get_full_name() in page
    assert a_region().tenant.name in page


def test_nobody_sees_readings_about_someone_else(database):
    alice, bob = a_patient("Alice"), a_patient("Bob")
    with acting_as(acting(staff(Role.NAVIGATOR, a_region().tenant))) as actor:
        log_access(alice, by=actor, purpose="worklist", now=NOW)
    assert "Ingen i vården har öppnat" in text(logged_in(bob.subject).get("/konto/lasta/"))


def test_reading_ones_own_row_is_not_logged(database):
    alice = a_patient("Alice")
    with acting_as(acting(alice.subject)) as actor:
        log_access(alice, by=actor, purpose="worklist", now=NOW)
    assert "Ingen i vården har öppnat" in text(logged_in(alice.subject).get("/konto/lasta/"))


def test_staff_have_no_such_log_of_their_own(database):
    answer = logged_in(staff(Role.CLINIC_STAFF, a_clinic().tenant)).get("/konto/lasta/")
    assert answer.status_code == 403


def test_an_auditor_sees_the_reads_of_their_own_region_without_the_patients_name(database):
    alice, bob = a_patient("Alice"), a_patient("Bob", region="25")
    for patient, region in ((alice, "01"), (bob, "25")):
        with acting_as(acting(staff(Role.NAVIGATOR, a_region(region).tenant))) as actor:
            log_access(patient, by=actor, purpose="worklist", now=NOW)
    auditor = staff(Role.AUDITOR, a_region("01").tenant, name="Charlie")
    page = text(logged_in(auditor).get("/konto/granskning/"))
    assert str(alice.id) in page
    assert "Alice" not in page
    assert str(bob.id) not in page


def test_the_password_on_the_login_page_is_the_one_that_the_demo_sets():
    assert settings.DEMO_PASSWORD == PASSWORD


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.url_name)
def test_every_place_in_the_navigation_has_a_page(place):
    assert reverse(place.url_name).endswith("/")
