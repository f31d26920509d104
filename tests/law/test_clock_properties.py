"""What holds for every clock, whatever happens to it in whatever order."""

from datetime import date, timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from brokering.law.clock import (
    ClockEvent,
    ClockEventType,
    ClockKind,
    ClockQuestion,
    ClockStart,
    ClockState,
    state,
)
from tests.law.examples import tried
from tests.law.slow_clock import SlowClock

START = date(2021, 1, 1)
SHORT = st.integers(-5, 45).map(lambda days: START + timedelta(days=days))
DAYS = st.one_of(SHORT, st.integers(-20, 200).map(lambda days: START + timedelta(days=days)))


@st.composite
def events(draw: st.DrawFn) -> ClockEvent:
    kind = draw(st.sampled_from(ClockEventType))
    day = draw(DAYS)
    return ClockEvent(
        kind,
        day,
        care_on=draw(DAYS) if kind == ClockEventType.OFFERED else None,
        offer=draw(st.none() | DAYS) if kind == ClockEventType.DECLINED else None,
        reason="moved" if kind == ClockEventType.REMOVED else None,
    )


REFUSED = [
    ClockEvent(ClockEventType.INFORMED, START),
    ClockEvent(ClockEventType.OFFERED, START, care_on=START + timedelta(days=20)),
    ClockEvent(ClockEventType.DECLINED, START + timedelta(days=3)),
]
STORIES = st.lists(events(), max_size=12) | st.lists(events(), max_size=6).map(
    lambda more: REFUSED + more
)


def clock(kind: ClockKind, told: list[ClockEvent], on: date, region: str = "08") -> ClockState:
    start = ClockStart(
        referral_issued_on=START, decided_on=START, assessed_on=START, suspected_on=START
    )
    if kind in (ClockKind.BEDOMNING, ClockKind.TILLGANGLIGHET):
        start = ClockStart(contact_on=START)
    return state(ClockQuestion(kind=kind, start=start, region=region, on=on, events=tuple(told)))


RUNNING = st.sampled_from(
    [ClockKind.BESOK, ClockKind.BEDOMNING, ClockKind.BUP_FIRST, ClockKind.BUP_NEXT]
)


@tried(600)
@given(RUNNING, STORIES, DAYS)
@example(
    ClockKind.BESOK,
    [
        ClockEvent(ClockEventType.MEDICAL_PAUSE_START, START),
        ClockEvent(ClockEventType.FREE_CHOICE_ELSEWHERE, START),
        ClockEvent(ClockEventType.MEDICAL_PAUSE_END, START + timedelta(days=1)),
    ],
    START + timedelta(days=1),
)
def test_the_clock_agrees_with_one_that_lives_day_by_day(
    kind: ClockKind, told: list[ClockEvent], on: date
) -> None:
    fast = clock(kind, told, on)
    slow = SlowClock(START, fast.limit_days or 0, told, on)
    assert (fast.counted_days, fast.due, fast.breached) == (slow.counted, slow.due, slow.breached)
    assert fast.paused == (slow.medical or slow.refusal)
    assert fast.excluded == slow.elsewhere


@tried(100)
@given(RUNNING, STORIES, DAYS)
def test_restart_is_told_only_when_a_regret_ended_a_pause_and_none_is_open(
    kind: ClockKind, told: list[ClockEvent], on: date
) -> None:
    fast = clock(kind, told, on)
    slow = SlowClock(START, fast.limit_days or 0, told, on)
    removed = slow.ended is not None and slow.ended.type == ClockEventType.REMOVED
    expected = None
    if slow.regret and not slow.stopped and not removed:
        expected = slow.regret + timedelta(days=fast.limit_days or 0)
    assert fast.due_by_restart == expected


@tried(100)
@given(RUNNING, STORIES, DAYS, st.randoms())
def test_order_duplicates_and_replays_never_change_the_answer(
    kind: ClockKind, told: list[ClockEvent], on: date, random: object
) -> None:
    arrived = [*told, *told[::2]]
    random.shuffle(arrived)  # type: ignore[attr-defined]
    assert clock(kind, arrived, on) == clock(kind, told, on)


@tried(100)
@given(RUNNING, STORIES, DAYS)
def test_no_event_moves_a_due_date_before_start_plus_limit(
    kind: ClockKind, told: list[ClockEvent], on: date
) -> None:
    found = clock(kind, told, on)
    earliest = START + timedelta(days=found.limit_days or 0)
    assert found.due is None or found.due >= earliest


@tried(100)
@given(RUNNING, STORIES, DAYS)
def test_later_events_never_change_an_earlier_day(
    kind: ClockKind, told: list[ClockEvent], on: date
) -> None:
    known = [event for event in told if event.on <= on]
    assert clock(kind, told, on) == clock(kind, known, on)


@tried(100)
@given(STORIES, DAYS)
def test_a_breach_once_passed_never_heals(told: list[ClockEvent], on: date) -> None:
    if clock(ClockKind.BEDOMNING, told, on).breached:
        later = clock(ClockKind.BEDOMNING, told, on + timedelta(days=30))
        assert later.breached


@tried(100)
@given(RUNNING, STORIES, DAYS)
def test_the_drawn_line_is_whole_and_agrees_with_the_count(
    kind: ClockKind, told: list[ClockEvent], on: date
) -> None:
    found = clock(kind, told, on)
    line = found.segments
    assert all(part.first < part.until for part in line)
    assert all(here.until == there.first for here, there in zip(line, line[1:], strict=False))
    counted = sum((part.until - part.first).days for part in line if part.counted)
    start_day = 1 if line and line[0].counted else 0
    assert found.counted_days == counted - start_day


@tried(100)
@given(STORIES, DAYS)
def test_a_target_is_never_after_the_due_date(told: list[ClockEvent], on: date) -> None:
    found = clock(ClockKind.BEHANDLING, told, on, region="13")
    if found.due and found.regional_target:
        assert found.regional_target < found.due
