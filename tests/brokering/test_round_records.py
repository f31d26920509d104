"""Rounds over REST: what each was run with, what it gave, what is proven; for staff, and nobody is named."""

import pytest
from django.test import Client

from accounts.roles import Role
from accounts.selectors.actors import system_actor
from brokering.actions.national_rounds import begin, close, run_cares
from brokering.actions.rounds import Only, run_round
from brokering.matching.engines import Engine
from brokering.selectors.country import round_records
from brokering.tasks.rounds import offered
from tests.factories import EYES, NOW, a_patient, a_referral, a_region, a_slot, staff

pytestmark = pytest.mark.usefixtures("database")

SKIN = "besok-hud"


def a_navigator(region="01"):
    client = Client()
    user = staff(Role.NAVIGATOR, a_region(region).tenant)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def over_the_country(engine=Engine.EXACT, cares=(EYES,), *, offers=0, **said):
    national = begin(cares=cares, engine=engine, now=NOW, **said)
    done = run_cares(by=system_actor(), national=national, cares=cares, now=NOW, explained=offers)
    for one in done:
        assert all(offered(proposed, now=NOW) for proposed in one.first)
    close(by=system_actor(), national=national, finished=NOW)
    return national, done[0].round


@pytest.fixture
def two_for_one_place(clinic, lot):
    for name, priority in (("Alice", 1), ("Bob", 4)):
        a_referral(a_patient(name), priority=priority)
    return a_slot(clinic)


def test_one_round_tells_whom_it_left_and_what_is_proven(two_for_one_place):
    national, done = over_the_country()
    told = a_navigator().get(f"/api/v1/rounds/{done}").json()
    assert (told["needs"], told["places"], told["proposals"], told["left"]) == (2, 1, 1, 1)
    assert (told["kind"], told["engine"], told["country_round"]) == (
        "country",
        "exact",
        str(national),
    )
    assert told["classes"]["1"] == {"waiting": 1, "treated": 1, "in_time": 1}
    [left] = told["left_by_first_reason"]
    assert (left["code"], left["people"]) == ("no_capacity", 1)
    assert told["proof"]["proven"] == told["proof"]["lines"]
    assert told["proof"]["lines"][0] == "treated_1"
    assert len(told["fingerprint"]) == 64


def test_of_the_greedy_engine_nothing_is_said_to_be_proven(two_for_one_place):
    _, done = over_the_country(Engine.GREEDY)
    assert a_navigator().get(f"/api/v1/rounds/{done}").json()["proof"] is None


def test_a_round_over_the_country_tells_its_cares_shards_and_proof(two_for_one_place):
    national, done = over_the_country(shards=[[EYES]])
    told = a_navigator().get(f"/api/v1/country-rounds/{national}").json()
    assert (told["state"], told["cares"], told["cares_done"]) == ("done", 1, 1)
    assert (told["shards"], told["linked"], told["missing"], told["gap"]) == ([[EYES]], [], [], {})
    [care] = told["rounds"]
    assert (care["id"], care["care"], care["left"]) == (str(done), EYES, 1)
    assert care["proof"]["gap"] == {}
    assert len(told["fingerprint"]) == 64


def test_a_round_that_is_not_done_names_what_it_lacks_and_adds_nothing_up(two_for_one_place):
    national = begin(cares=[EYES, SKIN], engine=Engine.AUCTION, now=NOW)
    run_cares(by=system_actor(), national=national, cares=[EYES], now=NOW)
    told = a_navigator().get(f"/api/v1/country-rounds/{national}").json()
    assert (told["missing"], told["cares_done"]) == ([SKIN], 1)
    assert (told["needs"], told["seconds"], told["fingerprint"]) == (None, None, "")


def test_offers_of_a_round_are_counted_for_the_region_that_made_them_alone(two_for_one_place):
    national, done = over_the_country(offers=1)
    for address in (f"/api/v1/rounds/{done}", f"/api/v1/country-rounds/{national}"):
        assert a_navigator("01").get(address).json()["offers"] == {"sent": 1}
        assert a_navigator("14").get(address).json()["offers"] == {}


def test_a_round_of_freed_places_says_that_it_is_one(two_for_one_place):
    only = Only(slots=[two_for_one_place.id])
    done = run_round(by=system_actor(), care=EYES, now=NOW, finished=NOW, only=only)
    told = a_navigator().get(f"/api/v1/rounds/{done.id}").json()
    assert (told["kind"], told["only_places"], told["country_round"]) == ("freed", 1, None)


@pytest.mark.parametrize("kind", ["rounds", "country-rounds"])
def test_lists_come_by_pages_the_latest_first(two_for_one_place, monkeypatch, kind):
    monkeypatch.setattr(round_records, "MOST", 2)
    national = [over_the_country(Engine.GREEDY) for _ in range(3)]
    client, seen, after = a_navigator(), [], ""
    while after is not None:
        page = client.get(f"/api/v1/{kind}?cursor={after}").json()
        seen += [one["id"] for one in page["items"]]
        after = page["next_cursor"]
    wanted = {str(one[kind == "rounds"]) for one in national}
    assert len(seen) == 3
    assert set(seen) == wanted


def test_a_list_is_of_one_care_where_it_is_named(two_for_one_place):
    over_the_country(cares=(EYES, SKIN))
    items = a_navigator().get(f"/api/v1/rounds?care={SKIN}").json()["items"]
    assert [one["care"] for one in items] == [SKIN]


@pytest.mark.parametrize(
    "asked", ["cursor=x", "cursor=00000000-0000-4000-8000-000000000001", "care=none"]
)
def test_what_cannot_be_asked_is_refused_by_field(clinic, asked):
    answer = a_navigator().get(f"/api/v1/rounds?{asked}")
    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid"
    assert list(answer.json()["fields"]) == [asked.partition("=")[0]]


@pytest.mark.parametrize("kind", ["rounds", "country-rounds"])
def test_only_who_may_run_rounds_reads_them_and_what_is_not_there_is_404(clinic, kind):
    nowhere = f"/api/v1/{kind}/00000000-0000-4000-8000-000000000001"
    assert a_navigator().get(nowhere).status_code == 404
    client = Client()
    client.force_login(
        a_patient("Alice").subject, backend="django.contrib.auth.backends.ModelBackend"
    )
    for address in (nowhere, f"/api/v1/{kind}"):
        assert client.get(address).status_code == 403
        assert Client().get(address).status_code == 401
