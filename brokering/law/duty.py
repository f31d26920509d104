"""When a region must start looking for another clinic: before the guarantee is broken, not after.

9 kap. 2 § HSL: a region that cannot keep the guarantee sees to it that the patient is given the care at
another provider, without the patient having to ask.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from brokering.law.clock import ClockState


class Trigger(StrEnum):
    """Why a reroute case opens; the last one must never be the first alarm."""

    CLINIC_CANNOT = "clinic_cannot"
    FORECAST_AFTER_DUE = "forecast_after_due"
    LEAD_TIME_REACHED = "lead_time_reached"
    DUE_DATE_PASSED = "due_date_passed"


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """What is known on a day of whether the clinic will keep the date.

    `forecast` is the clinic's first free date (None: unknown), `booked_on` the day of a booked visit,
    `lead_days` the region's own lead time before the due date.
    """

    on: date
    lead_days: int
    forecast: date | None = None
    booked_on: date | None = None
    clinic_cannot: bool = False


def trigger(clock: ClockState | None, outlook: Outlook) -> Trigger | None:
    """The first reason why the region must act now; None while there is none.

    Nothing is triggered without a running due date: no guarantee, an open pause, care given or removed.
    """
    if clock is None or clock.due is None or clock.ended_by is not None:
        return None
    if clock.paused or clock.excluded:
        return None
    if outlook.on > clock.due:
        return Trigger.DUE_DATE_PASSED
    if outlook.booked_on is not None:
        return Trigger.FORECAST_AFTER_DUE if outlook.booked_on > clock.due else None
    if outlook.clinic_cannot:
        return Trigger.CLINIC_CANNOT
    if outlook.forecast is not None and outlook.forecast > clock.due:
        return Trigger.FORECAST_AFTER_DUE
    left = (clock.due - outlook.on).days
    return Trigger.LEAD_TIME_REACHED if left < outlook.lead_days else None
