"""When a region must start looking for another clinic: before the guarantee is broken, not after.

9 kap. 2 § HSL: a region that cannot keep the guarantee sees to it that the patient is given the care at
another provider, without the patient having to ask. Prop. 2009/10:67 p. 79: in time.
"""

from dataclasses import dataclass
from datetime import date

from brokering.law.clock import ClockState
from brokering.law.deadline import Deadline, deadline
from brokering.law.words import Word


class Trigger(Word):
    """Why a reroute case opens; DUE_DATE_PASSED must never be the first alarm."""

    DUE_DATE_PASSED = "due_date_passed"
    MEDICAL_TARGET_PASSED = "medical_target_passed"
    CLINIC_CANNOT = "clinic_cannot"
    BOOKED_AFTER_DUE = "booked_after_due"
    FORECAST_AFTER_DUE = "forecast_after_due"
    LEAD_TIME_REACHED = "lead_time_reached"


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """What is known on a day of whether the clinic will keep the date.

    `forecast` is the day on which the clinic is expected to give the care (None: unknown), `booked_on` the
    day of a booked visit, `lead_days` the region's own lead time before the last day, `target_on` the
    clinician's target date.
    """

    on: date
    lead_days: int
    forecast: date | None = None
    booked_on: date | None = None
    clinic_cannot: bool = False
    target_on: date | None = None


def trigger(clock: ClockState | None, outlook: Outlook) -> Trigger | None:
    """The weightiest reason why the region must act on the day of the clock; None while there is none.

    The duty needs a guarantee that runs: without one, or once care was given or the need removed, there is
    nothing to trigger. A breach stands through the pauses that come after it; other reasons wait for them.
    """
    if clock is None or clock.ended_by is not None:
        return None
    if clock.breached:
        return Trigger.DUE_DATE_PASSED
    if clock.paused or clock.excluded:
        return None
    last = deadline(clock, outlook.target_on)
    return None if last is None else _first_alarm(last, outlook)


def _first_alarm(last: Deadline, outlook: Outlook) -> Trigger | None:
    """Where a day is booked, no forecast and no lead time is asked for: the day is known."""
    is_open = outlook.booked_on is None
    alarms = (
        (Trigger.MEDICAL_TARGET_PASSED, last.is_passed(outlook.on)),
        (Trigger.CLINIC_CANNOT, outlook.clinic_cannot),
        (Trigger.BOOKED_AFTER_DUE, _is_late(outlook.booked_on, last)),
        (Trigger.FORECAST_AFTER_DUE, is_open and _is_late(outlook.forecast, last)),
        (Trigger.LEAD_TIME_REACHED, is_open and last.days_left(outlook.on) < outlook.lead_days),
    )
    return next((why for why, holds in alarms if holds), None)


def _is_late(care_on: date | None, last: Deadline) -> bool:
    return care_on is not None and last.is_passed(care_on)
