"""Pages of those who refer and receive, without JavaScript: forms, buttons and what they say."""

import re
from datetime import timedelta
from html import unescape
from uuid import uuid4

import pytest
from django.test import Client

from accounts.identity import keyed_hash
from accounts.models import AccessLog
from accounts.roles import Role
from brokering.models import Patient, Referral, RerouteCase
from providers.models import Slot
from tests.brokering.desk import booked, fresh
from tests.factories import (
    EYES,
    NOW,
    OWNER,
    TODAY,
    a_clinic,
    a_patient,
    a_referral,
    a_region,
    a_slot,
    an_agreement,
    at,
    staff,
)

KNEE = "op-ortopedi"
NUMBER = "194001012388"


@pytest.fixture
def clinic(database):
    return a_clinic(cares=(EYES, KNEE))


@pytest.fixture
def person(database):
    patient = a_patient("Alice")
    Patient.objects.using(OWNER).filter(id=patient.id).update(identity_hash=keyed_hash(NUMBER))
    return patient


@pytest.fixture
def need(clinic, person):
    return a_referral(person, registered_at=clinic, addressed_to_id=clinic.tenant_id)


@pytest.fixture
def remittent(database):
    return logged_in(Role.REFERRING_CLINICIAN, a_region("01").tenant)


@pytest.fixture
def mottagning(clinic):
    return logged_in(Role.CLINIC_STAFF, clinic.tenant)


@pytest.fixture
def visit(clinic, need):
    found = booked(a_slot(clinic), need, an_agreement(clinic))
    Slot.objects.using(OWNER).update(starts_at=NOW - timedelta(minutes=30), ends_at=NOW)
    return found


def logged_in(role, tenant):
    client = Client()
    client.force_login(staff(role, tenant))
    return client


def text(answer):
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode())))


def sent(client, path, said):
    return client.post(path, {"key": uuid4()} | said, follow=True)


def remiss(clinic, **also):
    said = {"number": NUMBER, "clinic": clinic.id, "issued_on": TODAY.isoformat()}
    return said | {"issuer": "allmanlakare", "priority": "2"} | also


def test_the_care_is_chosen_first_and_gives_the_clinics_that_have_it(remittent, clinic):
    a_clinic("03", cares=("besok-hud",), name="Påhittade hudmottagningen")
    page = remittent.get("/remiss/ny/", {"vard": EYES}, follow=True)
    assert page.redirect_chain[-1][0] == f"/remiss/ny/{EYES}/"
    assert clinic.name in text(page)
    assert "Påhittade hudmottagningen" not in text(page)
    assert remittent.get("/remiss/ny/", {"vard": "okänd"}).status_code == 422


def test_a_remiss_is_sent_and_says_what_it_means_for_the_guarantee(remittent, clinic, person):
    page = sent(remittent, f"/remiss/ny/{EYES}/", remiss(clinic))
    assert "Remissen är skickad. Vårdgarantin gäller till" in text(page)
    assert Referral.objects.using(OWNER).get().registered_at_id == clinic.id


def test_it_says_that_the_region_already_looks_elsewhere(remittent, clinic, person):
    staff(Role.NAVIGATOR, a_region("01").tenant)
    a_slot(clinic, starts_at=at(95))
    page = sent(remittent, f"/remiss/ny/{EYES}/", remiss(clinic))
    assert "Regionen söker redan en annan plats: mottagningens första lediga tid" in text(page)


def test_a_person_who_is_not_found_is_said_at_the_number(remittent, clinic, person):
    page = sent(remittent, f"/remiss/ny/{EYES}/", remiss(clinic, number="19000101-9999"))
    assert page.status_code == 404
    assert "Vi hittar ingen med det numret" in text(page)
    assert not Referral.objects.using(OWNER).exists()


def test_a_button_that_is_pressed_twice_sends_one_remiss(remittent, clinic, person):
    said = remiss(clinic, key=uuid4())
    for _ in range(2):
        sent(remittent, f"/remiss/ny/{EYES}/", said)
    assert Referral.objects.using(OWNER).count() == 1


def test_only_who_may_refer_sees_the_page(mottagning, remittent, database):
    assert mottagning.get("/remiss/ny/").status_code == 403
    assert "Skriv remiss" in text(remittent.get("/"))
    assert "Skriv remiss" not in text(mottagning.get("/"))


def test_the_clinic_sees_who_waits_there_and_the_read_is_logged(mottagning, need):
    page = mottagning.get(f"/mottagning/{need.registered_at_id}/vantar/")
    assert "Alice" in text(page)
    assert "70 dagar kvar" in text(page)
    assert AccessLog.objects.using(OWNER).get().purpose == "received"


def test_one_click_says_that_the_date_cannot_be_met_and_one_takes_it_back(mottagning, need):
    staff(Role.NAVIGATOR, a_region("01").tenant)
    path = f"/remiss/{need.id}/datum/"
    page = sent(mottagning, path, {"can": "no"})
    assert "Regionen har fått veta att ni inte hinner." in text(page)
    assert RerouteCase.objects.using(OWNER).get().trigger == "clinic_cannot"
    assert "Ta tillbaka" in text(page)
    assert "Vi hinner inte" in text(sent(mottagning, path, {"can": "yes"}))


def test_the_decision_to_treat_is_registered_on_the_page(mottagning, need):
    path = f"/remiss/{need.id}/beslut/"
    assert mottagning.get(path).status_code == 200
    said = {"care": KNEE, "decided_on": TODAY.isoformat(), "priority": "2"}
    assert "Beslutet är registrerat. Vårdgarantin gäller till" in text(sent(mottagning, path, said))
    again = sent(mottagning, path, said)
    assert (again.status_code, "finns redan" in text(again)) == (409, True)
    assert sent(mottagning, path, said | {"care": EYES}).status_code == 422


def test_what_is_wrong_with_a_decisions_day_is_said_at_the_day(mottagning, need):
    tomorrow = (TODAY + timedelta(days=1)).isoformat()
    said = {"care": KNEE, "decided_on": tomorrow, "priority": "2"}
    page = sent(mottagning, f"/remiss/{need.id}/beslut/", said)
    assert page.status_code == 422
    assert 'id="id_decided_on_error"' in page.content.decode()


def test_who_came_is_reported_on_the_page_and_corrected_there(mottagning, visit, clinic):
    path = f"/mottagning/{clinic.id}/besok/"
    assert "Ska rapporteras" in text(mottagning.get(path))
    page = sent(mottagning, f"/bokning/{visit.id}/kom/", {"came": "yes"})
    assert "Genomförd" in text(page)
    assert "Rätta: kom inte" in text(page)
    page = sent(mottagning, f"/bokning/{visit.id}/kom/", {"came": "no"})
    assert "Uteblev" in text(page)
    assert fresh(visit).state == "missed"


def test_the_patient_reads_what_the_clinic_has_said(mottagning, visit, person):
    patient = Client()
    patient.force_login(person.subject)
    sent(mottagning, f"/bokning/{visit.id}/kom/", {"came": "yes"})
    assert "Besöket är genomfört." in text(patient.get(f"/bokning/{visit.id}/"))
    sent(mottagning, f"/bokning/{visit.id}/kom/", {"came": "no"})
    page = text(patient.get(f"/bokning/{visit.id}/"))
    assert "Mottagningen säger att du inte kom. Du väntar igen" in page
    assert "Avboka" not in page


def test_a_visit_to_come_can_only_be_cancelled_and_an_old_one_is_asked_for(
    mottagning, clinic, need
):
    visit = booked(a_slot(clinic, starts_at=at(1)), need, an_agreement(clinic))
    path, day = f"/mottagning/{clinic.id}/besok/", (TODAY + timedelta(days=1)).isoformat()
    page = mottagning.get(path, {"dag": day})
    assert "Ställ in" in text(page)
    assert f"/bokning/{visit.id}/kom/" not in page.content.decode()
    Slot.objects.using(OWNER).update(
        starts_at=NOW - timedelta(days=3), ends_at=NOW - timedelta(days=2)
    )
    assert "Tidigare besök som ingen har rapporterat" in text(mottagning.get(path))
    assert mottagning.get(path, {"dag": "0001-01-01"}).status_code == 200


def test_pages_of_a_clinic_are_for_its_own_staff(need, visit, clinic):
    other = logged_in(Role.CLINIC_STAFF, a_clinic().tenant)
    for page in ("vantar", "besok"):
        assert other.get(f"/mottagning/{clinic.id}/{page}/").status_code == 403
    assert other.get(f"/remiss/{need.id}/beslut/").status_code == 404
    assert sent(other, f"/bokning/{visit.id}/kom/", {"came": "yes"}).status_code == 404
    assert sent(other, f"/remiss/{need.id}/datum/", {"can": "no"}).status_code == 404


def test_the_week_leads_from_a_booked_place_to_its_visit(mottagning, clinic, visit):
    week = mottagning.get(f"/mottagning/{clinic.id}/")
    assert f"/mottagning/{clinic.id}/besok/?dag=" in week.content.decode()
