"""The lines of the order as whole numbers: a few words, compared one after the other.

Inside a word one unit of a line outweighs everything that all people together can gain on the word's
later lines, so nothing ever spills from one line into the line before. How far a line can move is
counted from the problem itself; words stay far below 64 bits, and a line that alone is too long is refused.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from brokering.matching.problem import NO_LIMIT, NOBODY, Ints, Problem
from brokering.matching.ranking import Counted, Line, first_day, turn_weight
from brokering.matching.snapshot import PRIORITIES

# A price is a sum of what people pay on one way through the plan, each person once: below LARGEST. A reduced
# cost is made of four such numbers and stays in 64 bits.
LARGEST = 1 << 60
HEADROOM = 8


class TooLarge(ValueError):
    """A line of the order can move so far in a problem that it has no room in a word."""


class Words(NamedTuple):
    """What one unit of each thing costs, a row for each word; 0 where the word does not count it."""

    untreated: Ints
    """Words × people: what it costs to give somebody nobody."""
    late: Ints
    """Words × (1 + highest priority number): being late at all, by need class."""
    day_late: Ints
    changed: Ints
    step: Ints
    hectometre: Ints
    day: Ints
    """A day until the care, to be multiplied by the person's turn weight."""
    levy: Ints
    """Words × classes × groups of the exact engine: what a place costs besides; empty where nothing does."""


class Encoded(NamedTuple):
    """The words, which lines each holds, and the unit of each of them in its word."""

    words: Words
    lines: tuple[tuple[str, ...], ...]
    units: tuple[tuple[int, ...], ...]


def due_in(problem: Problem) -> Ints:
    """Days from the first place to each due day; -1 for all earlier ones, the horizon for all later.

    Where every day is late, or none, a constant part of the lateness is nobody's choice.
    """
    first = first_day(problem)
    days: Ints = np.clip(problem.due.astype(np.int64) - first, -1, problem.horizon - first)
    return days


def encode(problem: Problem, lines: Sequence[Line], largest: int = LARGEST) -> Encoded:
    """The lines packed into as few words as have room for them, the turn alone. Raises TooLarge.

    All that the guide has weighed is soon proven; then few pairs are still even, and the turn is among those.
    """
    spreads = [spread(problem, line) for line in lines]
    packed: list[list[Line]] = []
    room = 0
    for line, most in zip(lines, spreads, strict=True):
        if most >= LARGEST:
            raise TooLarge(f"line {line.code} moves by {most}, a word holds {LARGEST}")
        apart = line.counted is Counted.DAYS_BY_TURN
        if not packed or apart or room * (most + 1) > largest:
            packed.append([])
            room = 1
        packed[-1].append(line)
        room *= most + 1
    most_of = {line.code: most for line, most in zip(lines, spreads, strict=True)}
    units = tuple(_units([most_of[line.code] for line in word]) for word in packed)
    return Encoded(
        words=_words(problem, packed, units),
        lines=tuple(tuple(line.code for line in word) for word in packed),
        units=units,
    )


def spread(problem: Problem, line: Line) -> int:
    """By how much any two plans can differ on a line, at most."""
    each = _most(problem, line.counted)
    if line.need_class is not None:
        each = each * (problem.priority == line.need_class)
    return int(each.sum())


def _most(problem: Problem, counted: Counted) -> Ints:
    """By how much each person's outcome can differ between two plans."""
    people = len(problem.priority)
    days = problem.horizon - first_day(problem) + 1
    match counted:
        case Counted.UNTREATED | Counted.NOT_IN_TIME:
            return np.ones(people, np.int64)
        case Counted.WAITED_IN_VAIN:
            return _least_zero(problem.waited_days.astype(np.int64))
        case Counted.DAYS_LATE:
            return _least_zero(days - 1 - due_in(problem))
        case Counted.CHANGED:
            return _least_zero((problem.previous != NOBODY).astype(np.int64))
        case Counted.SEARCH_STEP:
            return np.full(people, int(problem.tier.max(initial=0)), np.int64)
        case Counted.HECTOMETRES:
            farthest = np.append(problem.hectometres.max(axis=1, initial=0), 0)
            within = np.where(problem.reach == NO_LIMIT, NO_LIMIT, np.maximum(problem.reach, 0))
            far: Ints = np.minimum(farthest[problem.home], within).astype(np.int64)
            return far
        case Counted.DAYS_BY_TURN:
            return turn_weight(problem) * days


def _least_zero(values: Ints) -> Ints:
    cut: Ints = np.maximum(values, 0)
    return cut


def _units(spreads: Sequence[int]) -> tuple[int, ...]:
    """What one unit of each line is worth in its word."""
    units = [1]
    for most in reversed(spreads[1:]):
        units.insert(0, units[0] * (most + 1))
    return tuple(units)


def _words(problem: Problem, packed: list[list[Line]], units: Sequence[Sequence[int]]) -> Words:
    words, people = len(packed), len(problem.priority)
    none = np.zeros(words, np.int64)
    made = Words(
        untreated=np.zeros((words, people), np.int64),
        late=np.zeros((words, max(PRIORITIES) + 1), np.int64),
        day_late=none.copy(),
        changed=none.copy(),
        step=none.copy(),
        hectometre=none.copy(),
        day=none.copy(),
        levy=np.zeros((0, 0, 0), np.int64),
    )
    for word, (lines, worth) in enumerate(zip(packed, units, strict=True)):
        for line, unit in zip(lines, worth, strict=True):
            _count(problem, made, word, (line, unit))
    return made


# Which price of a word a line sets, of those that are the same for everybody.
PRICE = {
    Counted.DAYS_LATE: "day_late",
    Counted.CHANGED: "changed",
    Counted.SEARCH_STEP: "step",
    Counted.HECTOMETRES: "hectometre",
    Counted.DAYS_BY_TURN: "day",
}


def _count(problem: Problem, words: Words, word: int, weighed: tuple[Line, int]) -> None:
    """Let a word count a line."""
    line, unit = weighed
    concerned = line.need_class is None or problem.priority == line.need_class
    words.untreated[word] += unit * _without(problem, line.counted) * concerned
    if line.counted is Counted.NOT_IN_TIME:
        words.late[word, slice(None) if line.need_class is None else line.need_class] += unit
    elif line.counted in PRICE:
        getattr(words, PRICE[line.counted])[word] += unit


def _without(problem: Problem, counted: Counted) -> Ints:
    """What each person pays on a line without a place; a kept proposal is a discount instead."""
    days = problem.horizon - first_day(problem)
    match counted:
        case Counted.UNTREATED | Counted.NOT_IN_TIME:
            return np.ones(len(problem.priority), np.int64)
        case Counted.WAITED_IN_VAIN:
            return _least_zero(problem.waited_days.astype(np.int64))
        case Counted.DAYS_LATE:
            return _least_zero(days - due_in(problem))
        case Counted.DAYS_BY_TURN:
            return turn_weight(problem) * days
    return np.zeros(len(problem.priority), np.int64)


def guide(problem: Problem, lines: Sequence[Line]) -> Words | None:
    """All lines but the turn in one word, one unit of each worth `HEADROOM` people on the next.

    That is not a proof, because more people than that may change together; but it leads near the best plan.
    None where even that has no room in a word.
    """
    unit = 1
    worth: list[int] = []
    counted: list[Line] = []
    for line in reversed(lines):
        if line.counted is Counted.DAYS_BY_TURN:
            continue
        counted.insert(0, line)
        worth.insert(0, unit)
        unit *= HEADROOM * max(int(_most(problem, line.counted).max(initial=0)), 1)
    return _words(problem, [counted], [worth]) if unit < LARGEST else None
