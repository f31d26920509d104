"""The forecast: days that can be counted by hand, an interval that holds, silence where little is known."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brokering.forecast import CLASSES, Expected, Known, Share, Week, class_of, expected, turn

MONDAY = date(2026, 1, 5)
NOBODY = (0,) * CLASSES
EVERY_DAY = tuple((weekday, 0) for weekday in range(5))
"""A place each working day, published the same day."""
SEEDS = 400


def turn_of(found: Expected, priority: int | None, ahead: int, *, on: date) -> date | None:
    return turn(found.places[class_of(priority)], found.stays * ahead, on=on)


def week(*served: tuple[int, int], arrivals: tuple[int, ...] = NOBODY) -> Week:
    return Week(served=served, arrivals=arrivals)


def queue(priority: int, number: int) -> tuple[int, ...]:
    return tuple(number if own + 1 == priority else 0 for own in range(CLASSES))


def known(week: Week, *, waiting: tuple[int, ...] = NOBODY, on: date = MONDAY, **also) -> Known:
    return Known(on=on, weeks=(week,) * 10, waiting=waiting, **also)


def days_by_hand(one: Known, priority: int, ahead: int) -> date:
    """The obvious way, for weeks that are all alike: day after day, place after place."""
    like, day = one.weeks[0], one.on
    while True:
        day += timedelta(days=1)
        index = (day - one.on).days - 1
        number = one.free[index] if index < len(one.free) else 0
        number += sum(wd == day.weekday() and before <= index for wd, before in like.served)
        if day.weekday() == 0 and day - one.on >= timedelta(days=1):
            ahead += sum(like.arrivals[: priority - 1])
        if number > ahead:
            return day
        ahead -= number


@pytest.mark.parametrize("start", range(7), ids="day{}".format)
@pytest.mark.parametrize("ahead", [0, 1, 4, 5, 23, 60], ids="ahead{}".format)
def test_weeks_that_are_all_alike_give_the_day_that_is_counted_by_hand(ahead, start):
    like = week(*EVERY_DAY, (1, 9), (3, 30), arrivals=(1, 0, 2, 0, 0))
    one = known(like, waiting=queue(3, ahead), on=MONDAY + timedelta(days=start), free=(0, 1, 0, 2))
    found = expected(Known(**vars(one) | {"weeks": tuple(like for _ in range(10))}))
    assert found is not None
    wanted = {days_by_hand(one, priority, ahead * (priority >= 3)) for priority in (1, 3)}
    assert {found.early, found.late} <= wanted
    assert found.late == max(wanted)


def test_nobody_before_you_and_a_free_place_tomorrow_is_tomorrow():
    found = expected(known(week(*EVERY_DAY), free=(1,)))
    assert found
    assert found.early == found.late == MONDAY + timedelta(days=1)


def test_those_of_greater_need_who_come_meanwhile_go_first():
    calm = expected(known(week(*EVERY_DAY, arrivals=queue(3, 1)), waiting=queue(3, 20)))
    rush = expected(known(week(*EVERY_DAY, arrivals=(3, 0, 40, 0, 0)), waiting=queue(3, 20)))
    assert calm
    assert rush
    assert rush.late > calm.late + timedelta(weeks=3)


def test_more_of_greater_need_than_places_is_later_than_can_be_told():
    found = expected(known(week(*EVERY_DAY, arrivals=(9, 0, 99, 0, 0)), waiting=queue(3, 9)))
    assert found
    assert found.late is None
    assert turn_of(found, 3, 9, on=MONDAY) is None


@pytest.mark.parametrize(
    "weeks",
    [(week(*EVERY_DAY),) * 7, (week(),) * 20, ()],
    ids=["seven weeks", "nobody was served", "no history"],
)
def test_a_short_history_says_nothing(weeks):
    assert expected(Known(on=MONDAY, weeks=weeks, waiting=queue(3, 2), free=(1,))) is None


def test_the_same_facts_give_the_same_days_and_name():
    one = known(week(*EVERY_DAY, (0, 3)), waiting=queue(2, 7), leave=Share(1, 9))
    assert expected(one) == expected(Known(**vars(one)))


def test_whoever_waits_has_their_turn_in_the_week_when_the_places_reach_them():
    found = expected(known(week(*EVERY_DAY), waiting=queue(2, 30)))
    assert found
    assert turn_of(found, 2, 3, on=MONDAY) == MONDAY + timedelta(days=4)
    assert turn_of(found, 2, 4, on=MONDAY) == MONDAY + timedelta(days=11)
    assert turn((1, 2), 2, on=MONDAY) is None


HISTORIES = st.lists(
    st.builds(
        Week,
        served=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 40)), max_size=8).map(tuple),
        arrivals=st.tuples(*[st.integers(0, 4)] * CLASSES),
    ),
    min_size=8,
    max_size=14,
).map(tuple)


@settings(max_examples=40, deadline=None)
@given(HISTORIES, st.tuples(*[st.integers(0, 9)] * CLASSES), st.floats(0, 1))
def test_the_days_are_in_order_and_lower_classes_are_never_served_before(weeks, waiting, leave):
    share = Share(int(100 * leave), 100)
    found = expected(Known(on=MONDAY, weeks=weeks, waiting=waiting, leave=share))
    if found is not None:
        days = [day or date.max for day in (found.early, found.middle, found.late)]
        assert days == sorted(days)
        for higher, lower in zip(found.places, found.places[1:], strict=False):
            assert all(one >= other for one, other in zip(higher, lower, strict=True))
        assert all(list(line) == sorted(line) for line in found.places)


@settings(max_examples=25, deadline=None)
@given(HISTORIES, st.integers(0, 30), st.integers(1, 30))
def test_a_longer_queue_never_means_an_earlier_turn(weeks, ahead, more):
    found = expected(Known(on=MONDAY, weeks=weeks, waiting=queue(2, 10)))
    if found is not None:
        turns = [
            turn_of(found, 2, number, on=MONDAY) or date.max for number in (ahead, ahead + more)
        ]
        assert turns == sorted(turns)


def lived(seed: int) -> tuple[Known, date]:
    """An invented clinic with half a year behind it, and the day of somebody who joins its queue."""
    chance = np.random.default_rng(seed)
    places, leave = chance.uniform(5, 20), 0.1
    rates = (places * 0.18, 0, places * 0.72, 0, 0)

    def year() -> list[list[tuple[int, int]]]:
        return [
            [
                (int(chance.integers(5)), int(chance.integers(25)))
                for _ in range(chance.poisson(places))
            ]
            for _ in range(60)
        ]

    def joined() -> tuple[int, ...]:
        return tuple(int(chance.poisson(rate)) for rate in rates)

    on = MONDAY + timedelta(days=int(chance.integers(5)))
    first, third = chance.binomial(int(chance.uniform(0, 8) * places), [0.2, 0.8]).tolist()
    to_come, free = year(), [0] * 60
    for number, its in enumerate(to_come):
        for weekday, before in its:
            ahead = 7 * number + weekday - on.weekday()
            if 1 <= ahead <= before:
                free[ahead - 1] += 1
    facts = Known(
        on=on,
        weeks=tuple(Week(tuple(its), joined()) for its in year()[:26]),
        waiting=(first, 0, third, 0, 0),
        free=tuple(free),
        leave=Share(int(chance.binomial(300, leave)), 300),
    )
    own = 0 if chance.random() < 0.2 else 2
    before = chance.binomial(first + (third if own else 0), 1 - leave)
    return facts, _turn(to_come, on, before, rates[0] * (1 - leave) if own else 0.0, chance)


def _turn(to_come, on, before, greater, chance) -> date:
    for number, its in enumerate(to_come):
        for weekday in range(5):
            day = on + timedelta(days=7 * number + weekday - on.weekday())
            served = sum(its_day == weekday for its_day, _ in its) if day > on else 0
            if served > before:
                return day
            before -= served
        before += chance.poisson(greater)
    return date.max


@pytest.mark.slow
def test_the_interval_holds_the_truth_four_times_of_five():
    held = {"inside": 0, "too early": 0, "too late": 0, "before the middle": 0.0}
    for seed in range(SEEDS):
        facts, came = lived(seed)
        found = expected(facts)
        assert found
        early, middle, late = (day or date.max for day in (found.early, found.middle, found.late))
        held["inside"] += early <= came <= late
        held["too early"] += came < early
        held["too late"] += came > late
        held["before the middle"] += 0.5 * (came < middle) + 0.5 * (came <= middle)
    assert 0.75 * SEEDS <= held["inside"] <= 0.85 * SEEDS, held
    assert 0.42 * SEEDS <= held["before the middle"] <= 0.58 * SEEDS, held
