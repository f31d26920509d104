"""The clinic's own people see why a time is not seen; nobody else does."""

import re

import pytest
from django.test import Client

from accounts.roles import Role
from providers.patterns import monday_of
from tests.factories import a_clinic, a_region, a_slot, an_agreement, at, staff

WEEK = at(10).date()


def logged_in(role: Role, tenant) -> Client:
    client = Client()
    client.force_login(staff(role, tenant), backend="django.contrib.auth.backends.ModelBackend")
    return client


def text(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


@pytest.fixture
def dana(clinic):
    return logged_in(Role.CLINIC_STAFF, clinic.tenant)


def week_of(clinic, **asked):
    return f"/mottagning/{clinic.id}/syns/", {"vecka": WEEK.isoformat()} | asked


def test_the_week_says_how_many_are_seen_and_why_not_the_others(dana, clinic, lot):
    a_slot(clinic)
    a_slot(clinic, state="withdrawn")
    said = text(dana.get(*week_of(clinic)))
    assert "2 tider: 1 visas i sökningen" in said
    assert "1 av 2 tider. Mottagningen har tagit bort tiden." in said
    assert "Publicera tiden igen om den är ledig." in said


def test_a_stranger_to_the_agreement_is_told_that_it_is_not_open(clinic):
    knee = a_clinic("01", ["op-ortopedi"])
    an_agreement(knee, open_for_others="no")
    a_slot(knee, "op-ortopedi", form="inpatient")
    page = logged_in(Role.CLINIC_STAFF, knee.tenant).get(*week_of(knee, home_region="12"))
    assert "Avtalet är inte öppet för patienter från din region." in text(page)
    assert "Avtalet är inte öppet för andra regioner." in text(page)


def test_one_time_says_its_reason_and_what_the_answer_rests_on(dana, clinic, lot):
    slot = a_slot(clinic)
    page = dana.get(f"/mottagning/{clinic.id}/syns/{slot.id}/?home_region=01&age=40")
    assert "Tiden visas och kan bokas." in text(page)
    assert "Vad svaret bygger på" in text(page)


def test_an_old_time_is_confirmed_from_its_own_page(dana, clinic):
    slot = a_slot(clinic, confirmed_at=at(-20))
    page = dana.get(f"/mottagning/{clinic.id}/syns/{slot.id}/")
    assert "Tiden visas inte i sökningen." in text(page)
    assert f"/mottagning/{clinic.id}/stammer/" in page.content.decode()


def test_another_clinics_time_is_not_found_here(dana, clinic):
    other = a_slot(a_clinic())
    assert dana.get(f"/mottagning/{clinic.id}/syns/{other.id}/").status_code == 404


def test_another_clinics_people_are_refused(clinic):
    other = logged_in(Role.CLINIC_STAFF, a_clinic().tenant)
    assert other.get(*week_of(clinic)).status_code == 403


def test_a_region_looks_at_the_units_that_it_runs_and_no_others(clinic):
    own = a_clinic(tenant=a_region("01").tenant)
    ruth = logged_in(Role.REGION_ADMINISTRATOR, a_region("01").tenant)
    assert ruth.get(*week_of(own)).status_code == 200
    assert ruth.get(*week_of(clinic)).status_code == 403


def test_an_age_that_is_none_is_refused_beside_its_field(dana, clinic):
    page = dana.get(*week_of(clinic, age="-3"))
    assert page.status_code == 422
    assert "Det är en sak att rätta" in text(page)


def test_machines_read_the_same_codes(dana, clinic, lot):
    slot = a_slot(clinic, hidden_why="cap_full")
    year, week, _ = monday_of(slot.starts_at.date()).isocalendar()
    url = f"/api/v1/clinics/{clinic.id}/visibility"
    found = dana.get(url, {"week": f"{year}-W{week:02d}", "home_region": "01"}).json()
    assert found["shown"] == 0
    told = {name: found["times"][0][name] for name in ("slot", "why", "code", "remedy")}
    assert told == {"slot": str(slot.id), "why": "hidden", "code": "cap_full", "remedy": "volume"}


def test_a_week_that_there_is_not_is_refused(dana, clinic):
    answer = dana.get(f"/api/v1/clinics/{clinic.id}/visibility", {"week": "2026-W60"})
    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid"
