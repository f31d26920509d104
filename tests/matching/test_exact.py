"""The exact engine against slow, obvious oracles."""

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from benchmarks.matching_oracles import arcs, ortools, ortools_by_span, prices
from benchmarks.problems import next_day, problem
from brokering.matching import exact
from brokering.matching.encoding import LARGEST, TooLarge
from brokering.matching.exact import pricing, ties, tree
from brokering.matching.problem import NOBODY, possible
from brokering.matching.ranking import order, value
from brokering.matching.round import Result, run
from brokering.matching.snapshot import Settings, Snapshot, WithinClass
from tests.matching import oracles
from tests.matching.worlds import random_world

SETTINGS = st.sampled_from([Settings(within) for within in WithinClass])
SEEDS = st.integers(0, 2**32)
WORDS = st.sampled_from([2, 1000, LARGEST])
CODES = tuple(line.code for line in order(Settings()))


def solved(world: Snapshot, largest: int = LARGEST) -> Result:
    return run(world, engine=partial(exact.solve, largest=largest))


def best_vector(world: Snapshot, largest: int = LARGEST) -> tuple[int, ...]:
    return tuple(solved(world, largest).objective.values())


@settings(max_examples=200, deadline=None)
@given(SEEDS, SETTINGS, WORDS, st.integers(1, 4), st.integers(0, 5))
def test_of_all_plans_the_round_finds_the_best(
    seed: int, chosen: Settings, word: int, people: int, places: int
) -> None:
    world = random_world(seed, people, places, chosen)
    assert best_vector(world, word) == oracles.enumerated(world)


@settings(max_examples=40, deadline=None)
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


@pytest.mark.parametrize("share", [0.5, 0.9, 1.5], ids=["scarce", "short", "rich"])
def test_the_lines_of_highest_need_of_a_middling_care_cost_what_ortools_finds(share: float) -> None:
    care, lines = problem(2000, share), order(Settings())[:4]
    least = ortools(care, arcs(care, lines))
    assert int(prices(care, lines, exact.solve(care).at).sum()) == least


@given(st.integers(1, 250), st.sampled_from([0.3, 0.9, 4.0]), st.integers(0, 1_000))
@settings(max_examples=25, deadline=None)
def test_ortools_finds_the_same_whether_days_stand_in_spans_or_alone(
    people: int, share: float, seed: int
) -> None:
    care, lines = problem(people, share, seed), order(Settings())[:4]
    assume(set(care.priority) & {1, 2})
    assert ortools_by_span(care, lines)[0] == ortools(care, arcs(care, lines))


@pytest.mark.parametrize("share", [0.5, 0.9, 1.5], ids=["scarce", "short", "rich"])
def test_a_plan_of_arrays_gives_nobody_what_may_not_be_and_no_place_twice(share: float) -> None:
    care = problem(1000, share, seed=3)
    at = exact.solve(care).at
    placed = np.flatnonzero(at != NOBODY)
    assert all(possible(care, i)[at[i]] for i in placed)
    assert (np.bincount(at[placed], minlength=len(care.day)) <= care.count).all()


def test_solved_to_the_end_every_line_is_proven_and_the_plan_is_the_same_again() -> None:
    care = problem(1000, 0.9)
    plan = exact.solve(care)
    assert plan.certificate.proven == CODES
    assert not plan.certificate.gap
    assert (exact.solve(care).at == plan.at).all()


@pytest.mark.parametrize("share", [0.5, 1.5], ids=["scarce", "rich"])
def test_however_words_are_cut_the_plan_is_worth_the_same(share: float) -> None:
    care = problem(400, share)
    worth = [
        value(care, order(Settings()), exact.solve(care, largest=largest).at)
        for largest in (2, 1 << 20, LARGEST)
    ]
    assert worth[0] == worth[1] == worth[2]


@pytest.mark.parametrize("seed", range(4))
def test_stopped_early_the_plan_is_off_by_no_more_than_its_certificate_says(seed: int) -> None:
    care = problem(1500, 0.9, seed)
    hasty, best = exact.solve(care, seconds=0.0), exact.solve(care)
    got, least = (value(care, order(Settings()), plan.at) for plan in (hasty, best))
    assert all(got[code] == least[code] for code in hasty.certificate.proven)
    for code, gap in hasty.certificate.gap.items():
        assert 0 <= got[code] - least[code] <= gap


def test_the_day_after_the_same_best_is_found_from_yesterdays_plan() -> None:
    before = problem(1500, 0.9)
    after = next_day(before, exact.solve(before).at)
    afresh = exact.solve(replace(after, previous=np.full_like(after.previous, NOBODY)))
    plan = exact.solve(after)
    lines = order(Settings())[:9]
    assert value(after, lines, plan.at) == value(after, lines, afresh.at)


def test_a_line_that_has_no_room_in_a_word_is_refused() -> None:
    care = problem(400, 0.9)
    with pytest.raises(TooLarge, match="waited_1"):
        exact.solve(
            replace(care, waited_days=care.waited_days.astype(np.int64) + (1 << 58)),
            Settings(WithinClass.LONGEST_WAITING_FIRST),
        )


def test_pairs_that_are_even_are_used_alike_whether_they_are_listed_or_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    care, lines = problem(1500, 0.9), order(Settings())
    listed = value(care, lines, exact.solve(care).at)
    monkeypatch.setattr(ties, "ROOM_FOR", 0)
    assert value(care, lines, exact.solve(care).at) == listed


def test_once_warm_nothing_more_is_compiled() -> None:
    exact.warm_up()
    entries: tuple[Any, ...] = (tree.plant, pricing.improve, pricing.shortfall, ties.gather)
    known = [len(kernel.signatures) for kernel in entries]
    exact.solve(problem(400, 0.5), seconds=0.0)
    exact.solve(problem(400, 1.5))
    assert known == [len(kernel.signatures) for kernel in entries] == [1] * len(entries)
