"""Why those whom a plan leaves out have no place: each counted under what takes most places from them."""

from typing import NamedTuple

import numpy as np
from numba import njit

from brokering.matching.layout import compiled
from brokering.matching.problem import NO_LIMIT, NOBODY, UNKNOWN, Days, Ints, Problem

REASONS = (
    "not_open",
    "outside_wished_period",
    "refused_before",
    "distance_unknown",
    "too_far",
    "no_capacity",
)
"""First reason first, as `selectors.country.reasons` has them; law and terms are told as one.

What a clinic has said no to is not told from what the person has.
"""
NOT_OPEN, OUTSIDE, REFUSED, NOWHERE, TOO_FAR, NO_CAPACITY = range(len(REASONS))


STATED = ("need_class", "home", "reach", "earliest", "latest")


class _People(NamedTuple):
    """Those without a place, as the problem has them."""

    need_class: Ints
    home: Ints
    reach: Ints
    earliest: Ints
    latest: Ints
    barred_from: Ints
    barred_to: Ints
    barred: Ints


class _Offers(NamedTuple):
    """The offers, in groups of one kind, site and length, days ascending: so begin days ascend as well."""

    kind: Ints
    of_kind: Ints
    """Before which group those of each kind stand, and of the next one."""
    site: Ints
    first: Ints
    at: Ints
    """Where each offer of the problem stands among these."""
    group: Ints
    """Of each that stands here."""
    begins: Ints
    day: Ints
    places: Ints
    until: Ints
    """How many places stand before each; the last is all."""
    soonest: Ints
    """Of each group its first begin day, its last day, and how many places it has."""
    latest: Ints
    total: Ints
    way: Days
    hectometres: Days


def why_left(problem: Problem, at: Ints) -> dict[str, int]:
    """How many needs without a place there are by reason; `no_capacity`: what they could use others have."""
    rows = np.flatnonzero(at == NOBODY)
    if not len(rows):
        return {}
    rows = rows[np.argsort(problem.need_class[rows], kind="stable")]
    if not len(problem.day):
        return {"no_places": len(rows)}
    stated = {name: getattr(problem, name)[rows].astype(np.int64) for name in STATED}
    people = _People(
        **stated,
        barred_from=problem.barred_from[rows].astype(np.int64),
        barred_to=problem.barred_from[rows + 1].astype(np.int64),
        barred=problem.barred.astype(np.int64),
    )
    places = _counted(people, _offers(problem))
    # Of equally many the first by its code, as `reasons_against` has it.
    by_code = sorted(range(len(REASONS)), key=lambda one: REASONS[one])
    first = np.array(by_code)[places[:, by_code].argmax(axis=1)]
    counts = np.bincount(first, minlength=len(REASONS))
    found = {REASONS[one]: int(counts[one]) for one in np.flatnonzero(counts)}
    return dict(sorted(found.items()))


def _offers(problem: Problem) -> _Offers:
    length = problem.day - problem.begins
    order = np.lexsort((problem.day, length, problem.site, problem.kind))
    fresh = np.ones(len(order), bool)
    fresh[1:] = False
    for column in (problem.kind, problem.site, length):
        fresh[1:] |= np.diff(column[order]) != 0
    first = np.flatnonzero(fresh)
    at = np.empty(len(order), np.int64)
    at[order] = np.arange(len(order))
    count = problem.count[order].astype(np.int64)
    kind = problem.kind[order][first].astype(np.int64)
    begins, day = (one[order].astype(np.int64) for one in (problem.begins, problem.day))
    bounds = np.append(first, len(order))
    until = np.concatenate(([0], np.cumsum(count)))
    return _Offers(
        kind=kind,
        of_kind=np.searchsorted(kind, np.arange(problem.way.shape[1] + 1)),
        site=problem.site[order][first].astype(np.int64),
        first=bounds,
        at=at,
        group=np.cumsum(fresh) - 1,
        begins=begins,
        day=day,
        places=count,
        until=until,
        soonest=begins[bounds[:-1]],
        latest=day[bounds[1:] - 1],
        total=np.diff(until[bounds]),
        way=problem.way,
        hectometres=problem.hectometres,
    )


@njit(cache=True)
def _counted(people: _People, offers: _Offers) -> Ints:
    """People × reasons: how many places each first reason takes away. People of a class stand together."""
    places = np.zeros((len(people.home), len(REASONS)), np.int64)
    groups = np.empty(len(offers.kind), np.int64)
    open_groups, shut, last = 0, 0, -1
    for person in range(len(people.home)):
        if people.need_class[person] != last:
            last = people.need_class[person]
            open_groups, shut = _sorted_out(people, person, offers, groups)
        places[person, NOT_OPEN] = shut
        for group in groups[:open_groups]:
            inside = offers.total[group]
            if not _is_whole(people, person, offers, group):
                low, high = _wished(people, person, offers, group)
                inside = offers.until[high] - offers.until[low]
                places[person, OUTSIDE] += offers.total[group] - inside
            places[person, _how_far(people, person, offers, group)] += inside
        for k in range(people.barred_from[person], people.barred_to[person]):
            at = offers.at[people.barred[k]]
            group = offers.group[at]
            low, high = _wished(people, person, offers, group)
            if _is_open(people, person, offers, group) and low <= at < high:
                places[person, _how_far(people, person, offers, group)] -= offers.places[at]
                places[person, REFUSED] += offers.places[at]
    return places


@compiled
def _sorted_out(people: _People, person: int, offers: _Offers, groups: Ints) -> tuple[int, int]:
    """Put the groups that are open to a person first; how many those are, and the places of all others."""
    many, shut = 0, 0
    for kind in range(offers.way.shape[1]):
        first, end = offers.of_kind[kind], offers.of_kind[kind + 1]
        if offers.way[people.need_class[person], kind] < 0:
            shut += offers.until[offers.first[end]] - offers.until[offers.first[first]]
            continue
        for group in range(first, end):
            groups[many] = group
            many += 1
    return many, shut


@compiled
def _is_open(people: _People, person: int, offers: _Offers, group: int) -> bool:
    """Do law and terms let the person go there?"""
    return bool(offers.way[people.need_class[person], offers.kind[group]] >= 0)


@compiled
def _is_whole(people: _People, person: int, offers: _Offers, group: int) -> bool:
    """Do all offers of a group lie within the days wished?"""
    from_first = people.earliest[person] <= offers.soonest[group]
    return bool(from_first and offers.latest[group] <= people.latest[person])


@compiled
def _wished(people: _People, person: int, offers: _Offers, group: int) -> tuple[int, int]:
    """From where until before where the offers of a group lie within the days wished."""
    low, high = offers.first[group], offers.first[group + 1]
    earliest, latest = people.earliest[person], people.latest[person]
    if offers.begins[low] < earliest:
        low = _first_from(offers.begins, low, high, earliest)
    if offers.day[high - 1] > latest:
        high = max(_first_from(offers.day, offers.first[group], high, latest + 1), low)
    return low, high


@compiled
def _first_from(days: Ints, low: int, high: int, least: int) -> int:
    """The first of ascending days that is no earlier, `high` without one."""
    while low < high:
        middle = (low + high) // 2
        if days[middle] < least:
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def _how_far(people: _People, person: int, offers: _Offers, group: int) -> int:
    """What distance has against a site, NO_CAPACITY where it has nothing."""
    home, reach = people.home[person], people.reach[person]
    if reach == NO_LIMIT:
        return NO_CAPACITY
    far = UNKNOWN if home == UNKNOWN else offers.hectometres[home, offers.site[group]]
    if far == UNKNOWN:
        return NOWHERE
    return TOO_FAR if far > reach else NO_CAPACITY
