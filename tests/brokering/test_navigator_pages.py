"""The vårdlots's two clicks on the page: pressed twice, they happen once."""

from uuid import uuid4

import pytest
from django.test import Client

from accounts.roles import Role
from brokering.models import Booking
from brokering.states import BookingState
from tests.factories import (
    a_clinic,
    a_patient,
    a_referral,
    a_region,
    a_slot,
    an_agreement,
    staff,
)

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def need(database):
    return a_referral(a_patient("Alice"))


@pytest.fixture
def chosen(database):
    away = a_clinic("03")
    lot = an_agreement(away)
    return f"{a_slot(away).id}:{lot.id}"


@pytest.fixture
def navigator(database):
    client = Client()
    client.force_login(
        staff(Role.NAVIGATOR, a_region("01").tenant),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    return client


def bookings():
    return Booking.objects.using("owner")


def test_each_click_pressed_twice_reroutes_once_and_answers_the_same(navigator, need, chosen):
    said = {"plats": chosen, "key": uuid4()}
    first = [navigator.post(f"/vantande/{need.id}/valj/", said)["Location"] for _ in range(2)]
    assert first[0] == first[1]
    key = {"key": uuid4()}
    sent = [navigator.post(f"{first[0]}skicka/", key).status_code for _ in range(2)]
    assert sent == [200, 200]
    assert [one.state for one in bookings().all()] == [BookingState.BOOKED]


def test_another_place_of_the_same_page_is_another_choice(navigator, need, chosen):
    key, other = uuid4(), a_clinic("04")
    lot = an_agreement(other)
    later = f"{a_slot(other).id}:{lot.id}"
    answers = [
        navigator.post(f"/vantande/{need.id}/valj/", {"plats": place, "key": key})
        for place in (chosen, later)
    ]
    assert [answer.status_code for answer in answers] == [302, 302]


def test_a_click_without_a_key_is_refused_and_holds_nothing(navigator, need, chosen):
    answer = navigator.post(f"/vantande/{need.id}/valj/", {"plats": chosen})
    assert answer.status_code == 422
    assert not bookings().exists()


def test_the_best_clinics_stand_in_the_rankings_order_and_lead_to_the_ordinary_hold(
    navigator, need, chosen
):
    near = a_clinic("01")
    an_agreement(near)
    a_slot(near)
    page = navigator.get(f"/vantande/{need.id}/").content.decode()
    listed = page[page.index("suggestions__list") :]
    assert listed.index(near.name) < listed.index(chosen)
    posted = navigator.post(f"/vantande/{need.id}/valj/", {"plats": chosen, "key": uuid4()})
    assert posted.status_code == 302


def test_a_place_that_the_region_cannot_hold_has_no_button(navigator, chosen):
    need = a_referral(a_patient("Bo"), guarantee="none")
    page = navigator.get(f"/vantande/{need.id}/").content.decode()
    listed = page[page.index("suggestions__list") :]
    assert "Bara patienten själv kan välja" in listed
    assert chosen not in listed
