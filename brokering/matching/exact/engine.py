"""The exact engine: the plan that is best by the order of choices, proven line by line.

A network simplex with one tree and a toll for each word: each word of the order is solved to its end, then
the next one among the plans that are equal so far. Before them comes a guide: all lines weighed in one word,
too tightly to be a proof, but near the best plan. When a whole round over all people finds no move that is
a gain, the tolls are the proof. Stopped earlier, the plan is valid, and the tolls say how far off it may be.
"""

from collections.abc import Sequence
from dataclasses import replace
from time import monotonic

import numpy as np

from brokering.matching import greedy
from brokering.matching.encoding import LARGEST, Encoded, Words, encode, guide
from brokering.matching.exact.layout import lay_out
from brokering.matching.exact.nearby import nearby
from brokering.matching.exact.pricing import improve, shortfall
from brokering.matching.exact.ties import with_ties
from brokering.matching.exact.tree import MOVES, Board, Desk, Tree, mend, plant, work_out
from brokering.matching.problem import NOBODY, Certificate, Ints, Plan, Problem, least, pairs_may
from brokering.matching.ranking import Line, first_day, order, value
from brokering.matching.snapshot import Settings

# How much is done between two looks at the clock: some tenths of a second.
SLICE = 50_000_000
# From this share of people on who had a place in the last plan, solving begins there.
WARM_FROM = 0.3
NO_DAY = -1
USUAL = Settings()


def solve(
    problem: Problem,
    settings: Settings = USUAL,
    *,
    seconds: float | None = None,
    largest: int = LARGEST,
) -> Plan:
    """The best plan for the problem, the same one for the same problem. Raises `encoding.TooLarge`.

    After so many seconds the best plan so far is the answer, and its certificate says what is proven of it.
    Words of the order hold numbers below `largest`.
    """
    return Solver(settings, largest).afresh(problem, seconds)


class Solver:
    """Solves problems one after the other that differ in their ways alone."""

    def __init__(self, settings: Settings = USUAL, largest: int = LARGEST) -> None:
        self._settings, self._largest = settings, largest
        self._run: Run | None = None

    def afresh(self, problem: Problem, seconds: float | None = None) -> Plan:
        """As `solve`: the same plan for the same problem, whatever was solved before."""
        if not len(problem.day) or not len(problem.priority):
            return _nothing(problem, self._settings)
        self._run = _run(problem, self._settings, self._largest)
        return self._run.plan_within(seconds)

    def again(self, problem: Problem, seconds: float | None = None) -> Plan:
        """From where the last problem ended: as good a plan as `afresh`; of equal ones maybe another."""
        if self._run is None:
            return self.afresh(problem, seconds)
        self._run = self._run.again(problem, self._largest)
        return self._run.plan_within(seconds)

    def roughly(self, problem: Problem, seconds: float | None = None) -> Plan:
        """The same by the guide alone: near the best, nothing proven, in a third of the time."""
        if self._run is None:
            return self.afresh(problem, seconds)
        self._run = self._run.again(problem, self._largest)
        return self._run.rough_plan_within(seconds)


def warm_up() -> None:
    """Compile, or read from the cache on disk, all that `solve` calls: a worker's first round is not slow."""
    # Words that hold one line each: the kernels of later words and of an early end are called too.
    run = _run(least(), USUAL, 2)
    run.to_the_end(None)
    run = run.again(least(), 2)
    run.to_the_end(None)
    run.proven = 0
    run.certificate()


class Run:
    """A problem being solved, its order cut into words, from a plan that may be."""

    def __init__(
        self, problem: Problem, lines: Sequence[Line], encoded: Encoded, start: Ints
    ) -> None:
        self.problem, self.lines, self.encoded = problem, lines, encoded
        self.layout = lay_out(problem)
        self.near = nearby(self.layout.care)
        self.tree = _tree(self.layout.number[start], len(problem.day), len(self.encoded.lines))
        self.proven = 0
        self.planted = False

    def plan_within(self, seconds: float | None) -> Plan:
        """The plan at the end, or after so many seconds."""
        until = None if seconds is None else monotonic() + seconds
        return Plan(self.to_the_end(until), self.certificate())

    def rough_plan_within(self, seconds: float | None) -> Plan:
        """The plan after the guide, and no proof."""
        self._guided(None if seconds is None else monotonic() + seconds)
        return Plan(self.plan())

    def _guided(self, until: float | None) -> bool:
        """Solve the guide, where there is one; False where the time was over first."""
        hint = guide(self.problem, self.lines) if len(self.encoded.lines) > 1 else None
        if not self.planted:
            plant(self.board(hint or self.encoded.words))
        return hint is None or self.solve(self.tied(hint, 0), 0, until)

    def to_the_end(self, until: float | None) -> Ints:
        """Solve word by word until the end or the moment given; the offer of each need."""
        if self._guided(until):
            while self.proven < len(self.encoded.lines):
                board = self.tied(self.encoded.words, self.proven)
                if not self.solve(board, self.proven, until):
                    break
                self.proven += 1
        return self.plan()

    def again(self, problem: Problem, largest: int) -> "Run":
        """A run of a problem with other ways alone, from the tree of this one, what may not be taken out."""
        run = Run(problem, self.lines, encode(problem, self.lines, largest), self.plan())
        toll = np.zeros_like(run.tree.toll)
        run.tree, run.planted = Tree(*map(np.copy, self.tree))._replace(toll=toll), True
        mend(run.board(run.encoded.words))
        return run

    def certificate(self) -> Certificate:
        """What is proven, by the tolls."""
        words = self.encoded.lines
        proven = [code for word in words[: self.proven] for code in word]
        if self.proven == len(words):
            return Certificate(tuple(proven))
        word = self.proven
        board = self.board(self.encoded.words)
        work_out(board, word)
        short = int(shortfall(board, word))
        paid = value(self.problem, self.lines, self.plan())
        paid["lateness"] -= self._lateness_of_all()
        now = sum(
            paid[code] * unit
            for code, unit in zip(words[word], self.encoded.units[word], strict=True)
        )
        for code, unit in zip(words[word], self.encoded.units[word], strict=True):
            if gap := now // unit - (now - short) // unit:
                return Certificate(tuple(proven), {code: gap})
            proven.append(code)
        return Certificate(tuple(proven))

    def _lateness_of_all(self) -> int:
        """Days late that nobody's choice can change: those before the first place."""
        early = first_day(self.problem) - 1 - self.problem.due.astype(np.int64)
        return int(np.maximum(early, 0).sum())

    def plan(self) -> Ints:
        """The offer of each need as it stands."""
        return self.layout.offer[self.tree.at]

    def tied(self, words: Words, word: int) -> Board:
        """A board for a word, with what is even on the words before, which are solved."""
        board = self.board(words)
        return with_ties(board, word) if word else board

    def solve(self, board: Board, word: int, until: float | None = None) -> bool:
        """Solve a word to its end; False where the time was over first."""
        work_out(board, word)
        board.desk.state[:], board.desk.stale[:] = 0, 1
        while not improve(board, word, SLICE):
            if until is not None and monotonic() >= until:
                return False
        return True

    def board(self, words: Words) -> Board:
        """The plan, its tree and what is noted beside them; the desk is empty."""
        offers, (groups, days) = len(self.problem.day), self.layout.care.upto.shape
        return Board(
            care=self.layout.care,
            near=self.near,
            words=words,
            tree=self.tree,
            desk=Desk(
                until=np.zeros(offers, np.int64),
                since=np.zeros(offers, np.int64),
                own=np.zeros(len(self.encoded.lines), np.int64),
                in_time=np.zeros((days, groups), np.int64),
                later=np.zeros((days, groups), np.int64),
                stale=np.ones(groups, np.int8),
                tied_from=np.zeros(0, np.int64),
                tied=np.zeros(0, np.int32),
                mover=np.zeros(MOVES, np.int64),
                to=np.zeros(MOVES, np.int64),
                less=np.zeros(MOVES, np.int64),
                state=np.zeros(5, np.int64),
            ),
        )


def _run(problem: Problem, settings: Settings, largest: int) -> Run:
    """A problem to be solved from the beginning."""
    lines = order(settings)
    encoded = encode(problem, lines, largest)
    return Run(problem, lines, encoded, _start(problem, settings))


def _start(problem: Problem, settings: Settings) -> Ints:
    """A plan to begin with: the last one where many had a place in it, filled up as the queue stands."""
    before = _still(problem)
    had = before != NOBODY
    if had.mean() < WARM_FROM:
        return greedy.solve(problem, settings, first_day(problem)).at
    taken = np.bincount(before[had], minlength=len(problem.day))
    left = replace(
        problem,
        count=(problem.count - taken).astype(np.int32),
        latest=np.where(had, NO_DAY, problem.latest).astype(np.int32),
    )
    return np.where(had, before, greedy.solve(left, settings, first_day(problem)).at)


def _still(problem: Problem) -> Ints:
    """The last plan as far as it still may be: of too many in one place those stay whose turn it is."""
    before = problem.previous.astype(np.int64)
    needs = np.flatnonzero(before != NOBODY)
    before[needs[~pairs_may(problem, needs, before[needs])]] = NOBODY
    order = np.argsort(before, kind="stable")
    offer = before[order]
    place = np.arange(len(order)) - np.searchsorted(offer, offer)
    too_many = (offer != NOBODY) & (place >= problem.count[offer])
    before[order[too_many]] = NOBODY
    return before


def _tree(at: Ints, offers: int, words: int) -> Tree:
    """A tree that is not planted yet, over a plan."""
    return Tree(
        at=at.astype(np.int64),
        used=np.zeros(offers + 1, np.int64),
        parent=np.zeros(offers + 1, np.int64),
        via=np.zeros(offers + 1, np.int64),
        toll=np.zeros((words, offers + 1), np.int64),
        child=np.zeros(offers + 1, np.int64),
        after=np.zeros(offers + 1, np.int64),
        ahead=np.zeros(offers + 1, np.int64),
    )


def _nothing(problem: Problem, settings: Settings) -> Plan:
    """Without people or places there is one plan only."""
    at = np.full(len(problem.priority), NOBODY, np.int64)
    return Plan(at, Certificate(tuple(line.code for line in order(settings))))
