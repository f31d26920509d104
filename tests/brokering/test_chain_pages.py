"""Two times that are given together, on the pages and over REST: both are seen before either is taken."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client

from accounts.roles import Role
from brokering.forms import CONSEQUENCE_VERSION
from brokering.models import Booking
from providers.models import FreedPlace
from tests.brokering.chained import EYES, OPERATION, a_clinic_for_both, a_pair, held_together
from tests.brokering.desk import confirmed
from tests.factories import OWNER, a_clinic, a_slot, an_agreement, at, staff


@pytest.fixture
def clinic(database):
    return a_clinic_for_both()


@pytest.fixture
def pair(database):
    return a_pair()


@pytest.fixture
def slots(clinic):
    days = (20, 22, 24)
    return [a_slot(clinic), *(a_slot(clinic, OPERATION, starts_at=at(day)) for day in days)]


def browser(subject):
    client = Client()
    client.force_login(subject)
    return client


@pytest.fixture
def client(pair):
    return browser(pair[0].patient.subject)


def page(client, address):
    answer = client.get(address)
    assert answer.status_code == 200, answer.content.decode()[:2000]
    return answer.content.decode()


def followers(html):
    return re.findall(r'name="follow" value="([^"]+)" form="eget-val"', html)


def wish(clinic, need, **also):
    said = {"lot": clinic.lot.id, "route": "own_region", "referral": need.id}
    return said | {"version": CONSEQUENCE_VERSION, "key": uuid4()} | also


def test_the_page_before_the_choice_shows_what_may_follow_and_holds_what_is_chosen(
    client, clinic, pair, slots
):
    html = page(client, f"/tid/{slots[0].id}/")
    assert followers(html) == [str(slot.id) for slot in slots[1:]]
    assert 'id="eget-val"' in html
    said = wish(clinic, pair[0], follow=slots[2].id)
    held = client.post(f"/tid/{slots[0].id}/hall/", said)
    html = page(client, held["Location"])
    assert html.count('class="panel summary"') == 2
    taken = Booking.objects.using("owner").values_list("claim__slot_id", flat=True)
    assert set(taken) == {slots[0].id, slots[2].id}


def test_both_are_confirmed_on_one_page_and_each_tells_of_the_other(client, clinic, pair, slots):
    held = client.post(f"/tid/{slots[0].id}/hall/", wish(clinic, pair[0]))["Location"]
    client.post(f"{held}bekrafta/", {"key": uuid4()})
    other = Booking.objects.using("owner").exclude(referral=pair[0]).get()
    assert other.state == "booked"
    assert f"/bokning/{other.id}/" in page(client, held)
    html = page(client, f"{held}avboka/")
    assert "Den avbokas också" in html
    assert html.count("Avboka båda tiderna") == 3
    assert not {"Avboka tiden", "Behåll tiden"} & set(re.findall(r">([^<>]+)<", html))


def test_a_page_does_not_ask_for_a_reason_where_the_other_time_can_no_longer_be_cancelled(database):
    clinic = a_clinic(cares=(EYES, OPERATION), cancel_until=timedelta(days=7))
    lot = an_agreement(clinic, accepts_referrer_assessment=False)
    slots = a_slot(clinic, starts_at=at(3)), a_slot(clinic, OPERATION, starts_at=at(20))
    pair = a_pair()
    chain = held_together(slots, pair, lot)
    confirmed(chain.first)
    client = browser(pair[0].patient.subject)
    html = page(client, f"/bokning/{chain.second.id}/avboka/")
    assert "Det är för sent att avboka här" in html
    assert "Varför avbokas" not in html


def test_where_a_clinic_cancels_one_of_two_both_places_are_matched_again(
    clinic, pair, slots, monkeypatch
):
    sent = []
    monkeypatch.setattr("brokering.tasks.rematch_freed.delay", lambda: sent.append("woken"))
    chain = held_together((slots[0], slots[1]), pair, clinic.lot)
    confirmed(chain.first)
    dana = browser(staff(Role.CLINIC_STAFF, clinic.tenant))
    html = page(dana, f"/bokning/{chain.first.id}/stall-in/")
    assert "Besöket hör ihop med ett annat" in html
    assert "Ställ in båda besöken" in html
    said = {"reason": "not_needed", "key": uuid4()}
    answer = dana.post(f"/bokning/{chain.first.id}/stall-in/", said)
    assert answer.status_code == 302, answer.content.decode()[:2000]
    assert sent == ["woken"]
    freed = FreedPlace.objects.using(OWNER).values_list("slot_id", flat=True)
    assert set(freed) == {slots[0].id, slots[1].id}


def test_where_nothing_may_follow_the_page_says_so_instead_of_offering_half(client, clinic, pair):
    html = page(client, f"/tid/{a_slot(clinic).id}/")
    assert "ingen ledig tid för det som ska följa" in html
    assert "eget-val" not in html


def test_who_chooses_what_follows_first_is_led_to_the_visit(client, slots):
    answer = client.get(f"/tid/{slots[1].id}/")
    assert (answer.status_code, answer["Location"]) == (302, f"/sok/?care={EYES}")


def test_over_rest_one_request_holds_both_and_tells_of_the_other(client, clinic, pair, slots):
    said = {"slot": slots[0].id, "referral": pair[0].id, "consequence_version": CONSEQUENCE_VERSION}
    answer = client.post(
        "/api/v1/holds",
        said,
        content_type="application/json",
        headers={"Idempotency-Key": str(uuid4())},
    )
    assert answer.status_code == 201, answer.json()
    assert answer.json()["together"]["slot"] == str(slots[1].id)
    read = client.get(f"/api/v1/bookings/{answer.json()['together']['booking']}").json()
    assert (read["state"], read["together"]["slot"]) == ("held", str(slots[0].id))


def test_over_rest_a_hold_that_cannot_be_whole_is_refused_with_other_places(client, clinic, pair):
    other = a_clinic(cares=(EYES, OPERATION))
    an_agreement(other)
    a_slot(other, starts_at=at(12))
    answer = client.post(
        "/api/v1/holds",
        {"slot": a_slot(clinic).id, "consequence_version": CONSEQUENCE_VERSION},
        content_type="application/json",
        headers={"Idempotency-Key": str(uuid4())},
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "no_follow_on")
    assert answer.json()["alternatives"]
