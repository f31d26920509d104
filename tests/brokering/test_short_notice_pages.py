"""Short notice on screen and over REST: consent, answer, and who is asked."""

from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from accounts.roles import Role
from brokering.forms import CONSEQUENCE_VERSION
from brokering.models import ShortNotice
from tests.brokering.desk import fresh
from tests.brokering.invited import freed, invitation, wants
from tests.factories import (
    NOW,
    OWNER,
    a_clinic,
    a_patient,
    a_referral,
    a_slot,
    an_agreement,
    at,
    staff,
)

pytestmark = pytest.mark.usefixtures("database")
READY = ["gets_there", "can_be_called"]


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def browser(alice):
    return client_of(alice.patient.subject)


@pytest.fixture
def dana(alice):
    return client_of(staff(Role.NAVIGATOR, alice.tenant))


@pytest.fixture
def slot(clinic, lot):
    return a_slot(clinic, starts_at=at(2))


def text(answer):
    return " ".join(answer.content.decode().split())


def consents(**which):
    return ShortNotice.objects.using(OWNER).filter(ended_at__isnull=True, **which)


def post(client, name, body=None, **ids):
    return client.post(
        reverse(name, kwargs=ids or None),
        body or {},
        content_type="application/json",
        headers={"Idempotency-Key": str(uuid4())},
    )


def pressed(browser, name, need, **also):
    """Press a button of the card."""
    said = {"key": str(uuid4())} | also
    return browser.post(reverse(name, args=[invitation(need).id]), said)


def test_a_patient_consents_sees_that_and_ends_it(browser, alice):
    page = reverse("short-notice", args=[alice.id])
    assert "Ja, fråga vid kort varsel" in text(browser.get(page))
    browser.post(
        page, {"key": str(uuid4()), "notice_hours": 24, "max_distance_km": 100, "ready": READY}
    )
    assert consents(referral=alice, max_distance_km=100, ready=sorted(READY)).exists()
    assert "du blir tillfrågad" in text(browser.get(reverse("my_wait")))
    browser.post(page, {"key": str(uuid4()), "end": "1"})
    assert not consents().exists()


def test_what_is_not_ticked_off_is_said(browser, alice):
    browser.post(
        reverse("short-notice", args=[alice.id]),
        {"key": str(uuid4()), "notice_hours": 24, "ready": READY[:1]},
    )
    assert "allt är inte avbockat" in text(browser.get(reverse("my_wait")))


def test_a_visit_asks_nothing_that_only_an_operation_asks_for(browser, alice):
    shown = text(browser.get(reverse("short-notice", args=[alice.id])))
    assert "Jag kan nås på telefon" in shown
    assert "fastande" not in shown


def test_hours_that_are_none_of_the_choices_are_refused_with_words(browser, alice):
    answer = browser.post(reverse("short-notice", args=[alice.id]), {"notice_hours": "7000"})
    assert answer.status_code == 422
    assert not consents().exists()


def test_the_card_says_until_when_and_what_each_answer_means(browser, alice, slot):
    wants(alice)
    freed(slot)
    shown = text(browser.get(reverse("my_wait")))
    assert "Ledig tid med kort varsel" in shown
    assert "Svara senast" in shown
    assert "vårdgarantin påverkas inte" in shown


def test_a_yes_on_the_card_leads_to_the_booking(browser, alice, slot):
    wants(alice)
    freed(slot)
    answer = pressed(browser, "invitation-accept", alice)
    assert answer.url == reverse("booking", args=[invitation(alice).booking_id])
    assert fresh(alice).state == "booked"


def test_a_no_on_the_card_takes_it_away_and_keeps_the_wait(browser, alice, slot):
    wants(alice)
    freed(slot)
    pressed(browser, "invitation-decline", alice)
    assert "Ledig tid med kort varsel" not in text(browser.get(reverse("my_wait")))
    assert fresh(alice).state == "waiting"


def test_a_yes_that_ends_the_guarantee_is_preceded_by_what_is_lost():
    there = a_clinic("03")
    an_agreement(there)
    bob = a_referral(a_patient("Bob"), accepts_other_regions=True)
    browser = client_of(bob.patient.subject)
    wants(bob)
    freed(a_slot(there, starts_at=at(2)))
    shown = pressed(browser, "invitation-accept", bob)
    assert "räknas inte väntetiden" in text(shown)
    assert fresh(bob).state == "waiting"
    assert (
        pressed(browser, "invitation-accept", bob, version=CONSEQUENCE_VERSION).status_code == 302
    )


@pytest.mark.parametrize("version", ["never shown", "2026-1" * 20], ids=["another", "long"])
def test_over_rest_only_the_words_of_today_count_as_read(version):
    an_agreement(there := a_clinic("03"))
    bob = a_referral(a_patient("Bob"), accepts_other_regions=True)
    wants(bob)
    freed(a_slot(there, starts_at=at(2)))
    said = {"consequence_version": version}
    ids = {"invitation_id": invitation(bob).id}
    answer = post(client_of(bob.patient.subject), "api-invitation-accept", said, **ids)
    assert (answer.status_code, answer.json()["code"]) == (409, "consequence_not_seen")
    assert fresh(bob).state == "waiting"


def test_a_vardlots_notes_a_consent_and_sees_who_is_asked(dana, alice, slot):
    page = reverse("short-notice-by-phone", args=[alice.id])
    dana.post(page, {"key": str(uuid4()), "notice_hours": 6, "ready": READY})
    freed(slot)
    shown = text(dana.get(reverse("asked-batches")))
    assert alice.patient.name in shown
    assert "frågad, inget svar än" in shown


def test_another_regions_vardlots_sees_no_batch_of_these_patients(alice, slot):
    wants(alice)
    freed(slot)
    elsewhere = a_patient("Erik", region="03")
    other = client_of(staff(Role.NAVIGATOR, elsewhere.tenant, "Eva"))
    assert alice.patient.name not in text(other.get(reverse("asked-batches")))
    assert other.get(reverse("short-notice-by-phone", args=[alice.id])).status_code == 404


def test_over_rest_one_consents_is_asked_and_says_yes(browser, alice, slot):
    said = {"referral": str(alice.id), "notice_hours": 24, "ready": READY}
    answer = post(browser, "api-consents", said)
    assert (answer.status_code, answer.json()["missing"]) == (201, [])
    assert browser.get(reverse("api-consents")).json()["items"] == [answer.json()]
    freed(slot)
    (one,) = browser.get(reverse("api-invitations")).json()["items"]
    assert (one["slot"], one["if_declined"]) == (str(slot.id), "nothing_changes")
    done = post(browser, "api-invitation-accept", invitation_id=one["id"])
    assert (done.status_code, bool(done.json()["booking"])) == (200, True)
    late = post(browser, "api-invitation-decline", invitation_id=one["id"])
    assert (late.status_code, late.json()["code"]) == (409, "invitation_over")


def test_over_rest_a_no_and_the_end_of_a_consent(browser, alice, slot):
    wants(alice, now=NOW)
    freed(slot)
    done = post(browser, "api-invitation-decline", invitation_id=str(invitation(alice).id))
    assert done.json()["booking"] is None
    assert post(browser, "api-consent-end", {"referral": str(alice.id)}).status_code == 200
    assert post(browser, "api-consent-end", {"referral": str(alice.id)}).status_code == 404
