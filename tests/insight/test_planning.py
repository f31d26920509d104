"""Need against capacity: counted person by person, shared between regions, no small number shown."""

from hypothesis import given, settings
from hypothesis import strategies as st

from insight.planning import (
    WEEKS,
    Kind,
    Saving,
    Served,
    balance,
    due_by_week,
    served,
    team_day,
    together,
)

KINDS = st.builds(Kind, st.integers(1, 5), st.integers(-1, WEEKS))
NEEDS = st.dictionaries(KINDS, st.integers(0, 6), max_size=6)
PLACES = st.lists(st.integers(0, 5), min_size=WEEKS, max_size=WEEKS)


def one_by_one(needs, places) -> Served:
    """The obvious way: each person in turn looks for the first place."""
    left, people = list(places), sorted(k for k, n in needs.items() for _ in range(n))
    in_time = late = weeks = 0
    for person in people:
        week = next((at for at, number in enumerate(left) if number), None)
        if week is None:
            weeks += WEEKS
            continue
        left[week] -= 1
        in_time += week <= person.due
        late += week > person.due
        weeks += week
    return Served(in_time=in_time, late=late, left=len(people) - in_time - late, weeks=weeks)


@settings(max_examples=200, deadline=None)
@given(NEEDS, PLACES)
def test_the_queue_is_the_one_that_is_counted_person_by_person(needs, places):
    assert served(needs, places) == one_by_one(needs, places)


@settings(max_examples=100, deadline=None)
@given(NEEDS, PLACES, st.integers(0, WEEKS - 1), st.integers(1, 4))
def test_more_places_never_mean_more_waiting_and_everyone_is_counted(needs, places, week, more):
    richer = [number + more * (at == week) for at, number in enumerate(places)]
    before, after = served(needs, places), served(needs, richer)
    assert after.weeks <= before.weeks
    assert after.left <= before.left
    for found in (before, after):
        assert found.in_time + found.late + found.left == sum(needs.values())


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(NEEDS, PLACES), min_size=1, max_size=3))
def test_shared_places_leave_no_more_waiting_than_places_of_ones_own(regions):
    shared = served(
        together(needs for needs, _ in regions),
        [sum(places[week] for _, places in regions) for week in range(WEEKS)],
    )
    assert shared.weeks <= sum(served(*one).weeks for one in regions)


def test_a_passed_day_counts_in_this_week_and_no_day_at_the_end():
    needs = {Kind(1, -1): 2, Kind(3, 0): 1, Kind(2, 12): 4, Kind(5, WEEKS): 8}
    assert due_by_week(needs) == (3, *(0,) * 11, 4, 8)


def test_the_balance_carries_a_surplus_and_a_gap_on():
    assert balance((3, 0, 1), (1, 4, 0)) == (-2, 2, 1)


def test_a_team_day_is_laid_where_it_brings_most_in_time():
    needs = {Kind(2, 4): 10, Kind(3, 6): 10}
    places = (0, 2, 2, 2, 2, 2, *(0,) * 7)
    # Class 2: two no longer late. Class 3: five in time, nobody before. 160 weeks of waiting become 100.
    assert team_day(needs, places, size=5) == Saving(places=5, week=1, in_time=7, days=420)


def test_a_team_day_that_nobody_needs_saves_nothing():
    assert team_day({Kind(1, 3): 2}, (2,) * WEEKS, size=8) is None
    assert team_day({Kind(1, 3): 2}, (0,) * WEEKS, size=0) is None
