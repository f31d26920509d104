"""Word when a place appears, over REST: the same watches as on screen."""

from uuid import uuid4

import pytest
from django.test import Client

from accounts.roles import Role
from accounts.selectors.actors import system_actor
from accounts.tenancy import acting_as
from brokering.actions.watches import tell_watch
from brokering.models import Watch
from brokering.states import WatchState
from tests.brokering.desk import fresh
from tests.factories import EYES, NOW, OWNER, a_patient, a_referral, staff

WATCHES = "/api/v1/watches"


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def hers(alice):
    return client_of(alice.patient.subject)


def post(client, body=None, address="", key=None):
    return client.post(
        f"{WATCHES}{address}",
        body or {},
        content_type="application/json",
        headers={"Idempotency-Key": key or str(uuid4())},
    )


def listed(client):
    return client.get(WATCHES).json()["items"]


def test_a_search_is_watched_listed_and_ended(hers):
    asked = {"care": EYES, "home_region": "01", "weekdays": [3, 1]}
    made = post(hers, {"search": asked})
    assert made.status_code == 201, made.content
    (one,) = listed(hers)
    assert one == made.json()
    assert (one["state"], one["care"], one["referral"]) == ("open", EYES, None)
    assert one["search"] == {"care": EYES, "home_region": "01", "weekdays": ["1", "3"]}
    assert post(hers, address=f"/{one['id']}/end").json() == {"watch": one["id"]}
    assert listed(hers) == []


def test_the_address_that_it_tells_is_that_search(hers):
    address = post(hers, {"search": {"care": EYES, "mode": "video"}}).json()["address"]
    assert hers.get(address).status_code == 200


def test_for_a_need_the_care_is_the_needs_and_the_watch_is_bound_to_it(hers, alice):
    made = post(hers, {"referral": str(alice.id), "search": {"region": "01"}})
    assert (made.status_code, made.json()["care"]) == (201, EYES)
    watch = Watch.objects.using(OWNER).get()
    assert (watch.referral_id, watch.query) == (alice.id, {"care": [EYES], "region": ["01"]})


@pytest.mark.parametrize("name", ["age", "care", "home_region", "issuer", "issuer_region"])
def test_what_the_need_says_nobody_else_says(hers, alice, name):
    refused = post(hers, {"referral": str(alice.id), "search": {name: "1"}})
    assert (refused.status_code, refused.json()["code"]) == (422, "derived_from_referral")
    assert list(refused.json()["fields"]) == [name]


def test_somebody_elses_need_is_not_found(hers):
    assert post(hers, {"referral": str(a_referral(a_patient("Bob")).id)}).status_code == 404
    assert not Watch.objects.using(OWNER).exists()


@pytest.mark.parametrize(
    ("search", "field"),
    [
        ({}, "care"),
        ({"care": "besok-drakar"}, "care"),
        ({"care": EYES, "cursor": "x"}, "cursor"),
        ({"care": EYES, "colour": "blue"}, "colour"),
    ],
    ids=["no care", "unknown care", "a page", "unknown word"],
)
def test_what_is_no_search_is_refused_by_field(hers, search, field):
    refused = post(hers, {"search": search})
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid")
    assert field in refused.json()["fields"]


def test_the_same_request_sent_twice_is_answered_alike_and_opens_one(hers):
    body, key = {"search": {"care": EYES}}, str(uuid4())
    first, again = post(hers, body, key=key), post(hers, body, key=key)
    assert first.content == again.content
    assert again["Idempotent-Replay"] == "true"
    assert post(hers, body).json()["id"] == first.json()["id"]
    assert len(listed(hers)) == 1


def test_without_a_key_nothing_is_written(hers):
    refused = hers.post(WATCHES, {"search": {"care": EYES}}, content_type="application/json")
    assert refused.status_code == 400
    assert listed(hers) == []


def test_more_than_one_may_watch_are_refused(hers, settings):
    settings.WATCHES_MOST = 1
    post(hers, {"search": {"care": EYES}})
    refused = post(hers, {"search": {"care": EYES, "form": "open"}})
    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_watches")


def test_who_was_told_asks_again(hers, alice):
    watch_id = post(hers, {"referral": str(alice.id)}).json()["id"]
    watch = Watch.objects.using(OWNER).get(id=watch_id)
    with acting_as(system := system_actor(watch.tenant_id)):
        tell_watch(by=system, watch=watch, now=NOW)
    (one,) = listed(hers)
    assert (one["state"], one["told_at"] is None) == ("told", False)
    assert post(hers, address=f"/{watch_id}/again").json()["state"] == "open"
    assert fresh(watch).state == WatchState.OPEN


def test_nobody_sees_or_ends_somebody_elses(hers):
    watch_id = post(hers, {"search": {"care": EYES}}).json()["id"]
    his = client_of(a_patient("Bob").subject)
    assert listed(his) == []
    assert [post(his, address=f"/{watch_id}/{do}").status_code for do in ("end", "again")] == [
        404
    ] * 2


def test_a_watch_that_has_ended_is_not_ended_twice(hers):
    watch_id = post(hers, {"search": {"care": EYES}}).json()["id"]
    ended = [post(hers, address=f"/{watch_id}/end").status_code for _ in range(2)]
    assert ended == [200, 409]


def test_who_is_no_patient_is_refused(alice):
    dana = client_of(staff(Role.NAVIGATOR, alice.tenant))
    assert [dana.get(WATCHES).status_code, Client().get(WATCHES).status_code] == [403, 401]
    assert post(dana, {"search": {"care": EYES}}).status_code == 403
