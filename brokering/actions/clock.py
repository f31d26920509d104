"""Adds facts to a guarantee clock; nothing is ever changed or removed."""

from datetime import date, datetime
from typing import Any

from accounts.database.rows import add
from brokering.law.clock_facts import ClockEventType
from brokering.models import ClockEvent, Referral


def add_clock_event(
    referral: Referral, type_: str, *, on: date, now: datetime, care_on: date | None = None
) -> None:
    """Write one fact of the guarantee (docs/law.md, clocks) on a Swedish civil day."""
    _write(referral, type=type_, on=on, care_on=care_on, recorded_at=now)


def add_refusal(referral: Referral, *, offered_on: date, on: date, now: datetime) -> None:
    """Write that the patient said no to what was offered on a day."""
    _write(referral, type=ClockEventType.DECLINED, on=on, offer_on=offered_on, recorded_at=now)


def add_removal(referral: Referral, *, reason: str, on: date, now: datetime) -> None:
    """Write that the need left the queue without care; its reason is kept with it."""
    _write(referral, type=ClockEventType.REMOVED, on=on, reason=reason, recorded_at=now)


def _write(referral: Referral, **fact: Any) -> None:
    told = ClockEvent(
        tenant_id=referral.tenant_id,
        addressed_to_id=referral.addressed_to_id,
        subject_id=referral.subject_id,
        referral=referral,
        **fact,
    )
    add([told])
