"""Why a place of a round went to this person, or to nobody: as the round was, never who others are."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.roles import Role
from accounts.selectors.actors import system_actor
from brokering.actions.national_rounds import begin, run_cares
from brokering.actions.rounds import Only, run_round
from brokering.matching.engines import Engine
from brokering.matching.explain import Explanations
from brokering.matching.round import run
from brokering.models import RoundStore
from brokering.selectors.country.one_place import told_of_place
from brokering.selectors.snapshots import round_input
from tests.brokering.desk import booked
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


def a_round():
    """One round over the care with the exact engine; its id."""
    national = begin(cares=[EYES], engine=Engine.EXACT, now=NOW)
    [done] = run_cares(by=system_actor(), national=national, cares=[EYES], now=NOW)
    return done.round


def a_navigator():
    client = Client()
    user = staff(Role.NAVIGATOR, a_region("01").tenant)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_a_place_that_one_alone_could_use_says_so(clinic, lot):
    place = a_slot(clinic)
    a_referral(a_patient("Alice"))
    found = told_of_place(a_round(), place.id)
    assert (found.code, dict(found.others), dict(found.removed)) == ("only_one_possible", {}, {})
    assert found.holder.lateness_days == 0


def test_a_place_that_went_by_need_tells_who_else_could_have_used_it(clinic, lot):
    place = a_slot(clinic)
    for name, priority in (("Alice", 1), ("Bob", 4)):
        a_referral(a_patient(name), priority=priority)
    found = told_of_place(a_round(), place.id)
    assert (found.code, found.holder.need_class) == ("chosen_by_need", 1)
    assert dict(found.others) == {"unplaced_lower_need": 1}


def test_a_place_that_nobody_may_have_says_why(clinic, lot):
    place = a_slot(clinic, starts_at=at(12))
    a_referral(a_patient("Alice"), latest_on=TODAY + timedelta(days=5))
    found = told_of_place(a_round(), place.id)
    assert (found.code, found.holder) == ("place_for_nobody", None)
    assert dict(found.removed) == {"outside_wished_period": 1}


def test_every_place_is_told_as_a_whole_snapshot_tells_it(clinic, lot):
    strict = a_clinic()
    an_agreement(strict, asa_max=1)
    places = [a_slot(where, starts_at=at(day)) for day in (9, 30) for where in (clinic, strict)]
    facts = ({"asa": 3}, {"latest_on": TODAY + timedelta(days=9)}, {"priority": 1}, {"asa": 1})
    for number, one in enumerate((*facts, {"priority": 4}, {"asa": 2})):
        a_referral(a_patient(f"P{number}"), **one)
    snapshot = round_input(EYES, now=NOW).snapshot
    slow, done = Explanations(snapshot, run(snapshot)), a_round()
    plain = run_round(by=system_actor(), care=EYES, now=NOW, finished=NOW)
    alone = Explanations(snapshot, plain.result)
    for of_round, told in ((done, slow), (plain.id, alone)):
        for place in places:
            found, whole = told_of_place(of_round, place.id), told.place(str(place.id))
            assert (found.code, dict(found.others)) == (whole.code, whole.others)
            assert sum(found.removed.values()) == sum(whole.removed.values())


def test_what_has_happened_since_the_round_changes_nothing(clinic, lot):
    place = a_slot(clinic)
    a_referral(a_patient("Alice"))
    done = a_round()
    before = told_of_place(done, place.id)
    booked(place, a_referral(a_patient("Bob"), priority=1), lot)
    assert told_of_place(done, place.id) == before


def test_nothing_is_told_of_a_place_outside_the_round_or_after_its_input_is_gone(clinic, lot):
    place = a_slot(clinic)
    a_referral(a_patient("Alice"))
    done = a_round()
    assert told_of_place(done, a_slot(clinic, starts_at=at(20)).id) is None
    RoundStore.objects.using("owner").all().delete()
    assert told_of_place(done, place.id) is None
    some = Only(slots=[place.id])
    freed = run_round(by=system_actor(), care=EYES, now=NOW, finished=NOW, only=some)
    assert told_of_place(freed.id, place.id) is None


def test_the_rounds_page_leads_to_the_place_and_rest_says_the_same(clinic, lot):
    place = a_slot(clinic)
    for name, priority in (("Alice", 1), ("Bob", 4)):
        a_referral(a_patient(name), priority=priority)
    done, client = a_round(), a_navigator()
    address = f"/matchning/{done}/tid/{place.id}/"
    assert address in client.get(f"/matchning/{done}/").content.decode()
    page = client.get(address).content.decode()
    body = client.get(f"/api/v1/rounds/{done}/places/{place.id}").json()
    assert (body["code"], body["holder"]["need_class"]) == ("chosen_by_need", 1)
    assert body["sentence"] in page
    assert body["others"] == [
        {
            "code": "unplaced_lower_need",
            "people": 1,
            "sentence": "Fick ingen tid, med mindre behov.",
        }
    ]
    assert "match." not in page
    assert "Alice" not in page


def test_only_who_may_run_rounds_reads_why_a_place_went_where_it_did(clinic, lot):
    place = a_slot(clinic)
    alice = a_patient("Alice")
    a_referral(alice)
    done, client = a_round(), Client()
    client.force_login(alice.subject, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(f"/api/v1/rounds/{done}/places/{place.id}").status_code == 403
    assert client.get(f"/matchning/{done}/tid/{place.id}/").status_code == 403


def test_the_command_tells_why_a_place_went_where_it_did_in_the_last_round_that_had_it(clinic, lot):
    place, said = a_slot(clinic), StringIO()
    for name, priority in (("Alice", 1), ("Bob", 4)):
        a_referral(a_patient(name), priority=priority)
    run_round(by=system_actor(), care=EYES, now=NOW, finished=NOW)
    call_command("match", "--explain-place", str(place.id), "--json", stdout=said)
    told = json.loads(said.getvalue())
    assert (told["code"], told["others"]) == ("chosen_by_need", {"unplaced_lower_need": 1})
    call_command("match", "--explain-place", str(place.id), stdout=said)
    assert "need class 1" in said.getvalue()
    with pytest.raises(CommandError):
        call_command("match", "--explain-place", str(a_slot(clinic, starts_at=at(20)).id))
