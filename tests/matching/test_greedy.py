"""The greedy engine against one that is slow and plain, and what must hold of its outcome."""

from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brokering.matching.greedy import solve
from brokering.matching.problem import NO_DUE_DAY, NOBODY, Problem
from brokering.matching.queue import queue
from brokering.matching.snapshot import Settings, WithinClass
from tests.matching import cares

SETTINGS = st.sampled_from([Settings(within) for within in WithinClass])
SEEDS = st.integers(0, 2**32)
CARES = st.builds(cares.random_care, SEEDS, st.integers(0, 25), st.integers(0, 14))


def solved(care: Problem, chosen: Settings) -> list[int]:
    return solve(care, chosen, cares.TODAY).at.tolist()


@settings(max_examples=600, deadline=None)
@given(CARES, SETTINGS)
def test_it_gives_what_one_gives_who_asks_everybody_in_turn(
    care: Problem, chosen: Settings
) -> None:
    assert solved(care, chosen) == cares.obvious(care, chosen)


@settings(max_examples=100, deadline=None)
@given(CARES, SETTINGS)
def test_no_place_is_given_twice_and_no_pair_is_unlawful(care: Problem, chosen: Settings) -> None:
    at = solved(care, chosen)
    assert all(n <= room for n, room in zip(cares.taken(care, at), care.count, strict=True))
    assert all(cares.possible(care, i, j) for i, j in enumerate(at) if j != NOBODY)


@settings(max_examples=100, deadline=None)
@given(CARES, SETTINGS)
def test_whoever_has_nothing_could_use_no_place_that_is_free_or_held_by_lower_need(
    care: Problem, chosen: Settings
) -> None:
    at = solved(care, chosen)
    free = [j for j, n in enumerate(cares.taken(care, at)) if n < care.count[j]]
    for i in (i for i, j in enumerate(at) if j == NOBODY):
        lower = {at[k] for k in range(len(at)) if care.priority[k] > care.priority[i]} - {NOBODY}
        assert not any(cares.possible(care, i, j) for j in {*free, *lower})


@settings(max_examples=100, deadline=None)
@given(CARES, SETTINGS)
def test_no_higher_need_is_late_while_a_lower_one_has_a_place_that_were_in_time_for_it(
    care: Problem, chosen: Settings
) -> None:
    at = solved(care, chosen)
    for i, mine in enumerate(at):
        if mine == NOBODY or not cares.late(care, i, mine):
            continue
        lower = {at[k] for k in range(len(at)) if care.priority[k] > care.priority[i]} - {NOBODY}
        assert not any(cares.possible(care, i, j) and not cares.late(care, i, j) for j in lower)


@settings(max_examples=100, deadline=None)
@given(CARES, SETTINGS, SEEDS)
def test_the_order_of_the_rows_changes_nothing_for_anyone_who_stands_apart(
    care: Problem, chosen: Settings, seed: int
) -> None:
    people = len(care.priority)
    care = cares.reordered(care, list(range(people)))
    care.waited_days[:] = np.arange(people, 0, -1) * 3  # nobody has waited as long as another
    other = Random(seed).sample(range(people), people)
    at = solved(care, chosen)
    assert solved(cares.reordered(care, other), chosen) == [at[i] for i in other]


@pytest.mark.parametrize(
    ("within", "wanted"),
    [
        pytest.param(WithinClass.RESCUABLE_FIRST, [4, 0, 2, 1, 3], id="rescuable first"),
        pytest.param(
            WithinClass.LONGEST_WAITING_FIRST, [4, 1, 3, 2, 0], id="longest waiting first"
        ),
    ],
)
def test_inside_a_class_the_published_setting_says_who_chooses_first(
    within: WithinClass, wanted: list[int]
) -> None:
    care = cares.random_care(1, 5, 1)
    care.priority[:] = (2, 2, 2, 2, 1)
    care.due[:] = (cares.TODAY, cares.TODAY - 1, NO_DUE_DAY, cares.TODAY - 9, cares.TODAY - 1)
    care.waited_days[:] = (10, 300, 200, 300, 1)
    assert queue(care, Settings(within), cares.TODAY).tolist() == wanted
