"""A question to `clock`, from JSON to values; typed errors with dotted paths."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from brokering.law.clock_facts import (
    ClockEvent,
    ClockEventType,
    ClockKind,
    ClockQuestion,
    ClockStart,
)
from brokering.law.reading import Catalogue, Fields

LAST = date(2999, 12, 31)
"""Beyond it a due date could leave the calendar."""


def read_clock(data: Mapping[str, Any], catalogue: Catalogue) -> ClockQuestion:
    """The question behind one JSON object; raises QuestionError for the first thing that is wrong."""
    fields = Fields(data)
    return ClockQuestion(
        kind=fields.choice("kind", ClockKind),
        start=_start(fields.part("start")),
        region=fields.region("region", catalogue.regions),
        events=fields.each("events", _event),
        on=_day(fields, "on"),
    )


def _start(fields: Fields) -> ClockStart:
    return ClockStart(
        referral_issued_on=_maybe_day(fields, "referral_issued_on"),
        contact_on=_maybe_day(fields, "contact_on"),
        decided_on=_maybe_day(fields, "decided_on"),
        assessed_on=_maybe_day(fields, "assessed_on"),
        suspected_on=_maybe_day(fields, "suspected_on"),
        pathway=fields.maybe_text("pathway"),
    )


def _event(fields: Fields) -> ClockEvent:
    kind = fields.choice("type", ClockEventType)
    is_offer = kind == ClockEventType.OFFERED
    return ClockEvent(
        type=kind,
        on=_day(fields, "on"),
        care_on=_day(fields, "care_on") if is_offer else None,
        offer=_maybe_day(fields, "offer") if kind == ClockEventType.DECLINED else None,
        reason=fields.maybe_text("reason"),
    )


def _day(fields: Fields, name: str) -> date:
    day = fields.day(name)
    if day > LAST:
        fields.wrong(name, f"lies after {LAST.isoformat()}")
    return day


def _maybe_day(fields: Fields, name: str) -> date | None:
    return _day(fields, name) if fields.is_given(name) else None
