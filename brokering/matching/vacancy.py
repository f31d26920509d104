"""Vacancy chains: what one place more or less, one person more or less, changes in the greedy outcome.

A place that falls free goes to the first in the queue who is better off with it; what that person had goes
on down the queue in the same way. Somebody who loses a place takes the best one that is free or held by
somebody farther down, who moves on alike. Since every place ranks people by the one queue, this ends in the
only stable outcome: exactly what choosing anew would give, at a small part of the price.

Only people whom nobody has told anything are in a care. Who has been told leaves it together with their place
(`Standing.told`), and that moves nobody.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from brokering.matching.greedy import seated
from brokering.matching.layout import (
    NOWHERE,
    Layout,
    compiled,
    days_late,
    first_seat,
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

OUT = -2
"""Where those are who do not wait any more."""


class Move(NamedTuple):
    """One person's proposal changes: row of the need, offer before and after (NOBODY for none)."""

    need: int
    before: int
    after: int


class _State(NamedTuple):
    """Seats by person; places left and people by seat, as rings of those who share it; the moves made."""

    at: Days
    room: Days
    head: Days
    after: Days
    before: Days
    last: Days
    """Who sits in a seat and stands farthest down the queue; NOWHERE where nobody sits."""
    moves: Days


class Standing:
    """The greedy outcome of a care, kept while places and people come and go."""

    def __init__(
        self, problem: Problem, settings: Settings, today: int, plan: Plan | None = None
    ) -> None:
        """Choose anew, or go on from a plan that was the greedy outcome before the changes to come."""
        order = queue(problem, settings, today)
        self._care = lay_out(problem, order)
        self._row = order
        self._who = np.empty_like(order)
        self._who[order] = np.arange(len(order))
        self._seat = np.empty(len(problem.day) + 1, np.int32)
        self._seat[self._care.seats["column"]] = np.arange(len(problem.day))
        self._seat[NOBODY] = NOWHERE
        at = seated(self._care) if plan is None else self._seat[plan.at[order]]
        self._state = _state_of(self._care, at)

    def plan(self) -> Plan:
        """The outcome now; who does not wait any more has nobody."""
        at = np.full(len(self._row), NOBODY, np.int64)
        at[self._row] = offers_of(self._care, np.maximum(self._state.at, NOWHERE))
        return Plan(at)

    def place_freed(self, offer: int) -> tuple[Move, ...]:
        """One place more: it goes down the queue."""
        self._state.room[self._seat[offer]] += 1
        return self.passed_on(offer)

    def passed_on(self, offer: int) -> tuple[Move, ...]:
        """Give a place that stands free to the first who is better off with it, and so on."""
        return self._told(_pass_on(self._care, self._state, self._seat[offer], 0, 0))

    def place_gone(self, offer: int) -> tuple[Move, ...]:
        """One place less, if there is one: whoever stands farthest down of those who have one must move."""
        return self._told(_take_away(self._care, self._state, self._seat[offer]))

    def need_came(self, row: int) -> tuple[Move, ...]:
        """Somebody who had none takes the best place, free or held farther down the queue."""
        return self._told(_settle(self._care, self._state, self._who[row]))

    def need_left(self, row: int) -> tuple[Move, ...]:
        """Somebody does not wait any more: what they had goes down the queue."""
        return self._told(_leave(self._care, self._state, self._who[row]))

    def told(self, row: int) -> None:
        """Somebody has been told of their place: both leave the care, nobody moves."""
        _let_out(self._state, self._who[row])

    def _told(self, many: int) -> tuple[Move, ...]:
        moves = self._state.moves[:many]
        rows = self._row[moves[:, 0]].tolist()
        before, after = (offers_of(self._care, moves[:, k]).tolist() for k in (1, 2))
        return tuple(map(Move, rows, before, after))


def _state_of(care: Layout, at: Days) -> _State:
    room = np.ascontiguousarray(care.seats["room"])
    seats, people = len(care.seats), len(care.people)
    empty = np.full((2, seats), NOWHERE, np.int32)
    rings = np.full((2, people), NOWHERE, np.int32)
    moves = np.empty((people + 1, 3), np.int32)
    nowhere = np.full(people, NOWHERE, np.int32)
    state = _State(nowhere, room, empty[0], rings[0], rings[1], empty[1], moves)
    _seat_all(state, np.ascontiguousarray(at, np.int32))
    return state


@njit(cache=True)
def _seat_all(state: _State, at: Days) -> None:
    for who in range(len(at)):
        if at[who] != NOWHERE:
            _sit(state, who, at[who])


@compiled
def _sit(state: _State, who: int, seat: int) -> None:
    """Give a person without a place one in the seat."""
    state.room[seat] -= 1
    state.at[who] = seat
    state.before[who] = NOWHERE
    state.after[who] = state.head[seat]
    if state.head[seat] != NOWHERE:
        state.before[state.head[seat]] = who
    state.head[seat] = who
    state.last[seat] = max(state.last[seat], who)


@compiled
def _rise(state: _State, who: int) -> None:
    """Take a person out of their seat."""
    seat, before, after = state.at[who], state.before[who], state.after[who]
    state.room[seat] += 1
    state.at[who] = NOWHERE
    if before == NOWHERE:
        state.head[seat] = after
    else:
        state.after[before] = after
    if after != NOWHERE:
        state.before[after] = before
    if state.last[seat] == who:
        other, last = state.head[seat], NOWHERE
        while other != NOWHERE:
            last, other = max(last, other), state.after[other]
        state.last[seat] = last


@compiled
def _note(state: _State, many: int, who: int, before: int) -> int:
    """Write down a move, if it was one; how many there are then."""
    if state.at[who] == before:
        return many
    state.moves[many, 0], state.moves[many, 1], state.moves[many, 2] = who, before, state.at[who]
    return many + 1


@compiled
def _pass_on(care: Layout, state: _State, seat: int, start: int, many: int) -> int:
    """Let a free place go down the queue from `start`; how many moves are noted then.

    Whoever stands before the one who left a place was better off already, so one walk is enough.
    """
    if state.room[seat] <= 0:
        return many
    for who in range(start, len(state.at)):
        had = state.at[who]
        if had != OUT and _prefers(care, who, seat, had):
            if had != NOWHERE:
                _rise(state, who)
            _sit(state, who, seat)
            many = _note(state, many, who, had)
            if had == NOWHERE:
                break
            seat = had
    return many


@compiled
def _prefers(care: Layout, who: int, seat: int, other: int) -> bool:
    """Whether a seat is possible and better than what the person has."""
    person = care.people[who]
    if other == seat or not may_be(care, person, seat):
        return False
    if other == NOWHERE:
        return True
    late = days_late(person, care.seats[seat].day)
    other_late = days_late(person, care.seats[other].day)
    if late != other_late:
        return late < other_late
    if person.kept == seat or person.kept == other:
        return bool(person.kept == seat)
    return _is_nearer(care, person, seat, other)


@compiled
def _is_nearer(care: Layout, person: Any, seat: int, other: int) -> bool:
    """Tier, distance, the earliest day: what decides where lateness and calm do not."""
    one, rival = care.rows[care.seats[seat].row], care.rows[care.seats[other].row]
    tier = care.tier[person.need_class, one.kind]
    other_tier = care.tier[person.need_class, rival.kind]
    if tier != other_tier:
        return bool(tier < other_tier)
    far = max(care.far[person.home, one.site], 0)
    other_far = max(care.far[person.home, rival.site], 0)
    if far != other_far:
        return bool(far < other_far)
    return bool(care.seats[seat].column < care.seats[other].column)


@compiled
def _leave(care: Layout, state: _State, who: int) -> int:
    had = state.at[who]
    if had < 0:
        state.at[who] = OUT
        return 0
    _rise(state, who)
    state.at[who] = OUT
    return _pass_on(care, state, had, who + 1, 0)


@compiled
def _let_out(state: _State, who: int) -> None:
    had = state.at[who]
    if had >= 0:
        _rise(state, who)
        state.room[had] -= 1
    state.at[who] = OUT


@compiled
def _take_away(care: Layout, state: _State, seat: int) -> int:
    """One place less in a seat; how many moves that made."""
    if state.room[seat] > 0:
        state.room[seat] -= 1
        return 0
    who = state.last[seat]
    if who == NOWHERE:
        return 0
    _rise(state, who)
    state.room[seat] -= 1
    return _move_on(care, state, who, seat)


@compiled
def _settle(care: Layout, state: _State, who: int) -> int:
    if state.at[who] >= 0:
        return 0
    state.at[who] = NOWHERE
    return _move_on(care, state, who, NOWHERE)


@compiled
def _move_on(care: Layout, state: _State, who: int, had: int) -> int:
    """Seat somebody who has just lost `had`, and whoever must move for them, down the queue."""
    many = 0
    while True:
        seat = _best(care, state, who)
        if seat == NOWHERE:
            return _note(state, many, who, had)
        loser = NOWHERE
        if state.room[seat] == 0:
            loser = state.last[seat]
            _rise(state, loser)
        _sit(state, who, seat)
        many = _note(state, many, who, had)
        if loser == NOWHERE:
            return many
        who, had = loser, seat


@compiled
def _to_be_had(care: Layout, state: _State, who: int, seat: int) -> bool:
    """Whether a seat is free, or held by somebody farther down the queue, and not turned down before."""
    if state.room[seat] <= 0 and state.last[seat] <= who:
        return False
    return not said_no(care.barred, care.people[who], seat)


@compiled
def _best(care: Layout, state: _State, who: int) -> int:
    """The best seat that is to be had; NOWHERE without one."""
    person = care.people[who]
    best = NOWHERE
    if last_in_time(person) >= care.first_day:
        best = _best_from(care, state, who, 0)
    if best == NOWHERE and person.due != NO_DUE_DAY and person.due < person.latest:
        best = _best_from(care, state, who, person.due + 1)
    kept = person.kept
    may_stay = kept != NOWHERE and _to_be_had(care, state, who, kept)
    return int(kept) if may_stay and _prefers(care, who, kept, best) else best


@compiled
def _best_from(care: Layout, state: _State, who: int, day: int) -> int:
    """The best seat to be had in time (`day` 0), or from a day after the due day on."""
    person = care.people[who]
    best, latest = NOWHERE, person.latest if day else last_in_time(person)
    first, end = within_reach(care.near, person)
    beyond = NO_LIMIT
    for k in range(first, end):
        near = care.near[person.home, k]
        if near.far > beyond:
            break
        tier = care.tier[person.need_class, care.rows[near.row].kind]
        if tier == NOWHERE:
            continue
        until = care.seats[best].day if day and best != NOWHERE else latest
        seat = _first_to_be_had(care, state, who, near.row, (day, until))
        if seat != NOWHERE and (best == NOWHERE or _prefers(care, who, seat, best)):
            best = seat
            if not day and tier == person.least_tier:
                beyond = max(near.far, 0)
    return best


@compiled
def _first_to_be_had(care: Layout, state: _State, who: int, row: int, days: tuple[int, int]) -> int:
    """The first seat of a row that is to be had between two days; NOWHERE without one."""
    for seat in range(first_seat(care, care.people[who], row, days[0]), care.rows[row].end):
        if care.seats[seat].day > days[1]:
            break
        if _to_be_had(care, state, who, seat):
            return seat
    return NOWHERE
