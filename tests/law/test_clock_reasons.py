"""What a clock says about itself: law is cited for law only, and the duty only where it is owed."""

from datetime import date

import pytest

from brokering.law.citations import CitationKind
from brokering.law.clock import (
    ClockEvent,
    ClockEventType,
    ClockKind,
    ClockQuestion,
    ClockStart,
    state,
)
from brokering.law.codes import ReasonCode

START = date(2021, 1, 1)
LATE = date(2022, 1, 1)
EVERY_DAY = ClockStart(
    referral_issued_on=START,
    contact_on=START,
    decided_on=START,
    assessed_on=START,
    suspected_on=START,
)
AGREED = [ClockKind.BUP_FIRST, ClockKind.BUP_NEXT, ClockKind.SVF]
ENDED = {
    ReasonCode.CLOCK_FULFILLED,
    ReasonCode.CLOCK_FULFILLED_LATE,
    ReasonCode.CLOCK_FULFILLED_IN_TIME,
    ReasonCode.CLOCK_REMOVED,
    ReasonCode.CLOCK_LIMIT_PASSED,
    ReasonCode.CLOCK_BREACHED,
}


def told(kind: ClockKind, *events: ClockEvent) -> dict[ReasonCode, CitationKind]:
    """How the clock ended or is late: code → what kind of text it is cited to."""
    asked = ClockQuestion(kind=kind, start=EVERY_DAY, region="08", on=LATE, events=events)
    return {r.code: r.citation.kind for r in state(asked).reasons if r.code in ENDED}


@pytest.mark.parametrize("kind", AGREED)
@pytest.mark.parametrize("end", [None, ClockEventType.FULFILLED, ClockEventType.REMOVED])
def test_an_agreed_clock_ends_and_is_late_by_the_agreement(
    kind: ClockKind, end: ClockEventType | None
) -> None:
    events = [] if end is None else [ClockEvent(end, LATE)]
    assert set(told(kind, *events).values()) <= {CitationKind.AGREEMENT}


@pytest.mark.parametrize("kind", ClockKind)
def test_care_elsewhere_is_owed_under_the_two_guarantees_only(kind: ClockKind) -> None:
    owed = ReasonCode.CLOCK_BREACHED in told(kind)
    assert owed == (kind in {ClockKind.BESOK, ClockKind.BEHANDLING})


@pytest.mark.parametrize("kind", [kind for kind in ClockKind if kind != ClockKind.SVF])
def test_care_elsewhere_is_not_owed_to_one_who_has_left_the_list(kind: ClockKind) -> None:
    removed = told(kind, ClockEvent(ClockEventType.REMOVED, LATE))
    assert set(removed) == {ReasonCode.CLOCK_REMOVED, ReasonCode.CLOCK_LIMIT_PASSED}


@pytest.mark.parametrize("kind", ClockKind)
def test_a_pause_is_read_into_every_clock_that_the_paragraph_does_not_name(kind: ClockKind) -> None:
    paused = ClockEvent(ClockEventType.MEDICAL_PAUSE_START, START)
    asked = ClockQuestion(kind=kind, start=EVERY_DAY, region="08", on=LATE, events=(paused,))
    [reason] = [r for r in state(asked).reasons if r.code == ReasonCode.CLOCK_PAUSED_MEDICAL]
    assert reason.interpretation == (kind not in {ClockKind.BESOK, ClockKind.BEHANDLING})
