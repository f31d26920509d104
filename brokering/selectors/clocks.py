"""A need's guarantee clock, from its dates and what is written in its trail."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Protocol
from uuid import UUID

from brokering.law.clock import ClockEvent, ClockQuestion, ClockStart, ClockState, state
from brokering.law.clock_facts import ClockEventType, ClockKind
from brokering.law.codes import ReasonCode
from brokering.models import ClockEvent as ClockEventRow
from brokering.models import Referral
from brokering.notes import Note

REGRETTED = ClockEventType.REGRETTED


@dataclass(frozen=True)
class Clock:
    """The state of a guarantee and the events that it rests on."""

    state: ClockState
    events: tuple[ClockEvent, ...]


@dataclass(frozen=True, kw_only=True)
class Dates:
    """What a clock may start from, and which clock it is."""

    guarantee: str
    region: str
    issued_on: date | None
    contact_on: date | None
    decided_on: date | None

    @property
    def first(self) -> date:
        """Since when the person waits, whatever the guarantee says."""
        given = (self.decided_on, self.issued_on, self.contact_on)
        return next(day for day in given if day is not None)

    @property
    def lacks_start(self) -> bool:
        """Whether a besöksgaranti is stated but not its first day: neither remiss nor contact is dated."""
        return self.guarantee == ClockKind.BESOK and not (self.issued_on or self.contact_on)


def clock_of(dates: Dates, events: Iterable[ClockEvent], *, on: date) -> ClockState | None:
    """State of the besöks- or behandlingsgaranti on a day; None where no guarantee runs.

    A behandlingsgaranti without a decision has not begun; without the first day of a besöksgaranti nobody
    can count, and a machine gives such a need no place. Events come in the order of `standing`.
    """
    question = question_of(dates, events, on=on)
    return None if question is None else state(question)


def question_of(dates: Dates, events: Iterable[ClockEvent], *, on: date) -> ClockQuestion | None:
    """What the law is asked about a need's guarantee on a day; None where none runs, as in `clock_of`."""
    if dates.guarantee not in {ClockKind.BESOK, ClockKind.BEHANDLING}:
        return None
    if dates.lacks_start:
        return None
    if dates.guarantee == ClockKind.BEHANDLING and dates.decided_on is None:
        return None
    start = ClockStart(
        referral_issued_on=dates.issued_on,
        contact_on=dates.contact_on,
        decided_on=dates.decided_on,
    )
    return ClockQuestion(
        kind=ClockKind(dates.guarantee),
        start=start,
        region=dates.region,
        events=standing(events),
        on=on,
    )


def clock_question(
    referral: Referral, events: Iterable[ClockEvent], *, on: date
) -> ClockQuestion | None:
    """The same about a referral and the events of its trail (`counted`)."""
    return question_of(dates_of(referral), events, on=on)


def is_refusal(clock: Clock | None) -> bool:
    """Whether an own refusal keeps the guarantee's days from counting."""
    return clock is not None and any(
        reason.code == ReasonCode.CLOCK_PAUSED_REFUSAL for reason in clock.state.reasons
    )


def refuses_care(referral: Referral, *, on: date) -> bool:
    """The same of a need, on a day."""
    return is_refusal(clocks_with_events([referral], on=on)[referral.id])


def standing(events: Iterable[ClockEvent]) -> tuple[ClockEvent, ...]:
    """The events that count, from all of them in the order in which they were written down.

    The events of one day count in a fixed order, a choice of another region after a regret, a refusal before
    it. A choice or a refusal that was taken back later the same day kept nobody from care, so it is left
    out; with a refusal goes the regret itself, or it would take back a second one of that day as well.
    """
    kept: list[ClockEvent] = []
    for event in events:
        if event.type == ClockEventType.REGRETTED:
            left = [earlier for earlier in kept if not _taken_back_by(event, earlier)]
            said_no = any(_is_no_of(event.on, earlier) for earlier in kept)
            kept = left
            if said_no and not _something_stands(left):
                continue
        kept.append(event)
    return tuple(kept)


STOPPING = frozenset({ClockEventType.FREE_CHOICE_ELSEWHERE, ClockEventType.DECLINED})


def _taken_back_by(regret: ClockEvent, event: ClockEvent) -> bool:
    return event.type in STOPPING and event.on == regret.on


def _is_no_of(day: date, event: ClockEvent) -> bool:
    return event.type == ClockEventType.DECLINED and event.on == day


def _something_stands(events: list[ClockEvent]) -> bool:
    """Whether a choice or a refusal has been written after the last regret."""
    last = next((one for one in reversed(events) if one.type in {*STOPPING, REGRETTED}), None)
    return last is not None and last.type != REGRETTED


def dates_of(referral: Referral) -> Dates:
    """The dates of a referral that a clock may start from."""
    return Dates(
        guarantee=referral.guarantee,
        region=referral.home_region_id or "",
        issued_on=referral.issued_on,
        contact_on=referral.contact_on,
        decided_on=referral.decided_on,
    )


def clocks_with_events(referrals: Iterable[Referral], *, on: date) -> dict[UUID, Clock | None]:
    """Clock and events per need, with one query for all; None where no guarantee runs."""
    wanted = list(referrals)
    trails: dict[UUID, list[ClockEventRow]] = defaultdict(list)
    for row in ClockEventRow.objects.filter(referral__in=wanted).order_by("on", "recorded_at"):
        trails[row.referral_id].append(row)
    return {one.id: _clock(one, counted(trails[one.id]), on) for one in wanted}


def clocks_of(referrals: Iterable[Referral], *, on: date) -> dict[UUID, ClockState | None]:
    """State of the clock per need; None where no guarantee runs."""
    found = clocks_with_events(referrals, on=on)
    return {need: clock.state if clock else None for need, clock in found.items()}


def _clock(referral: Referral, events: tuple[ClockEvent, ...], on: date) -> Clock | None:
    state = clock_of(dates_of(referral), events, on=on)
    return None if state is None else Clock(state, events)


class Entry(Protocol):
    """One fact of a trail as it is stored: an event of the guarantee, or a note."""

    @property
    def type(self) -> str: ...
    @property
    def on(self) -> date: ...
    @property
    def care_on(self) -> date | None: ...
    @property
    def offer_on(self) -> date | None: ...
    @property
    def reason(self) -> str: ...


def counted(trail: Iterable[Entry]) -> tuple[ClockEvent, ...]:
    """What the law reads of a trail, in the order in which it was written down.

    Notes are left out, and so is a visit that was reported by mistake.
    """
    kept: list[ClockEvent] = []
    for entry in trail:
        if entry.type == Note.NOT_FULFILLED:
            kept = [event for event in kept if not _took_place_on(event, entry.on)]
        elif entry.type not in set(Note):
            kept.append(_event(entry))
    return tuple(kept)


def _took_place_on(event: ClockEvent, day: date) -> bool:
    return event.type == ClockEventType.FULFILLED and event.on == day


def _event(entry: Entry) -> ClockEvent:
    return ClockEvent(
        type=ClockEventType(entry.type),
        on=entry.on,
        care_on=entry.care_on,
        offer=entry.offer_on,
        reason=entry.reason or None,
    )
