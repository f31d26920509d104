"""What a guarantee clock is asked about: kind, start, region and the events so far."""

from dataclasses import dataclass
from datetime import date

from brokering.law.words import Word


class ClockKind(Word):
    """Which limit runs (law: 6 kap. 1 § HSF; BUP and SVF rest on agreements)."""

    BESOK = "besok"
    BEHANDLING = "behandling"
    BEDOMNING = "bedomning"
    TILLGANGLIGHET = "tillganglighet"
    BUP_FIRST = "bup_first"
    BUP_NEXT = "bup_next"
    SVF = "svf"


STATUTORY = frozenset(
    {ClockKind.BESOK, ClockKind.BEHANDLING, ClockKind.BEDOMNING, ClockKind.TILLGANGLIGHET}
)


class ClockEventType(Word):
    """What may happen to a clock, in the order in which events of one day count."""

    MEDICAL_PAUSE_END = "medical_pause_end"
    INFORMED = "informed"
    OFFERED = "offered"
    DECLINED = "declined"
    REGRETTED = "regretted"
    FREE_CHOICE_ELSEWHERE = "free_choice_elsewhere"
    MEDICAL_PAUSE_START = "medical_pause_start"
    FULFILLED = "fulfilled"
    REMOVED = "removed"


RANK = {kind: rank for rank, kind in enumerate(ClockEventType)}


@dataclass(frozen=True)
class ClockEvent:
    """One thing that happened; `care_on` is the day offered, `offer` the day of the offer declined."""

    type: ClockEventType
    on: date
    care_on: date | None = None
    offer: date | None = None
    reason: str | None = None

    @property
    def order(self) -> tuple[date, int, date, date, str]:
        """Sort key: the same events give the same walk in whatever order they arrived.

        Of two offers of one day the one with the later care counts as the latest.
        """
        return (
            self.on,
            RANK[self.type],
            self.care_on or date.min,
            self.offer or date.min,
            self.reason or "",
        )


@dataclass(frozen=True, kw_only=True)
class ClockStart:
    """The days from which a clock may run."""

    referral_issued_on: date | None = None
    contact_on: date | None = None
    decided_on: date | None = None
    assessed_on: date | None = None
    suspected_on: date | None = None
    pathway: str | None = None


@dataclass(frozen=True, kw_only=True)
class ClockQuestion:
    """The state of a clock on a day; events after the day have not happened yet."""

    kind: ClockKind
    start: ClockStart
    region: str
    on: date
    events: tuple[ClockEvent, ...] = ()
