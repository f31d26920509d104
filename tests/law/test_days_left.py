"""Days left are civil days to the due date; the drawn line shows which days count."""

from datetime import date

import pytest

from brokering.law.clock import (
    ClockEvent,
    ClockEventType,
    ClockKind,
    ClockQuestion,
    ClockStart,
    ClockState,
    state,
)


def clock(*events: ClockEvent) -> ClockState:
    start = ClockStart(referral_issued_on=date(2021, 1, 1))
    return state(
        ClockQuestion(
            kind=ClockKind.BESOK,
            start=start,
            region="08",
            on=date(2021, 3, 1),
            events=events,
        )
    )


PAUSED, RESUMED = ClockEventType.MEDICAL_PAUSE_START, ClockEventType.MEDICAL_PAUSE_END


@pytest.mark.parametrize(
    ("on", "left"),
    [(date(2021, 3, 1), 31), (date(2021, 4, 1), 0), (date(2021, 4, 2), -1)],
)
def test_days_left_run_to_the_due_date_and_below_zero_after_it(on: date, left: int) -> None:
    assert clock().days_left(on) == left


def test_no_days_are_left_to_tell_in_an_open_pause() -> None:
    paused = clock(ClockEvent(ClockEventType.MEDICAL_PAUSE_START, date(2021, 2, 1)))
    assert paused.days_left(date(2021, 3, 1)) is None


def test_pauses_are_drawn_as_gaps_with_their_reason() -> None:
    line = clock(
        ClockEvent(ClockEventType.MEDICAL_PAUSE_START, date(2021, 2, 1)),
        ClockEvent(ClockEventType.MEDICAL_PAUSE_END, date(2021, 2, 21)),
    ).segments
    assert [(part.first, part.until, part.counted) for part in line] == [
        (date(2021, 1, 1), date(2021, 2, 1), True),
        (date(2021, 2, 1), date(2021, 2, 21), False),
        (date(2021, 2, 21), date(2021, 3, 2), True),
    ]
    assert line[1].reason == "time_excluded_medical"


def drawn(*events: ClockEvent) -> list[tuple[date, date, bool]]:
    line = clock(*events).segments
    return [(part.first, part.until, part.counted) for part in line]


def test_a_pause_that_covers_no_day_is_not_drawn_and_hides_none_that_does() -> None:
    day = date(2021, 2, 1)
    assert drawn(
        ClockEvent(ClockEventType.INFORMED, day),
        ClockEvent(ClockEventType.OFFERED, day, care_on=date(2021, 3, 1)),
        ClockEvent(ClockEventType.DECLINED, day),
        ClockEvent(ClockEventType.REGRETTED, day),
        ClockEvent(PAUSED, day),
        ClockEvent(RESUMED, date(2021, 2, 21)),
    ) == [
        (date(2021, 1, 1), date(2021, 2, 1), True),
        (date(2021, 2, 1), date(2021, 2, 21), False),
        (date(2021, 2, 21), date(2021, 3, 2), True),
    ]


def test_a_pause_from_the_first_day_leaves_no_empty_stretch_before_it() -> None:
    paused = ClockEvent(PAUSED, date(2021, 1, 1))
    assert drawn(paused, ClockEvent(RESUMED, date(2021, 2, 21))) == [
        (date(2021, 1, 1), date(2021, 2, 21), False),
        (date(2021, 2, 21), date(2021, 3, 2), True),
    ]


def test_a_clock_knows_its_start_and_the_day_that_was_asked() -> None:
    assert (clock().start, clock().on) == (date(2021, 1, 1), date(2021, 3, 1))
