"""Offers over REST: both answers are explained before either is given, and every answer may be sent again."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import AccessLog
from accounts.roles import Role
from accounts.selectors.actors import system_actor
from brokering import tasks
from brokering.forms import CONSEQUENCE_VERSION
from brokering.models import Booking, ClockEvent, Offer
from config.celery import app
from tests.brokering.desk import fresh, held, offered
from tests.factories import (
    OWNER,
    a_clinic,
    a_patient,
    a_referral,
    a_region,
    a_slot,
    an_agreement,
    at,
    staff,
)

READ = {"consequence_version": CONSEQUENCE_VERSION}


@pytest.fixture(autouse=True)
def rematched(monkeypatch):
    sent = []
    monkeypatch.setattr(app.tasks[tasks.rematch_freed.name], "delay", lambda: sent.append("woken"))
    return sent


@pytest.fixture
def system(database):
    return system_actor(a_region("01").tenant_id)


@pytest.fixture
def offer(clinic, alice, lot, system):
    return offered(a_slot(clinic, starts_at=at(30)), alice, lot, by=system, now=timezone.now())


@pytest.fixture
def client(alice):
    return logged_in(alice.patient.subject)


def logged_in(user):
    client = Client()
    client.force_login(user)
    return client


def asked(client, offer):
    return client.get(f"/api/v1/offers/{offer.id}")


def send(client, offer, what, body=READ, key=None):
    return client.post(
        f"/api/v1/offers/{offer.id}/{what}",
        body,
        content_type="application/json",
        headers={"Idempotency-Key": key or str(uuid4())},
    )


def test_both_answers_are_explained_before_either_is_given(offer, client):
    body = asked(client, offer).json()
    assert body["if_accepted"]["guarantee_effect"] == "runs"
    assert body["if_accepted"]["in_time"] is True
    assert body["if_declined"] == {
        "pauses_guarantee": True,
        "why_not": "",
        "due_when_offered": body["if_accepted"]["due"],
        "queue_place": "kept",
        "place": "goes_to_others",
    }


def test_own_offers_are_listed_and_nobody_elses(offer, client):
    (listed,) = client.get("/api/v1/offers?state=sent").json()
    assert listed["id"] == str(offer.id)
    assert client.get("/api/v1/offers?state=declined").json() == []
    assert logged_in(a_patient("Bob").subject).get("/api/v1/offers").json() == []
    assert client.get("/api/v1/offers?state=lost").status_code == 422


def test_a_yes_books_once_however_often_it_is_sent(offer, client):
    key = str(uuid4())
    first, again = (send(client, offer, "accept", key=key) for _ in range(2))
    assert (first.status_code, first.json()["state"]) == (200, "accepted")
    assert first.content == again.content
    assert Booking.objects.using(OWNER).filter(state="booked").count() == 1


def test_a_no_that_was_read_before_pauses_and_gives_the_place_to_others(
    offer, client, alice, rematched
):
    body = send(client, offer, "decline").json()
    assert (body["state"], body["if_declined"]) == ("declined", None)
    assert rematched == ["woken"]
    types = ClockEvent.objects.using(OWNER).filter(referral=alice).values_list("type", flat=True)
    assert sorted(types) == ["declined", "informed", "offered"]


def test_a_no_without_a_version_says_that_nothing_was_told(offer, client, alice):
    send(client, offer, "decline", body={})
    types = ClockEvent.objects.using(OWNER).filter(referral=alice).values_list("type", flat=True)
    assert sorted(types) == ["declined", "offered"]


def test_a_version_that_is_not_todays_must_be_read_again(offer, client):
    answer = send(client, offer, "decline", body={"consequence_version": "1999-1"})
    assert answer.json()["code"] == "consequence_not_seen"
    assert fresh(offer).state == "sent"


def test_a_no_by_mistake_is_taken_back_while_the_place_is_free(offer, client):
    until = send(client, offer, "decline").json()["regrettable_until"]
    assert until is not None
    again = send(client, offer, "regret", body={})
    assert (again.status_code, again.json()["state"]) == (201, "sent")
    assert again.json()["answer_by"] == asked(client, offer).json()["answer_by"]


def test_a_no_whose_place_has_gone_stands_and_says_why(offer, client, lot):
    send(client, offer, "decline")
    bob = a_referral(a_patient("Bob"))
    soon = timezone.now() + timedelta(minutes=10)
    held(offer.booking.claim.slot, bob, lot, now=timezone.now(), held_until=soon)
    assert send(client, offer, "regret", body={}).json()["code"] == "slot_taken"


def test_an_offer_whose_time_is_over_reads_as_lapsed_and_cannot_be_answered(
    clinic, alice, lot, system, client
):
    then = timezone.now() - timedelta(days=4)
    late = offered(a_slot(clinic, starts_at=at(30)), alice, lot, by=system, now=then)
    assert asked(client, late).json()["state"] == "lapsed"
    assert send(client, late, "accept").json()["code"] == "offer_lapsed"


def test_who_would_lose_the_guarantee_by_a_yes_must_have_read_so(alice, system, client):
    away = a_clinic("03")
    now = timezone.now()
    offer = offered(
        a_slot(away, starts_at=at(30)),
        alice,
        an_agreement(away),
        by=system,
        route="free_choice",
        now=now,
    )
    assert asked(client, offer).json()["if_accepted"]["guarantee_effect"] == "excluded"
    assert send(client, offer, "accept", body={}).json()["code"] == "consequence_not_seen"
    assert send(client, offer, "accept").status_code == 200


def test_the_home_region_reads_an_offer_and_that_is_logged(offer):
    nils = staff(Role.NAVIGATOR, a_region("01").tenant, "Nils")
    assert asked(logged_in(nils), offer).status_code == 200
    assert AccessLog.objects.using(OWNER).filter(reader=nils, purpose="offer").exists()


@pytest.mark.parametrize("what", ["accept", "decline", "regret"])
def test_an_offer_of_somebody_else_does_not_exist(offer, what):
    bob = logged_in(a_patient("Bob").subject)
    assert asked(bob, offer).status_code == 404
    assert send(bob, offer, what).status_code == 404
    assert Offer.objects.using(OWNER).get().state == "sent"


DECISION = {
    "answer_days": 10,
    "attempts": 3,
    "letter_days": 14,
    "batch": 1,
    "decision_reference": "RS 2026-17",
}


def decide(client, code="01", **also):
    return client.post(
        f"/api/v1/regions/{code}/offer-policy",
        DECISION | {"valid_from": timezone.localdate().isoformat()} | also,
        content_type="application/json",
        headers={"Idempotency-Key": str(uuid4())},
    )


def test_a_region_reads_the_standard_and_decides_otherwise(database):
    ada = logged_in(staff(Role.REGION_ADMINISTRATOR, a_region("01").tenant))
    assert ada.get("/api/v1/regions/01/offer-policy").json()["in_force"]["source"] == "default"
    body = decide(ada).json()
    assert body["in_force"]["answer_days"] == 10
    assert [one["decision_reference"] for one in body["decisions"]] == ["RS 2026-17"]
    assert decide(ada, answer_days=0).status_code == 422
    assert decide(ada, code="03").status_code == 403
