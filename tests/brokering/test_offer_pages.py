"""The pages of offers: both answers explained, calls, answers by telephone, and the region's own decision."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from accounts.roles import Role
from accounts.selectors.actors import system_actor
from brokering import tasks
from brokering.forms import CONSEQUENCE_VERSION
from brokering.models import ContactAttempt, Offer
from config.celery import app
from contracts.models import OfferPolicy
from tests.brokering.desk import fresh, offered
from tests.factories import OWNER, a_region, a_slot, an_agreement, at, staff

EMPTY = "Inga egna beslut."


@pytest.fixture(autouse=True)
def rematched(monkeypatch):
    sent = []
    monkeypatch.setattr(app.tasks[tasks.rematch_freed.name], "delay", lambda: sent.append("woken"))
    return sent


@pytest.fixture
def offer(clinic, alice, database):
    system = system_actor(a_region("01").tenant_id)
    slot = a_slot(clinic, starts_at=at(30))
    return offered(slot, alice, an_agreement(clinic), by=system, now=timezone.now())


@pytest.fixture
def client(alice):
    return logged_in(alice.patient.subject)


@pytest.fixture
def navigator(database):
    return logged_in(staff(Role.NAVIGATOR, a_region("01").tenant, "Nils"))


@pytest.fixture
def ada(database):
    return logged_in(staff(Role.REGION_ADMINISTRATOR, a_region("01").tenant))


def logged_in(user):
    client = Client()
    client.force_login(user)
    return client


def page(client, path="/min-vantan/"):
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def send(client, path, **said):
    return client.post(path, {"key": str(uuid4())} | said)


def test_the_card_says_what_each_answer_means_before_either_is_given(offer, client):
    shown = page(client)
    assert "Tiden ligger inom vårdgarantin" in shown
    assert "Om du tackar nej räknas inga fler dagar" in shown
    assert "Tiden går genast till någon annan" in shown


def test_a_no_can_be_taken_back_from_the_same_page(offer, client):
    send(client, f"/erbjudande/{offer.id}/nej/", version=CONSEQUENCE_VERSION)
    assert "Jag ångrar mitt nej" in page(client)
    send(client, f"/erbjudande/{offer.id}/angra/")
    assert "Jag ångrar mitt nej" not in page(client)
    assert Offer.objects.using(OWNER).filter(state="sent").count() == 1


def test_whoever_has_refused_says_on_the_page_that_the_care_is_wanted_again(offer, client):
    send(client, f"/erbjudande/{offer.id}/nej/", version=CONSEQUENCE_VERSION)
    long_ago = timezone.now() - timedelta(hours=2)
    Offer.objects.using(OWNER).update(answered_at=long_ago)
    assert "Jag vill ha vården" in page(client)
    send(client, f"/min-vantan/{offer.referral_id}/vill-ha/")
    assert "Jag vill ha vården" not in page(client)


def test_a_call_is_noted_once_however_often_the_button_is_pressed(alice, navigator):
    said = {"key": str(uuid4()), "outcome": "no_answer"}
    for _ in range(2):
        navigator.post(f"/vantande/{alice.id}/ringt/", said)
    assert ContactAttempt.objects.using(OWNER).count() == 1
    assert "Inget svar" in page(navigator, f"/vantande/{alice.id}/")


@pytest.mark.parametrize(("answer", "state"), [("yes", "accepted"), ("no", "declined")])
def test_an_answer_by_telephone_is_written_down_by_the_region(offer, navigator, answer, state):
    assert "Ett erbjudande väntar på svar" in page(navigator, f"/vantande/{offer.referral_id}/")
    send(navigator, f"/erbjudande/{offer.id}/telefonsvar/", answer=answer)
    assert fresh(offer).state == state


def test_a_patient_notes_no_calls_and_no_answers_of_the_regions(offer, client):
    for path in (
        f"/vantande/{offer.referral_id}/ringt/",
        f"/erbjudande/{offer.id}/telefonsvar/",
    ):
        assert send(client, path, outcome="spoken", answer="no").status_code == 403


def decision(**also):
    fields = {"answer_days": 10, "attempts": 3, "letter_days": 14, "batch": 1}
    named = {"decision_reference": "RS 2026-17", "valid_from": timezone.localdate().isoformat()}
    return fields | named | also


def test_the_page_of_a_region_says_whose_figures_hold(ada):
    shown = page(ada, "/hur-vi-fragar/")
    assert "Vårdbryggans standard, inte lag" in shown
    assert EMPTY in shown
    assert send(ada, "/hur-vi-fragar/", **decision()).status_code == 302
    shown = page(ada, "/hur-vi-fragar/")
    assert "Regionens beslut RS 2026-17." in shown
    assert EMPTY not in shown


@pytest.mark.parametrize(
    "wrong",
    [{"answer_days": 0}, {"decision_reference": ""}, {"valid_from": "2020-01-01"}],
    ids=["no_days", "no_reference", "a_day_that_has_passed"],
)
def test_a_decision_that_cannot_be_made_says_what_is_wrong(ada, wrong):
    assert send(ada, "/hur-vi-fragar/", **decision(**wrong)).status_code == 422
    assert not OfferPolicy.objects.using(OWNER).exists()
