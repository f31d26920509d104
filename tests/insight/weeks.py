"""A week of one place that everybody may have, as the engines' arrays."""

import numpy as np

from brokering.matching.problem import NO_LIMIT, NOBODY, Problem


def week_of(priorities):
    """People of these need classes, in their order, and one place."""
    many = len(priorities)
    none, nought = np.full(many, NO_LIMIT, np.int32), np.zeros(many, np.int32)
    one = np.zeros(1, np.int32)
    return Problem(
        priority=np.array(priorities, np.int8),
        due=none,
        waited_days=nought,
        earliest=nought,
        latest=none,
        home=nought,
        reach=none,
        need_class=nought,
        previous=np.full(many, NOBODY, np.int32),
        day=one + 7,
        begins=one + 7,
        site=one,
        kind=one,
        count=one + 1,
        hectometres=one.reshape(1, 1),
        way=one.reshape(1, 1),
        tier=np.zeros(1, np.int8),
        barred_from=np.zeros(many + 1, np.int64),
        barred=np.zeros(0, np.int32),
        horizon=8,
    )
