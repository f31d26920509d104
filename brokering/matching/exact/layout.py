"""A problem laid out for the compiled engine: offers by group, so that a whole group is judged at once."""

from typing import NamedTuple

import numpy as np

from brokering.matching.encoding import due_in
from brokering.matching.problem import NO_LIMIT, NO_WAY, NOBODY, Days, Ints, Problem, Small
from brokering.matching.ranking import first_day, turn_weight

NOT_FOR = -1


class Care(NamedTuple):
    """Who waits, and what there is. Days are counted from the first place; `last` is the horizon.

    Offers are numbered anew: by group (one site and kind), earliest day first. The number after the
    last one is nobody. `upto[g, d + 1]` is the first offer of group g, or past it, later than day d.
    """

    priority: Small
    due: Days
    earliest: Days
    latest: Days
    home: Days
    reach: Days
    need_class: Days
    before: Days
    weight: Ints
    barred_from: Ints
    barred: Days

    day: Days
    begins: Days
    group: Days
    places: Days
    """With one more than there are offers: nobody, where there is room for all."""

    start: Days
    site: Days
    upto: Days
    step: Small
    """Classes × groups: the step of the search order, NOT_FOR where no way is lawful."""
    far: Days
    """Homes × sites, the last row for no home: hundreds of metres, -1 where not known."""


class Layout(NamedTuple):
    """A care, and the offer of the problem that each of its offers is."""

    care: Care
    offer: Ints
    number: Ints
    """Of each offer of the problem; the last one of nobody."""


def lay_out(problem: Problem) -> Layout:
    """The problem as the engine takes it."""
    offers = len(problem.day)
    order = np.lexsort((np.arange(offers), problem.day, problem.kind, problem.site))
    number = np.empty(offers + 1, np.int64)
    number[order] = np.arange(offers)
    number[offers] = offers
    site, kind = problem.site[order], problem.kind[order]
    fresh = np.ones(offers, bool)
    fresh[1:] = (site[1:] != site[:-1]) | (kind[1:] != kind[:-1])
    group = (np.cumsum(fresh) - 1).astype(np.int32)
    starts = np.append(np.flatnonzero(fresh), offers).astype(np.int32)
    first = first_day(problem)
    day = (problem.day[order] - first).astype(np.int32)
    care = Care(
        priority=problem.priority,
        due=due_in(problem).astype(np.int32),
        earliest=_window(problem.earliest, problem),
        latest=_window(problem.latest, problem),
        home=np.where(problem.home < 0, len(problem.hectometres), problem.home).astype(np.int32),
        reach=problem.reach,
        need_class=problem.need_class,
        before=np.where(
            problem.previous == NOBODY, NOBODY, number[np.maximum(problem.previous, NOBODY)]
        ).astype(np.int32),
        weight=turn_weight(problem),
        barred_from=problem.barred_from,
        barred=number[problem.barred].astype(np.int32),
        day=day,
        begins=np.maximum(problem.begins[order].astype(np.int64) - first, NOT_FOR).astype(np.int32),
        group=group,
        places=np.append(problem.count[order], NO_LIMIT).astype(np.int32),
        start=starts,
        site=site[starts[:-1]],
        upto=_upto(day, starts, problem.horizon - first),
        step=_steps(problem, kind[starts[:-1]]),
        far=np.vstack([problem.hectometres, np.full_like(problem.hectometres[:1], -1)])
        if len(problem.hectometres)
        else np.full((1, problem.hectometres.shape[1]), -1, np.int32),
    )
    care = Care(*map(np.ascontiguousarray, care))
    return Layout(care=care, offer=np.append(order, NOBODY), number=number)


def _window(days: Days, problem: Problem) -> Days:
    """Wished days counted from the first place, cut to those that there are."""
    first = first_day(problem)
    return np.clip(days.astype(np.int64) - first, NOT_FOR, problem.horizon - first).astype(np.int32)


def _upto(day: Days, starts: Days, days: int) -> Days:
    """For each group and day the offer after the last one until then, from the day before the first."""
    groups = len(starts) - 1
    found = np.empty((groups, days + 2), np.int32)
    every = np.arange(-1, days + 1)
    for group in range(groups):
        low, high = starts[group], starts[group + 1]
        found[group] = low + np.searchsorted(day[low:high], every, side="right")
    return found


def _steps(problem: Problem, kinds: Days) -> Small:
    """The step of each class at each group."""
    way = problem.way[:, kinds]
    if not problem.tier.size:
        return np.full(way.shape, NOT_FOR, np.int8)
    return np.where(way == NO_WAY, NOT_FOR, problem.tier[np.maximum(way, 0)]).astype(np.int8)
