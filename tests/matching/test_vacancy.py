"""Vacancy chains: whatever comes and goes, the outcome is the one that choosing anew would give."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brokering.matching.greedy import solve
from brokering.matching.problem import NOBODY, Problem
from brokering.matching.snapshot import Settings, WithinClass
from brokering.matching.vacancy import Move, Standing
from tests.matching import cares

SEEDS = st.integers(0, 2**32)
SETTINGS = st.sampled_from([Settings(within) for within in WithinClass])
CARES = st.builds(cares.random_care, SEEDS, st.integers(1, 25), st.integers(1, 14))
Engine = Callable[[Problem, Settings], Sequence[int]]


def compiled(care: Problem, chosen: Settings) -> Sequence[int]:
    """The whole engine run anew."""
    return solve(care, chosen, cares.TODAY).at.tolist()


class Ledger:
    """A standing care, and beside it plainly what has come and gone."""

    def __init__(self, care: Problem, chosen: Settings) -> None:
        self.care, self.chosen = care, chosen
        self.standing = Standing(care, chosen, cares.TODAY)
        self.count = care.count.copy()
        self.waiting = set(range(len(care.due)))

    def happen(self, draw: Random) -> tuple[Move, ...]:
        """One thing at random."""
        offer, row = draw.randrange(len(self.count)), draw.randrange(len(self.care.due))
        what = draw.choice((self.freed, self.gone, self.came_or_left))
        return what(offer) if what in (self.freed, self.gone) else what(row)

    def freed(self, offer: int) -> tuple[Move, ...]:
        self.count[offer] += 1
        return self.standing.place_freed(offer)

    def gone(self, offer: int) -> tuple[Move, ...]:
        self.count[offer] = max(self.count[offer] - 1, 0)
        return self.standing.place_gone(offer)

    def came_or_left(self, row: int) -> tuple[Move, ...]:
        if row in self.waiting:
            self.waiting.remove(row)
            return self.standing.need_left(row)
        self.waiting.add(row)
        return self.standing.need_came(row)

    def anew(self, engine: Engine = cares.obvious) -> list[int]:
        """Who has what if those who wait choose from the beginning."""
        rows = sorted(self.waiting)
        left = cares.reordered(replace(self.care, count=self.count), rows)
        at = np.full(len(self.care.due), NOBODY)
        at[rows] = engine(left, self.chosen)
        return at.tolist()

    def now(self) -> list[int]:
        return self.standing.plan().at.tolist()


@settings(max_examples=150, deadline=None)
@given(CARES, SETTINGS, SEEDS, st.integers(1, 20))
def test_after_any_burst_the_outcome_is_that_of_choosing_anew(
    care: Problem, chosen: Settings, seed: int, many: int
) -> None:
    draw, ledger = Random(seed), Ledger(care, chosen)
    for _ in range(many):
        ledger.happen(draw)
        assert ledger.now() == ledger.anew()


@settings(max_examples=100, deadline=None)
@given(CARES, SETTINGS, SEEDS)
def test_the_moves_told_are_all_that_changed(care: Problem, chosen: Settings, seed: int) -> None:
    draw, ledger = Random(seed), Ledger(care, chosen)
    for _ in range(20):
        seen, before = ledger.now(), set(ledger.waiting)
        for move in ledger.happen(draw):
            assert seen[move.need] == move.before != move.after
            seen[move.need] = move.after
        for left in before - ledger.waiting:
            seen[left] = NOBODY
        assert seen == ledger.now()


@settings(max_examples=100, deadline=None)
@given(CARES, SETTINGS, SEEDS)
def test_whoever_is_told_leaves_with_their_place_and_nobody_moves(
    care: Problem, chosen: Settings, seed: int
) -> None:
    ledger = Ledger(care, chosen)
    before = ledger.now()
    row = Random(seed).randrange(len(before))
    ledger.standing.told(row)
    if before[row] != NOBODY:
        ledger.count[before[row]] -= 1
    ledger.waiting.remove(row)
    assert ledger.now() == ledger.anew() == [*before[:row], NOBODY, *before[row + 1 :]]


@settings(max_examples=100, deadline=None)
@given(CARES, SETTINGS, SEEDS)
def test_a_plan_of_before_goes_on_where_it_stood(
    care: Problem, chosen: Settings, seed: int
) -> None:
    plan = solve(care, chosen, cares.TODAY)
    offer = Random(seed).randrange(len(care.day))
    count = care.count.copy()
    count[offer] += 1
    more = replace(care, count=count)
    standing = Standing(more, chosen, cares.TODAY, plan)
    standing.passed_on(offer)
    assert standing.plan().at.tolist() == cares.obvious(more, chosen)


@pytest.mark.parametrize("within", [pytest.param(x, id=x.value) for x in WithinClass])
def test_thousands_of_changes_in_a_crowded_care_make_no_difference(within: WithinClass) -> None:
    draw, ledger = Random(7), Ledger(cares.random_care(7, 400, 250), Settings(within))
    differences = 0
    for _ in range(100):
        assert sum(len(ledger.happen(draw)) for _ in range(40))
        differences += ledger.now() != ledger.anew(compiled)
    assert differences == 0
