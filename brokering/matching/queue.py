"""Who chooses before whom in the greedy engine: need first, one order for every place in the country.

1. Need class, the highest first (3 kap. 1 § HSL).
2. Inside a class, as the published setting says:
   `rescuable_first`: those whose last day in time has not passed, the nearest first, then those who have
   none, then the overdue by how long they have waited;
   `longest_waiting_first`: by how long they have waited.
3. Longest wait, then lowest key.

Each line is a fact of the person and the day of the round, never of what others were given: so every place
ranks people alike, there is exactly one stable outcome, and a freed place can be passed on down the queue
without solving the care anew.
"""

import numpy as np

from brokering.matching.problem import NO_DUE_DAY, Ints, Problem
from brokering.matching.snapshot import Settings, WithinClass


def queue(problem: Problem, settings: Settings, today: int) -> Ints:
    """The rows of the problem in the order in which they choose; `today` is a proleptic ordinal.

    Rows stand in the order of `ranking.turn`, so whom the lines above leave equal are told apart by it.
    """
    turn = np.arange(len(problem.priority))
    if settings.within_class is WithinClass.LONGEST_WAITING_FIRST:
        return np.lexsort((turn, -problem.waited_days.astype(np.int64), problem.priority))
    overdue = problem.due < today
    last_day = np.where(overdue, NO_DUE_DAY, problem.due)
    waited = -problem.waited_days.astype(np.int64)
    return np.lexsort((turn, waited, last_day, overdue, problem.priority))
