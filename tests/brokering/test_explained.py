"""Why this place, what came second, why nobody: of one need, from the last plan, on every face."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.test import Client

from accounts.models import AccessLog
from accounts.roles import Role
from accounts.selectors.actors import system_actor
from brokering.actions.national_rounds import begin, run_cares
from brokering.actions.rounds import run_round
from brokering.matching.engines import Engine
from brokering.matching.explain import Explanations
from brokering.matching.round import run
from brokering.models import Round
from brokering.selectors.explanations import explain, for_patient
from brokering.selectors.snapshots import round_input
from brokering.tasks import offer_round
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

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def clinic(database):
    clinic = a_clinic()
    an_agreement(clinic)
    return clinic


def planned(need):
    """What is told of the need after a round that has offered nothing."""
    run_round(by=system_actor(), care=EYES, now=NOW, finished=NOW)
    return told(need)


def told(need):
    return explain(EYES, str(need.need_key), now=NOW)


def logged_in(user):
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def a_navigator():
    return logged_in(staff(Role.NAVIGATOR, a_region("01").tenant))


def test_who_has_the_first_day_is_told_that_the_next_came_second_because_it_is_later(clinic):
    first, later = a_slot(clinic, starts_at=at(10)), a_slot(clinic, starts_at=at(12))
    found = planned(a_referral(a_patient("Alice")))
    assert (found.code, found.place["slot_id"]) == ("best_for_person", str(first.id))
    assert (found.second.day, found.second.less) == (later.starts_at.date(), "less_day")
    assert found.rather is None


def test_who_has_the_only_place_has_no_second(clinic):
    a_slot(clinic)
    assert planned(a_referral(a_patient("Alice"))).second is None


def test_who_has_no_place_is_told_that_somebody_with_higher_need_has_it(clinic):
    place = a_slot(clinic)
    a_referral(a_patient("Alice"), priority=1)
    found = planned(a_referral(a_patient("Bob"), priority=4))
    assert (found.code, dict(found.taken), found.place) == ("no_capacity", {"higher_need": 1}, None)
    assert (found.rather.day, found.rather.clinic) == (place.starts_at.date(), clinic.name)


def test_a_place_that_came_after_the_round_is_told_as_free_now(clinic):
    need = a_referral(a_patient("Alice"))
    run_round(by=system_actor(), care=EYES, now=NOW, finished=NOW)
    a_slot(clinic)
    found = told(need)
    assert (found.code, dict(found.taken)) == ("next_round", {"free_now": 1})


def test_without_any_round_the_places_that_suit_wait_for_one(clinic):
    a_slot(clinic)
    found = told(a_referral(a_patient("Alice")))
    assert (found.code, found.round_at) == ("next_round", None)


def test_the_first_lawful_day_after_the_wished_period_is_told(clinic):
    a_slot(clinic, starts_at=at(20))
    day = a_slot(clinic, starts_at=at(12)).starts_at.date()
    found = told(a_referral(a_patient("Alice"), latest_on=TODAY + timedelta(days=5)))
    assert (found.code, found.after_wish) == ("nobody_possible", day)
    assert dict(found.removed) == {"outside_wished_period": 2}


def test_a_reason_is_counted_in_clinics_too(clinic):
    other = a_clinic()
    an_agreement(other)
    for where, day in ((clinic, 10), (clinic, 11), (other, 12)):
        a_slot(where, starts_at=at(day))
    found = told(a_referral(a_patient("Alice"), latest_on=TODAY + timedelta(days=5)))
    assert dict(found.clinics) == {"outside_wished_period": 2}


def test_nothing_that_stands_against_a_place_is_told_otherwise_than_a_whole_round_tells_it(clinic):
    strict = a_clinic()
    an_agreement(strict, asa_max=1)
    for day in (9, 10, 30):
        a_slot(clinic, starts_at=at(day))
        a_slot(strict, starts_at=at(day))
    facts = ({"asa": 3}, {"latest_on": TODAY + timedelta(days=9)}, {"priority": 1}, {"asa": 1})
    needs = [a_referral(a_patient(f"P{n}"), **one) for n, one in enumerate(facts)]
    run_cares(
        by=system_actor(),
        national=begin(cares=[EYES], engine=Engine.EXACT, now=NOW),
        cares=[EYES],
        now=NOW,
    )
    snapshot = round_input(EYES, now=NOW).snapshot
    slow = Explanations(snapshot, run(snapshot))
    for need in needs:
        fast, whole = told(need), slow.need(str(need.need_key))
        assert (dict(fast.removed), dict(fast.taken)) == (whole.removed, whole.taken)
        assert fast.place["slot_id"] == whole.proposal.slot_id


def test_a_plan_that_may_still_change_is_not_told_to_the_patient(clinic):
    a_slot(clinic)
    found = for_patient(planned(a_referral(a_patient("Alice"))))
    assert (found.code, found.place, found.second) == ("next_round", None, None)


def test_the_patient_reads_in_plain_words_why_there_is_no_time(clinic):
    a_slot(clinic)
    a_referral(a_patient("Alice"), priority=1)
    bob = a_patient("Bob")
    need = a_referral(bob, priority=4)
    planned(need)
    client = logged_in(bob.subject)
    assert f"/min-vantan/{need.id}/varfor/" in client.get("/min-vantan/").content.decode()
    page = client.get(f"/min-vantan/{need.id}/varfor/").content.decode()
    assert "de räckte inte till alla" in page
    assert "Alice" not in page
    assert "match." not in page
    assert clinic.name not in page


def test_nobody_reads_the_reasons_of_somebody_elses_need(clinic):
    need = a_referral(a_patient("Alice"))
    other = logged_in(a_patient("Bob").subject)
    assert other.get(f"/min-vantan/{need.id}/varfor/").status_code == 404
    assert other.get(f"/api/v1/referrals/{need.id}/explanation").status_code == 404
    stranger = logged_in(staff(Role.NAVIGATOR, a_region("12").tenant))
    assert stranger.get(f"/api/v1/referrals/{need.id}/explanation").status_code == 404


def test_the_vardlots_reads_over_rest_what_the_page_says_and_the_read_is_logged(clinic):
    a_slot(clinic, starts_at=at(10))
    a_slot(clinic, starts_at=at(12))
    need = a_referral(a_patient("Alice"))
    planned(need)
    client = a_navigator()
    body = client.get(f"/api/v1/referrals/{need.id}/explanation").json()
    assert (body["code"], body["second"]["less"]["code"]) == ("best_for_person", "less_day")
    assert body["second"]["less"]["sentence"] == "Den är senare."
    page = client.get(f"/vantande/{need.id}/varfor/").content.decode()
    assert body["sentence"] in page
    assert "Den är senare." in page
    assert AccessLog.objects.using("owner").filter(purpose="explain").count() == 2


def test_the_patient_is_told_over_rest_of_a_place_once_it_is_offered(clinic):
    place = a_slot(clinic)
    alice = a_patient("Alice")
    need = a_referral(alice)
    planned(need)
    client, address = logged_in(alice.subject), f"/api/v1/referrals/{need.id}/explanation"
    assert client.get(address).json()["place"] is None
    offer_round(EYES, now=NOW)
    body = client.get(address).json()
    assert (body["place"]["slot_id"], body["is_offered"]) == (str(place.id), True)


def test_a_need_that_is_not_there_has_no_explanation(database):
    assert a_navigator().get(f"/api/v1/referrals/{uuid4()}/explanation").status_code == 404


def test_the_command_says_what_came_second_and_runs_no_round(clinic, capsys):
    a_slot(clinic, starts_at=at(10))
    a_slot(clinic, starts_at=at(12))
    need = a_referral(a_patient("Alice"))
    planned(need)
    call_command("match", explain=str(need.id))
    assert "second: " in capsys.readouterr().out
    call_command("match", explain=str(need.id), json=True)
    assert json.loads(capsys.readouterr().out)["second"]["less"] == "less_day"
    assert Round.objects.using("owner").count() == 1
