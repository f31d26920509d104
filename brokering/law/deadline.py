"""Måldatum: the day that the clinician set. It outranks the guarantee and never waits for it."""

from dataclasses import dataclass
from datetime import date

from brokering.law.citations import Question, Reason, why
from brokering.law.clock import ClockState
from brokering.law.codes import ReasonCode
from brokering.law.words import Word


class Basis(Word):
    """What sets the day: the clinician (clinical) or the guarantee (6 kap. 1 § HSF)."""

    MEDICAL_TARGET = "medical_target"
    GUARANTEE = "guarantee"


@dataclass(frozen=True)
class Deadline:
    """The last day on which care is in time."""

    on: date
    basis: Basis

    @property
    def reason(self) -> Reason:
        """Why this day binds."""
        code = {
            Basis.MEDICAL_TARGET: ReasonCode.MEDICAL_TARGET_BINDS,
            Basis.GUARANTEE: ReasonCode.GUARANTEE_BINDS,
        }[self.basis]
        return why(code, Question.GUARANTEE)

    def days_left(self, on: date) -> int:
        """Civil days from a day to the deadline, negative after it."""
        return (self.on - on).days

    def is_passed(self, on: date) -> bool:
        """Whether the last day lies behind."""
        return on > self.on


def deadline(clock: ClockState | None, target_on: date | None) -> Deadline | None:
    """The day that binds: the target date, unless the guarantee's due date comes before it.

    A target date needs no guarantee, does not stop while the guarantee's clock does, and ends when care is
    given or the need removed. A later one never postpones the guarantee: only a pause does.
    """
    if clock is not None and clock.ended_by is not None:
        return None
    due = None if clock is None else clock.due
    if target_on is not None and (due is None or target_on <= due):
        return Deadline(target_on, Basis.MEDICAL_TARGET)
    return None if due is None else Deadline(due, Basis.GUARANTEE)
