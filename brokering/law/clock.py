"""The state of a guarantee clock on a day, computed from its events and nothing else."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from brokering.law.citations import Question, Reason, why
from brokering.law.clock_facts import (
    STATUTORY,
    ClockEvent,
    ClockEventType,
    ClockKind,
    ClockQuestion,
    ClockStart,
)
from brokering.law.codes import ReasonCode
from brokering.law.limits import (
    GUARANTEES,
    Limit,
    Started,
    answer_due,
    limit,
    regional_target,
    started,
)
from brokering.law.pauses import DAY, Cause, Pause, Walk, counted_days, day_reached, walk

__all__ = [
    "ClockEvent",
    "ClockEventType",
    "ClockKind",
    "ClockQuestion",
    "ClockStart",
    "ClockState",
    "Segment",
    "state",
]


@dataclass(frozen=True)
class Segment:
    """A stretch of the line from `first` to the day before `until`; `reason` says why it is not counted."""

    first: date
    until: date
    counted: bool
    reason: ReasonCode | None = None


@dataclass(frozen=True, kw_only=True)
class ClockState:
    """What a clock says on a day; nothing of it is ever stored."""

    on: date
    start: date
    limit_days: int | None
    statutory: bool
    due: date | None
    due_by_restart: date | None
    regional_target: date | None
    counted_days: int
    paused: bool
    excluded: bool
    breached: bool
    answer_due: date | None
    ended_by: ClockEvent | None
    segments: tuple[Segment, ...]
    reasons: tuple[Reason, ...]

    def days_left(self, on: date) -> int | None:
        """Civil days from a day to the due date, negative after it; None without a due date."""
        return None if self.due is None else (self.due - on).days

    def as_json(self) -> dict[str, Any]:
        """The state in the contract's form."""
        return {
            "statutory": self.statutory,
            "due": _text(self.due),
            "due_by_restart": _text(self.due_by_restart),
            "regional_target": _text(self.regional_target),
            "counted_days": self.counted_days,
            "paused": self.paused,
            "excluded": self.excluded,
            "breached": self.breached,
            "answer_due": _text(self.answer_due),
            "reasons": [reason.as_json() for reason in self.reasons],
        }


def state(question: ClockQuestion) -> ClockState:
    """The clock on the day asked; raises QuestionError `missing_field` without a start day."""
    begun = started(question)
    bound = limit(question.kind, question.start, begun.on)
    target = regional_target(question.kind, question.region, begun.on)
    answer, on_answer = answer_due(question.kind, begun.on)
    taken = walk(question.events, start=begun.on, limit=bound.days, on=question.on)
    moment = question.on if taken.ended_by is None else taken.ended_by.on
    reached = _reached(taken, bound)
    breached = reached is not None and moment > reached
    restart = _restart(taken, bound)
    targeted = None if _is_removed(taken) else _reached(taken, target)
    return ClockState(
        on=question.on,
        start=begun.on,
        limit_days=bound.days,
        statutory=question.kind in STATUTORY,
        due=None if _is_removed(taken) else reached,
        due_by_restart=restart,
        regional_target=targeted,
        counted_days=counted_days(taken.pauses, begun.on, moment),
        paused=Cause.MEDICAL in taken.open or Cause.REFUSAL in taken.open,
        excluded=Cause.FREE_CHOICE in taken.open,
        breached=breached,
        answer_due=answer,
        ended_by=taken.ended_by,
        segments=_segments(taken.pauses, begun.on, moment),
        reasons=(
            *_on_limits(begun, bound),
            *_on_events(taken, question.kind),
            *_on_restart(restart),
            *_on_end(taken, breached, question.kind, bound),
            *(target.reasons if targeted else ()),
            *on_answer,
        ),
    )


def _reached(taken: Walk, bound: Limit) -> date | None:
    return None if bound.days is None else day_reached(taken.pauses, taken.start, bound.days)


def _restart(taken: Walk, bound: Limit) -> date | None:
    """1177's wording, for information: the limit counted anew from the day of regret."""
    if taken.regretted_on is None or taken.open or bound.days is None or _is_removed(taken):
        return None
    return taken.regretted_on + bound.days * DAY


def _is_removed(taken: Walk) -> bool:
    return taken.ended_by is not None and taken.ended_by.type == ClockEventType.REMOVED


def _on_limits(begun: Started, bound: Limit) -> tuple[Reason, ...]:
    return (*begun.reasons, *bound.reasons)


_EXCLUDED = {
    Cause.MEDICAL: ReasonCode.TIME_EXCLUDED_MEDICAL,
    Cause.REFUSAL: ReasonCode.TIME_EXCLUDED_REFUSAL,
    Cause.FREE_CHOICE: ReasonCode.TIME_EXCLUDED_FREE_CHOICE,
}
_OPEN = {
    Cause.MEDICAL: ReasonCode.CLOCK_PAUSED_MEDICAL,
    Cause.REFUSAL: ReasonCode.CLOCK_PAUSED_REFUSAL,
    Cause.FREE_CHOICE: ReasonCode.CLOCK_EXCLUDED_FREE_CHOICE,
}


def _on_events(taken: Walk, kind: ClockKind) -> tuple[Reason, ...]:
    """Pauses that ended, pauses that run, refusals that paused nothing; each said once.

    6 kap. 2 § HSF names the two guarantees; that it stops every other clock too is a reading.
    """
    causes = {pause.cause for pause in taken.closed}
    codes = [
        *(code for cause, code in _EXCLUDED.items() if cause in causes),
        *(code for cause, code in _OPEN.items() if cause in taken.open),
        *sorted(taken.failed_refusals),
        *([ReasonCode.REGRET_BY_DEDUCTION] if taken.regretted_on else []),
    ]
    told = (_why(code) for code in codes)
    return tuple(
        reason if kind in GUARANTEES else replace(reason, interpretation=True) for reason in told
    )


def _on_restart(restart: date | None) -> tuple[Reason, ...]:
    return () if restart is None else (_why(ReasonCode.REGRET_BY_RESTART),)


def _on_end(taken: Walk, breached: bool, kind: ClockKind, bound: Limit) -> tuple[Reason, ...]:
    """How the clock ended or that it is late, on the authority of its limit.

    While somebody still waits for a guarantee that is late, the region's duty is told instead.
    """
    if breached and taken.ended_by is None and kind in GUARANTEES:
        return (_why(ReasonCode.CLOCK_BREACHED),)
    late = [ReasonCode.CLOCK_LIMIT_PASSED] if breached else []
    if taken.ended_by is None:
        codes = late
    elif _is_removed(taken):
        codes = [ReasonCode.CLOCK_REMOVED, *late]
    else:
        codes = [_fulfilled(breached, bound)]
    cited = bound.reasons[-1].citation
    return tuple(Reason(code, Question.GUARANTEE, cited) for code in codes)


def _fulfilled(breached: bool, bound: Limit) -> ReasonCode:
    """Care without a limit to name was neither in time nor late."""
    if bound.days is None:
        return ReasonCode.CLOCK_FULFILLED
    return ReasonCode.CLOCK_FULFILLED_LATE if breached else ReasonCode.CLOCK_FULFILLED_IN_TIME


def _segments(pauses: list[Pause], start: date, moment: date) -> tuple[Segment, ...]:
    """The line from the start through the moment; of overlapping pauses the first gives the reason."""
    drawn: list[Segment] = []
    reached, until = start, moment + DAY
    for pause in sorted(pauses, key=lambda pause: pause.order):
        first = min(max(pause.first, reached), until)
        end = until if pause.end is None else min(pause.end, until)
        if first >= end:
            continue
        if reached < first:
            drawn.append(Segment(reached, first, counted=True))
        drawn.append(Segment(first, end, counted=False, reason=_EXCLUDED[pause.cause]))
        reached = end
    if reached < until:
        drawn.append(Segment(reached, until, counted=True))
    return tuple(drawn)


def _why(code: ReasonCode) -> Reason:
    return why(code, Question.GUARANTEE)


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
