"""Which pairs are even on the words that are solved: nobody moves along any other from then on.

What a person pays on a solved word, tolls included, stays as it is, and so do its tolls. So the pairs that
may still be used are the same until the end of the next word: where they are few they are listed once.
"""

import numpy as np

from brokering.matching.exact.pricing import bound, gain_at, note, stand
from brokering.matching.exact.tree import NONE, Board, barred, may
from brokering.matching.layout import compiled
from brokering.matching.problem import Days, Ints

# More than that a person, and pairs are priced without being listed.
ROOM_FOR = 256
# After so many people the first ones tell how many pairs there are.
SURE = 256


def with_ties(board: Board, word: int) -> Board:
    """The board with the pairs that are even on the words before; as it is where they are too many."""
    people = len(board.tree.at)
    bounds, pairs = np.zeros(people + 1, np.int64), np.zeros(people * ROOM_FOR, np.int32)
    note(board, word - 1)
    room = gather(board, word - 1, bounds, pairs)
    # What was noted was for the word before.
    board.desk.stale[:] = 1
    if not room:
        return board
    desk = board.desk._replace(tied_from=bounds, tied=pairs[: bounds[-1]].copy())
    return board._replace(desk=desk)


@compiled
def gather(board: Board, word: int, bounds: Ints, pairs: Days) -> bool:
    """List the pairs that are even on the words until this one; False where there is no room for all."""
    size, people = 0, len(board.tree.at)
    for i in range(people):
        # Far too many so far: the rest is not looked at.
        if size < 0 or size // 4 > len(pairs) // people * (i + SURE):
            return False
        size = gather_for(board, word, i, (pairs, size))
        bounds[i + 1] = size
    return bool(size >= 0)


@compiled
def gather_for(board: Board, word: int, i: int, listed: tuple[Days, int]) -> int:
    """Add a person's pairs to the list; its length then, NONE where there is no room."""
    care, near, desk = board.care, board.near, board.desk
    before = care.before[i]
    stand(board, word, i)
    size = add(board, word, i, len(care.day), listed)
    if before != NONE and may(care, i, before):
        size = add(board, word, i, before, (listed[0], size))
    earliest, after = max(care.earliest[i], 0), care.latest[i] + 1
    row = near.row[i]
    for at in range(near.bounds[row], near.bounds[row + 1]):
        g = near.group[at]
        low, high = care.upto[g, earliest], care.upto[g, after]
        middle = min(max(care.upto[g, care.due[i] + 1], low), high)
        if low < middle and bound(board, word, i, desk.until[middle - 1], False) <= 0:
            size = add_span(board, word, i, (low, middle), (listed[0], size))
        if middle < high and bound(board, word, i, desk.since[middle], True) <= 0:
            size = add_span(board, word, i, (middle, high), (listed[0], size))
    return size


@compiled
def add_span(
    board: Board, word: int, i: int, span: tuple[int, int], listed: tuple[Days, int]
) -> int:
    """Add those of a group's offers that may be and are even."""
    care, (pairs, size) = board.care, listed
    for k in range(span[0], span[1]):
        if care.begins[k] >= care.earliest[i] and k != care.before[i] and not barred(care, i, k):
            size = add(board, word, i, k, (pairs, size))
    return size


@compiled
def add(board: Board, word: int, i: int, j: int, listed: tuple[Days, int]) -> int:
    """Add an offer that is even; the length of the list then, NONE where there is no room."""
    pairs, size = listed
    if size == NONE or gain_at(board, word, i, j) != 0:
        return size
    if size == len(pairs):
        return NONE
    pairs[size] = j
    return size + 1
