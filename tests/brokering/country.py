"""The slow and the fast way to the same round, told in the same words."""

from uuid import UUID

import numpy as np

from brokering.matching.arrays import problem_of
from brokering.matching.candidates import Candidates
from brokering.matching.problem import NO_DUE_DAY, NO_LIMIT, UNKNOWN
from brokering.matching.ranking import turn
from brokering.matching.settling import KM
from brokering.selectors.country.best_places import best_places
from brokering.selectors.country.problems import opened
from brokering.selectors.country.reasons import Reach
from brokering.selectors.snapshots import round_input
from tests.factories import NOW


def fast(care, now):
    """The problem of a care, read column by column."""
    with opened([care], now=now) as shard:
        return shard.input_of(care).given()


def told_fast(given):
    """Needs, offers and every possible pair of a problem in words."""
    problem = given.problem
    offers = [
        (
            tuple(_key(slot) for slot in given.slot[given.first[j] : given.first[j + 1]]),
            int(problem.begins[j]),
            int(problem.day[j]),
        )
        for j in range(len(problem.day))
    ]
    needs = [
        (_key(key), _key(tenant), int(problem.priority[i]), int(problem.due[i]))
        for i, (key, tenant) in enumerate(zip(given.needs, given.tenants, strict=True))
    ]
    pairs = [list(_pairs(given, i)) for i in range(len(needs))]
    waited = problem.waited_days.tolist()
    return {"needs": needs, "offers": offers, "pairs": pairs, "waited": waited} | {
        "previous": problem.previous.tolist(),
        "horizon": problem.horizon,
        "left_out": dict(given.left_out),
    }


def told_slow(care, now):
    """The same of the snapshot, a need and a place at a time."""
    given = round_input(care, now=now)
    snapshot, candidates = given.snapshot, Candidates(given.snapshot)
    needs = sorted(snapshot.needs, key=turn)
    offers = [
        (offer.slots, offer.begins_on.toordinal(), offer.day.toordinal())
        for offer in candidates.offers
    ]
    left_out = list(given.left_out.values())
    return {
        "needs": [
            (one.key, str(given.tenants[one.key]), one.priority, _ordinal(one.due)) for one in needs
        ],
        "offers": offers,
        "pairs": [list(_slow_pairs(candidates, need)) for need in needs],
        "waited": [max((snapshot.on - one.waiting_since).days, 0) for one in needs],
        "previous": problem_of(candidates, needs).previous.tolist(),
        "horizon": snapshot.horizon.toordinal(),
        "left_out": {reason: left_out.count(reason) for reason in set(left_out)},
    }


class WholeCountry:
    """Everybody who waits for a care, and how every place there is would suit each."""

    def __init__(self, care, now):
        with opened([care], now=now) as shard:
            care_input = shard.input_of(care)
            self._given = care_input.given()
        self._clinic = care_input.places.clinic
        self.keys = [bytes(key) for key in self._given.needs]

    def best(self, row, *, once=False):
        """Days late, hundreds of metres and day of what suits one, best first; clinics `once` or often."""
        reach = Reach(self._given, row)
        offers = np.flatnonzero(reach.possible())
        worth = zip(*(line[offers].tolist() for line in reach.worth().values()), strict=True)
        told = sorted(zip(worth, self._clinic[offers].tolist(), strict=True))
        if once:
            told = [one for n, one in enumerate(told) if one[1] not in {x for _, x in told[:n]}]
        return [(late, far, day) for (late, _, far, day), _ in told]


def best_of(referral, *, most=20, once=False):
    """The same as the product tells it."""
    found = best_places(referral.care_id, referral.need_key, now=NOW, most=most, clinics_once=once)
    return [
        (x.lateness_days, round((x.distance_km or 0) * KM), x.day.toordinal()) for x in found or ()
    ]


def _pairs(given, i):
    problem = given.problem
    way = problem.way[problem.need_class[i]][problem.kind]
    far = np.full(len(problem.day), UNKNOWN)
    if problem.home[i] != UNKNOWN:
        far = problem.hectometres[problem.home[i]][problem.site]
    possible = (way >= 0) & (problem.begins >= problem.earliest[i])
    possible &= problem.day <= problem.latest[i]
    if problem.reach[i] != NO_LIMIT:
        possible &= (far != UNKNOWN) & (far <= problem.reach[i])
    possible[problem.barred[problem.barred_from[i] : problem.barred_from[i + 1]]] = False
    for j in np.flatnonzero(possible):
        best = given.ways[way[j]]
        lot = str(UUID(bytes=given.lots[best.lot]))
        yield int(j), lot, best.route, best.tier, max(int(far[j]), 0)


def _slow_pairs(candidates, need):
    way, _ = candidates.ways_of(need)
    far, reasons = candidates.distances(need), candidates.reason_numbers(need)
    for j in np.flatnonzero(reasons == 0):
        best = candidates.ways[way[j]]
        yield int(j), best.lot.split("/")[0], best.route, best.tier, int(far[j])


def _key(value):
    return str(UUID(bytes=bytes(value)))


def _ordinal(day):
    return NO_DUE_DAY if day is None else day.toordinal()
