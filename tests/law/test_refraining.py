"""What a no would do is told before it is said, by the same three conditions that count it afterwards."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brokering.law.clock_facts import (
    ClockEvent,
    ClockEventType,
    ClockKind,
    ClockQuestion,
    ClockStart,
)
from brokering.law.codes import ReasonCode
from brokering.law.refraining import refraining
from tests.law.examples import tried
from tests.law.slow_clock import SlowClock
from tests.law.test_clock_properties import DAYS, STORIES

START = date(2021, 1, 1)
DUE = date(2021, 4, 1)
T = ClockEventType


def day(number: int) -> date:
    return START + timedelta(days=number)


def question(*events: ClockEvent, on: date) -> ClockQuestion:
    return ClockQuestion(
        kind=ClockKind.BESOK,
        start=ClockStart(referral_issued_on=START),
        region="08",
        on=on,
        events=events,
    )


def offered(on: date, care_on: date) -> ClockEvent:
    return ClockEvent(T.OFFERED, on, care_on=care_on)


def test_an_informed_no_to_a_time_within_the_guarantee_would_pause_it():
    offer = offered(day(10), DUE)
    found = refraining(question(offer, on=day(12)), offer, informed=True)
    assert found.pauses
    assert found.missing is None
    assert (found.offered_on, found.care_on, found.due_when_offered) == (day(10), DUE, DUE)


@pytest.mark.parametrize(
    ("care_on", "informed", "missing"),
    [
        (DUE + timedelta(days=1), True, ReasonCode.REFUSAL_OF_LATE_OFFER),
        (DUE, False, ReasonCode.REFUSAL_NOT_INFORMED),
    ],
    ids=["a_time_after_the_last_day", "nothing_was_told"],
)
def test_a_no_that_lacks_one_condition_would_pause_nothing(care_on, informed, missing):
    offer = offered(day(10), care_on)
    found = refraining(question(offer, on=day(12)), offer, informed=informed)
    assert (found.pauses, found.missing) == (False, missing)


def test_an_offer_that_is_not_in_the_trail_is_none():
    offer = offered(day(10), DUE)
    found = refraining(question(on=day(12)), offer, informed=True)
    assert (found.pauses, found.missing) == (False, ReasonCode.REFUSAL_WITHOUT_OFFER)


def test_a_clock_that_has_ended_is_paused_by_nothing():
    offer = offered(day(10), DUE)
    ended = ClockEvent(T.FULFILLED, day(11))
    assert not refraining(question(offer, ended, on=day(12)), offer, informed=True).pauses


def test_the_last_day_is_the_one_of_the_offers_own_day():
    """A medical pause that came after the offer moves the last day, not the comparison."""
    offer = offered(day(10), DUE + timedelta(days=1))
    pause = [ClockEvent(T.MEDICAL_PAUSE_START, day(11)), ClockEvent(T.MEDICAL_PAUSE_END, day(21))]
    found = refraining(question(offer, *pause, on=day(30)), offer, informed=True)
    assert (found.pauses, found.due_when_offered) == (False, DUE)


@tried(400)
@given(STORIES, DAYS, DAYS, DAYS, st.booleans())
def test_what_is_told_before_is_what_is_counted_afterwards(
    story, on, offered_on, care_on, informed
):
    offer = offered(min(offered_on, on), care_on)
    story = [event for event in story if event.type != T.DECLINED and event.on <= on]
    found = refraining(question(offer, *story, on=on), offer, informed=informed)
    told = [ClockEvent(T.INFORMED, on)] if informed else []
    no = ClockEvent(T.DECLINED, on, offer=offer.on)
    assert found.pauses == SlowClock(START, 90, [offer, *story, *told, no], on).refusal
