"""Nobody is woken: quiet hours by the Swedish clock, also in the nights when it is changed; waits grow."""

from datetime import UTC, datetime, time, timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from brokering.messaging.timing import (
    LEAST_TO_ANSWER,
    LONGEST_WAIT,
    SWEDEN,
    Quiet,
    deadline_after,
    time_to_answer,
    wait_after,
)

NIGHT = Quiet(time(21), time(8))
SPRING = datetime(2026, 3, 29, tzinfo=UTC)
AUTUMN = datetime(2026, 10, 25, tzinfo=UTC)
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
moments = st.timedeltas(timedelta(0), timedelta(days=730)).map(NEW_YEAR.__add__) | st.builds(
    lambda night, minutes: night + timedelta(minutes=minutes),
    st.sampled_from([SPRING, AUTUMN]),
    st.integers(-12 * 60, 12 * 60),
)
hours = st.integers(0, 23).map(time)


@given(moments)
@example(SPRING)
@example(AUTUMN)
def test_a_message_leaves_between_eight_and_nine_in_the_evening_and_as_early_as_it_may(moment):
    leaves = NIGHT.earliest(moment)
    assert 8 <= leaves.astimezone(SWEDEN).hour < 21
    assert leaves >= moment
    assert leaves == moment or NIGHT.holds(leaves - timedelta(seconds=1))
    assert leaves - moment <= timedelta(hours=12)


@given(moments, hours.filter(lambda hour: hour.hour > 3), hours)
def test_whichever_hours_are_quiet_nothing_leaves_in_them(moment, ends, begins):
    quiet = Quiet(begins, ends)
    assert not quiet.holds(quiet.earliest(moment))


def test_the_night_of_summer_time_is_an_hour_shorter_and_that_of_winter_time_an_hour_longer():
    evening = timedelta(hours=21)
    for day, night in ((SPRING, 10), (AUTUMN, 12), (datetime(2026, 6, 2, tzinfo=UTC), 11)):
        local = datetime.combine(day.date() - timedelta(days=1), time(), SWEDEN) + evening
        begins = local.astimezone(UTC)
        assert NIGHT.earliest(begins) - begins == timedelta(hours=night)


@given(st.integers(0, 10_000))
def test_the_wait_after_a_failure_grows_to_its_limit(tries):
    assert timedelta(minutes=1) <= wait_after(tries) <= wait_after(tries + 1) <= LONGEST_WAIT


@given(moments, moments, moments, st.timedeltas(timedelta(days=1), timedelta(days=30)))
def test_the_time_to_answer_is_never_shorter_than_promised_nor_later_than_it_may_be(
    delivered, promised, last, answer
):
    until = deadline_after(delivered, answer, promised=promised, last=last)
    assert until >= promised
    assert until == promised or until == min(delivered + answer, last)


AWAKE = st.timedeltas(timedelta(minutes=1), timedelta(days=3))


@given(moments, AWAKE)
@example(SPRING, timedelta(hours=5))
@example(AUTUMN, timedelta(hours=5))
def test_only_waking_time_passes(moment, length):
    then = NIGHT.later(moment, length)
    assert NIGHT.waking(moment, then) == length
    assert not NIGHT.holds(then - timedelta(microseconds=1))
    assert then - moment >= length


@given(moments, AWAKE)
def test_without_quiet_hours_all_time_passes(moment, length):
    never = Quiet(time(0), time(0))
    assert never.later(moment, length) == moment + length
    assert never.waking(moment, moment + length) == length


@given(moments, st.timedeltas(timedelta(minutes=1), timedelta(days=8)))
@example(datetime(2026, 3, 28, 19, 29, tzinfo=UTC), timedelta(minutes=30, microseconds=3))
def test_nobody_has_to_answer_in_a_night_before_which_they_were_not_told(now, left):
    end = time_to_answer(NIGHT, now=now, length=timedelta(hours=1), begins=now + left)
    waking = NIGHT.waking(now, now + left)
    if end is None:
        assert waking < 2 * LEAST_TO_ANSWER
        return
    assert not NIGHT.holds(end - timedelta(microseconds=1))
    assert LEAST_TO_ANSWER <= NIGHT.waking(now, end) <= timedelta(hours=1)
    assert NIGHT.waking(end, now + left) >= NIGHT.waking(now, end)


@given(moments)
def test_quiet_hours_began_before_any_moment_in_them(moment):
    if NIGHT.holds(moment):
        assert NIGHT.holds(NIGHT.began(moment))
        assert timedelta(0) <= moment - NIGHT.began(moment) < timedelta(hours=13)
