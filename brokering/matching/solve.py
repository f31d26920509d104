"""The exact engine: the plan that is best by the order of choices, proven line by line.

An engine takes pairs and the lines of the order, and answers for each need the offer it gets.
Another engine (faster, national) may take this one's place: the contract is `Engine`, and the
answer is unique, because plans that are equal on every line are told apart person by person.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, replace

import numpy as np

from brokering.matching.ranking import Bools, Ints, Level, Pairs
from brokering.matching.ties import settle_ties
from brokering.matching.transport import LARGEST, Transport

NOBODY = -1

Engine = Callable[[Pairs, Sequence[Level]], Ints]


def exact(pairs: Pairs, levels: Sequence[Level], largest: int = LARGEST) -> Ints:
    """The offer of each need, NOBODY without one. Rows stand in the order of `ranking.turn`.

    Columns stand in the order in which equal offers are taken. Parts of the country that share no
    possible pair are solved one by one: every line is a sum, so their best plans add up.
    Lines are packed into one integer while their product stays below `largest`.
    """
    answer = np.full(len(pairs.priority), NOBODY, np.int64)
    for rows, columns in components(pairs.possible):
        part = _part(pairs, rows, columns)
        taken = _solve(part, levels, largest)
        answer[rows] = np.where(taken == NOBODY, NOBODY, columns[taken])
    return answer


def value(pairs: Pairs, levels: Sequence[Level], answer: Ints) -> dict[str, int]:
    """What a plan pays on each line of the order, lower is better. Unit: the line's."""
    rows = np.arange(len(answer))
    paid = {}
    for level in levels:
        cost = level.cost(pairs)
        given = cost.given[rows, answer] if len(pairs.day) else cost.nobody
        paid[level.code] = int(np.where(answer == NOBODY, cost.nobody, given).sum())
    return paid


def components(possible: Bools) -> Iterator[tuple[Ints, Ints]]:
    """Rows and columns that hang together through possible pairs; lonely ones are left out."""
    unseen = np.asarray(possible.any(axis=1))
    while unseen.any():
        rows = np.zeros_like(unseen)
        rows[unseen.argmax()] = True
        columns = possible[rows].any(axis=0)
        while True:
            wider = np.asarray(possible[:, columns].any(axis=1))
            if (wider == rows).all():
                break
            rows = wider
            columns = possible[rows].any(axis=0)
        unseen &= ~rows
        yield np.flatnonzero(rows), np.flatnonzero(columns)


def _solve(pairs: Pairs, levels: Sequence[Level], largest: int) -> Ints:
    plan = Transport(pairs.possible, pairs.count)
    word, size = None, 1
    for level in levels:
        cost = _cost(pairs, level)
        # Only differences between what is still open to a row matter; small numbers pack tighter.
        cost -= np.where(plan.open, cost, cost.max()).min(axis=1, keepdims=True)
        spread = int(np.where(plan.open, cost, 0).max(axis=1).sum())
        if word is not None and size * (spread + 1) > largest:
            plan.settle(word)
            word, size = None, 1
        word = cost if word is None else word * (spread + 1) + cost
        size *= spread + 1
    if word is not None:
        plan.settle(word)
    settle_ties(plan)
    return np.where(plan.at == len(pairs.day), NOBODY, plan.at)


def _cost(pairs: Pairs, level: Level) -> Ints:
    """The level's price as one matrix, the last column for "nobody"."""
    cost = level.cost(pairs)
    return np.hstack([cost.given, cost.nobody[:, None]]).astype(np.int64)


def _part(pairs: Pairs, rows: Ints, columns: Ints) -> Pairs:
    """The pairs of some rows and columns."""
    by_row = {"priority", "due", "waited_days", "had_proposal"}
    by_column = {"day", "count"}
    cut = {}
    for field in fields(pairs):
        whole = getattr(pairs, field.name)
        if field.name in by_row:
            cut[field.name] = whole[rows]
        elif field.name in by_column:
            cut[field.name] = whole[columns]
        elif field.name != "horizon":
            cut[field.name] = whole[np.ix_(rows, columns)]
    return replace(pairs, **cut)
