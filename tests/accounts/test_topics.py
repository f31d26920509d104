"""Which topics there are, and who may follow them."""

import uuid
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts import topics
from accounts.roles import Role
from accounts.topics import Follower, Owners, UnknownTopic, may_follow, may_see, parse

ANNA, BO = uuid.UUID(int=1), uuid.UUID(int=2)
STOCKHOLM, UPPSALA = uuid.UUID(int=3), uuid.UUID(int=4)
TENANTS = {"01": STOCKHOLM, "03": UPPSALA}
NAVIGATOR = Follower(BO, frozenset({Role.NAVIGATOR}), frozenset({STOCKHOLM}))
PATIENT = Follower(ANNA, frozenset({Role.PATIENT}))
STRANGER = Follower()


def allows(name: str, who: Follower) -> bool:
    return may_follow(parse(name), who, TENANTS.get)


@pytest.mark.parametrize(
    "name",
    [
        topics.care("besok-ogon"),
        topics.clinic(ANNA),
        topics.region("01"),
        topics.person(ANNA),
        topics.round_of("besok-ogon"),
    ],
)
def test_a_name_that_was_made_can_be_read(name: str) -> None:
    assert str(parse(name)) == name


@pytest.mark.parametrize(
    "name",
    ["", "care", "care:", "care:Å", "care:a\n", "care:a:b", "care:-a", "region:1", "region:3१",
     "person:me", f"person:{ANNA}".upper(), "slot:1", ":", None, 7, ["care:a"], {}, "care:" + 76 * "a"],
)  # fmt: skip
def test_a_name_of_no_topic_is_refused(name: object) -> None:
    with pytest.raises(UnknownTopic):
        parse(name)


@given(st.text())
def test_no_text_does_anything_but_name_a_topic_or_be_refused(name: str) -> None:
    with suppress(UnknownTopic):
        assert str(parse(name)) == name


@pytest.mark.parametrize("who", [STRANGER, PATIENT, NAVIGATOR])
def test_everyone_may_follow_free_places(who: Follower) -> None:
    assert allows("care:besok-ogon", who)
    assert allows(topics.clinic(ANNA), who)


def test_a_region_is_followed_by_its_own_staff_alone() -> None:
    assert allows("region:01", NAVIGATOR)
    assert not allows("region:03", NAVIGATOR)
    assert not allows("region:01", PATIENT)
    assert not allows("region:01", STRANGER)


def test_a_region_that_does_not_exist_is_followed_by_nobody() -> None:
    assert not allows("region:29", NAVIGATOR)


def test_a_person_is_followed_by_that_person_alone() -> None:
    assert allows(topics.person(ANNA), PATIENT)
    assert not allows(topics.person(ANNA), NAVIGATOR)
    assert not allows(topics.person(ANNA), STRANGER)


def test_rounds_are_followed_by_staff() -> None:
    assert allows("round:besok-ogon", NAVIGATOR)
    assert not allows("round:besok-ogon", PATIENT)
    assert not allows("round:besok-ogon", STRANGER)


def test_what_belongs_to_nobody_is_seen_by_everyone() -> None:
    assert may_see(Owners(), STRANGER)


@pytest.mark.parametrize(
    "owners",
    [
        Owners(tenant=str(STOCKHOLM)),
        Owners(tenant=str(UPPSALA), addressed_to=str(STOCKHOLM)),
        Owners(tenant=str(UPPSALA), subject=str(BO)),
    ],
)
def test_a_change_is_seen_by_its_tenant_its_addressee_and_its_subject(owners: Owners) -> None:
    assert may_see(owners, NAVIGATOR)
    assert not may_see(owners, PATIENT)
    assert not may_see(owners, STRANGER)
