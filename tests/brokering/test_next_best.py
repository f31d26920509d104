"""Who loses a place is told the nearest others, and gets one in the same request only if asked for."""

from datetime import timedelta

import pytest
from django.test import Client

from brokering.forms import CONSEQUENCE_VERSION
from brokering.models import Booking
from providers.models import Claim
from tests.brokering.crowd import at_once
from tests.brokering.desk import occupying
from tests.factories import (
    NOW,
    OWNER,
    a_claim,
    a_clinic,
    a_patient,
    a_referral,
    a_slot,
    an_agreement,
    at,
)


@pytest.fixture
def clinic(database):
    clinic = a_clinic("12")
    clinic.lot = an_agreement(clinic, regime="lou")
    return clinic


def a_person(name="Alice"):
    patient = a_patient(name, region="14")
    a_referral(patient)
    client = Client()
    client.force_login(patient.subject)
    return client


def asked(client, path, body, key="k1"):
    return client.post(
        f"/api/v1/{path}", body, content_type="application/json", headers={"Idempotency-Key": key}
    )


def held(client, slot, key="k1", **also):
    wish = {"slot": str(slot.id), "consequence_version": CONSEQUENCE_VERSION}
    return asked(client, "holds", wish | also, key)


def lost(client, slot, how):
    """A hold that ran out, or whose place was withdrawn under it."""
    booking = held(client, slot).json()["id"]
    if how == "hold_lapsed":
        Claim.objects.using(OWNER).update(held_until=NOW - timedelta(days=60))
    return asked(client, f"bookings/{booking}/confirm", {}, key="k2")


def test_a_hold_that_ran_out_is_answered_with_places_that_can_be_held_instead(clinic):
    slot, other, alice = a_slot(clinic), a_slot(clinic, starts_at=at(11)), a_person()
    answer = lost(alice, slot, "hold_lapsed")
    assert (answer.status_code, answer.json()["code"]) == (409, "hold_lapsed")
    best = answer.json()["alternatives"][0]
    assert str(other.id) in {hit["id"] for hit in answer.json()["alternatives"]}
    assert {"decision", "terms", "freshness", "bookable"} <= set(best)
    assert held(alice, other, key="k3").status_code == 201


def test_a_lost_race_says_whose_fault_it_is_and_to_choose_again(clinic):
    slot = a_slot(clinic)
    a_claim(slot, clinic.lot)
    body = held(a_person(), slot).json()
    assert (body["fault"], body["next_step"]["code"]) == ("receiver", "choose_another_place")
    assert body["alternatives"] == []


def test_the_next_best_is_held_once_however_often_it_is_asked_for(clinic):
    slot, alice = a_slot(clinic), a_person()
    a_claim(slot, clinic.lot)
    for day in (11, 12):
        a_slot(clinic, starts_at=at(day))
    first, again = (held(alice, slot, otherwise="hold_best") for _ in range(2))
    assert (first.status_code, first.content) == (201, again.content)
    assert again.headers["Idempotent-Replay"] == "true"
    assert Booking.objects.using(OWNER).count() == 1


def test_of_six_who_want_one_place_or_the_best_of_the_rest_each_gets_one_of_four(clinic):
    slots = [a_slot(clinic, starts_at=at(day)) for day in range(10, 14)]
    crowd, answers = [a_person(f"Person{number}") for number in range(6)], []

    def one(client):
        answers.append(held(client, slots[0], otherwise="hold_best"))

    at_once(lambda client=client: one(client) for client in crowd)
    assert sorted(answer.status_code for answer in answers) == [201] * 4 + [409] * 2
    assert {answer.json()["slot"] for answer in answers if answer.status_code == 201} == {
        str(slot.id) for slot in slots
    }
    assert [occupying(slot) for slot in slots] == [1] * 4


def test_without_being_asked_for_nothing_else_is_held(clinic):
    slots = [a_slot(clinic, starts_at=at(day)) for day in range(10, 14)]
    crowd, answers = [a_person(f"Person{number}") for number in range(4)], []
    at_once(lambda client=client: answers.append(held(client, slots[0])) for client in crowd)
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 3
    assert [occupying(slot) for slot in slots] == [1, 0, 0, 0]
