"""The region acts before the guarantee is broken: what alarms, what waits, and a year without surprise."""

from datetime import date, timedelta

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
from brokering.law.deadline import Basis, Deadline, deadline
from brokering.law.duty import Outlook, Trigger, trigger
from tests.brokering.simulated_year import breached_needs

ISSUED = date(2021, 1, 1)
DUE = date(2021, 4, 1)
EARLY = date(2021, 1, 11)
T = ClockEventType
SEEDS = [1, 2, 3]


def clock(on: date, *events: ClockEvent) -> ClockState:
    start = ClockStart(referral_issued_on=ISSUED)
    return state(
        ClockQuestion(kind=ClockKind.BESOK, start=start, region="08", on=on, events=events)
    )


def alarm(on: date, *events: ClockEvent, **known: object) -> Trigger | None:
    return trigger(clock(on, *events), Outlook(on=on, **{"lead_days": 30, **known}))  # type: ignore[arg-type]


ALARMS = [
    ("Nothing is known and time is left", EARLY, {}, None),
    ("The clinic says that it cannot", EARLY, {"clinic_cannot": True}, Trigger.CLINIC_CANNOT),
    (
        "The clinic cannot, whatever is booked",
        EARLY,
        {"clinic_cannot": True, "booked_on": DUE},
        Trigger.CLINIC_CANNOT,
    ),
    (
        "The forecast is the day after the last",
        EARLY,
        {"forecast": DUE + timedelta(days=1)},
        Trigger.FORECAST_AFTER_DUE,
    ),
    ("The forecast is the last day", EARLY, {"forecast": DUE}, None),
    (
        "The booked day is the day after the last",
        EARLY,
        {"booked_on": DUE + timedelta(days=1)},
        Trigger.BOOKED_AFTER_DUE,
    ),
    ("The booked day is the last day", DUE, {"booked_on": DUE}, None),
    (
        "A booked day outweighs the forecast",
        EARLY,
        {"booked_on": DUE, "forecast": DUE + timedelta(days=9)},
        None,
    ),
    ("As many days left as the lead time", DUE - timedelta(days=30), {}, None),
    ("Fewer days left", DUE - timedelta(days=29), {}, Trigger.LEAD_TIME_REACHED),
    ("The last day, nothing booked", DUE, {}, Trigger.LEAD_TIME_REACHED),
    ("The day after, whatever is known", DUE + timedelta(days=1), {}, Trigger.DUE_DATE_PASSED),
    (
        "The day after, with a day booked",
        DUE + timedelta(days=1),
        {"booked_on": DUE + timedelta(days=2), "clinic_cannot": True},
        Trigger.DUE_DATE_PASSED,
    ),
]


@pytest.mark.parametrize(
    ("on", "known", "expected"), [row[1:] for row in ALARMS], ids=[row[0] for row in ALARMS]
)
def test_what_alarms(on: date, known: dict[str, object], expected: Trigger | None) -> None:
    assert alarm(on, **known) == expected


PAUSES = [T.MEDICAL_PAUSE_START, T.FREE_CHOICE_ELSEWHERE]


@pytest.mark.parametrize("pause", PAUSES)
def test_a_stopped_clock_alarms_nobody(pause: ClockEventType) -> None:
    stopped = ClockEvent(pause, EARLY)
    assert alarm(DUE + timedelta(days=9), stopped, clinic_cannot=True) is None


@pytest.mark.parametrize("pause", PAUSES)
def test_a_breach_before_a_pause_stands(pause: ClockEventType) -> None:
    stopped = ClockEvent(pause, DUE + timedelta(days=5))
    assert alarm(DUE + timedelta(days=9), stopped) == Trigger.DUE_DATE_PASSED


@pytest.mark.parametrize("end", [T.FULFILLED, T.REMOVED])
def test_an_ended_need_alarms_nobody(end: ClockEventType) -> None:
    late = DUE + timedelta(days=5)
    assert alarm(late, ClockEvent(end, late)) is None


def test_without_a_guarantee_the_region_has_no_duty_to_reroute() -> None:
    outlook = Outlook(on=EARLY, lead_days=30, clinic_cannot=True, target_on=EARLY)
    assert trigger(None, outlook) is None


def test_a_target_date_alarms_before_the_guarantee_does() -> None:
    target = date(2021, 2, 1)
    assert alarm(EARLY, forecast=target + timedelta(days=1)) is None
    assert alarm(EARLY, forecast=target + timedelta(days=1), target_on=target, lead_days=5) == (
        Trigger.FORECAST_AFTER_DUE
    )
    assert alarm(EARLY, target_on=target) == Trigger.LEAD_TIME_REACHED
    assert alarm(target + timedelta(days=1), target_on=target) == Trigger.MEDICAL_TARGET_PASSED


DEADLINES = [
    ("No target date", None, Deadline(DUE, Basis.GUARANTEE)),
    ("An earlier one", EARLY, Deadline(EARLY, Basis.MEDICAL_TARGET)),
    ("The same day", DUE, Deadline(DUE, Basis.MEDICAL_TARGET)),
    ("A later one", DUE + timedelta(days=1), Deadline(DUE, Basis.GUARANTEE)),
]


@pytest.mark.parametrize(
    ("target", "expected"), [row[1:] for row in DEADLINES], ids=[row[0] for row in DEADLINES]
)
def test_the_target_date_binds_unless_the_guarantee_comes_first(
    target: date | None, expected: Deadline
) -> None:
    assert deadline(clock(EARLY), target) == expected


def test_a_target_date_stands_while_the_clock_does_not_run_and_ends_with_the_need() -> None:
    stopped = clock(DUE, ClockEvent(T.MEDICAL_PAUSE_START, EARLY))
    target = DUE + timedelta(days=20)
    assert deadline(stopped, target) == Deadline(target, Basis.MEDICAL_TARGET)
    assert deadline(None, target) == Deadline(target, Basis.MEDICAL_TARGET)
    assert deadline(stopped, None) is None
    assert deadline(clock(DUE, ClockEvent(T.FULFILLED, EARLY)), target) is None


def test_a_deadline_says_how_many_days_are_left_and_why_it_binds() -> None:
    target = Deadline(DUE, Basis.MEDICAL_TARGET)
    assert [target.days_left(DUE + timedelta(days=n)) for n in (-2, 0, 1)] == [2, 0, -1]
    assert [target.is_passed(DUE + timedelta(days=n)) for n in (0, 1)] == [False, True]
    assert target.reason.code == "medical_target_binds"
    assert target.reason.citation.place == "3 kap. 1 §"
    assert Deadline(DUE, Basis.GUARANTEE).reason.code == "guarantee_binds"


@pytest.mark.parametrize("seed", SEEDS)
def test_in_a_year_nobody_is_breached_without_an_earlier_alarm(seed: int) -> None:
    breached = breached_needs(seed=seed, lead_days=30, knows_queue=True, needs=150)
    assert breached
    assert [need for need in breached if not need.had_warning] == []


@pytest.mark.parametrize("seed", SEEDS)
def test_without_lead_time_and_forecast_the_year_shows_breaches_that_nobody_saw_coming(
    seed: int,
) -> None:
    blind = breached_needs(seed=seed, lead_days=0, knows_queue=False, needs=150)
    assert any(not need.had_warning for need in blind)
    assert all(
        need.alarms[min(need.alarms)] == Trigger.DUE_DATE_PASSED
        for need in blind
        if not need.had_warning
    )
