"""Plans that are equal on every line: person by person, each takes the first place left.

After the last line the open pairs of a `Transport` are exactly the pairs of some best plan.
Rows in their order (highest need, longest wait, key) take the first column (earliest day) that
still leaves a best plan for everyone else. The answer is unique and needs no luck of the draw.
"""

import numpy as np

from brokering.matching.ranking import Bools, Ints
from brokering.matching.transport import NOWHERE, Transport


def settle_ties(plan: Transport) -> None:
    """Move the plan to the first of the equal ones. Needs a plan whose lines are all settled."""
    fixed = np.zeros(plan.rows, bool)
    for row in range(plan.rows):
        wanted = np.flatnonzero(plan.open[row, : plan.at[row]])
        if wanted.size:
            _take_first(plan, row, wanted, fixed)
        fixed[row] = True


def _take_first(plan: Transport, row: int, wanted: Ints, fixed: Bools) -> None:
    """Give the row the first wanted column from which a chain of moves leads to its present one."""
    onward, mover = _ways_back(plan, row, int(wanted[0]), fixed)
    within_reach = wanted[onward[wanted] != NOWHERE]
    if not within_reach.size:
        return
    column, goal = int(within_reach[0]), int(plan.at[row])
    plan.at[row] = column
    while column != goal:
        target = int(onward[column])
        plan.reseat(int(mover[column]), target, column)
        column = target


def _ways_back(plan: Transport, row: int, best: int, fixed: Bools) -> tuple[Ints, Ints]:
    """For each column the next one on a chain of equal moves to the row's own, and who moves.

    NOWHERE marks columns without such a chain. Breadth first, backwards from the row's column,
    no further than the best column.
    """
    onward = np.full(len(plan.price), NOWHERE, np.int64)
    mover = np.full(len(plan.price), NOWHERE, np.int64)
    still = fixed.copy()
    still[row] = True
    front = plan.at[row : row + 1]
    onward[front] = front
    while front.size and onward[best] == NOWHERE:
        reached = onward != NOWHERE
        movers = np.flatnonzero(~still)
        into = plan.open[np.ix_(movers, front)]
        can = into.any(axis=1)
        movers, target = movers[can], front[into[can].argmax(axis=1)]
        still[movers] = True
        fresh = ~reached[plan.at[movers]]
        for one, to in zip(movers[fresh], target[fresh], strict=True):
            onward[plan.at[one]], mover[plan.at[one]] = to, one
        _let_spare_move(plan, front, onward, mover)
        front = np.flatnonzero((onward != NOWHERE) & ~reached)
    return onward, mover


def _let_spare_move(plan: Transport, front: Ints, onward: Ints, mover: Ints) -> None:
    """Whatever column holds some of the spare can give it to a column that is open to it."""
    open_to_spare = front[plan.spare_open[front]]
    if open_to_spare.size:
        giving = (plan.spare > 0) & (onward == NOWHERE)
        onward[giving], mover[giving] = open_to_spare[0], plan.rows
