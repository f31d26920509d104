"""No published total gives a suppressed number back."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from insight.disclosure import FEWEST_SHOWN, protected_list, protected_table

COUNTS = st.one_of(st.integers(0, 14), st.integers(0, 60))
SLOW = settings(deadline=None)
TABLES = st.tuples(st.integers(1, 2), st.integers(1, 3)).flatmap(
    lambda size: st.lists(
        st.lists(COUNTS, min_size=size[1], max_size=size[1]), min_size=size[0], max_size=size[0]
    )
)


def with_totals(rows):
    body = np.array(rows)
    wide = np.hstack([body, body.sum(axis=1, keepdims=True)])
    return np.vstack([wide, wide.sum(axis=0, keepdims=True)])


def agrees(table, published):
    return all(
        said is None or said == count
        for row, line in zip(table, published, strict=True)
        for count, said in zip(row, line, strict=True)
    )


def other_worlds(rows, published):
    """Every table close by that reads the same as published: brute force."""
    body = np.array(rows)
    for change in product((-1, 0, 1), repeat=body.size):
        other = body + np.array(change).reshape(body.shape)
        if (other >= 0).all() and agrees(with_totals(other), published):
            yield with_totals(other)


@SLOW
@given(TABLES)
def test_each_suppressed_number_could_be_another_one(rows):
    published = protected_table(rows)
    hidden = np.array([[said is None for said in row] for row in published])
    worlds = np.array(list(other_worlds(rows, published)))
    could_differ = (worlds != with_totals(rows)).any(axis=0)
    assert (could_differ >= hidden).all()


@SLOW
@given(TABLES)
def test_what_is_published_leaves_a_suppressed_number_a_wide_range(rows):
    published = protected_table(rows)
    for at, line in enumerate(published):
        for by, said in enumerate(line):
            if said is None:
                assert widest(published, at, by) >= FEWEST_SHOWN


def widest(published, at, by):
    """The range that linear programming finds, of all tables that read the same."""
    height, width = len(published) - 1, len(published[0]) - 1
    sums, said = [], []
    for row, line in enumerate(published):
        for column, count in enumerate(line):
            if count is not None:
                sums.append(parts(row, column, height, width))
                said.append(count)
    goal = parts(at, by, height, width)
    known = {"A_eq": sums, "b_eq": said} if sums else {}
    least, most = (linprog(sign * goal, **known, bounds=(0, 10_000)).fun for sign in (1, -1))
    return round(-most - least)


def parts(row, column, height, width):
    """Which numbers of the table a published one is the sum of."""
    inside = np.zeros((height, width))
    rows = slice(None) if row == height else row
    columns = slice(None) if column == width else column
    inside[rows, columns] = 1
    return inside.ravel()


@SLOW
@given(TABLES)
def test_what_is_shown_is_true_and_never_under_ten(rows):
    published = protected_table(rows)
    assert agrees(with_totals(rows), published)
    assert all(said is None or said >= FEWEST_SHOWN for line in published for said in line)


@given(st.lists(COUNTS, min_size=1, max_size=6))
def test_a_list_is_a_table_of_one_row_whose_columns_are_not_summed(counts):
    shown, total = protected_list(counts)
    hidden = [
        count
        for count, said in zip([*counts, sum(counts)], [*shown, total], strict=True)
        if said is None
    ]
    assert len(hidden) != 1
    assert all(said is None or said == count for count, said in zip(counts, shown, strict=True))


def test_a_cell_of_four_in_a_known_row_total_takes_a_second_cell_with_it():
    """SOU 2021:59, part A § 4.12, G28."""
    shown, total = protected_list([4, 120, 57])
    assert (shown, total) == ((None, 120, None), 181)


@pytest.mark.parametrize(
    ("counts", "small"),
    [
        pytest.param([8779, 5321, 21702, 20, 4], 4, id="T2: hematologi, 35 826 - 35 822"),
        pytest.param([3767, 2134, 7870, 20, 19, 3], 3, id="T9: Gotland, operation over a year"),
        pytest.param([4, 13], 4, id="T12: women under 20, 17 - 13"),
    ],
)
def test_the_numbers_that_the_source_lets_be_found_are_not_found_here(counts, small):
    """SOU 2021:59, part B § 7.4, G14."""
    shown, total = protected_list(counts)
    assert total == sum(counts)
    assert shown[counts.index(small)] is None
    assert shown.count(None) == 2


def test_numbers_that_are_large_enough_are_all_shown():
    assert protected_table([[10, 11], [12, 13]]) == ((10, 11, 21), (12, 13, 25), (22, 24, 46))


def test_a_nought_is_as_small_as_any():
    shown, total = protected_list([0, 0, 12])
    assert shown[:2] == (None, None)
    assert None in (shown[2], total)


def test_a_table_of_nobody_shows_nothing():
    assert protected_table([[0]]) == ((None, None), (None, None))
