"""Where people may go at all, listed once: few groups of all, and the same for many people."""

from typing import NamedTuple

import numpy as np

from brokering.matching.exact.layout import NOT_FOR, Care
from brokering.matching.layout import compiled
from brokering.matching.problem import NO_LIMIT, Days, Ints


class Nearby(NamedTuple):
    """Groups that law, terms and distance leave open. People with one home, reach and class share a row."""

    row: Ints
    """Of each person."""
    bounds: Ints
    """Rows + 1 bounds in `group` and `far`."""
    group: Days
    """Nearest first, and then in their order."""
    far: Days
    """Hundreds of metres; 0 where that is not known."""


def nearby(care: Care) -> Nearby:
    """The groups of each person."""
    far = np.ascontiguousarray(care.far[:, care.site])
    near = np.argsort(far, axis=1, kind="stable").astype(np.int32)
    classes = len(care.step)
    alike = (care.home.astype(np.int64) << 32 | care.reach) * classes + care.need_class
    _, first, row = np.unique(alike, return_index=True, return_inverse=True)
    bounds = np.zeros(len(first) + 1, np.int64)
    counted = np.zeros(0, np.int32)
    _list(care, (first, near, far), bounds, (counted, counted))
    group, away = np.empty((2, bounds[-1]), np.int32)
    _list(care, (first, near, far), bounds, (group, away))
    return Nearby(row=row.astype(np.int64), bounds=bounds, group=group, far=away)


@compiled
def _list(
    care: Care, asked: tuple[Ints, Days, Days], bounds: Ints, listed: tuple[Days, Days]
) -> None:
    """List the groups of each row's first person, or, where there is no room for any, count them."""
    first, near, far = asked
    group, away = listed
    size = 0
    for row in range(len(first)):
        i = first[row]
        home, limit = care.home[i], care.reach[i]
        for g in near[home]:
            known = far[home, g] >= 0
            open_to = limit == NO_LIMIT or (known and far[home, g] <= limit)
            if open_to and care.step[care.need_class[i], g] != NOT_FOR:
                if len(group):
                    group[size], away[size] = g, max(far[home, g], 0)
                size += 1
        bounds[row + 1] = size
