"""The greedy engine: in the order of the queue, each takes the best place that is left.

Best is: in time, least late, the place of the last plan, the search order in a reroute, nearest, earliest.
The outcome is the only stable one: nobody could have a better place without taking it from somebody who
stands before them. It is not the best plan by the order of choices (`ranking`): it leaves fewer in time.
"""

from typing import Any

import numpy as np
from numba import njit

from brokering.matching.layout import (
    NOWHERE,
    Layout,
    compiled,
    first_seat,
    inlined,
    last_in_time,
    lay_out,
    may_be,
    offers_of,
    said_no,
    within_reach,
)
from brokering.matching.problem import NO_DUE_DAY, NO_LIMIT, NOBODY, Days, Plan, Problem
from brokering.matching.queue import queue
from brokering.matching.snapshot import Settings


def solve(problem: Problem, settings: Settings, today: int) -> Plan:
    """Who gets what when each chooses in turn; `today` is a proleptic ordinal. Nothing is proven."""
    order = queue(problem, settings, today)
    at = np.full(len(order), NOBODY, np.int64)
    if len(problem.day):
        care = lay_out(problem, order)
        at[order] = offers_of(care, seated(care))
    return Plan(at)


@njit(cache=True)
def seated(care: Layout) -> Days:
    """The seat of each person, in the order of the queue; NOWHERE without one."""
    many = len(care.seats)
    open_from = np.arange(many + 1).astype(np.int32)
    room = np.empty(many, np.int32)
    for seat in range(many):
        room[seat] = care.seats[seat].room
        open_from[seat] = seat if room[seat] > 0 else seat + 1
    soonest = np.empty(len(care.rows), np.int32)
    for row in range(len(care.rows)):
        soonest[row] = _soonest(care, row, open_from)
    at = np.full(len(care.people), NOWHERE, np.int32)
    for who in range(len(care.people)):
        person = care.people[who]
        seat = _in_time(care, person, open_from, soonest)
        if seat == NOWHERE:
            seat = _least_late(care, person, open_from, soonest)
        if seat != NOWHERE:
            at[who] = seat
            room[seat] -= 1
            if room[seat] == 0:
                open_from[seat] = seat + 1
                row = care.seats[seat].row
                soonest[row] = _soonest(care, row, open_from)
    return at


@compiled
def _open(open_from: Days, seat: int) -> int:
    """The first seat with room, this one or after; the way there is shortened for the next who asks."""
    while open_from[seat] != seat:
        open_from[seat] = open_from[open_from[seat]]
        seat = open_from[seat]
    return seat


@compiled
def _soonest(care: Layout, row: int, open_from: Days) -> int:
    """The first day of a row that has room, NO_LIMIT where none has: no seat there is sooner for anybody."""
    seat = _open(open_from, care.rows[row].first)
    return int(care.seats[seat].day) if seat < care.rows[row].end else NO_LIMIT


@inlined
def _first_open(care: Layout, person: Any, row: int, day: int, open_from: Days) -> int:
    """The first seat of a row that the person may have on or after a day; NOWHERE without one."""
    seat = _open(open_from, first_seat(care, person, row, day))
    end = care.rows[row].end
    while seat < end and said_no(care.barred, person, seat):
        seat = _open(open_from, seat + 1)
    return seat if seat < end else NOWHERE


@compiled
def _may_keep(care: Layout, person: Any, open_from: Days) -> bool:
    """Whether the place of the last plan has room and may still be the person's."""
    kept = person.kept
    return bool(kept != NOWHERE and open_from[kept] == kept and may_be(care, person, kept))


@compiled
def _in_time(care: Layout, person: Any, open_from: Days, soonest: Days) -> int:
    """The place of the last plan if it is in time; otherwise the nearest that is, the earliest there."""
    last, kept = last_in_time(person), person.kept
    if last < care.first_day:
        return NOWHERE
    if _may_keep(care, person, open_from) and care.seats[kept].day <= last:
        return int(kept)
    best, best_tier, best_far = NOWHERE, NO_LIMIT, NO_LIMIT
    first, end = within_reach(care.near, person)
    for k in range(first, end):
        row, far = care.near[person.home, k].row, max(care.near[person.home, k].far, 0)
        if best_tier == person.least_tier and far > best_far:
            break
        tier = care.tier[person.need_class, care.rows[row].kind]
        if tier == NOWHERE or tier > best_tier or soonest[row] > last:
            continue
        seat = _first_open(care, person, row, 0, open_from)
        if seat != NOWHERE and care.seats[seat].day <= last:
            equal = tier == best_tier and far == best_far
            if tier < best_tier or equal and care.seats[seat].column < care.seats[best].column:
                best, best_tier, best_far = seat, tier, far
    return best


@compiled
def _least_late(care: Layout, person: Any, open_from: Days, soonest: Days) -> int:
    """The earliest place after the due day; of those on one day the last plan's, then the nearest."""
    if person.due == NO_DUE_DAY or person.due >= person.latest:
        return NOWHERE
    best, best_tier, best_far, day = NOWHERE, NO_LIMIT, NO_LIMIT, person.latest
    first, end = within_reach(care.near, person)
    for k in range(first, end):
        row, far = care.near[person.home, k].row, max(care.near[person.home, k].far, 0)
        tier = care.tier[person.need_class, care.rows[row].kind]
        if tier == NOWHERE or soonest[row] > day:
            continue
        seat = _first_open(care, person, row, person.due + 1, open_from)
        if seat == NOWHERE or care.seats[seat].day > day:
            continue
        sooner = best == NOWHERE or care.seats[seat].day < day or tier < best_tier
        equal = not sooner and tier == best_tier and far == best_far
        if sooner or equal and care.seats[seat].column < care.seats[best].column:
            best, best_tier, best_far, day = seat, tier, far, care.seats[seat].day
    if best != NOWHERE and _may_keep(care, person, open_from):
        return int(person.kept) if care.seats[person.kept].day == day else best
    return best
