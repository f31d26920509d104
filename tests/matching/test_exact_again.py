"""The exact engine going on from the plan before, where some people may go to fewer places than then."""

from dataclasses import replace
from random import Random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.problems import problem
from brokering.matching import exact
from brokering.matching.arrays import problem_of
from brokering.matching.candidates import Candidates
from brokering.matching.encoding import LARGEST
from brokering.matching.problem import NO_WAY, NOBODY, Ints, Problem, pairs_may
from brokering.matching.ranking import order, turn, value
from brokering.matching.snapshot import Settings, WithinClass
from tests.matching.worlds import random_world

SETTINGS = st.sampled_from([Settings(within) for within in WithinClass])
WORDS = st.sampled_from([2, 1000, LARGEST])


def closed(care: Problem, at: Ints, draw: Random) -> Problem:
    """The problem when some of those with a place may no longer go where its kind holds, nor some others."""
    placed = np.flatnonzero(at != NOBODY).tolist()
    people = draw.sample(placed, (len(placed) + 2) // 3) if placed else []
    people += draw.sample(range(len(at)), len(at) // 5)
    way, need_class = [*care.way], care.need_class.copy()
    for i in people:
        row = way[need_class[i]].copy()
        row[care.kind[at[i]] if at[i] != NOBODY else draw.randrange(len(row))] = NO_WAY
        need_class[i] = len(way)
        way.append(row)
    after = replace(care, way=np.array(way, np.int32), need_class=need_class)
    had = np.flatnonzero(care.previous != NOBODY)
    still = pairs_may(after, had, care.previous[had].astype(np.int64))
    previous = care.previous.copy()
    previous[had[~still]] = NOBODY
    return replace(after, previous=previous)


def assert_as_good(care: Problem, chosen: Settings, word: int, draw: Random) -> None:
    """Close some ways four times: each time what goes on costs, line by line, what a new beginning costs."""
    solver, lines = exact.Solver(chosen, word), order(chosen)
    at = solver.afresh(care).at
    for _ in range(4):
        care = closed(care, at, draw)
        plan, afresh = solver.again(care), exact.solve(care, chosen, largest=word)
        at, placed = plan.at, np.flatnonzero(plan.at != NOBODY)
        assert plan.certificate == afresh.certificate
        assert value(care, lines, at) == value(care, lines, afresh.at)
        assert pairs_may(care, placed, at[placed]).all()
        assert (np.bincount(at[placed], minlength=len(care.day)) <= care.count).all()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), SETTINGS, WORDS, st.integers(1, 25), st.integers(1, 25))
def test_going_on_from_the_plan_before_is_as_good_as_beginning_anew(
    seed: int, chosen: Settings, word: int, people: int, places: int
) -> None:
    world = random_world(seed, people, places, chosen)
    care = problem_of(Candidates(world), sorted(world.needs, key=turn))
    if len(care.day):
        assert_as_good(care, chosen, word, Random(seed))


def test_so_it_is_in_a_middling_care() -> None:
    assert_as_good(problem(1000, 0.9), Settings(), LARGEST, Random(1))


def test_a_rough_plan_is_one_that_may_be_and_a_better_one_goes_on_from_it() -> None:
    care, lines, solver = problem(1000, 0.9), order(Settings()), exact.Solver(Settings())
    less = closed(care, solver.afresh(care).at, Random(1))
    rough = solver.roughly(less)
    placed = np.flatnonzero(rough.at != NOBODY)
    assert pairs_may(less, placed, rough.at[placed]).all()
    assert (np.bincount(rough.at[placed], minlength=len(less.day)) <= less.count).all()
    assert rough.certificate.proven == ()
    assert value(less, lines, solver.again(less).at) == value(less, lines, exact.solve(less).at)
