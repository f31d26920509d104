"""Problems whose caps are no limits but cost a levy: no plan within the caps is better than their best one.

A levy of so much on each place of a cap, less that much for each place left of it, costs a plan within the
cap nothing. So the best of all plans under levies is a bound for the plans within the caps, whatever the
levies are; the levies that make it tightest are sought step by step (a subgradient method, Polyak 1969).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from time import monotonic

import numpy as np

from brokering.matching.encoding import LARGEST, Encoded, TooLarge, Words, encode, spread
from brokering.matching.exact.engine import Run
from brokering.matching.exact.tree import Board, plant
from brokering.matching.problem import NO_WAY, NOBODY, Bools, Ints, Plan, Problem
from brokering.matching.ranking import Line, value

SCALE = 64
"""Levies are whole numbers of this part of a line's unit."""
STEPS = 40
Levies = Mapping[str, int]


@dataclass(frozen=True, eq=False)
class Free:
    """A problem without the caps in question and its best plan; the same problem as each cap being closed."""

    problem: Problem
    plan: Plan
    without: Mapping[str, Problem]
    """The same people, offers and kinds, as if nobody could draw on the cap."""


class Linked:
    """Problems that caps link. On the lines `before` the plans without caps are best; the others are words.

    Raises `encoding.TooLarge` where a line and its levies have no room in a word.
    """

    def __init__(
        self,
        free: Sequence[Free],
        before: Sequence[Line],
        tail: Sequence[Line],
        left: Mapping[str, int],
    ) -> None:
        self.left = left
        self._parts = [_Part(one, before, tail, tuple(left)) for one in free]

    def least(self, line: int, paid: int, until: float) -> tuple[int, bool]:
        """What plans within the caps pay at least on a line of the tail, and whether that is their best.

        `paid` is what a plan within the caps pays. Only if the answer was their best is the next line to be
        asked: it is then asked among the plans that are best so far under the levies found.
        """
        levies = best = dict.fromkeys(self.left, 0)
        most, used = self._under(line, levies)
        part = 1.0
        for _ in range(STEPS):
            off = round((paid * SCALE - most) * part)
            if not off or monotonic() >= until:
                break
            levies = self._next(levies, used, off)
            total, used = self._under(line, levies)
            if total > most:
                most, best = total, levies
            else:
                part /= 2
        is_best = most == paid * SCALE
        if is_best:
            self._under(line, best)
        return -(-most // SCALE), is_best

    def _under(self, line: int, levies: Levies) -> tuple[int, Mapping[str, int]]:
        """The bound under some levies, and how many draw on each cap in the plan that attains it."""
        found = [part.solved(line, levies) for part in self._parts]
        used = {cap: sum(uses[cap] for _, uses in found) for cap in self.left}
        given_back = sum(levies[cap] * self.left[cap] for cap in self.left)
        return sum(total for total, _ in found) - given_back, used

    def _next(self, levies: Levies, used: Mapping[str, int], off: int) -> dict[str, int]:
        """Higher levies where too many draw on a cap, lower ones where places are left."""
        over = {cap: used[cap] - self.left[cap] for cap in levies}
        turn = {cap: by for cap, by in over.items() if by > 0 or levies[cap]}
        length = sum(by * by for by in turn.values()) or 1
        return {cap: max(levies[cap] + round(off * turn.get(cap, 0) / length), 0) for cap in levies}


class _Part:
    """One problem under levies."""

    def __init__(
        self, free: Free, before: Sequence[Line], tail: Sequence[Line], caps: Sequence[str]
    ) -> None:
        self._tail = tail
        self._problem, self._needs = _by_need_of_caps(free, caps)
        encoded = _encoded(self._problem, before, tail)
        self._run = Run(self._problem, [*before, *tail], encoded, free.plan.at)
        self._first = len(encoded.lines) - len(tail)
        first = self._run.layout.care.start[:-1]
        self._kind = self._problem.kind[self._run.layout.offer[first]]
        shape = (len(encoded.lines), len(self._problem.way), len(first))
        self._words = encoded.words._replace(levy=np.zeros(shape, np.int64))
        self._boards: dict[int, Board] = {}
        plant(self._run.board(self._words))
        for word in range(self._first):
            self._run.solve(self._run.tied(self._words, word), word)

    def solved(self, line: int, levies: Levies) -> tuple[int, Mapping[str, int]]:
        """What all pay on the line, levies included, in parts of its unit, and how many need each cap."""
        word = self._first + line
        levy = sum((self._needs[cap] * by for cap, by in levies.items()), np.int64(0))
        self._words.levy[word] = np.broadcast_to(levy, self._problem.way.shape)[:, self._kind]
        if word not in self._boards:
            self._boards[word] = self._run.tied(self._words, word)
        self._run.solve(self._boards[word], word)
        at = self._run.plan()
        used = self._used(at)
        owed = sum(levies[cap] * used[cap] for cap in levies)
        (pays,) = value(self._problem, [self._tail[line]], at).values()
        return pays * SCALE + owed, used

    def _used(self, at: Ints) -> dict[str, int]:
        placed = np.flatnonzero(at != NOBODY)
        own, kind = self._problem.need_class[placed], self._problem.kind[at[placed]]
        return {cap: int(needs[own, kind].sum()) for cap, needs in self._needs.items()}


def _by_need_of_caps(free: Free, caps: Sequence[str]) -> tuple[Problem, dict[str, Bools]]:
    """The problem with classes that have the same need of every cap, and at which kinds each needs it."""
    problems = [free.problem, *(free.without[cap] for cap in caps)]
    classes, each = np.unique(
        np.column_stack([one.need_class for one in problems]), axis=0, return_inverse=True
    )
    way = free.problem.way[classes[:, 0]]
    needs = {
        cap: (way != NO_WAY) & (free.without[cap].way[classes[:, number]] == NO_WAY)
        for number, cap in enumerate(caps, 1)
    }
    number = np.reshape(each, -1).astype(np.int32)
    return replace(free.problem, need_class=number, way=way), needs


def _encoded(problem: Problem, before: Sequence[Line], tail: Sequence[Line]) -> Encoded:
    """The words of the lines before, and one for each line of the tail, `SCALE` to a unit."""
    parts = [encode(problem, before)] if before else []
    for line in tail:
        if spread(problem, line) * SCALE >= LARGEST:
            raise TooLarge(f"line {line.code} has no room beside levies")
        one = encode(problem, [line])
        parts.append(one._replace(words=Words(*(column * SCALE for column in one.words))))
    columns = zip(*(part.words for part in parts), strict=True)
    return Encoded(
        words=Words(*(np.concatenate(column) for column in columns)),
        lines=tuple(word for part in parts for word in part.lines),
        units=tuple(units for part in parts for units in part.units),
    )
