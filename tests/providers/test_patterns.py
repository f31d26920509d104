"""Weekly patterns are laid out on the Swedish clock, summer and winter."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from providers.patterns import (
    SWEDEN,
    DayPlan,
    WeeklyPattern,
    clocks_of,
    comes_twice,
    days_of,
    monday_of,
    places_at,
    swedish_moment,
    times_of,
)
from providers.red_days import red_days

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
SPRING = date(2027, 3, 28)
AUTUMN = date(2026, 10, 25)

patterns = st.builds(
    WeeklyPattern,
    weekdays=st.frozensets(st.integers(0, 6), min_size=1),
    clocks=st.tuples(st.integers(0, 24 * 60 - 1).map(lambda minute: time(*divmod(minute, 60)))),
    minutes=st.integers(5, 600),
    places=st.integers(1, 3),
    first_week=st.dates(date(2026, 1, 1), date(2027, 6, 1)).map(monday_of),
    last_week=st.just(date(2026, 1, 5)),
).map(lambda p: WeeklyPattern(**{**vars(p), "last_week": p.first_week + timedelta(weeks=6)}))


def clock(minute: int) -> time:
    return time(*divmod(minute, 60))


def a_pattern(**changes) -> WeeklyPattern:
    plain = {
        "weekdays": frozenset({0, 2}),
        "clocks": (time(9, 30),),
        "minutes": 30,
        "places": 1,
        "first_week": date(2026, 11, 23),
        "last_week": date(2026, 12, 7),
    }
    return WeeklyPattern(**plain | changes)


def test_a_pattern_has_its_weekdays_in_each_week_first_and_last_included():
    assert days_of(a_pattern()) == [
        date(2026, 11, 23),
        date(2026, 11, 25),
        date(2026, 11, 30),
        date(2026, 12, 2),
        date(2026, 12, 7),
        date(2026, 12, 9),
    ]


def test_times_follow_each_other_with_pauses_and_begin_anew_after_the_rest():
    plan = DayPlan(
        starts=time(9), ends=time(14), minutes=50, pause=10, rest=(time(11, 30), time(12, 15))
    )
    assert clocks_of(plan) == (time(9), time(10), time(12, 15))


def test_without_an_end_there_is_one_time():
    assert clocks_of(DayPlan(starts=time(9), minutes=30)) == (time(9),)


def test_a_time_that_does_not_fit_before_the_end_is_not_there():
    assert clocks_of(DayPlan(starts=time(9), ends=time(9, 29), minutes=30)) == ()


@given(
    st.integers(0, 1380), st.integers(1, 1439), st.integers(5, 300), st.integers(0, 60),
    st.tuples(st.integers(0, 700), st.integers(701, 1439)),
)  # fmt: skip
def test_no_time_of_a_day_runs_into_another_the_rest_or_the_night(
    starts, ends, minutes, pause, rest
):
    plan = DayPlan(starts=clock(starts), ends=clock(ends), minutes=minutes, pause=pause,
                   rest=(clock(rest[0]), clock(rest[1])))  # fmt: skip
    begins = [one.hour * 60 + one.minute for one in clocks_of(plan)]
    assert all(at + minutes <= ends and at >= starts for at in begins)
    assert all(at + minutes <= rest[0] or at >= rest[1] for at in begins)
    assert all(b - a >= minutes + pause for a, b in pairwise(begins))


def test_a_day_off_has_no_times():
    off = frozenset({date(2026, 11, 25)})
    assert date(2026, 11, 25) not in days_of(a_pattern(days_off=off))


def test_red_days_are_holidays_and_their_eves_but_no_ordinary_sunday():
    december = red_days(date(2026, 12, 1), date(2027, 1, 1))
    assert sorted(day.day for day in december) == [24, 25, 26, 31]


def test_one_hour_in_october_comes_twice_and_none_in_march():
    assert comes_twice(AUTUMN, time(2, 30))
    assert not comes_twice(AUTUMN, time(3))
    assert not comes_twice(SPRING, time(2, 30))


def test_times_that_have_begun_are_left_out():
    after = datetime(2026, 11, 25, 8, 30, tzinfo=UTC)
    assert times_of(a_pattern(), after=after)[0].starts_at == datetime(
        2026, 11, 30, 8, 30, tzinfo=UTC
    )


def test_nine_o_clock_stays_nine_o_clock_when_the_clocks_change():
    pattern = a_pattern(first_week=date(2027, 3, 22), last_week=date(2027, 3, 29))
    shown = {
        moment.starts_at.astimezone(SWEDEN).time() for moment in times_of(pattern, after=LONG_AGO)
    }
    hours = {moment.starts_at.hour for moment in times_of(pattern, after=LONG_AGO)}
    assert (shown, hours) == ({time(9, 30)}, {7, 8})


def test_a_time_that_the_clock_jumps_over_does_not_exist():
    assert swedish_moment(SPRING, time(2, 30)) is None
    assert list(places_at(SPRING, time(2, 30), minutes=30, places=2)) == []


def test_of_an_hour_that_comes_twice_the_first_is_meant():
    assert swedish_moment(AUTUMN, time(2, 30)) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_the_length_is_real_minutes_also_across_a_change_of_clock():
    (moment,) = places_at(SPRING, time(1, 30), minutes=60, places=1)
    assert moment.ends_at - moment.starts_at == timedelta(minutes=60)
    assert moment.ends_at.astimezone(SWEDEN).time() == time(3, 30)


@given(patterns)
def test_every_time_shows_the_asked_clock_on_an_asked_weekday(pattern):
    for moment in times_of(pattern, after=LONG_AGO):
        shown = moment.starts_at.astimezone(SWEDEN)
        assert shown.time() == pattern.clocks[0]
        assert shown.weekday() in pattern.weekdays


@given(patterns)
def test_no_time_is_lost_but_those_that_do_not_exist(pattern):
    missing = sum(swedish_moment(day, pattern.clocks[0]) is None for day in days_of(pattern))
    found = len(times_of(pattern, after=LONG_AGO))
    assert found == (7 * len(pattern.weekdays) - missing) * pattern.places
    assert missing <= 1
