"""Cancellations: late from 17:00 the day before, some avoidable, some that leave the time to others."""

from datetime import UTC, date, datetime, time, timedelta
from time import tzset
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brokering.law.cancellations import (
    cancel_reasons,
    is_late,
    is_operation,
    late_from,
    reasons_of,
)
from brokering.law.parameters import parameter
from brokering.states import Party

STOCKHOLM = ZoneInfo("Europe/Stockholm")
CHANGES = (date(2021, 3, 28), date(2021, 10, 31), date(2026, 3, 29), date(2026, 10, 25))
"""The days on which the clock is moved."""
DAYS = st.dates(min_value=date(2019, 1, 2), max_value=date(2040, 12, 31))
MOMENTS = st.builds(
    lambda day, seconds: datetime.combine(day, time(), UTC) + timedelta(seconds=seconds),
    DAYS,
    st.integers(0, 86_399),
)
NEAR_A_CHANGE = st.builds(
    lambda day, off: day + timedelta(days=off), st.sampled_from(CHANGES), st.integers(-1, 2)
)

MOMENTS_NEAR_A_CHANGE = st.builds(
    lambda day, seconds: datetime.combine(day, time(), UTC) + timedelta(seconds=seconds),
    NEAR_A_CHANGE,
    st.integers(-86_400, 86_399),
)


def eve(planned: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(planned - timedelta(days=1), time(hour, minute), STOCKHOLM)


@pytest.mark.parametrize(
    ("hour", "minute", "late"), [(16, 59, False), (17, 0, True), (17, 1, True)]
)
@pytest.mark.parametrize("planned", [date(2021, 6, 15), *CHANGES])
def test_the_clock_strikes_five_the_day_before(planned, hour, minute, late):
    assert is_late(planned_on=planned, cancelled_at=eve(planned, hour, minute)) is late


@given(DAYS | NEAR_A_CHANGE, MOMENTS | MOMENTS_NEAR_A_CHANGE)
def test_late_is_what_a_clock_on_the_wall_in_sweden_says(planned, moment):
    """The oracle looks at the wall: a day later, or the day before with the hand on five or past it."""
    shown = moment.astimezone(STOCKHOLM)
    before = planned - timedelta(days=1)
    by_the_wall = shown.date() > before or (shown.date() == before and shown.hour >= 17)
    assert is_late(planned_on=planned, cancelled_at=moment) == by_the_wall


@given(NEAR_A_CHANGE)
def test_the_limit_is_five_o_clock_on_every_wall_also_when_the_night_has_another_length(planned):
    shown = late_from(planned).astimezone(STOCKHOLM)
    assert (shown.date(), shown.hour, shown.minute) == (planned - timedelta(days=1), 17, 0)


def test_only_planned_operations_are_counted():
    assert is_operation(kind="treatment", form="inpatient_or_day")
    assert not is_operation(kind="first_visit", form="open")
    assert not is_operation(kind="treatment", form="open")


def test_an_acute_operation_is_never_counted():
    assert not is_operation(kind="treatment", form="inpatient", immediate=True)


def test_a_patient_who_did_not_come_was_avoidable_and_leaves_the_time_lack_of_staff_neither():
    came_not, no_staff = cancel_reasons()["no_contact"], cancel_reasons()["staff_missing"]
    today = date(2021, 6, 15)
    assert (came_not.spor, came_not.is_avoidable(today), came_not.frees_capacity) == (
        "6c",
        True,
        True,
    )
    assert (no_staff.is_avoidable(today), no_staff.frees_capacity) == (False, False)


def test_the_avoidable_reasons_are_the_four_of_the_register_and_each_can_be_given():
    avoidable = {
        one.spor for one in cancel_reasons().values() if one.is_avoidable(date(2021, 6, 15))
    }
    assert avoidable == parameter("cancellation.avoidable_reasons").at(date(2021, 6, 15)).value
    assert avoidable == {"3", "4", "6c", "8b"}


def test_what_the_source_does_not_say_is_asked():
    unknown = {code for code, one in cancel_reasons().items() if one.frees_capacity is None}
    assert unknown == {"workup_incomplete", "clinic_other"}
    assert all(cancel_reasons()[code].may == {Party.CLINIC} for code in unknown)


def test_nobody_has_to_say_why_and_that_stands_first_for_a_patient():
    assert reasons_of(frozenset({Party.PATIENT}), operation=False)[0].code == "unsaid"


def test_what_only_the_machine_says_is_nobody_elses_to_say():
    people = frozenset({Party.PATIENT, Party.REGION, Party.CLINIC})
    assert "rebooked" not in {one.code for one in reasons_of(people, operation=True)}


def test_every_reason_has_a_source():
    assert all(one.source and one.may for one in cancel_reasons().values())


def test_late_begins_by_the_swedish_clock_and_is_told_in_universal_time_on_any_machine(monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    tzset()
    try:
        begins = late_from(date(2021, 6, 15))
    finally:
        monkeypatch.undo()
        tzset()
    assert begins.isoformat() == "2021-06-14T15:00:00+00:00"


def test_a_reason_without_a_code_in_the_source_has_an_empty_one():
    codes = [one.spor for one in cancel_reasons().values()]
    assert "" in codes
    assert all(isinstance(code, str) and len(code) <= 2 for code in codes)


def test_an_ordinary_visit_is_not_given_up_for_another_operation():
    clinic = frozenset({Party.CLINIC})
    every, visits = (set(reasons_of(clinic, operation=one)) for one in (True, False))
    assert {one.code for one in every - visits} == {"other_operation_first", "programme_full"}
    assert visits < every
