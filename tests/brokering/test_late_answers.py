"""A yes that comes too late is told what else is free, on screen and over REST; nothing else changes."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from accounts.selectors.actors import system_actor
from brokering.forms import CONSEQUENCE_VERSION
from brokering.models import Booking, Offer
from providers.models import Claim
from tests.brokering.desk import fresh, offered
from tests.brokering.invited import freed, invitation, wants
from tests.factories import NOW, OWNER, a_claim, a_slot, at

pytestmark = pytest.mark.usefixtures("database")
SAID = {"consequence_version": CONSEQUENCE_VERSION}


@pytest.fixture
def browser(alice):
    client = Client()
    client.force_login(alice.patient.subject)
    return client


@pytest.fixture
def other(clinic):
    return a_slot(clinic, starts_at=at(14))


@pytest.fixture
def offer(clinic, lot, alice, other):
    system = system_actor(alice.tenant_id)
    return offered(a_slot(clinic, starts_at=at(12)), alice, lot, by=system)


def too_late(offer):
    Offer.objects.using(OWNER).filter(id=offer.id).update(answer_by=NOW - timedelta(days=1))


def hold_is_over(offer):
    ended = {"held_until": NOW - timedelta(days=1)}
    Claim.objects.using(OWNER).filter(id=offer.booking.claim_id).update(**ended)


LOST = [too_late, hold_is_over]


def called(browser, name, row):
    return browser.post(
        reverse(name, args=[row.id]),
        SAID,
        content_type="application/json",
        headers={"Idempotency-Key": str(uuid4())},
    )


def pressed(browser, name, row):
    said = {"key": str(uuid4()), "version": CONSEQUENCE_VERSION}
    return browser.post(reverse(name, args=[row.id]), said)


def slots(answer):
    return [one["id"] for one in answer.json()["alternatives"]]


@pytest.mark.parametrize("lost", LOST, ids=lambda lost: lost.__name__)
def test_over_rest_a_late_yes_is_answered_with_the_nearest_others(browser, offer, other, lost):
    lost(offer)
    answer = called(browser, "api-offer-accept", offer)
    assert answer.status_code == 409
    assert answer.json()["code"] in {"offer_lapsed", "hold_lapsed"}
    assert str(other.id) in slots(answer)
    assert fresh(offer).state == "sent"


@pytest.mark.parametrize("lost", LOST, ids=lambda lost: lost.__name__)
def test_on_screen_a_late_yes_is_shown_the_nearest_others(browser, offer, other, lost):
    lost(offer)
    answer = pressed(browser, "offer-accept", offer)
    assert answer.status_code == 409
    assert str(other.id) in answer.content.decode()
    assert not Booking.objects.using(OWNER).filter(state="booked").exists()


def test_the_same_late_yes_again_is_answered_the_same(browser, offer, other):
    too_late(offer)
    key = {"Idempotency-Key": str(uuid4())}
    there = reverse("api-offer-accept", args=[offer.id])
    first, again = (
        browser.post(there, SAID, content_type="application/json", headers=key) for _ in range(2)
    )
    assert first.content == again.content


@pytest.fixture
def asked(clinic, lot, alice, other):
    slot = a_slot(clinic, starts_at=at(2))
    wants(alice)
    freed(slot)
    return slot


def test_who_was_second_is_told_what_else_is_free(browser, asked, alice, lot, other):
    a_claim(asked, lot)
    answer = called(browser, "api-invitation-accept", invitation(alice))
    assert answer.status_code == 409
    assert str(other.id) in slots(answer)


def test_on_screen_too_who_was_second_is_shown_what_else_is_free(browser, asked, alice, lot, other):
    a_claim(asked, lot)
    answer = pressed(browser, "invitation-accept", invitation(alice))
    assert answer.status_code == 409
    assert str(other.id) in answer.content.decode()
    assert fresh(alice).state == "waiting"
