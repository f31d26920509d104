"""Small numbers are not shown, nor can they be worked out: fewer than ten could point at someone.

A suppressed number beside a published total is no secret: the rest is a subtraction away (SOU 2021:59,
bilaga 2, lets three be found like that). So further numbers are suppressed, until what is published leaves
every suppressed one a range of at least FEWEST_SHOWN. Which of them were small is not told.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

FEWEST_SHOWN = 10
"""Counts below this are suppressed, as in the source (SOU 2021:59, bilaga 2)."""

Shown = tuple[int | None, ...]


@dataclass(frozen=True)
class _Cell:
    """A number: the two sums that it stands in, and whether it is a total in one of them alone."""

    ends: tuple[int, int]
    is_part: bool
    count: int
    is_total: bool


def protected_list(counts: Sequence[int]) -> tuple[Shown, int | None]:
    """Counts as they may be published together with their total; None for a suppressed one."""
    parts = [_Cell((0, 1), True, count, False) for count in counts]
    whole = _Cell((0, 1), False, sum(counts), True)
    *shown, total = _published([*parts, whole])
    return tuple(shown), total


def protected_table(rows: Sequence[Sequence[int]]) -> tuple[Shown, ...]:
    """Counts as they may be published with all totals: a last column, a last row, the whole in the corner.

    None for a suppressed one. `rows` are equally long, and there is at least one number.
    """
    wide = [[*row, sum(row)] for row in rows]
    wide.append([sum(column) for column in zip(*wide, strict=True)])
    last, after = len(wide) - 1, len(wide[0]) - 1
    cells = [
        _Cell((at, len(wide) + by), (at == last) == (by == after), count, last == at or by == after)
        for at, row in enumerate(wide)
        for by, count in enumerate(row)
    ]
    shown = iter(_published(cells))
    return tuple(tuple(next(shown) for _ in row) for row in wide)


def _published(cells: Sequence[_Cell]) -> Iterator[int | None]:
    hidden = _suppressed(cells)
    return (None if at in hidden else cell.count for at, cell in enumerate(cells))


def _suppressed(cells: Sequence[_Cell]) -> set[int]:
    """The small ones and what keeps them from being worked out; more hidden never narrows a range."""
    hidden = {at for at, cell in enumerate(cells) if cell.count < FEWEST_SHOWN}
    waiting = deque(sorted(hidden))
    while waiting:
        at = waiting[0]
        further = None if _is_safe(cells, hidden, at) else _next_to_hide(cells, hidden, at)
        if further is None:
            waiting.popleft()
        else:
            hidden.add(further)
            waiting.append(further)
    return hidden


def _next_to_hide(cells: Sequence[_Cell], hidden: set[int], at: int) -> int | None:
    """The smallest number beside it, rather in the same sum, rather no total."""
    shown = set(range(len(cells))) - hidden

    def loss(other: int) -> tuple[bool, bool, int, int]:
        cell = cells[other]
        is_near = bool(set(cell.ends) & set(cells[at].ends))
        return not is_near, cell.is_total, cell.count, other

    return min(shown, key=loss, default=None)


def _is_safe(cells: Sequence[_Cell], hidden: set[int], at: int) -> bool:
    """Whether what is published leaves the number a range of FEWEST_SHOWN, none below nought.

    A number may change when others of its sums change against it: a flow round through the sums. How far it
    may go each way is how much can flow between its two sums through the other hidden numbers.
    """
    ways: dict[tuple[int, int], int] = {}
    for other in hidden - {at}:
        cell = cells[other]
        _add(ways, cell.ends, FEWEST_SHOWN if cell.is_part else cell.count)
        _add(ways, cell.ends[::-1], cell.count if cell.is_part else FEWEST_SHOWN)
    first, second = cells[at].ends if cells[at].is_part else cells[at].ends[::-1]
    upwards = _flow(dict(ways), second, first)
    downwards = min(cells[at].count, _flow(ways, first, second))
    return upwards + downwards >= FEWEST_SHOWN


def _add(ways: dict[tuple[int, int], int], way: tuple[int, int], room: int) -> None:
    ways[way] = min(FEWEST_SHOWN, ways.get(way, 0) + room)


def _flow(ways: dict[tuple[int, int], int], start: int, goal: int) -> int:
    """How much can flow, at most FEWEST_SHOWN (shortest paths first, as Edmonds and Karp)."""
    flowed = 0
    while flowed < FEWEST_SHOWN and (path := _path(ways, start, goal)):
        for here, there in path:
            ways[here, there] -= 1
            ways[there, here] = ways.get((there, here), 0) + 1
        flowed += 1
    return flowed


def _path(ways: dict[tuple[int, int], int], start: int, goal: int) -> list[tuple[int, int]]:
    """The shortest way with room left; empty where there is none."""
    came: dict[int, int] = {start: start}
    reached = deque([start])
    while reached and goal not in came:
        here = reached.popleft()
        for there in {there for (begin, there), room in ways.items() if begin == here and room}:
            if there not in came:
                came[there] = here
                reached.append(there)
    if goal not in came:
        return []
    path = [goal]
    while path[-1] != start:
        path.append(came[path[-1]])
    return list(zip(path[:0:-1], path[-2::-1], strict=True))


def shown(count: int | None) -> int | None:
    """A count that stands in no published sum, if it may be shown; None for a suppressed or unknown one."""
    return None if count is None or count < FEWEST_SHOWN else count
