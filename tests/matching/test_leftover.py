"""Why those without a place have none is counted as one would by looking at every pair."""

from collections import Counter

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.problems import problem
from brokering.matching.greedy import solve
from brokering.matching.leftover import why_left
from brokering.matching.problem import NO_LIMIT, NOBODY, UNKNOWN
from brokering.matching.snapshot import Settings
from tests.matching.cares import random_care

TODAY = 739_700


def first_reason(care, row, offer):
    home, reach = care.home[row], care.reach[row]
    far = UNKNOWN if home == UNKNOWN else care.hectometres[home, care.site[offer]]
    bars = care.barred[care.barred_from[row] : care.barred_from[row + 1]]
    against = {
        "not_open": care.way[care.need_class[row], care.kind[offer]] < 0,
        "outside_wished_period": care.begins[offer] < care.earliest[row]
        or care.day[offer] > care.latest[row],
        "refused_before": offer in bars,
        "distance_unknown": reach != NO_LIMIT and far == UNKNOWN,
        "too_far": reach != NO_LIMIT and far > reach,
        "no_capacity": True,
    }
    return next(code for code, holds in against.items() if holds)


def slowly(care, at):
    found = Counter()
    for row in (at == NOBODY).nonzero()[0]:
        places = Counter()
        for offer, count in enumerate(care.count):
            places[first_reason(care, row, offer)] += int(count)
        found[min(places, key=lambda code: (-places[code], code))] += 1
    return dict(found)


@settings(max_examples=40)
@given(st.integers(1, 30), st.sampled_from((0.2, 0.9)), st.integers(0, 10_000))
def test_everybody_is_counted_under_what_takes_most_places_from_them(people, share, seed):
    care = problem(people, share, seed)
    at = solve(care, Settings(), TODAY).at
    assert why_left(care, at) == slowly(care, at)


@settings(max_examples=150)
@given(st.integers(0, 100_000), st.integers(1, 8), st.integers(1, 12))
def test_wishes_and_what_was_turned_down_count_place_by_place(seed, people, offers):
    care = random_care(seed, people, offers)
    nobody = np.full(people, NOBODY)
    assert why_left(care, nobody) == slowly(care, nobody)
