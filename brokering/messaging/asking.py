"""How a patient with an open offer is sought: a plan, what has happened so far, and the next step.

The time to answer is divided evenly: first the attempts, then a letter, then a last stretch of silence. So
nobody hears from us twice at once, and a letter goes out while the place is still held.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Step(StrEnum):
    """What is to be done about an open offer."""

    SEEK = "seek"
    """One more message."""
    LETTER = "letter"
    """A letter; the time to answer becomes longer by it."""
    WAIT = "wait"
    """Nothing more is sent; the answer is waited for."""
    LAPSE = "lapse"
    """The last moment has passed: silence, which is no refusal."""


class Reached(StrEnum):
    """What came of an attempt to reach somebody."""

    SENT = "sent"
    """A message was sent; whether it is read nobody knows."""
    NO_WAY = "no_way"
    """There was no way to send one."""
    NO_ANSWER = "no_answer"
    """A call that nobody took."""
    LEFT_WORD = "left_word"
    """Somebody else, or a machine, was asked to say that we had called."""
    SPOKEN = "spoken"
    """The patient has been spoken to: no more is sent, whatever they answer."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What the region has decided. A letter that leaves no more time than `under_way` comes too late."""

    attempts: int
    letter_time: timedelta
    under_way: timedelta


@dataclass(frozen=True, kw_only=True)
class SoFar:
    """What has happened to an open offer.

    `begins`: when the time to answer began; `answer_by`: the last moment to answer as it is promised now;
    `latest`: what it can never pass; `attempts`: when somebody was sought, a call counted as a message.
    """

    begins: datetime
    answer_by: datetime
    latest: datetime
    attempts: tuple[datetime, ...] = ()
    is_spoken_to: bool = False
    letter_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Next:
    """A step, the moment for it, and the last moment to answer once it is taken."""

    step: Step
    at: datetime
    answer_by: datetime

    def is_due(self, now: datetime) -> bool:
        """Whether it is to be done now; waiting never is."""
        return self.step != Step.WAIT and self.at <= now


def next_step(plan: Plan, so_far: SoFar, now: datetime) -> Next:
    """The next step for an offer that nobody has answered; the same events give the same step.

    Once the last moment has passed only LAPSE is left, whatever was not done: the place may have gone.
    """
    if now >= so_far.answer_by:
        return _step(Step.LAPSE, so_far.answer_by, so_far)
    if so_far.letter_at is not None or so_far.is_spoken_to:
        return _step(Step.WAIT, so_far.answer_by, so_far)
    at = _earlier(so_far) + _stretch(plan, so_far)
    if at >= so_far.answer_by:
        return _step(Step.WAIT, so_far.answer_by, so_far)
    if len(so_far.attempts) < plan.attempts:
        return _step(Step.SEEK, at, so_far)
    return _letter(plan, so_far, max(at, now))


def _letter(plan: Plan, so_far: SoFar, at: datetime) -> Next:
    """A letter, where it can arrive in time to be answered; the time promised never becomes shorter."""
    until = max(so_far.answer_by, min(at + plan.letter_time, so_far.latest))
    if until - at <= plan.under_way:
        return _step(Step.WAIT, so_far.answer_by, so_far)
    return Next(step=Step.LETTER, at=at, answer_by=until)


def _step(step: Step, at: datetime, so_far: SoFar) -> Next:
    return Next(step=step, at=at, answer_by=so_far.answer_by)


def _earlier(so_far: SoFar) -> datetime:
    return max((so_far.begins, *so_far.attempts))


def _stretch(plan: Plan, so_far: SoFar) -> timedelta:
    """One of as many equal parts of the time to answer as there are attempts, a letter and the end."""
    return (so_far.answer_by - so_far.begins) / (plan.attempts + 2)
