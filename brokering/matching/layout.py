"""A problem laid out for speed: people in the order of the queue, offers by clinic and terms, days ascending.

No pair is stored and no clinic is left out. Offers that share site, kind and length form a row: what decides
for all of a row is looked at once, and its first day that suits is found in a table. For each home the rows
stand by distance, so that whoever has found a place near by need not look farther away.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt
from numba import njit

from brokering.matching.problem import (
    NO_LIMIT,
    NO_WAY,
    NOBODY,
    UNKNOWN,
    Days,
    Ints,
    Problem,
)

NOWHERE = -1
Records = npt.NDArray[np.void]
Kernel = TypeVar("Kernel", bound=Callable[..., Any])

# What is called for every pair makes no array, so nobody needs to count who refers to one: six times faster.
_UNCOUNTED: dict[str, Any] = {"cache": True, "_nrt": False}
compiled: Callable[[Kernel], Kernel] = njit(**_UNCOUNTED)
inlined: Callable[[Kernel], Kernel] = njit(**_UNCOUNTED, inline="always")


def _record(*names: str) -> np.dtype[np.void]:
    return np.dtype([(name, np.int32) for name in names], align=True)


PERSON = _record(
    "priority", "due", "earliest", "latest", "home", "reach", "need_class", "kept", "least_tier",
    "barred_from", "barred_to",
)  # fmt: skip
"""`home`: row of `near`; `kept`: seat of the last plan or NOWHERE; `least_tier`: the best that may be."""
SEAT = _record("day", "begins", "row", "column", "room")
"""An offer, in the laid out order; `column` is its number in the problem, `room` its places."""
ROW = _record("site", "kind", "length", "first", "end")
NEAR = _record("row", "far")


class Layout(NamedTuple):
    """Arrays alone, so that compiled code takes it. A *seat* is an offer's number in the laid out order."""

    people: Records
    seats: Records
    rows: Records
    first_on: Days
    """Rows × days: the first seat of a row on or after a day."""
    first_day: int
    near: Records
    """Homes × rows, nearest first, those at an unknown distance before all; last row: no known home."""
    far: Days
    """Homes × sites: hundreds of metres, UNKNOWN where it cannot be said."""
    tier: Days
    """Classes × kinds: the search order of the best way, NOWHERE where none is lawful."""
    barred: Days
    """Seats that people have turned down."""


def lay_out(problem: Problem, order: Ints) -> Layout:
    """The problem with its people in the given order."""
    length = problem.day - problem.begins
    column = np.lexsort((np.arange(len(length)), problem.day, length, problem.kind, problem.site))
    seats, rows = _seats(problem, column, length[column])
    seat_of = np.full(len(column) + 1, NOWHERE, np.int32)
    seat_of[column] = np.arange(len(column))
    unknown = np.full((1, problem.hectometres.shape[1]), UNKNOWN, np.int32)
    far = np.vstack([problem.hectometres, unknown]).astype(np.int32)
    tier = _tiers(problem)
    people = _people(problem, order, tier)
    people["kept"] = seat_of[problem.previous[order]]
    first_day = int(problem.day.min(initial=NO_LIMIT))
    day = np.ascontiguousarray(seats["day"])
    return Layout(
        people=people,
        seats=seats,
        rows=rows,
        first_on=_first_on(rows, day, first_day, int(day.max(initial=first_day)) - first_day + 2),
        first_day=first_day,
        near=_near(far[:, rows["site"]]),
        far=far,
        tier=tier,
        barred=_barred(problem, order, seat_of),
    )


def offers_of(care: Layout, seats: Ints | Days) -> Ints:
    """The offers behind seats, NOBODY where there is none."""
    column = np.append(care.seats["column"], NOBODY)
    offers: Ints = column[seats].astype(np.int64)
    return offers


def _seats(problem: Problem, column: Ints, length: Days) -> tuple[Records, Records]:
    """Seats in the order of `column`, and the rows that they form."""
    site, kind = problem.site[column], problem.kind[column]
    fresh = np.ones(len(column), bool)
    fresh[1:] = (np.diff(site) != 0) | (np.diff(kind) != 0) | (np.diff(length) != 0)
    seats, rows = np.empty(len(column), SEAT), np.empty(int(fresh.sum()), ROW)
    seats["day"], seats["begins"] = problem.day[column], problem.begins[column]
    seats["row"], seats["column"] = np.cumsum(fresh) - 1, column
    seats["room"] = problem.count[column]
    rows["site"], rows["kind"], rows["length"] = site[fresh], kind[fresh], length[fresh]
    rows["first"] = np.flatnonzero(fresh)
    rows["end"] = np.append(rows["first"][1:], len(column)) if len(rows) else 0
    return seats, rows


def _tiers(problem: Problem) -> Days:
    """The tier of each class and kind; the problem says it by way."""
    by_way = np.append(problem.tier.astype(np.int32), NOWHERE)
    return np.ascontiguousarray(by_way[np.where(problem.way == NO_WAY, -1, problem.way)], np.int32)


def _people(problem: Problem, order: Ints, tier: Days) -> Records:
    people = np.zeros(len(order), PERSON)
    for name in ("priority", "due", "earliest", "latest", "reach", "need_class"):
        people[name] = getattr(problem, name)[order]
    home = problem.home[order]
    people["home"] = np.where(home == UNKNOWN, len(problem.hectometres), home)
    least = np.where(tier == NOWHERE, NO_LIMIT, tier).min(axis=1, initial=NO_LIMIT)
    people["least_tier"] = least[people["need_class"]]
    many = np.diff(problem.barred_from)[order]
    people["barred_to"] = np.cumsum(many)
    people["barred_from"] = people["barred_to"] - many
    return people


def _barred(problem: Problem, order: Ints, seat_of: Days) -> Days:
    """What people have turned down as seats, people in the order of the queue."""
    many = np.diff(problem.barred_from)[order]
    ends = np.cumsum(many)
    skipped = np.repeat(problem.barred_from[order] - (ends - many), many)
    return seat_of[problem.barred[skipped + np.arange(len(skipped))]]


def _near(far: Days) -> Records:
    """Rows by distance for each home; sixteen bits are sorted in one sweep where they suffice."""
    small = np.int16 if far.max(initial=0) < np.iinfo(np.int16).max else np.int32
    order = np.argsort(far.astype(small), axis=1, kind="stable")
    near = np.empty(order.shape, NEAR)
    near["row"], near["far"] = order, np.take_along_axis(far, order, axis=1)
    return near


@njit(cache=True)
def _first_on(rows: Records, day: Days, first_day: int, days: int) -> Days:
    table = np.empty((len(rows), days), np.int32)
    for row in range(len(rows)):
        seat = rows[row].first
        for offset in range(days):
            while seat < rows[row].end and day[seat] < first_day + offset:
                seat += 1
            table[row, offset] = seat
    return table


@compiled
def within_reach(near: Records, person: Any) -> tuple[int, int]:
    """Which entries of `near` the person may go to: the first, and the first no longer.

    An unknown distance is only for those who have stated no reach.
    """
    first, end, home = 0, near.shape[1], person.home
    if person.reach == NO_LIMIT:
        return first, end
    while first < end and near[home, first].far == UNKNOWN:
        first += 1
    low = first
    while low < end:
        middle = (low + end) // 2
        if near[home, middle].far <= person.reach:
            low = middle + 1
        else:
            end = middle
    return first, end


@compiled
def said_no(barred: Days, person: Any, seat: int) -> bool:
    """Whether the person has turned the offer down."""
    found = False
    for k in range(person.barred_from, person.barred_to):
        found |= barred[k] == seat
    return found


@inlined
def first_seat(care: Layout, person: Any, row: int, day: int) -> int:
    """The first seat of a row on or after a day that is not before what the person wishes."""
    offset = max(day, person.earliest + care.rows[row].length) - care.first_day
    return int(care.first_on[row, min(max(offset, 0), care.first_on.shape[1] - 1)])


@compiled
def last_in_time(person: Any) -> int:
    """The last day on which a visit is in time and within the wished days."""
    return int(min(person.due, person.latest))


@compiled
def may_be(care: Layout, person: Any, seat: int) -> bool:
    """Whether the pair is possible."""
    offer = care.seats[seat]
    row = care.rows[offer.row]
    far = care.far[person.home, row.site]
    return (
        care.tier[person.need_class, row.kind] != NOWHERE
        and offer.begins >= person.earliest
        and offer.day <= person.latest
        and (person.reach == NO_LIMIT or (far != UNKNOWN and far <= person.reach))
        and not said_no(care.barred, person, seat)
    )
