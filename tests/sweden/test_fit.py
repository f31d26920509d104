"""Whole numbers that keep their sums."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brokering.sweden.fit import Unfittable, apportion, fitted, rounded, within

COUNTS = st.lists(st.integers(0, 500), min_size=1, max_size=8)


@given(COUNTS, st.integers(0, 10_000))
def test_apportioned_parts_have_the_sum_asked_for(weights: list[int], total: int) -> None:
    parts = apportion(weights, total)
    assert parts.sum() == (total if sum(weights) else 0)
    assert (parts >= 0).all()


def test_the_largest_remainder_gets_the_spare_place() -> None:
    assert apportion([5, 3, 2], 4).tolist() == [2, 1, 1]


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=1), st.floats(0, 1))
def test_numbers_taken_from_intervals_stay_inside_them(
    pairs: list[tuple[int, int]], way: float
) -> None:
    low = [a for a, _ in pairs]
    high = [a + b for a, b in pairs]
    total = sum(low) + round(way * (sum(high) - sum(low)))
    taken = within(low, high, total)
    assert taken.sum() == total
    assert all(a <= t <= b for a, t, b in zip(low, taken, high, strict=True))


def test_a_sum_outside_the_intervals_is_refused() -> None:
    with pytest.raises(Unfittable):
        within([1, 1], [2, 2], 5)


@given(st.integers(0, 2**32 - 1))
def test_a_rounded_fit_has_exactly_the_margins_of_the_table_behind_it(seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 40, size=(rng.integers(1, 7), rng.integers(1, 7)))
    rows, columns = truth.sum(axis=1), truth.sum(axis=0)
    table = rounded(fitted(rng.random(truth.shape) + 0.1, rows, columns))
    assert (table.sum(axis=1) == rows).all()
    assert (table.sum(axis=0) == columns).all()


@given(st.integers(0, 2**32 - 1))
def test_rounding_moves_no_cell_by_a_whole_person(seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 9, size=(5, 6))
    exact = fitted(rng.random(truth.shape) + 0.1, truth.sum(axis=1), truth.sum(axis=0))
    assert (np.abs(rounded(exact) - exact) < 1).all()


def test_cells_that_the_seed_closes_stay_empty() -> None:
    table = fitted(np.array([[1.0, 0.0], [1.0, 1.0]]), np.array([2, 4]), np.array([3, 3]))
    assert table[0, 1] == 0


def test_margins_that_open_cells_cannot_meet_are_refused() -> None:
    with pytest.raises(Unfittable):
        fitted(np.array([[1.0, 0.0], [1.0, 0.0]]), np.array([1, 1]), np.array([1, 1]))
