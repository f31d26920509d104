"""The year of one care, a week at a time: who waits, what is free, the product's own matching, who goes.

Care is given on the last day of a week to people who waited on its first. Everybody's place is found by
`matching.greedy`, over all regions at once.
"""

from dataclasses import dataclass

import numpy as np

from brokering.matching import greedy
from brokering.matching.problem import NO_LIMIT, NO_WAY, NOBODY, Problem
from brokering.matching.snapshot import Settings
from insight.simulation.country import (
    AGES,
    MAY_CHOOSE,
    OWN_ONLY,
    REGION_ACTS,
    Country,
    Kinds,
    first_alarm,
    places,
)
from insight.simulation.parameters import BEGINS, GUARANTEE_DAYS, Parameters
from insight.simulation.people import Floats, Ints, People

WAITS, TREATED, LEFT = range(3)
DAY0 = BEGINS.toordinal()
CHILDREN = 5
"""Groups of one sex; the first of each is that of children."""


@dataclass(frozen=True, kw_only=True)
class Year:
    """What became of everybody, in the order of the people; days count from day 0."""

    status: Ints
    ended: Ints
    """The day of care or of leaving; the last day for those who wait."""
    at: Ints
    """The kind of place where care was given; -1 without."""
    way: Ints
    """The route, numbered as in `country.ROUTES`; -1 without."""
    offered: int
    """Places of the whole year."""
    overused: int
    """Places given beyond those that there were; none, or the year is wrong."""
    passed_over: int
    """People who a week left waiting, though somebody of lower need had a place that they could use."""
    wasted: int
    """People who a week left waiting beside an empty place that they could use."""


def lived(
    country: Country,
    who_comes: tuple[People, Floats],
    given: Parameters,
    table: Kinds,
    *,
    brokered: bool,
) -> Year:
    """The care's year; `who_comes`: its people, and the places of each region in a year."""
    people, yearly = who_comes
    free = places(table, yearly, given.capacity, given.shared)
    queue = _Queue(country, people, given, table, brokered=brokered)
    faults, offered = np.zeros(3, np.int64), 0
    for week in range(given.weeks):
        count = _whole(free, week + 1) - _whole(free, week)
        faults += queue.week(7 * week, count)
        offered += int(count.sum())
    overused, passed_over, wasted = faults.tolist()
    return Year(
        status=queue.status,
        ended=queue.ended,
        at=queue.at,
        way=queue.way,
        offered=offered,
        overused=overused,
        passed_over=passed_over,
        wasted=wasted,
    )


def _whole(free: Floats, weeks: int) -> Ints:
    """Whole places of so many weeks; the tiny addition undoes what binary fractions lose."""
    return np.floor(free * weeks + 1e-9).astype(np.int64)


class _Queue:
    """One care's people while the year goes on."""

    def __init__(
        self, country: Country, people: People, given: Parameters, table: Kinds, *, brokered: bool
    ) -> None:
        self.country, self.people, self.given, self.table = country, people, given, table
        self.helped = _helped(people, given, brokered)
        self.alarm = _alarm(country, people, given.lead_days)
        self.acts = (self.helped > OWN_ONLY) & brokered
        self.reach = np.maximum(people.reach, country.far[people.home, people.region])
        self.status = np.full(len(people), WAITS)
        self.ended = np.full(len(people), 7 * given.weeks)
        self.at, self.way = np.full(len(people), -1), np.full(len(people), -1)

    def week(self, today: int, count: Ints) -> Ints:
        """Who leaves, who is given a place; what `judged` finds of it."""
        people, waits = self.people, self.status == WAITS
        gone = waits & (people.leaves <= today)
        self.status[gone], self.ended[gone] = LEFT, people.leaves[gone]
        who = np.flatnonzero(waits & ~gone & (people.start <= today))
        kind = np.flatnonzero(count)
        row = self._class(who, today)
        problem = self._problem((who, row), (kind, count[kind]), today + 7)
        settings = Settings(within_class=self.given.within_class)
        found = greedy.solve(problem, settings, DAY0 + today).at
        had = found != NOBODY
        mine = who[had]
        self.status[mine], self.ended[mine], self.at[mine] = TREATED, today + 7, kind[found[had]]
        self.way[mine] = problem.way[row[had], self.at[mine]]
        return judged(problem, found)

    def _class(self, who: Ints, today: int) -> Ints:
        """The rows of the table of ways: what each may today, age, home region."""
        waited = today - self.people.start[who]
        acts = self.acts[who] & (waited >= self.alarm[who])
        may = np.where(acts, REGION_ACTS, self.helped[who])
        age = _age(self.people)[who]
        row: Ints = (may * len(AGES) + age) * len(self.country.regions) + self.people.region[who]
        return row

    def _problem(self, needs: tuple[Ints, Ints], offers: tuple[Ints, Ints], last: int) -> Problem:
        """The week as the arrays that every engine takes; care is given on its last day."""
        (who, row), (kind, count), many = needs, offers, len(needs[0])
        day, start = np.full(len(kind), DAY0 + last, np.int32), self.people.start[who]
        return Problem(
            priority=self.people.priority[who].astype(np.int8),
            due=(DAY0 + start + GUARANTEE_DAYS).astype(np.int32),
            waited_days=(last - 7 - start).astype(np.int32),
            earliest=np.zeros(many, np.int32),
            latest=np.full(many, NO_LIMIT, np.int32),
            home=self.people.home[who].astype(np.int32),
            reach=self.reach[who].astype(np.int32),
            need_class=row.astype(np.int32),
            previous=np.full(many, NOBODY, np.int32),
            day=day,
            begins=day,
            site=self.table.region[kind].astype(np.int32),
            kind=kind.astype(np.int32),
            count=count.astype(np.int32),
            hectometres=self.country.far.astype(np.int32),
            way=self.table.way.astype(np.int32),
            tier=np.array([0, 0, 1], np.int8),
            barred_from=np.zeros(many + 1, np.int64),
            barred=np.zeros(0, np.int32),
            horizon=DAY0 + last + 1,
        )


def _helped(people: People, given: Parameters, brokered: bool) -> Ints:
    """What each person may, before the region acts."""
    alone = people.alone < given.chooses_alone
    asked = (people.travels < given.would_travel) & (people.accepts < given.accepts)
    return np.where(alone | (asked & brokered), MAY_CHOOSE, OWN_ONLY)


def _age(people: People) -> Ints:
    """Position in AGES."""
    found: Ints = (people.group % CHILDREN != 0).astype(np.int64)
    return found


def _alarm(country: Country, people: People, lead_days: int) -> Ints:
    """Days waited at the alarm, by person; never where no guarantee covers the care."""
    guarantee = people.care.guarantee
    if guarantee is None:
        return np.full(len(people), NO_LIMIT)
    days = [first_alarm(region, guarantee, lead_days) for region in country.regions]
    return np.array(days)[people.region]


def judged(problem: Problem, at: Ints) -> Ints:
    """Places given twice; people passed over by lower need; people left beside an empty place."""
    had = at != NOBODY
    used = np.bincount(at[had], minlength=len(problem.day))
    over = int(np.maximum(used - problem.count, 0).sum())
    lowest = np.zeros(len(problem.day), np.int64)
    np.maximum.at(lowest, at[had], problem.priority[had])
    left = np.flatnonzero(~had)
    alike, person = np.unique(
        np.stack([problem.need_class[left], problem.home[left], problem.reach[left]]),
        axis=1,
        return_inverse=True,
    )
    may = problem.way[alike[0]][:, problem.kind] != NO_WAY
    may &= problem.hectometres[alike[1]][:, problem.site] <= alike[2][:, None]
    worst = np.where(may, lowest, 0).max(axis=1, initial=0)
    empty = (may & (used < problem.count)).any(axis=1)
    person = person.ravel()
    passed = int((worst[person] > problem.priority[left]).sum())
    return np.array([over, passed, int(empty[person].sum())])
