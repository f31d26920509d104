"""A round as arrays: what every engine takes, and the plan that it answers with.

People are never aggregated, places always are: an offer is one clinic, day and kind of terms with a
count. Which pairs may be is never stored: it follows from two small tables (`way`, `hectometres`), the
days and the few pairs that are barred by name.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Days = npt.NDArray[np.int32]
Small = npt.NDArray[np.int8]

NOBODY = -1
NO_WAY = -1
UNKNOWN = -1
NO_DUE_DAY = np.iinfo(np.int32).max
NO_LIMIT = np.iinfo(np.int32).max


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """One care (or cares that a shared cap links) as arrays; days are proleptic ordinals.

    Needs (n rows) stand in the order of `ranking.turn`; offers (m columns) earliest day first, then by
    clinic and first slot. A pair may be if its `way` is one, its visit lies within the wished days, the
    distance is known and within reach where a reach is stated, and the pair is not barred.
    """

    priority: Small
    """Need class of each need, 1 the highest."""
    due: Days
    """Last day in time; NO_DUE_DAY without one."""
    waited_days: Days
    earliest: Days
    """First day wished; 0 where none is stated."""
    latest: Days
    """Last day wished; NO_LIMIT where none is stated."""
    home: Days
    """Row of `hectometres`; UNKNOWN where no distance may be computed."""
    reach: Days
    """Most hundreds of metres to travel; NO_LIMIT where none is stated."""
    need_class: Days
    """Row of `way`: everyone with the same answer in law, terms and wishes shares one."""
    previous: Days
    """Offer of the last plan that nobody has been told, where the pair still may be; NOBODY without one."""

    day: Days
    """Last day on which the visit may be: it is in time only if that day is."""
    begins: Days
    """First day on which the visit may be."""
    site: Days
    """Column of `hectometres`."""
    kind: Days
    """Column of `way`."""
    count: Days
    """Places of each offer, at least 1."""

    hectometres: Days
    """Homes × sites, great-circle distance in hundreds of metres; UNKNOWN where a site has no place."""
    way: Days
    """Classes × kinds: number of the best way (lot and route), NO_WAY where none is lawful."""
    tier: Small
    """Of each way, the home region's search order in a reroute, 0 first and everywhere else."""
    barred_from: Ints
    """n + 1 bounds: the offers barred to need i stand in `barred[barred_from[i]:barred_from[i + 1]]`."""
    barred: Days
    """Offers that a need has turned down, ascending within each need."""
    horizon: int
    """The first day after the last place: until then at least do the untreated wait."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """What is proven of a plan: the lines of the order, weightiest first, and how far off the rest may be.

    `gap` bounds, in the units of each line that is not proven, what a better plan could still gain there;
    a line that is neither proven nor bounded is left out.
    """

    proven: tuple[str, ...] = ()
    gap: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """The offer of each need (NOBODY without one), and what is proven of it."""

    at: Ints
    certificate: Certificate = Certificate()


def possible(problem: Problem, need: int) -> Bools:
    """Which offers may be for a need: slow and plain, one need at a time."""
    offers = np.arange(len(problem.day))
    return pairs_may(problem, np.full_like(offers, need), offers)


def pairs_may(problem: Problem, needs: Ints, offers: Ints) -> Bools:
    """Which of these pairs of a need and an offer may be."""
    way = problem.way[problem.need_class[needs], problem.kind[offers]]
    fits = (way != NO_WAY) & (problem.begins[offers] >= problem.earliest[needs])
    fits &= problem.day[offers] <= problem.latest[needs]
    home, reach = problem.home[needs], problem.reach[needs]
    unknown = np.full((1, problem.hectometres.shape[1]), UNKNOWN, np.int32)
    table = np.vstack([problem.hectometres, unknown])
    far = table[np.where(home == UNKNOWN, len(table) - 1, home), problem.site[offers]]
    fits &= (reach == NO_LIMIT) | ((far != UNKNOWN) & (far <= reach))
    for k in np.flatnonzero(np.diff(problem.barred_from)[needs]):
        need = needs[k]
        mine = problem.barred[problem.barred_from[need] : problem.barred_from[need + 1]]
        fits[k] &= offers[k] not in mine
    return np.asarray(fits)


def least() -> Problem:
    """One person and two places: what is compiled for this problem is compiled for all."""
    one, two = np.ones(1, np.int32), np.arange(1, 3, dtype=np.int32)
    return Problem(
        priority=one.astype(np.int8),
        due=one,
        waited_days=one,
        earliest=one,
        latest=one + 1,
        home=one - 1,
        reach=one,
        need_class=one - 1,
        previous=one - 1,
        day=two,
        begins=two,
        site=two - two,
        kind=two - two,
        count=two,
        hectometres=np.zeros((1, 2), np.int32),
        way=np.zeros((1, 1), np.int32),
        tier=np.zeros(1, np.int8),
        barred_from=np.zeros(2, np.int64),
        barred=np.zeros(0, np.int32),
        horizon=3,
    )
