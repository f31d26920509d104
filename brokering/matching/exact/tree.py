"""The tree of a plan, compiled: who would move on from where, and what that costs.

Each full offer hangs on another one by the person who would go there next if one more came in; an offer
with room hangs on the root. The root is nobody, where there is room for all. The *toll* of an offer is
what one more person there costs: the prices of everybody who then moves on, to the root. That is the
strongly feasible spanning tree of the network simplex: an arc without flow points to the root, so no pivot
comes back. Whoever has one arc only is a leaf and stands nowhere in the tree.
"""

from typing import NamedTuple

from brokering.matching.encoding import Words
from brokering.matching.exact.layout import NOT_FOR, Care
from brokering.matching.exact.nearby import Nearby
from brokering.matching.layout import compiled, inlined
from brokering.matching.problem import NO_LIMIT, Days, Ints, Small

ROOM = -1
NONE = -1
NEVER = 1 << 62
MOVES = 512


class Tree(NamedTuple):
    """A plan and its tree; offers as numbered by the layout, the one after the last is nobody, the root."""

    at: Ints
    """The offer of each person."""
    used: Ints
    parent: Ints
    via: Ints
    """Who moves on to the parent; ROOM where there is room."""
    toll: Ints
    """Words × offers."""
    child: Ints
    after: Ints
    ahead: Ints


class Desk(NamedTuple):
    """What is noted down while pricing; `state`: next person, people in vain, moves, work, people in all."""

    until: Ints
    """For each offer the best one of its group until then, in time."""
    since: Ints
    """For each offer the best one of its group from then on, late."""
    own: Ints
    """What the person at hand pays now, word by word."""
    in_time: Ints
    """Days × groups, from the day before the first one: the lowest toll of a group until that day."""
    later: Ints
    """Days × groups: the lowest toll of a group after that day, with the days on the word."""
    stale: Small
    """For each group, 1 where a toll has changed since it was noted."""
    tied_from: Ints
    """People + 1 bounds in `tied`; empty where pairs that are even so far are not listed."""
    tied: Days
    """The offers, nobody among them, that cost each person the same on the words before."""
    mover: Ints
    to: Ints
    less: Ints
    state: Ints


class Board(NamedTuple):
    """All that a pivot needs."""

    care: Care
    near: Nearby
    words: Words
    tree: Tree
    desk: Desk


@inlined
def cost(care: Care, words: Words, word: int, i: int, j: int) -> int:
    """What person i pays on a word at offer j, or for nobody; the pair may be."""
    if j == len(care.day):
        return int(words.untreated[word, i])
    g = care.group[j]
    paid = words.step[word] * care.step[care.need_class[i], g]
    paid += words.day[word] * care.weight[i] * care.day[j]
    paid += words.hectometre[word] * max(care.far[care.home[i], care.site[g]], 0)
    over = care.day[j] - care.due[i]
    if over > 0:
        paid += words.late[word, care.priority[i]] + words.day_late[word] * over
    if care.before[i] == j:
        paid -= words.changed[word]
    if len(words.levy):
        paid += words.levy[word, care.need_class[i], g]
    return int(paid)


@inlined
def barred(care: Care, i: int, j: int) -> bool:
    """Has the person turned the offer down?"""
    found = False
    for k in range(care.barred_from[i], care.barred_from[i + 1]):
        found |= care.barred[k] == j
    return found


@inlined
def within(care: Care, i: int, g: int) -> bool:
    """May the person go to a group at all: by law, terms and distance?"""
    far = care.far[care.home[i], care.site[g]]
    limit = care.reach[i]
    near = limit == NO_LIMIT or (far >= 0 and far <= limit)
    return bool(near and care.step[care.need_class[i], g] != NOT_FOR)


@compiled
def may(care: Care, i: int, j: int) -> bool:
    """May this pair be?"""
    wished = care.begins[j] >= care.earliest[i] and care.day[j] <= care.latest[i]
    return bool(wished and within(care, i, care.group[j]) and not barred(care, i, j))


@compiled
def plant(board: Board) -> None:
    """Hang up every offer of the plan: full ones by whoever would be missed least there on the first word."""
    care, tree = board.care, board.tree
    root = len(care.day)
    tree.parent[:], tree.via[:], tree.used[:] = root, ROOM, 0
    tree.child[:], tree.after[:], tree.ahead[:] = NONE, NONE, NONE
    for i in range(len(tree.at)):
        tree.used[tree.at[i]] += 1
    least = tree.toll[0]
    for i in range(len(tree.at)):
        a = tree.at[i]
        if tree.used[a] < care.places[a]:
            continue
        gone = cost(care, board.words, 0, i, root) - cost(care, board.words, 0, i, a)
        if tree.via[a] == ROOM or gone < least[a]:
            tree.via[a] = i
            least[a] = gone


@compiled
def mend(board: Board) -> None:
    """Take out of a tree what may no longer be: those people have nobody, and nobody would follow them."""
    care, tree = board.care, board.tree
    root = len(care.day)
    for i in range(len(tree.at)):
        a = tree.at[i]
        if a != root and not may(care, i, a):
            hang(tree, a, root, ROOM)
            tree.at[i] = root
            tree.used[a] -= 1
    for x in range(root):
        who, to = tree.via[x], tree.parent[x]
        if who != ROOM and to != root and not may(care, who, to):
            hang(tree, x, root, who)


@compiled
def following(tree: Tree, x: int, top: int) -> int:
    """The offer after x on a walk over all that hang on `top`; NONE after the last."""
    if tree.child[x] != NONE:
        return int(tree.child[x])
    while x != top and tree.after[x] == NONE:
        x = tree.parent[x]
    return NONE if x == top else int(tree.after[x])


@compiled
def work_out(board: Board, word: int) -> None:
    """Work out a word's tolls anew."""
    care, words, tree = board.care, board.words, board.tree
    root = len(care.day)
    own = tree.toll[word]
    own[root] = 0
    for top in range(root):
        x = top if tree.parent[top] == root else NONE
        while x != NONE:
            who, to = tree.via[x], tree.parent[x]
            if who == ROOM:
                own[x] = 0
            else:
                more = cost(care, words, word, who, to) - cost(care, words, word, who, x)
                own[x] = own[to] + more
            x = following(tree, x, top)


@compiled
def hang(tree: Tree, x: int, to: int, who: int) -> None:
    """Take an offer from where it hangs, with all that hangs on it, and hang it up elsewhere."""
    root = len(tree.parent) - 1
    if tree.parent[x] != root:
        if tree.ahead[x] == NONE:
            tree.child[tree.parent[x]] = tree.after[x]
        else:
            tree.after[tree.ahead[x]] = tree.after[x]
        if tree.after[x] != NONE:
            tree.ahead[tree.after[x]] = tree.ahead[x]
    tree.parent[x], tree.via[x] = to, who
    tree.ahead[x], tree.after[x] = NONE, NONE
    if to != root:
        tree.after[x] = tree.child[to]
        if tree.child[to] != NONE:
            tree.ahead[tree.child[to]] = x
        tree.child[to] = x


@compiled
def lift(board: Board, word: int, top: int, by: int) -> int:
    """Change the toll of an offer and of all that hang on it; how many they are."""
    tree, group, stale = board.tree, board.care.group, board.desk.stale
    own = tree.toll[word]
    x = top
    moved = 0
    while x != NONE:
        own[x] += by
        stale[group[x]] = 1
        moved += 1
        x = following(tree, x, top)
    return moved


@compiled
def enter(board: Board, word: int, i: int, j: int, less: int) -> int:
    """Let person i go to offer j, which saves `-less` of the word. How many offers were touched."""
    care, tree = board.care, board.tree
    root = len(care.day)
    a = tree.at[i]
    above = j
    while above != root and above != a:
        above = tree.parent[above]
    if above != a and tree.via[a] != ROOM:
        # Nobody comes back to the place that would become free: only the tree changes.
        hang(tree, a, j, i)
        return lift(board, word, a, less)
    if above != a:
        tree.used[a] -= 1
    # Where i was the one who would go on from a, a is turned round as well.
    turned = a != root and tree.via[a] == i
    to = tree.parent[a] if turned else a
    touched = push(board, (j, to, i), above, turned)
    tree.at[i] = j
    return lift(board, word, j, -less) if touched else 1


@compiled
def vacate(board: Board, word: int, x: int) -> int:
    """Take one person out of a full offer: on the word it pays to leave a place free there."""
    tree, root = board.tree, len(board.care.day)
    gain = tree.toll[word, x]
    push(board, (x, root, ROOM), root, False)
    tree.used[x] -= 1
    return lift(board, word, x, -gain)


@compiled
def push(board: Board, entry: tuple[int, int, int], end: int, turned: bool) -> bool:
    """One more person comes in: everybody on the way moves one on, and the way is turned round.

    `entry`: the offer, and what it hangs on from now; the way ends at `end`, which may be turned round too.
    False where nothing hangs differently: there was room, and there still is.
    """
    tree = board.tree
    x, to, who = entry
    first = x
    while True:
        onward, mover = tree.parent[x], tree.via[x]
        if mover == ROOM:
            tree.used[x] += 1
            full = tree.used[x] == board.care.places[x]
            if full:
                hang(tree, x, to, who)
            return full or x != first
        tree.at[mover] = onward
        hang(tree, x, to, who)
        if onward == end:
            if turned:
                hang(tree, end, x, mover)
            return True
        to, who, x = x, mover, onward
