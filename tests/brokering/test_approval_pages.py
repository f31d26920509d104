"""Questions to the home region on screen and over REST: asked, listed, answered, followed."""

from uuid import uuid4

import pytest

from accounts.roles import Role
from brokering.forms import CONSEQUENCE_VERSION
from brokering.models import Approval
from tests.brokering.approving import IN_A_YEAR, KNEE, asked, browser, ward
from tests.factories import (
    OWNER,
    TODAY,
    a_clinic,
    a_patient,
    a_referral,
    a_region,
    an_agreement,
    staff,
)

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def hospital(database):
    return a_clinic("03", cares=(KNEE,))


@pytest.fixture
def terms(hospital):
    return an_agreement(hospital)


@pytest.fixture
def need(database):
    return a_referral(a_patient("Alice"), KNEE)


@pytest.fixture
def bertil(database):
    return staff(Role.NAVIGATOR, a_region("01").tenant, "Bertil")


def test_on_screen_the_patient_asks_the_region_answers_and_the_patient_confirms(
    hospital, terms, need, bertil
):
    alice, slot = browser(need.patient.subject), ward(hospital)
    page = alice.get(f"/tid/{slot.id}/").content.decode()
    assert "Håll tiden och fråga min region" in page
    said = {
        "lot": terms.id,
        "route": "inpatient_choice",
        "referral": need.id,
        "version": CONSEQUENCE_VERSION,
        "key": uuid4(),
    }
    waiting = alice.post(f"/tid/{slot.id}/fraga/", said, follow=True).content.decode()
    assert "Väntar på din region" in waiting
    assert "Bekräfta bokningen" not in waiting
    approval = Approval.objects.using(OWNER).get()
    region = browser(bertil)
    assert "Alice" in region.get("/godkannanden/").content.decode()
    assert "Godkänn" in region.get(f"/godkannanden/{approval.id}/").content.decode()
    done = {"key": uuid4(), "valid_to": IN_A_YEAR.isoformat()}
    assert region.post(f"/godkannanden/{approval.id}/ja/", done).status_code == 302
    assert (
        "Din region har sagt ja" in alice.get(f"/bokning/{approval.booking_id}/").content.decode()
    )
    confirm = alice.post(f"/bokning/{approval.booking_id}/bekrafta/", {"key": uuid4()}, follow=True)
    assert "Klart. Tiden är bokad." in confirm.content.decode()


def test_on_screen_a_no_says_why(hospital, terms, need, bertil):
    approval = asked(ward(hospital), need, terms)
    said = {"key": uuid4(), "reason": "care_at_home"}
    browser(bertil).post(f"/godkannanden/{approval.id}/nej/", said)
    page = browser(need.patient.subject).get(f"/bokning/{approval.booking_id}/").content.decode()
    assert "Vården kan ges i hemregionen i tid" in page


def test_over_rest_the_region_lists_and_answers(hospital, terms, need, bertil):
    approval, region = asked(ward(hospital), need, terms), browser(bertil)
    listed = region.get("/api/v1/approvals").json()
    assert [one["id"] for one in listed] == [str(approval.id)]
    address = f"/api/v1/approvals/{approval.id}/grant"
    body = {"valid_to": IN_A_YEAR.isoformat()}
    key = {"Idempotency-Key": str(uuid4())}
    first = region.post(address, body, "application/json", headers=key)
    again = region.post(address, body, "application/json", headers=key)
    assert (first.status_code, first.json()["state"]) == (200, "granted")
    assert again.json() == first.json()


def test_over_rest_a_patient_asks_and_the_same_key_asks_once(hospital, terms, need, bertil):
    slot, alice = ward(hospital), browser(need.patient.subject)
    body = {"slot": str(slot.id), "referral": str(need.id), "lot": str(terms.id)}
    key = {"Idempotency-Key": str(uuid4())}
    first, again = (
        alice.post("/api/v1/approvals", body, "application/json", headers=key) for _ in range(2)
    )
    assert (first.status_code, first.json()["state"]) == (201, "asked")
    assert again.content == first.content
    listed = browser(bertil).get("/api/v1/approvals").json()
    assert [one["id"] for one in listed] == [first.json()["id"]]


def test_over_rest_nobody_asks_for_somebody_else_or_about_a_place_that_is_not_there(
    hospital, terms, need
):
    bob = a_patient("Bob")
    body = {"slot": str(ward(hospital).id), "referral": str(need.id), "lot": str(terms.id)}
    key = {"Idempotency-Key": str(uuid4())}
    theirs = browser(bob.subject).post("/api/v1/approvals", body, "application/json", headers=key)
    approved = a_referral(bob, KNEE, need_approved_on=TODAY)
    body = {"slot": str(uuid4()), "referral": str(approved.id), "lot": str(terms.id)}
    nowhere = browser(bob.subject).post(
        "/api/v1/approvals", body, "application/json", headers={"Idempotency-Key": str(uuid4())}
    )
    assert (theirs.status_code, nowhere.status_code) == (404, 404)
    assert not Approval.objects.using(OWNER).exists()


def test_the_regions_list_follows_its_topic_and_fetches_itself_alone(hospital, terms, need, bertil):
    region = browser(bertil)
    page = region.get("/godkannanden/").content.decode()
    assert 'data-live-topic="region:01"' in page
    asked(ward(hospital), need, terms)
    part = region.get("/godkannanden/", headers={"HX-Request": "true"}).content.decode()
    assert "Alice" in part
    assert "<html" not in part


def test_the_questions_stand_in_the_navigation_of_who_answers_them(need, bertil):
    assert 'href="/godkannanden/"' in browser(bertil).get("/").content.decode()
    assert 'href="/godkannanden/"' not in browser(need.patient.subject).get("/").content.decode()
