"""Why this place, why nobody, why this person."""

from dataclasses import replace

import pytest

from brokering.matching import codes
from brokering.matching.explain import Explanations, NeedExplanation, PlaceExplanation
from brokering.matching.round import run
from brokering.matching.snapshot import Cap, Lot, Snapshot
from tests.matching.worlds import CAPPED, UMEA, after, need, place, random_world, snapshot


def of_need(world: Snapshot, key: str) -> NeedExplanation:
    return Explanations(world, run(world)).need(key)


def of_place(world: Snapshot, slot_id: str) -> PlaceExplanation:
    return Explanations(world, run(world)).place(slot_id)


def test_the_best_place_needs_no_excuse() -> None:
    found = of_need(snapshot([need("alice")], [place("s1"), place("s2", point=UMEA)]), "alice")
    assert (found.code, found.better) == ("best_for_person", ())


def test_a_better_place_went_to_higher_need() -> None:
    places = [place("s1"), place("s2", day=after(20), clinic="umea", point=UMEA)]
    found = of_need(snapshot([need("alice"), need("bob", priority=1)], places), "alice")
    assert found.code == "best_left_in_time"
    assert [(x.clinic, dict(x.taken)) for x in found.better] == [("vaxjo", {"higher_need": 1})]


def test_a_late_place_says_that_it_is_late() -> None:
    places = [place("s1"), place("s2", day=after(40))]
    found = of_need(snapshot([need("alice"), need("bob", priority=1)], places), "alice")
    assert (found.code, found.proposal and found.proposal.lateness_days) == ("best_left_late", 10)


def test_an_earlier_proposal_that_stays_says_so_and_names_the_free_place() -> None:
    places = [place("s1"), place("s2", clinic="umea", point=UMEA)]
    found = of_need(snapshot([need("alice")], places, previous={"alice": "s2"}), "alice")
    assert (found.code, found.taken) == ("kept", {"free": 1})


def test_without_capacity_the_explanation_says_to_whom_the_places_went() -> None:
    waited = need("bob", waiting_since=after(-61), due=after(29))
    found = of_need(snapshot([need("alice"), waited], [place("s1")]), "alice")
    assert (found.code, found.taken) == ("no_capacity", {"same_need_waited_longer": 1})


def test_where_nothing_is_possible_each_place_is_counted_under_its_first_reason() -> None:
    places = [place("s1"), place("s2"), place("s3", day=after(40))]
    found = of_need(
        snapshot([need("alice", earliest=after(20), age=9)], places, Lot("avtal", age_from=18)),
        "alice",
    )
    assert (found.code, found.removed) == ("nobody_possible", {"terms_age": 3})


def test_protected_identity_has_no_distance_in_an_explanation() -> None:
    people = [need("alice", home=None), need("bob", priority=1, home=None)]
    found = of_need(snapshot(people, [place("s1"), place("s2", day=after(20))]), "alice")
    assert [x.distance_km for x in found.better] == [None]


def test_a_place_says_how_the_others_did() -> None:
    people = [need("alice", priority=1), need("bob"), need("eve", earliest=after(50))]
    found = of_place(snapshot(people, [place("s1")]), "s1")
    assert found.code == "chosen_by_need"
    assert found.others == {"unplaced_lower_need": 1}
    assert found.removed == {"outside_wished_period": 1}


@pytest.mark.parametrize(
    ("slot", "code"),
    [("s1", "only_one_possible"), ("s2", "all_placed_elsewhere"), ("s3", "place_for_nobody")],
)
def test_each_place_says_why_it_was_taken_or_left(slot: str, code: str) -> None:
    places = [place("s1"), place("s2", day=after(20)), place("s3", released=False)]
    people = [need("alice")]
    world = snapshot(people, places if slot != "s1" else places[:1])
    assert of_place(world, slot).code == code


def test_a_place_left_because_of_a_cap_says_so() -> None:
    people = [need("alice"), need("bob")]
    world = snapshot(people, [place("s1"), place("s2")], otherwise=CAPPED, caps=(Cap("volym", 1),))
    assert of_place(world, "s2").code == "others_left_out"


@pytest.mark.parametrize("seed", range(6))
def test_every_code_of_a_round_is_a_known_one_and_lower_need_never_costs_a_place(seed: int) -> None:
    world = random_world(seed, 30, 20)
    result = run(world)
    answers = Explanations(world, result)
    for person in world.needs:
        found = answers.need(person.key)
        assert {found.code, *found.taken, *found.removed} <= codes.ALL
        assert found.proposal or "lower_need" not in found.taken
    for free in world.places:
        told = answers.place(free.slot_id)
        assert {told.code, *told.others, *told.removed} <= codes.ALL
        assert "unplaced_higher_need" not in told.others


def test_an_explanation_names_nobody_else() -> None:
    world = snapshot([need("alice"), need("bob", priority=1)], [place("s1")])
    assert "bob" not in repr(of_need(world, "alice"))
    assert "alice" not in repr(of_place(world, "s1"))


def test_who_was_not_in_the_round_is_not_explained() -> None:
    world = random_world(1, 3, 3)
    with pytest.raises(KeyError):
        of_need(replace(world, previous={}), "nobody")
