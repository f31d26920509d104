"""The API of those who refer and receive: typed refusals, and every write may be sent again."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from rest_framework.throttling import ScopedRateThrottle

from accounts.identity import keyed_hash
from accounts.models import AccessLog, Outcome
from accounts.roles import Role
from brokering.models import Patient, Referral, RerouteCase
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
def remittent(database):
    return logged_in(Role.REFERRING_CLINICIAN, a_region("01").tenant)


@pytest.fixture
def mottagning(clinic):
    return logged_in(Role.CLINIC_STAFF, clinic.tenant)


@pytest.fixture
def need(clinic, person):
    return a_referral(person, registered_at=clinic, addressed_to_id=clinic.tenant_id)


@pytest.fixture
def owner(database):
    return staff(Role.NAVIGATOR, a_region("01").tenant)


def logged_in(role, tenant):
    client = Client()
    client.force_login(staff(role, tenant))
    return client


def post(client, path, body, key=None):
    return client.post(
        f"/api/v1/{path}",
        body,
        content_type="application/json",
        headers={"Idempotency-Key": key or str(uuid4())},
    )


def remiss(clinic, **also):
    fields = {"care": EYES, "clinic": str(clinic.id), "issued_on": TODAY.isoformat()}
    return fields | {"issuer": "allmanlakare", "priority": 2, "patient_number": NUMBER} | also


def test_a_remiss_is_written_and_says_by_when_care_is_due(remittent, clinic, person):
    answer = post(remittent, "referrals", remiss(clinic))
    assert answer.status_code == 201
    need = Referral.objects.using(OWNER).get()
    assert answer.json() == {
        "referral": str(need.id),
        "care": EYES,
        "guarantee": "besok",
        "due": (TODAY + timedelta(days=90)).isoformat(),
        "reroute": None,
    }


def test_a_late_forecast_is_answered_with_the_case_that_it_opened(remittent, clinic, person, owner):
    a_slot(clinic, starts_at=at(95))
    answer = post(remittent, "referrals", remiss(clinic, patient_number="19400101-2388"))
    assert answer.json()["reroute"] == "forecast_after_due"
    assert RerouteCase.objects.using(OWNER).get().owner_id == owner.id


def test_a_remiss_that_is_sent_again_is_written_once(remittent, clinic, person):
    first, again = (post(remittent, "referrals", remiss(clinic), key="a") for _ in range(2))
    assert again.json() == first.json()
    assert again["Idempotent-Replay"] == "true"
    assert Referral.objects.using(OWNER).count() == 1
    other = post(remittent, "referrals", remiss(clinic, patient_number="194001012396"), key="a")
    assert other.json()["code"] == "idempotency_key_reused"


def test_the_number_is_nowhere_in_what_is_kept(remittent, clinic, person):
    post(remittent, "referrals", remiss(clinic), key="kept")
    outcome = Outcome.objects.using(OWNER).get(key="kept")
    assert NUMBER not in json.dumps(outcome.body)
    assert [one.purpose for one in AccessLog.objects.using(OWNER).all()] == ["refer"]


@pytest.mark.parametrize(
    ("wrong", "status", "code"),
    [
        ({"patient_number": "190001019999"}, 404, "patient_unknown"),
        ({"patient_number": "någon"}, 422, "invalid"),
        ({"priority": None}, 422, "invalid"),
        ({"priority": 5}, 422, "invalid"),
        ({"care": "okänd"}, 422, "unknown_care"),
        ({"care": "besok-hud"}, 422, "care_not_offered"),
        ({"clinic": str(uuid4())}, 422, "care_not_offered"),
        ({"issued_on": (TODAY + timedelta(days=1)).isoformat()}, 422, "invalid_value"),
        ({"decided_on": TODAY.isoformat()}, 422, "not_a_treatment"),
    ],
)
def test_what_cannot_be_written_is_refused_by_code(remittent, clinic, person, wrong, status, code):
    answer = post(remittent, "referrals", remiss(clinic) | wrong)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not Referral.objects.using(OWNER).exists()


def test_only_who_may_refer_writes_and_a_write_needs_a_key(remittent, mottagning, clinic, person):
    assert post(mottagning, "referrals", remiss(clinic)).status_code == 403
    assert post(Client(), "referrals", remiss(clinic)).status_code == 401
    missing = remittent.post("/api/v1/referrals", remiss(clinic), content_type="application/json")
    assert missing.json()["code"] == "idempotency_key_missing"


def test_numbers_cannot_be_tried_out_by_the_thousand(remittent, clinic, person, monkeypatch):
    monkeypatch.setitem(ScopedRateThrottle.THROTTLE_RATES, "write", "2/min")
    answers = [post(remittent, "referrals", remiss(clinic)).status_code for _ in range(3)]
    assert answers == [201, 201, 429]


def test_the_clinic_reads_who_waits_there_without_names(mottagning, need):
    answer = mottagning.get(f"/api/v1/clinics/{need.registered_at_id}/referrals")
    (item,) = answer.json()["items"]
    assert (item["referral"], item["priority"]) == (str(need.id), 3)
    assert (item["days_left"], item["clinic_cannot"]) == (70, False)
    assert "Alice" not in answer.content.decode()
    assert AccessLog.objects.using(OWNER).get().purpose == "received"


def test_another_clinics_list_is_not_read(need):
    other = logged_in(Role.CLINIC_STAFF, a_clinic().tenant)
    path = f"/api/v1/clinics/{need.registered_at_id}/referrals"
    assert other.get(path).status_code == 403
    assert other.get(f"/api/v1/clinics/{uuid4()}/referrals").status_code == 404


def test_a_date_that_cannot_be_met_opens_the_case_and_can_be_taken_back(mottagning, need, owner):
    path = f"referrals/{need.id}/date"
    assert post(mottagning, path, {"can": False}).json()["reroute"] == "clinic_cannot"
    listed = mottagning.get(f"/api/v1/clinics/{need.registered_at_id}/referrals").json()["items"]
    assert listed[0]["clinic_cannot"] is True
    assert post(mottagning, path, {"can": True}).json()["reroute"] is None
    assert post(mottagning, path, {}).json()["code"] == "invalid"


def test_a_decision_begins_the_wait_for_treatment(mottagning, need):
    said = {"care": KNEE, "decided_on": TODAY.isoformat(), "priority": 1}
    answer = post(mottagning, f"referrals/{need.id}/decision", said)
    assert (answer.status_code, answer.json()["guarantee"]) == (201, "behandling")
    assert answer.json()["due"] == (TODAY + timedelta(days=90)).isoformat()
    again = post(mottagning, f"referrals/{need.id}/decision", said)
    assert (again.status_code, again.json()["code"]) == (409, "already_decided")


def test_a_visit_is_reported_when_it_has_begun(mottagning, need, clinic):
    lot = an_agreement(clinic)
    visit = booked(a_slot(clinic), need, lot)
    early = post(mottagning, f"bookings/{visit.id}/visit", {"came": True})
    assert (early.status_code, early.json()["code"]) == (409, "visit_not_begun")
    type(visit.claim.slot).objects.using(OWNER).update(
        starts_at=NOW - timedelta(minutes=30), ends_at=NOW
    )
    answer = post(mottagning, f"bookings/{visit.id}/visit", {"came": True})
    assert answer.json() == {"booking": str(visit.id), "state": "fulfilled"}
    corrected = post(mottagning, f"bookings/{visit.id}/visit", {"came": False})
    assert corrected.json()["state"] == "missed"
    assert fresh(need).state == "waiting"
