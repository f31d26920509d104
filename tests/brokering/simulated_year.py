"""A year of invented needs, lived one day at a time: who was breached, and who was warned before it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from brokering.law.clock import (
    ClockEvent,
    ClockEventType,
    ClockKind,
    ClockQuestion,
    ClockStart,
    ClockState,
    state,
)
from brokering.law.duty import Outlook, Trigger, trigger

DAY = timedelta(days=1)
FIRST = date(2021, 1, 1)
LAST = date(2021, 12, 31)
T = ClockEventType


@dataclass
class Need:
    """One need: what happened to its clock, and the alarms by day."""

    issued_on: date
    registered_on: date
    wait_days: int
    """The queue of the clinic where it was registered."""
    events: list[ClockEvent] = field(default_factory=list)
    booked_on: date | None = None
    alarms: dict[date, Trigger] = field(default_factory=dict)
    breached_on: date | None = None

    @property
    def had_warning(self) -> bool:
        """Whether an alarm came before the breach."""
        assert self.breached_on is not None
        return min(self.alarms) < self.breached_on

    def clock(self, on: date) -> ClockState:
        """Its guarantee on a day."""
        start = ClockStart(referral_issued_on=self.issued_on)
        return state(
            ClockQuestion(
                kind=ClockKind.BESOK, start=start, region="08", on=on, events=tuple(self.events)
            )
        )


def breached_needs(*, seed: int, lead_days: int, knows_queue: bool, needs: int) -> list[Need]:
    """The needs whose guarantee was broken in the year that this seed makes; nobody acts on an alarm."""
    chance = Random(seed)
    year = [_need(chance) for _ in range(needs)]
    for need in year:
        for day in _days(need):
            _live(need, day, chance)
            _watch(need, day, lead_days, knows_queue)
    return [need for need in year if need.breached_on]


def _need(chance: Random) -> Need:
    issued = FIRST + timedelta(days=chance.randrange(240))
    registered = issued + timedelta(days=chance.randrange(30))
    return Need(issued, registered, wait_days=chance.randrange(20, 200))


def _days(need: Need) -> Iterator[date]:
    day = need.registered_on
    while day <= LAST and not need.breached_on and not need.clock(day).ended_by:
        yield day
        day += DAY


def _live(need: Need, day: date, chance: Random) -> None:
    """What a day may bring: a pause or its end, a refusal or its regret, a time booked, moved or kept."""
    if need.booked_on == day:
        need.events.append(ClockEvent(T.FULFILLED, day))
        return
    clock = need.clock(day)
    if chance.random() < 0.01:
        need.events += _stop(clock, day, chance)
    elif chance.random() < 0.02 and (clock.paused or clock.excluded):
        need.events += [ClockEvent(T.MEDICAL_PAUSE_END, day), ClockEvent(T.REGRETTED, day)]
    elif chance.random() < 0.01:
        need.booked_on = day + timedelta(days=chance.randrange(1, 120))
    elif chance.random() < 0.02:
        need.booked_on = None


def _stop(clock: ClockState, day: date, chance: Random) -> list[ClockEvent]:
    if chance.random() < 0.4:
        return [ClockEvent(T.MEDICAL_PAUSE_START, day)]
    if chance.random() < 0.5:
        return [ClockEvent(T.FREE_CHOICE_ELSEWHERE, day)]
    offered = ClockEvent(T.OFFERED, day, care_on=clock.due)
    return [ClockEvent(T.INFORMED, day), offered, ClockEvent(T.DECLINED, day)]


def _watch(need: Need, day: date, lead_days: int, knows_queue: bool) -> None:
    forecast = max(need.registered_on + timedelta(days=need.wait_days), day)
    clock = need.clock(day)
    why = trigger(
        clock,
        Outlook(
            on=day,
            lead_days=lead_days,
            forecast=forecast if knows_queue else None,
            booked_on=need.booked_on,
        ),
    )
    if why:
        need.alarms[day] = why
    if clock.breached:
        need.breached_on = day
