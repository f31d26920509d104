"""The free times of an iCalendar file: free periods of VFREEBUSY, and events that are marked as free."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from icalendar import Calendar as ICalendar
from icalendar import Component
from recurring_ical_events import of as occurrences_of
from recurring_ical_events.errors import InvalidCalendar

from providers.feeds.faults import BadLine, Faults, FeedProblem, LineFault, Problem
from providers.feeds.reading import FreeTime, Ours, key_of

MOST_BYTES = 10_000_000
MOST_COMPONENTS = 20_000
OFTENEST = 288
"""How many times a day a rule may repeat: every fifth minute."""
A_DAY = {"DAILY": 1, "WEEKLY": 1, "MONTHLY": 1, "YEARLY": 1, "HOURLY": 24}
SWEDEN = ZoneInfo("Europe/Stockholm")
"""Where a busy time that names no zone is taken to be; a free one is refused instead."""
FREE = {"FREE"}
TIMES = {"RRULE", "RDATE", "EXDATE", "DTSTART", "DTEND", "DURATION", "RECURRENCE-ID"}
"""What an event's times are made of."""

Span = tuple[datetime, datetime]


@dataclass
class CalendarFile:
    """Reads a calendar's free times. `faults` number its components from 1, in the order of the file.

    Each free period is one place; one that anything busy touches is none. Counts as a publication's.
    """

    ours: Ours
    faults: Faults = field(default_factory=Faults)
    counts: Counter[str] = field(default_factory=Counter)

    def free_times(self, path: Path) -> Iterator[FreeTime]:
        """Every free place within the horizon; raises FeedProblem when it is no calendar, or too much."""
        calendar = self._read(path)
        free, busy = self._spans(calendar)
        taken = _merged(busy)
        if self.faults.total and not free and not busy:
            raise FeedProblem(Problem.NOTHING_READABLE)
        for (starts, ends), name in sorted(free.items()):
            if _touches(taken, starts, ends):
                self.counts["busy"] += 1
            elif starts <= self.ours.begins:
                self.counts["past"] += 1
            elif starts > self.ours.ends:
                self.counts["beyond"] += 1
            else:
                self.counts["free"] += 1
                if self.counts["free"] > self.ours.most:
                    raise FeedProblem(Problem.TOO_MANY_TIMES)
                yield self._free(name, starts, ends)

    def _free(self, name: str, starts: datetime, ends: datetime) -> FreeTime:
        care, form = self.ours.care, self.ours.form
        return FreeTime(
            clinic=cast(UUID, self.ours.clinic),
            care=care,
            form=form,
            starts_at=starts,
            ends_at=ends,
            key=key_of(name, care, form, starts.timestamp(), ends.timestamp()),
        )

    def _read(self, path: Path) -> ICalendar:
        if path.stat().st_size > MOST_BYTES:
            raise FeedProblem(Problem.TOO_LARGE)
        content = path.read_bytes()
        if b"BEGIN:VCALENDAR" not in content[:1000].upper():
            raise FeedProblem(Problem.NOT_A_CALENDAR)
        try:
            calendar = ICalendar.from_ical(content.decode("utf-8-sig"))
        except (ValueError, IndexError, KeyError, TypeError, RecursionError) as error:
            raise FeedProblem(Problem.NOT_A_CALENDAR) from error
        if len(calendar.subcomponents) > MOST_COMPONENTS:
            raise FeedProblem(Problem.TOO_MANY_LINES)
        return calendar

    def _spans(self, calendar: ICalendar) -> tuple[dict[Span, str], list[Span]]:
        """Free and busy spans; a free one with a name, so that two calendars' worth of ids is not needed."""
        free: dict[Span, str] = {}
        busy: list[Span] = []
        for number, component in enumerate(list(calendar.subcomponents), 1):
            try:
                if component.name == "VFREEBUSY":
                    self._periods(component, free, busy)
                elif component.name == "VEVENT":
                    _check_event(component)
            except LineFault as fault:
                calendar.subcomponents.remove(component)
                self.faults.add("kalender", number, fault.code)
        for event in self._events(calendar):
            self._event(event, free, busy)
        return free, busy

    def _periods(self, component: Component, free: dict[Span, str], busy: list[Span]) -> None:
        told = component.get("FREEBUSY", [])
        for period in told if isinstance(told, list) else [told]:
            span = _span(period.start, period.end)
            if str(period.params.get("FBTYPE", "BUSY")).upper() in FREE:
                free.setdefault(span, "fb")
            else:
                busy.append(span)

    def _events(self, calendar: ICalendar) -> Iterable[Component]:
        """Every event within the horizon, repeated ones unfolded."""
        try:
            found = occurrences_of(calendar, skip_bad_series=True)
            return found.between(self.ours.begins, self.ours.ends)
        except (InvalidCalendar, ValueError, TypeError, KeyError) as error:
            raise FeedProblem(Problem.NOT_A_CALENDAR) from error

    def _event(self, event: Any, free: dict[Span, str], busy: list[Span]) -> None:
        if str(event.get("STATUS", "")).upper() == "CANCELLED":
            return
        starts, ends = event.start, event.end
        if not _is_free(event):
            busy.append((_in_sweden(starts), _in_sweden(ends)))
            return
        free.setdefault(_span(starts, ends), str(event.get("UID", ""))[:200])


def _is_free(event: Component) -> bool:
    """Whether the event leaves the time free: told so by the standard, or by Outlook's own word."""
    told = str(event.get("X-MICROSOFT-CDO-BUSYSTATUS", "")).upper()
    return told in FREE if told else str(event.get("TRANSP", "OPAQUE")).upper() == "TRANSPARENT"


def _check_event(event: Any) -> None:
    """Raises LineFault for an event whose times cannot be read, or that is free at no certain time."""
    if any(name in TIMES for name, _ in event.errors):
        raise LineFault(BadLine.TIME_UNREADABLE)
    try:
        starts, ends = event.start, event.end
    except ValueError as error:
        raise LineFault(BadLine.TIME_UNREADABLE) from error
    if _is_free(event):
        _span(starts, ends)
    _check_rule(event)


def _check_rule(event: Component) -> None:
    rules: Any = event.get("RRULE", [])
    for rule in rules if isinstance(rules, list) else [rules]:
        often = A_DAY.get(str((rule.get("FREQ") or [""])[0]).upper())
        if often is None:
            raise LineFault(BadLine.RULE_UNREADABLE)
        for part in ("BYHOUR", "BYMINUTE", "BYSECOND"):
            often *= max(1, len(rule.get(part) or ()))
        if often > OFTENEST:
            raise LineFault(BadLine.RULE_UNREADABLE)


def _span(starts: date | datetime, ends: date | datetime) -> Span:
    if not isinstance(starts, datetime) or not isinstance(ends, datetime):
        raise LineFault(BadLine.WHOLE_DAY)
    if starts.tzinfo is None or ends.tzinfo is None:
        raise LineFault(BadLine.TIME_WITHOUT_ZONE)
    if ends <= starts:
        raise LineFault(BadLine.TIME_OUT_OF_ORDER)
    return starts, ends


def _in_sweden(moment: date | datetime) -> datetime:
    if not isinstance(moment, datetime):
        return datetime.combine(moment, time(), SWEDEN)
    return moment if moment.tzinfo else moment.replace(tzinfo=SWEDEN)


def _merged(spans: list[Span]) -> list[Span]:
    """The same time as spans that do not touch, in order."""
    merged: list[Span] = []
    for starts, ends in sorted(spans):
        if merged and starts <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], ends))
        else:
            merged.append((starts, ends))
    return merged


def _touches(taken: list[Span], starts: datetime, ends: datetime) -> bool:
    """Whether any of the spans, in order and apart, overlaps the time."""
    at = bisect_left(taken, ends, key=lambda span: span[0])
    return at > 0 and taken[at - 1][1] > starts
