"""A plan over offers becomes one place for each taker."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.problems import problem
from brokering.matching.greedy import solve
from brokering.matching.problem import NOBODY
from brokering.matching.settling import NO_PLACE, Contradiction, settle, summary
from brokering.matching.snapshot import Settings

TODAY = 739_700


def solved(people, seed):
    care = problem(people, 0.9, seed)
    at = solve(care, Settings(), TODAY).at
    first = np.concatenate(([0], np.cumsum(care.count))).astype(np.int64)
    return care, at, first


def before(care, at, first, draw):
    """A plan of yesterday: some had a place of the offer that they get today, others another one."""
    previous = np.full(len(at), NO_PLACE, np.int64)
    slots = draw.permutation(int(first[-1]))[: len(at)]
    some = draw.random(len(at)) < 0.5
    previous[some[: len(at)].nonzero()[0][: len(slots)]] = slots[: some.sum()]
    return previous


@given(st.integers(1, 60), st.integers(0, 10_000))
def test_everyone_gets_a_place_of_their_offer_and_nobody_anyone_elses(people, seed):
    care, at, first = solved(people, seed)
    previous = before(care, at, first, np.random.default_rng(seed))
    found = settle(care, at, first, previous)
    assert len(np.unique(found.slot)) == len(found.slot) == (at != NOBODY).sum()
    assert (first[found.offer] <= found.slot).all()
    assert (found.slot < first[found.offer + 1]).all()


@given(st.integers(1, 60), st.integers(0, 10_000))
def test_who_had_a_place_of_the_same_offer_keeps_it(people, seed):
    care, at, first = solved(people, seed)
    previous = before(care, at, first, np.random.default_rng(seed))
    found = settle(care, at, first, previous)
    had = previous[found.rows]
    same = (had != NO_PLACE) & (first[found.offer] <= had) & (had < first[found.offer + 1])
    assert (found.slot[same] == had[same]).all()
    assert (found.kept == same).all()


def test_a_plan_that_gives_more_than_there_is_is_refused():
    care, at, first = solved(40, 3)
    at = np.where(at == NOBODY, NOBODY, at[at != NOBODY][0])
    with pytest.raises(Contradiction):
        settle(care, at, first, np.full(len(at), NO_PLACE))


def test_the_figures_add_up():
    care, at, first = solved(60, 5)
    found = settle(care, at, first, np.full(len(at), NO_PLACE, np.int64))
    told = summary(care, found)
    assert sum(one["waiting"] for one in told["classes"].values()) == told["needs"] == 60
    assert sum(one["treated"] for one in told["classes"].values()) == told["proposals"]
    late = sum(one["treated"] - one["in_time"] for one in told["classes"].values())
    assert late == (found.late > 0).sum()
