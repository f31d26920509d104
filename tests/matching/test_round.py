"""A round as a whole: same input, same output; every place once; caps hold."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brokering.matching.round import run
from brokering.matching.snapshot import BadSnapshot, Cap, ClassDecision, Lot, Snapshot, class_keys
from tests.matching.worlds import CAPPED, TODAY, after, need, place, random_world, snapshot

SEEDS = st.integers(0, 2**32)


def shuffled(world: Snapshot, seed: int) -> Snapshot:
    draw = Random(seed)
    needs, places, lots = list(world.needs), list(world.places), list(world.lots)
    decisions = list(world.decisions.items())
    for rows in (needs, places, lots, decisions):
        draw.shuffle(rows)
    return replace(
        world,
        needs=tuple(needs),
        places=tuple(places),
        lots=tuple(lots),
        decisions=dict(decisions),
    )


@settings(max_examples=30, deadline=None)
@given(SEEDS, SEEDS)
def test_the_order_of_the_rows_changes_nothing(seed: int, other: int) -> None:
    world = random_world(seed, 15, 15)
    assert run(shuffled(world, other)) == run(world)


def test_replay_gives_the_same_result_and_fingerprint() -> None:
    assert run(random_world(3, 25, 25)) == run(random_world(3, 25, 25))


@pytest.mark.parametrize(
    "change",
    [{"on": TODAY + timedelta(days=1)}, {"previous": {"n000": "s001"}}, {"needs": ()}],
)
def test_any_change_of_the_input_changes_the_fingerprint(change: dict[str, object]) -> None:
    world = random_world(3, 5, 5)
    assert replace(world, **change).digest() != world.digest()


@settings(max_examples=30, deadline=None)
@given(SEEDS)
def test_no_place_and_no_person_stands_twice_and_everyone_has_an_answer(seed: int) -> None:
    world = random_world(seed, 20, 15)
    result = run(world)
    slots, people = Counter(), Counter(result.unmatched)
    slots.update(x.slot_id for x in result.proposals)
    people = Counter([*result.unmatched, *(x.need for x in result.proposals)])
    assert max(slots.values(), default=1) == 1
    assert people == Counter(x.key for x in world.needs)


@settings(max_examples=30, deadline=None)
@given(SEEDS)
def test_one_more_place_never_treats_fewer_of_the_highest_need(seed: int) -> None:
    world = random_world(seed, 20, 12)
    fewer = replace(world, places=world.places[:-1], previous={})
    more = replace(world, previous={})
    assert run(more).objective["treated_1"] <= run(fewer).objective["treated_1"]


@pytest.mark.parametrize(("needs", "places"), [(0, 0), (0, 3), (3, 0)])
def test_a_round_without_people_or_places_proposes_nothing(needs: int, places: int) -> None:
    world = random_world(1, needs, places)
    result = run(world)
    assert result.proposals == ()
    assert set(result.unmatched) == {x.key for x in world.needs}


def test_the_unmatched_say_what_takes_the_places_away() -> None:
    alice = need("alice", priority=1)
    bob = need("bob", latest=after(15))
    world = snapshot([alice, bob], [place("s1"), place("s2", day=after(20), released=False)])
    assert run(world).unmatched == {"bob": {"no_capacity": 1, "not_released": 1}}


def test_a_volume_cap_is_never_exceeded_and_keeps_the_highest_need() -> None:
    people = [need(f"n{i}", priority=i % 4 + 1) for i in range(8)]
    world = snapshot(
        people, [place(f"s{i}") for i in range(8)], otherwise=CAPPED, caps=(Cap("volym", 3),)
    )
    result = run(world)
    assert sorted(x.priority for x in result.proposals) == [1, 1, 2]
    assert result.caps_reached == ("volym",)


def test_who_a_full_lot_turns_away_may_use_another() -> None:
    places = [place("s1"), place("s2"), place("s3", lots=("annat",), day=after(20))]
    needs = (need("a"), need("b"))
    capped = {key: CAPPED for key in class_keys(needs, tuple(places)) if key.lot == "avtal"}
    result = run(snapshot(needs, places, decisions=capped, caps=(Cap("volym", 1),)))
    assert {x.need: x.lot for x in result.proposals} == {"a": "avtal", "b": "annat"}


def test_a_share_of_one_region_binds_its_people_and_the_whole_binds_everyone() -> None:
    mine, theirs = (
        (need(f"a{i}") for i in range(3)),
        (need(f"b{i}", home_region="01", priority=1) for i in range(3)),
    )
    needs, places = (*mine, *theirs), tuple(place(f"s{i}") for i in range(6))
    table = {
        key: ClassDecision(lawful=True, caps=("all", "01") if key.home_region == "01" else ("all",))
        for key in class_keys(needs, places)
    }
    caps = (Cap("all", 3), Cap("01", 1))
    result = run(snapshot(needs, places, decisions=table, caps=caps))
    assert Counter(x.need[0] for x in result.proposals) == {"a": 2, "b": 1}


def test_a_decision_that_names_an_unknown_cap_is_refused() -> None:
    with pytest.raises(BadSnapshot, match="volym"):
        snapshot([need("alice")], [place("s1")], otherwise=CAPPED)


def test_the_summary_counts_people_days_and_kilometres() -> None:
    late = need("bob", due=after(4), waiting_since=after(-86))
    left = need("eve", due=after(5), waiting_since=after(-85), priority=4)
    summary = run(snapshot([need("alice"), late, left], [place("s1"), place("s2")])).summary
    assert (summary.classes[2].waiting, summary.classes[2].treated) == (2, 2)
    assert (summary.classes[2].in_time, summary.classes[4].treated) == (1, 0)
    assert (summary.lateness_days_treated, summary.lateness_days_untreated) == (6, 6)
    assert (summary.km, summary.places, summary.kept) == (0.0, 2, 0)


def test_an_earlier_slot_of_the_same_day_is_kept() -> None:
    world = snapshot([need("a"), need("b")], [place("s1"), place("s2")], previous={"a": "s2"})
    assert {x.need: x.slot_id for x in run(world).proposals} == {"a": "s2", "b": "s1"}


def test_a_slot_proposed_to_two_before_is_kept_by_one() -> None:
    before = {"a": "s2", "b": "s2"}
    result = run(snapshot([need("a"), need("b")], [place("s1"), place("s2")], previous=before))
    assert sorted(x.slot_id for x in result.proposals) == ["s1", "s2"]


@pytest.mark.parametrize(
    "rows",
    [
        {"needs": (need("a"), need("a"))},
        {"places": (place("s1"), place("s1"))},
        {"lots": (Lot("avtal"), Lot("avtal"))},
        {"caps": (Cap("volym", 1), Cap("volym", 1))},
        {"lots": ()},
    ],
)
def test_values_that_contradict_each_other_are_refused(rows: dict[str, object]) -> None:
    world = snapshot([need("b")], [place("s2")])
    with pytest.raises(BadSnapshot):
        replace(world, **rows)


def test_a_need_without_a_priority_of_the_scale_is_refused() -> None:
    with pytest.raises(BadSnapshot):
        need("alice", priority=5)
