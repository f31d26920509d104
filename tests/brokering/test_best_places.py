"""The best places for one need: the same as a look at all of the country, read from the nearest on."""

from datetime import timedelta

import numpy as np
import pytest
from django.test import Client

from accounts.roles import Role
from brokering.selectors.country import best_places as module
from brokering.selectors.country.best_places import best_places
from brokering.selectors.country.problems import opened
from brokering.selectors.country.reasons import Reach
from tests.factories import (
    EYES,
    NOW,
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


@pytest.fixture
def country(database):
    """Clinics in four regions, each with places on a few days; two on one day at the first."""
    places = []
    for region in ("01", "03", "12", "25"):
        clinic = a_clinic(region)
        an_agreement(clinic)
        places += [a_slot(clinic, starts_at=at(day)) for day in (9, 80, 20)]
    places.append(a_slot(places[0].clinic, starts_at=at(9, 8)))
    return places


def whole(need):
    """The order of all possible places, nothing left unread."""
    with opened([EYES], now=NOW, only=need.need_key) as shard:
        given = shard.input_of(EYES).given()
    reach = Reach(given, 0)
    offers = np.flatnonzero(reach.possible())
    worth = list(zip(*(line[offers] for line in reach.worth().values()), strict=True))
    return [tuple(map(int, one)) for one in sorted(worth)]


@pytest.mark.parametrize("rings", [(1,), (1, 2), (3,)], ids=str)
@pytest.mark.parametrize("most", [2, 20])
def test_the_nearest_clinics_give_the_answer_of_the_whole_country(
    country, monkeypatch, rings, most
):
    monkeypatch.setattr(module, "RINGS", rings)
    need = a_referral(a_patient("Alice"), latest_on=TODAY + timedelta(days=85))
    found = best_places(EYES, need.need_key, now=NOW, most=most)
    told = [
        (one.lateness_days, 0, round((one.distance_km or 0) * 10), one.day.toordinal())
        for one in found
    ]
    assert told == whole(need)[:most]
    assert (found[0].in_time, found[0].route) == (True, "own_region")


def test_places_alike_are_one_line_with_the_first_of_them(country):
    need = a_referral(a_patient("Alice"), max_distance_km=5)
    first, *_ = best_places(EYES, need.need_key, now=NOW)
    assert (first.places, first.slot.id) == (2, country[-1].id)


def test_whoever_has_no_place_of_their_own_is_told_by_day(country):
    need = a_referral(a_patient("Alice", protected_identity=True))
    found = best_places(EYES, need.need_key, now=NOW)
    assert {one.distance_km for one in found} == {None}
    assert [one.day for one in found[:2]] == [country[0].starts_at.date()] * 2


def test_a_need_that_no_round_looks_at_has_none(country):
    need = a_referral(a_patient("Alice"), priority=None)
    assert best_places(EYES, need.need_key, now=NOW) is None


def test_a_vardlots_reads_them_over_rest_and_a_patient_does_not(country):
    alice = a_patient("Alice")
    need, client = a_referral(alice), Client()
    client.force_login(
        staff(Role.NAVIGATOR, a_region("01").tenant),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    items = client.get(f"/api/v1/referrals/{need.id}/places").json()["items"]
    assert (items[0]["slot_id"], items[0]["places"]) == (str(country[-1].id), 2)
    client.force_login(alice.subject, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(f"/api/v1/referrals/{need.id}/places").status_code == 403
