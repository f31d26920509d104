"""The best places for one need: the same as a look at all of the country, read from the nearest on."""

import re
from datetime import timedelta
from itertools import product

import pytest
from django.conf import settings
from django.db import connections
from django.test import Client

from accounts.roles import Role
from accounts.tenancy import acting_as
from brokering.selectors.country import best_places as module
from brokering.selectors.country import problems
from brokering.selectors.country.best_places import best_places
from brokering.selectors.need_profiles import MATCHER
from brokering.selectors.places import swedish_day
from contracts.actions.release import Quota, Scope, set_quota, set_window
from tests.brokering.country import WholeCountry, best_of
from tests.brokering.desk import a_rerouted_need
from tests.factories import (
    EYES,
    NOW,
    TODAY,
    a_clinic,
    a_patient,
    a_referral,
    a_region,
    a_slot,
    acting,
    ago,
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


STARTS = [(1, 1), (2, 20), (3, 28)]


@pytest.mark.parametrize("start", STARTS, ids=["least", "some", "most"])
def test_the_nearest_clinics_give_the_answer_of_the_whole_country(country, monkeypatch, start):
    monkeypatch.setattr(module, "OFTEN", start)
    monkeypatch.setattr(module, "ONCE", start)
    monkeypatch.setattr(module, "BY_DAY", start[0])
    alice = a_patient("Alice")
    by_key = {
        one.need_key.bytes: one
        for one in (
            a_referral(alice, latest_on=TODAY + timedelta(days=85)),
            a_referral(alice, issued_on=ago(70)),
            a_referral(alice, issued_on=ago(300)),
            a_referral(alice, max_distance_km=100, earliest_on=TODAY + timedelta(days=15)),
            a_referral(alice, accepts_other_regions=False),
            a_referral(a_patient("Bo", protected_identity=True)),
        )
    }
    whole = WholeCountry(EYES, NOW)
    for row, key in enumerate(whole.keys):
        for most, once in product((2, 20), (False, True)):
            told = whole.best(row, once=once)[:most]
            assert (best_of(by_key[key], most=most, once=once), bool(told)) == (told, True)


def test_once_enough_is_found_no_day_is_read_that_could_not_be_better(country, monkeypatch):
    spots, read = [], problems.places_at

    def noted(cursor, spot, *others):
        spots.append(spot)
        return read(cursor, spot, *others)

    monkeypatch.setattr(module, "OFTEN", (1, 60))
    monkeypatch.setattr(problems, "places_at", noted)
    due = swedish_day(NOW + settings.MATCH_NOTICE)
    need = a_referral(a_patient("Alice"), issued_on=due - timedelta(days=90))
    found = best_places(EYES, need.need_key, now=NOW, most=2)
    assert [one.lateness_days for one in found] == [(found[0].day - due).days] * 2
    nearest, all_four = [(len(spot.clinics), set(spot.until)) for spot in spots]
    assert nearest == (1, {due.toordinal() + 59})
    # Who is farther away would have to be earlier.
    worst = (TODAY + timedelta(days=20)).toordinal()
    assert all_four == (4, {worst, worst - 1})


def test_places_alike_are_one_line_with_the_first_of_them(country):
    need = a_referral(a_patient("Alice"), max_distance_km=5)
    first, *_ = best_places(EYES, need.need_key, now=NOW)
    assert (first.places, first.slot.id) == (2, country[-1].id)


def test_whoever_has_no_place_of_their_own_is_told_by_day(country):
    need = a_referral(a_patient("Alice", protected_identity=True))
    found = best_places(EYES, need.need_key, now=NOW)
    assert {one.distance_km for one in found} == {None}
    assert [one.day for one in found[:2]] == [country[0].starts_at.date()] * 2


def test_who_is_late_already_is_told_the_first_day_wherever_it_is(database, monkeypatch):
    """As few clinics are read as there are places wanted, and no days on which nobody has any."""
    monkeypatch.setattr(module, "BY_DAY", 1)
    near, far = a_clinic("01"), a_clinic("25")
    for clinic, day in ((near, 40), (far, 30)):
        an_agreement(clinic)
        a_slot(clinic, starts_at=at(day))
    need = a_referral(a_patient("Alice"), issued_on=ago(300))
    [found] = best_places(EYES, need.need_key, now=NOW, most=1)
    assert found.slot.clinic_id == far.id
    assert best_of(need) == WholeCountry(EYES, NOW).best(0)


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


def closes_reroutes(clinic, by_what):
    """A week for the clinic's own of what is published from today on, or no visit of a guest from 01."""
    by = acting(staff(Role.CLINIC_STAFF, clinic.tenant))
    scope = Scope(clinic=clinic.id, care=None, valid_from=TODAY)
    with acting_as(by):
        if by_what == "window":
            set_window(by=by, scope=scope, window=timedelta(days=7), now=NOW)
        else:
            set_quota(by=by, scope=scope, quota=Quota("01", 0, "year"), now=NOW)


@pytest.mark.parametrize("closed", ["window", "quota"])
def test_a_farther_place_that_only_a_free_choice_is_open_to_stands_before_near_reroutes(
    database, monkeypatch, closed
):
    """As many clinics are nearer as are read before the law is asked of each."""
    monkeypatch.setattr(module, "OFTEN", (1, 20))
    monkeypatch.setattr(module, "FURTHER", 2)
    clinics = *_, far = a_clinic("03"), a_clinic("03"), a_clinic("25", (EYES, "op-ortopedi"))
    for clinic, day in product(clinics, (9, 12)):
        a_slot(clinic, starts_at=at(day), published_at=NOW, opens_at=NOW)
    for clinic in clinics:
        an_agreement(clinic)
    closes_reroutes(far, closed)
    need = a_rerouted_need()
    found = best_places(EYES, need.need_key, now=NOW, most=2)
    routes = [(one.slot.clinic_id, one.route) for one in found]
    assert routes == [(far.id, "free_choice")] * 2
    assert best_of(need, most=2) == WholeCountry(EYES, NOW).best(0)[:2]


def test_of_places_equally_good_the_first_of_the_whole_country_is_told(database, monkeypatch):
    """Where windows might have left more, clinics are read first that turn out to be as good, no better."""
    monkeypatch.setattr(module, "OFTEN", (1, 20))
    monkeypatch.setattr(module, "FURTHER", 2)
    clinics = [a_clinic("03", (EYES, "op-ortopedi")) for _ in range(3)]
    first, *windowed = sorted(clinics, key=lambda one: one.id)
    for clinic in clinics:
        an_agreement(clinic)
        a_slot(clinic, starts_at=at(9))
    for clinic in windowed:
        closes_reroutes(clinic, "window")
    need = a_rerouted_need(earliest_on=TODAY + timedelta(days=9))
    [found] = best_places(EYES, need.need_key, now=NOW, most=1)
    assert (found.slot.clinic_id, found.route) == (first.id, "guarantee_reroute")
    assert best_of(need, most=1) == WholeCountry(EYES, NOW).best(0)[:1]


def test_a_care_that_nobody_has_terms_for_has_no_place(database):
    home, away = a_referral(a_patient("Alice")), a_referral(a_patient("Bo"), issued_on=ago(300))
    assert [best_places(EYES, one.need_key, now=NOW) for one in (home, away)] == [[], []]


def test_only_what_asks_for_one_need_is_planned_for_any(database):
    need = a_referral(a_patient("Alice"))
    an_agreement(a_clinic())
    for _ in range(2):
        best_places(EYES, need.need_key, now=NOW)
    with connections[MATCHER].cursor() as cursor:
        cursor.execute(
            "SELECT statement FROM pg_prepared_statements WHERE statement LIKE '%array_agg%'"
        )
        kept = [statement for (statement,) in cursor.fetchall()]
    assert len(kept) >= 4
    assert [one for one in kept if not re.search(r"need_key = \$\d", one)] == []
