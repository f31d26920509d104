"""The exact engine against slow, obvious oracles."""

from dataclasses import replace
from functools import partial
from time import process_time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from brokering.matching.round import Result, run
from brokering.matching.snapshot import Settings, Snapshot, WithinClass
from brokering.matching.solve import exact
from brokering.matching.transport import LARGEST
from tests.matching import oracles
from tests.matching.worlds import after, in_words, random_world

SETTINGS = st.sampled_from([Settings(within) for within in WithinClass])
SEEDS = st.integers(0, 2**32)


WORDS = st.sampled_from([2, 1000, LARGEST])


def solved(world: Snapshot, largest: int = LARGEST) -> Result:
    return run(world, engine=partial(exact, largest=largest))


def best_vector(world: Snapshot, largest: int = LARGEST) -> tuple[int, ...]:
    return tuple(solved(world, largest).objective.values())


@settings(max_examples=300, deadline=None)
@given(SEEDS, SETTINGS, WORDS, st.integers(1, 4), st.integers(0, 5))
def test_of_all_plans_the_round_finds_the_best_and_of_equal_ones_the_first(
    seed: int, chosen: Settings, word: int, people: int, places: int
) -> None:
    world = random_world(seed, people, places, chosen)
    vector, clinics = oracles.enumerated(world)
    result = solved(world, word)
    assert tuple(result.objective.values()) == vector
    assert in_words(world, result) == clinics


@settings(max_examples=25, deadline=None)
@given(SEEDS, SETTINGS, WORDS, st.integers(1, 25), st.integers(1, 25))
def test_every_line_equals_highs_asked_line_by_line(
    seed: int, chosen: Settings, word: int, people: int, places: int
) -> None:
    world = random_world(seed, people, places, chosen)
    assert best_vector(world, word) == oracles.staged_by_highs(world)


@settings(max_examples=15, deadline=None)
@given(SEEDS, SETTINGS, WORDS, st.integers(1, 30), st.integers(1, 30))
def test_every_line_equals_ortools_asked_line_by_line(
    seed: int, chosen: Settings, word: int, people: int, places: int
) -> None:
    world = random_world(seed, people, places, chosen)
    assert best_vector(world, word) == oracles.staged_by_ortools(world)


@pytest.mark.parametrize("within", list(WithinClass))
@pytest.mark.parametrize(("people", "places"), [(120, 60), (90, 90), (60, 120)])
def test_scarce_even_and_rich_cares_equal_highs(
    people: int, places: int, within: WithinClass
) -> None:
    world = random_world(people, people, places, Settings(within))
    assert best_vector(world) == oracles.staged_by_highs(world)


@settings(max_examples=60, deadline=None)
@given(SEEDS, SETTINGS, st.sampled_from([2, 1000]), st.integers(1, 40), st.integers(1, 40))
@example(223, Settings(), 1000, 9, 8)  # the spare's own price decides here
def test_lines_solved_one_after_the_other_give_the_plan_of_lines_packed_together(
    seed: int, chosen: Settings, word: int, people: int, places: int
) -> None:
    world = random_world(seed, people, places, chosen)
    assert solved(world, word) == solved(world)


@pytest.mark.parametrize("within", list(WithinClass))
def test_a_care_of_demo_size_takes_at_most_two_seconds(within: WithinClass) -> None:
    crowd = random_world(1, 500, 800, Settings(within))
    spread = [
        replace(x, clinic=f"clinic {i % 20}", day=after(i % 63 + 1))
        for i, x in enumerate(crowd.places)
    ]
    world = replace(crowd, places=tuple(spread))
    start = process_time()
    run(world)
    assert process_time() - start < 2
