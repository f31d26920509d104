"""Which moves make a plan better, compiled. Pairs are priced and never stored.

A group of offers (one site, one kind) is judged by its best one. In time, a person pays the same on all its
days but for the tolls: the lowest toll until a day decides. Late, each day costs everybody the same more:
the lowest toll plus days, from a day on, decides.
"""

from typing import Any

from brokering.matching.exact.tree import (
    MOVES,
    NEVER,
    NONE,
    ROOM,
    Board,
    barred,
    cost,
    enter,
    may,
    vacate,
)
from brokering.matching.layout import compiled, inlined

BLOCK = 1024
# A person's few tied pairs are soon looked through.
WIDE_BLOCK = 4096


@compiled
def note(board: Board, word: int) -> None:
    """Find the best offers of each group whose tolls have changed, compared word by word."""
    care, desk = board.care, board.desk
    for g in range(len(care.site)):
        if not desk.stale[g]:
            continue
        desk.stale[g] = 0
        low, high = care.start[g], care.start[g + 1]
        desk.until[low], desk.since[high - 1] = low, high - 1
        for j in range(low + 1, high):
            was = desk.until[j - 1]
            desk.until[j] = j if cheaper(board, word, j, was, False) else was
        for j in range(high - 2, low - 1, -1):
            was = desk.since[j + 1]
            desk.since[j] = j if cheaper(board, word, j, was, True) else was
        if word == 0:
            overview(board, g)


@compiled
def overview(board: Board, g: int) -> None:
    """Note a group's lowest toll until each day, and after it with the days, on the first word."""
    care, desk, own = board.care, board.desk, board.tree.toll[0]
    a_day = board.words.day_late[0]
    low, high = care.start[g], care.start[g + 1]
    for d in range(care.upto.shape[1]):
        k = care.upto[g, d]
        desk.in_time[d, g] = own[desk.until[k - 1]] if k > low else NEVER
        desk.later[d, g] = NEVER
        if k < high:
            j = desk.since[k]
            desk.later[d, g] = own[j] + a_day * care.day[j]


@inlined
def cheaper(board: Board, word: int, j: int, was: int, late: bool) -> bool:
    """Is the toll of an offer lower than another's, with the days where both are late?"""
    differ = 0
    for w in range(word + 1):
        if differ == 0:
            differ = board.tree.toll[w, j] - board.tree.toll[w, was]
            if late:
                differ += board.words.day_late[w] * (board.care.day[j] - board.care.day[was])
    return differ < 0


@compiled
def stand(board: Board, word: int, i: int) -> None:
    """Note what a person pays now."""
    a = board.tree.at[i]
    for w in range(word + 1):
        board.desk.own[w] = cost(board.care, board.words, w, i, a) + board.tree.toll[w, a]


@inlined
def gain(board: Board, word: int, i: int, j: int) -> int:
    """What offer j would cost the person more on the word; NEVER where an earlier word forbids it."""
    less, even = 0, True
    for w in range(word + 1):
        if even:
            less = (
                cost(board.care, board.words, w, i, j) + board.tree.toll[w, j] - board.desk.own[w]
            )
            even = less == 0 or w == word
    return less if even else NEVER


@compiled
def gain_at(board: Board, word: int, i: int, j: int) -> int:
    """`gain`, called instead of put in place: it is long, and not everywhere is haste."""
    return gain(board, word, i, j)


@inlined
def bound(board: Board, word: int, i: int, j: int, late: bool) -> int:
    """The least that any offer of the group of j, which is the best of them, would cost the person more.

    -NEVER where an earlier word is below what the person pays: the best one is none that may be.
    """
    care, words = board.care, board.words
    g = care.group[j]
    step = care.step[care.need_class[i], g]
    far = max(care.far[care.home[i], care.site[g]], 0)
    over = care.day[j] - care.due[i]
    less, even = 0, True
    for w in range(word + 1):
        if even:
            less = words.step[w] * step + words.hectometre[w] * far
            less += board.tree.toll[w, j] - board.desk.own[w]
            if late:
                less += words.late[w, care.priority[i]] + words.day_late[w] * over
            even = less == 0 or w == word
    if even:
        return less
    return NEVER if less > 0 else -NEVER


@inlined
def judge(
    board: Board, asked: tuple[int, int, bool], span: tuple[int, int, int], late: bool, found: Any
) -> tuple[int, int]:
    """The better of what was found and the best offer of a span of a group, which is named if all may be."""
    word, i, plain = asked
    begin, end, j = span
    to, least = found
    less = bound(board, word, i, j, late)
    if less >= least:
        return to, least
    care = board.care
    if plain and less != -NEVER and begin <= j < end and care.begins[j] >= care.earliest[i]:
        return j, less
    for k in range(begin, end):
        if care.begins[k] >= care.earliest[i] and not barred(care, i, k):
            less = gain(board, word, i, k)
            if less < least:
                to, least = k, less
    return to, least


@compiled
def alone(board: Board, word: int, i: int) -> tuple[int, int]:
    """The better of nobody and the place of the last plan, and what it would cost the person more."""
    care = board.care
    root = len(care.day)
    to, least = board.tree.at[i], 0
    if to != root:
        less = gain_at(board, word, i, root)
        if less < least:
            to, least = root, less
    before = care.before[i]
    if before != NONE and may(care, i, before):
        less = gain_at(board, word, i, before)
        if less < least:
            to, least = before, less
    return to, least


@compiled
def best_tied(board: Board, word: int, i: int) -> tuple[int, int]:
    """`best_move` among the pairs that are even on the words before."""
    care, desk, own = board.care, board.desk, board.tree.toll[word]
    to, least = board.tree.at[i], 0
    pays = cost(care, board.words, word, i, to) + own[to]
    for k in range(desk.tied_from[i], desk.tied_from[i + 1]):
        j = desk.tied[k]
        less = cost(care, board.words, word, i, j) + own[j] - pays
        if less < least:
            to, least = j, less
    return to, least


@compiled
def best_move(board: Board, word: int, i: int) -> tuple[int, int]:
    """The offer that would be best for a person on a word, and what it costs more (0: none is better)."""
    care, near, words, desk = board.care, board.near, board.words, board.desk
    if len(desk.tied_from):
        return best_tied(board, word, i)
    stand(board, word, i)
    to, least = alone(board, word, i)
    # A levy makes a place dearer than its group's bound says.
    plain = care.barred_from[i] == care.barred_from[i + 1] and not len(words.levy)
    for w in range(word + 1):
        plain = plain and board.words.day[w] == 0
    earliest, after = max(care.earliest[i], 0), care.latest[i] + 1
    in_time, later = desk.in_time[care.due[i] + 1], desk.later[care.due[i] + 1]
    late = words.late[0, care.priority[i]] - words.day_late[0] * care.due[i]
    steps, a_step, a_hectometre = care.step[care.need_class[i]], words.step[0], words.hectometre[0]
    row = near.row[i]
    for at in range(near.bounds[row], near.bounds[row + 1]):
        g = near.group[at]
        price = min(in_time[g], later[g] + late) + a_step * steps[g] + a_hectometre * near.far[at]
        if word == 0 and price - desk.own[0] >= least:
            continue
        low, high = care.upto[g, earliest], care.upto[g, after]
        middle = min(max(care.upto[g, care.due[i] + 1], low), high)
        if low < middle:
            span = (low, middle, desk.until[middle - 1])
            to, least = judge(board, (word, i, plain), span, False, (to, least))
        if middle < high:
            span = (middle, high, desk.since[middle])
            to, least = judge(board, (word, i, plain), span, True, (to, least))
    return to, least


@compiled
def improve(board: Board, word: int, work: int) -> bool:
    """Make moves that better the word, for about so much work. True: a whole round over all found none."""
    people, state = len(board.tree.at), board.desk.state
    until = state[3] + work
    while state[3] < until and state[1] < people:
        leave_free(board, word)
        if len(board.desk.tied_from):
            board.desk.stale[:] = 0
        else:
            note(board, word)
        state[3] += len(board.care.day)
        found = 0
        while found == 0 and state[1] < people and state[3] < until:
            found = look(board, word)
        for k in range(found):
            make(board, word, k)
    return bool(state[1] >= people)


@compiled
def leave_free(board: Board, word: int) -> None:
    """Leave places free where tolls have made that better on the word, and the earlier words do not mind."""
    care, tree, state = board.care, board.tree, board.desk.state
    for g in range(len(care.site)):
        if not board.desk.stale[g]:
            continue
        for x in range(care.start[g], care.start[g + 1]):
            free = tree.via[x] != ROOM and tree.toll[word, x] < 0
            for w in range(word):
                free = free and tree.toll[w, x] == 0
            if free:
                state[3] += vacate(board, word, x)
                state[2] += 1
                state[1] = 0


@compiled
def look(board: Board, word: int) -> int:
    """Note the moves of the next people that are gains, the greatest first; how many they are."""
    desk, state = board.desk, board.desk.state
    people, found, seen = len(board.tree.at), 0, 0
    block = WIDE_BLOCK if len(desk.tied_from) else BLOCK
    while seen < block and found < MOVES and state[1] + seen < people:
        i = state[0]
        to, less = best_move(board, word, i)
        if less < 0:
            k = found
            while k > 0 and desk.less[k - 1] > less:
                desk.mover[k], desk.to[k] = desk.mover[k - 1], desk.to[k - 1]
                desk.less[k] = desk.less[k - 1]
                k -= 1
            desk.mover[k], desk.to[k], desk.less[k] = i, to, less
            found += 1
        seen += 1
        state[0] = (i + 1) % people
    state[3] += seen * len(board.care.site)
    state[4] += seen
    if found == 0:
        state[1] += seen
    return found


@compiled
def make(board: Board, word: int, k: int) -> None:
    """Make a move that was noted, if it still is a gain."""
    desk = board.desk
    i, j = desk.mover[k], desk.to[k]
    stand(board, word, i)
    less = gain_at(board, word, i, j)
    if less < 0:
        desk.state[3] += 8 * enter(board, word, i, j, less)
        desk.state[2] += 1
        desk.state[1] = 0


@compiled
def shortfall(board: Board, word: int) -> int:
    """By how much of the word a plan could be better at most, by the tolls; the earlier words are proven."""
    tree = board.tree
    for x in range(len(board.care.day)):
        least = True
        for w in range(word):
            least = least and tree.toll[w, x] == 0
        if least:
            tree.toll[word, x] = max(tree.toll[word, x], 0)
    board.desk.stale[:] = 1
    note(board, word)
    short = 0
    for i in range(len(tree.at)):
        short -= best_move(board, word, i)[1]
    return short
