"""Whole numbers that keep their sums: apportionment, proportional fitting, controlled rounding."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]
Weights = NDArray[np.float64]

CLOSE = 1e-7
"""How far from its margin a fitted sum may be; far below the half that rounding needs."""
ROUNDS = 20_000


class Unfittable(ValueError):
    """No table has these margins where the seed is zero."""


def apportion(weights: Sequence[float] | Weights | Counts, total: int) -> Counts:
    """`total` divided in proportion to `weights` by largest remainder; ties go to the first."""
    shares = np.asarray(weights, dtype=np.float64)
    if total == 0 or not shares.sum():
        return np.zeros(len(shares), dtype=np.int64)
    exact = shares * (total / shares.sum())
    whole: Counts = np.floor(exact + CLOSE).astype(np.int64)
    order = np.argsort(-(exact - whole), kind="stable")
    whole[order[: total - int(whole.sum())]] += 1
    return whole


def within(low: Sequence[int], high: Sequence[int], total: int) -> Counts:
    """Whole numbers between `low` and `high` with the sum `total`, all at the same way between.

    Raises Unfittable when the sum is out of reach.
    """
    floor: Counts = np.array(low, dtype=np.int64)
    room: Counts = np.array(high, dtype=np.int64) - floor
    spare = total - int(floor.sum())
    if spare < 0 or spare > room.sum() or (room < 0).any():
        raise Unfittable(
            f"{total} does not lie between {floor.sum()} and {floor.sum() + room.sum()}"
        )
    return floor + apportion(room, spare)


def fitted(seed: Weights, rows: Counts, columns: Counts) -> Weights:
    """Iterative proportional fitting: the table nearest to `seed` (in Kullback–Leibler distance) with
    the row sums `rows` and column sums `columns`. Zeros of the seed stay zero.

    Raises Unfittable when the margins cannot be met there.
    """
    table: Weights = seed.astype(np.float64) * (rows > 0)[:, None] * (columns > 0)[None, :]
    for _ in range(ROUNDS):
        table = _scaled(table, rows, axis=1)
        table = _scaled(table, columns, axis=0)
        if np.abs(table.sum(axis=1) - rows).max() < CLOSE:
            return table
    raise Unfittable("the margins cannot be met on the cells that the seed leaves open")


def _scaled(table: Weights, margin: Counts, axis: int) -> Weights:
    sums = table.sum(axis=axis)
    factor = np.divide(margin, sums, out=np.zeros_like(sums), where=sums > 0)
    scaled: Weights = table * np.expand_dims(factor, axis)
    return scaled


def rounded(table: Weights) -> Counts:
    """Whole numbers next to the cells of `table` (floor or ceiling) with the same row and column sums.

    The sums of `table` must be whole. Such a rounding always exists: the fractional parts are a flow
    between rows and columns, and flows with whole capacities have whole solutions. Cells with the
    largest fractions are raised first; augmenting paths repair the rest.
    """
    whole: Counts = np.floor(table + CLOSE).astype(np.int64)
    fraction = np.clip(table - whole, 0.0, None)
    raised = np.zeros(table.shape, dtype=bool)
    rows = np.rint(table.sum(axis=1)).astype(np.int64) - whole.sum(axis=1)
    columns = np.rint(table.sum(axis=0)).astype(np.int64) - whole.sum(axis=0)
    _raise_largest(fraction, raised, rows, columns)
    for row in np.flatnonzero(rows):
        while rows[row] > 0:
            columns[_augmented(int(row), fraction > CLOSE, raised, columns)] -= 1
            rows[row] -= 1
    return whole + raised


def _raise_largest(
    fraction: Weights, raised: NDArray[np.bool_], rows: Counts, columns: Counts
) -> None:
    order = np.argsort(-fraction, axis=None, kind="stable")
    for row, column in zip(*np.unravel_index(order, fraction.shape), strict=True):
        if fraction[row, column] > CLOSE and rows[row] > 0 and columns[column] > 0:
            raised[row, column] = True
            rows[row] -= 1
            columns[column] -= 1


def _augmented(
    start: int, open_cells: NDArray[np.bool_], raised: NDArray[np.bool_], columns: Counts
) -> int:
    """Raise one more cell of row `start`, moving raised cells along a path; the column that gains."""
    row_before: dict[int, int] = {}
    column_before: dict[int, int] = {}
    queue = [start]
    for row in queue:
        for column in np.flatnonzero(open_cells[row] & ~raised[row]).tolist():
            if column in row_before:
                continue
            row_before[column] = row
            if columns[column] > 0:
                _flip(column, start, (row_before, column_before), raised)
                return int(column)
            for other in np.flatnonzero(raised[:, column]).tolist():
                if other != start and other not in column_before:
                    column_before[other] = column
                    queue.append(other)
    raise Unfittable("the sums of the table are not whole")


def _flip(
    column: int,
    start: int,
    before: tuple[dict[int, int], dict[int, int]],
    raised: NDArray[np.bool_],
) -> None:
    """Walk the path back from its last column: raise the open cells on it, lower the raised ones."""
    row_before, column_before = before
    row = row_before[column]
    raised[row, column] = True
    while row != start:
        column = column_before[row]
        raised[row, column] = False
        row = row_before[column]
        raised[row, column] = True
