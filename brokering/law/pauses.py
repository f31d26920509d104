"""Time that does not count (6 kap. 2 § HSF): the events of a clock, walked through in order."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from brokering.law.clock_facts import ClockEvent, ClockEventType
from brokering.law.codes import ReasonCode
from brokering.law.words import Word

DAY = timedelta(days=1)


class Cause(Word):
    """Why time is not counted: points 1, 2 and 3 of 6 kap. 2 § HSF."""

    MEDICAL = "medical"
    FREE_CHOICE = "free_choice"
    REFUSAL = "refusal"


@dataclass(frozen=True)
class Pause:
    """Uncounted days from `first`; `end` is the first day that counts again, None while open.

    So a pause covers its first day, not its last.
    """

    first: date
    end: date | None
    cause: Cause

    @property
    def order(self) -> tuple[date, date, Cause]:
        """Sort key: an open pause comes after those that began with it and ended."""
        return (self.first, self.end or date.max, self.cause)


def uncounted_days(pauses: Iterable[Pause], start: date, through: date) -> int:
    """Days after the start, up to and with `through`, that lie in a pause; overlaps count once."""
    total = 0
    reached = start + DAY
    for pause in sorted(pauses, key=lambda pause: pause.order):
        end = through + DAY if pause.end is None else min(pause.end, through + DAY)
        first = max(pause.first, reached)
        if first < end:
            total += (end - first).days
            reached = end
    return total


def counted_days(pauses: Iterable[Pause], start: date, through: date) -> int:
    """Days after the start, up to and with `through`, in no pause."""
    return max((through - start).days, 0) - uncounted_days(pauses, start, through)


def day_reached(pauses: Iterable[Pause], start: date, limit: int) -> date | None:
    """The day on which the counted days reach the limit; None while an open pause keeps it away.

    A limit that was reached before a pause began stays reached.
    """
    due = start + limit * DAY
    reached = start + DAY
    for pause in sorted(pauses, key=lambda pause: pause.order):
        if pause.end is None:
            return None if pause.first <= due else due
        first = max(pause.first, reached)
        if first > due:
            continue
        if first < pause.end:
            due += pause.end - first
            reached = pause.end
    return due


@dataclass
class Walk:
    """What the events of a clock amount to: pauses, failed refusals, the last regret, the end."""

    start: date
    limit: int | None
    closed: list[Pause] = field(default_factory=list)
    open: dict[Cause, date] = field(default_factory=dict)
    is_informed: bool = False
    offers: dict[date, bool] = field(default_factory=dict)
    """Day of the offer → whether it was in accordance with the guarantee."""
    failed_refusals: set[ReasonCode] = field(default_factory=set)
    regretted_on: date | None = None
    ended_by: ClockEvent | None = None

    @property
    def pauses(self) -> list[Pause]:
        """All pauses, closed and open."""
        return [*self.closed, *(Pause(first, None, cause) for cause, first in self.open.items())]

    def take(self, event: ClockEvent) -> None:
        """Take the next event in order."""
        _TAKERS[event.type](self, event)

    def inform(self, event: ClockEvent) -> None:
        """The patient was told of the guarantee (3 kap. 1-2 §§ patientlagen)."""
        self.is_informed = True

    def offer(self, event: ClockEvent) -> None:
        """An offer is tested against the due date as it was on its own day."""
        due = self.due_for_offer(event.on)
        care = event.care_on
        self.offers[event.on] = due is not None and care is not None and care <= due

    def due_for_offer(self, on: date) -> date | None:
        """The due date on a day; in an open pause, start + limit + the uncounted days so far."""
        if self.limit is None:
            return None
        reached = day_reached(self.pauses, self.start, self.limit)
        if reached is not None:
            return reached
        return self.start + (self.limit + uncounted_days(self.pauses, self.start, on)) * DAY

    def decline(self, event: ClockEvent) -> None:
        """Voluntary refraining takes all three: informed, offered in accordance, told the clinic no."""
        fault = self.refusal_fault(event)
        if fault is None:
            self.open.setdefault(Cause.REFUSAL, event.on)
        else:
            self.failed_refusals.add(fault)

    def refusal_fault(self, event: ClockEvent) -> ReasonCode | None:
        """Which of the three is missing for a no; None where it is voluntary refraining."""
        named = event.offer or max(self.offers, default=None)
        if named not in self.offers:
            return ReasonCode.REFUSAL_WITHOUT_OFFER
        if not self.is_informed:
            return ReasonCode.REFUSAL_NOT_INFORMED
        if self.limit is None:
            return ReasonCode.REFUSAL_WITHOUT_LIMIT
        return None if self.offers[named] else ReasonCode.REFUSAL_OF_LATE_OFFER

    def regret(self, event: ClockEvent) -> None:
        """Ends a refusal and a free choice elsewhere; time counts again from this day."""
        if self._close(Cause.REFUSAL, event.on) | self._close(Cause.FREE_CHOICE, event.on):
            self.regretted_on = event.on

    def choose_elsewhere(self, event: ClockEvent) -> None:
        """The patient chose care in another region (6 kap. 2 § 2 HSF)."""
        self.open.setdefault(Cause.FREE_CHOICE, event.on)

    def begin_medical(self, event: ClockEvent) -> None:
        """The patient cannot be given the care for medical reasons (6 kap. 2 § 1 HSF)."""
        self.open.setdefault(Cause.MEDICAL, event.on)

    def end_medical(self, event: ClockEvent) -> None:
        """The medical hindrance is over."""
        self._close(Cause.MEDICAL, event.on)

    def end(self, event: ClockEvent) -> None:
        """Care was given, or the patient left the list: the clock and its pauses end."""
        for cause in tuple(self.open):
            self._close(cause, event.on)
        self.ended_by = event

    def _close(self, cause: Cause, on: date) -> bool:
        first = self.open.pop(cause, None)
        if first is None:
            return False
        self.closed.append(Pause(first, on, cause))
        return True


_TAKERS = {
    ClockEventType.INFORMED: Walk.inform,
    ClockEventType.OFFERED: Walk.offer,
    ClockEventType.DECLINED: Walk.decline,
    ClockEventType.REGRETTED: Walk.regret,
    ClockEventType.FREE_CHOICE_ELSEWHERE: Walk.choose_elsewhere,
    ClockEventType.MEDICAL_PAUSE_START: Walk.begin_medical,
    ClockEventType.MEDICAL_PAUSE_END: Walk.end_medical,
    ClockEventType.FULFILLED: Walk.end,
    ClockEventType.REMOVED: Walk.end,
}


def walk(events: Iterable[ClockEvent], *, start: date, limit: int | None, on: date) -> Walk:
    """The events up to a day, in order; whatever comes after the end of the clock changes nothing."""
    taken = Walk(start, limit)
    for event in sorted((event for event in events if event.on <= on), key=lambda e: e.order):
        taken.take(event)
        if taken.ended_by is not None:
            break
    return taken
