"""A search for one need: the server knows what it is about, and says so to nobody who has no part in it."""

from datetime import timedelta

import pytest
from django.test import Client

from accounts.models import AccessLog
from accounts.roles import Role
from tests.factories import (
    EYES,
    OWNER,
    TODAY,
    a_clinic,
    a_patient,
    a_referral,
    a_region,
    a_slot,
    an_agreement,
    staff,
)

SLOTS = "/api/v1/slots"


@pytest.fixture
def place(database):
    """A place for adults at home in Halland."""
    clinic = a_clinic("13")
    an_agreement(clinic, age_min=18)
    return a_slot(clinic)


@pytest.fixture
def child(database):
    return a_referral(a_patient("Alice", region="13", born=TODAY - timedelta(days=3000)))


def asked(user, need, **also):
    client = Client()
    client.force_login(user)
    return client.get(SLOTS, {"referral": str(need.id)} | also)


def test_care_region_remiss_and_age_are_those_of_the_need(place, child):
    answer = asked(child.patient.subject, child)
    (hit,) = answer.json()["items"]
    assert (hit["id"], hit["care"], hit["route"]) == (str(place.id), EYES, "own_region")
    assert (hit["bookable"], hit["obstacles"]) == ("no", ["terms_age"])
    assert answer["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(
    "name", ["age", "asa", "bmi", "care", "home_region", "issuer", "mine", "priority", "rules"]
)
def test_who_says_what_is_known_already_is_refused(place, child, name):
    answer = asked(child.patient.subject, child, **{name: "1"})
    assert (answer.status_code, answer.json()["code"]) == (422, "derived_from_referral")
    assert list(answer.json()["fields"]) == [name]


def test_the_home_regions_staff_may_search_and_it_is_logged(place, child):
    dana = staff(Role.NAVIGATOR, a_region("13").tenant)
    assert len(asked(dana, child).json()["items"]) == 1
    read = AccessLog.objects.using(OWNER).filter(reader=dana, purpose="alternatives")
    assert read.count() == 1


def test_nobody_else_is_told_anything(place, child):
    strangers = (a_patient("Charlie").subject, staff(Role.NAVIGATOR, a_region("12").tenant))
    assert [asked(one, child).status_code for one in strangers] == [404, 404]
    assert Client().get(SLOTS, {"referral": str(child.id)}).status_code == 401


def test_a_filter_of_ones_own_still_counts(place, child):
    assert asked(child.patient.subject, child, region="01").json()["items"] == []
    assert asked(child.patient.subject, child, size="0").status_code == 422


@pytest.mark.parametrize("address", ["/", "/sok/"])
def test_whose_home_region_is_known_is_not_asked_for_it(child, address):
    client = Client()
    assert 'name="home_region"' in client.get(address).content.decode()
    client.force_login(child.patient.subject)
    assert 'name="home_region"' not in client.get(address).content.decode()
