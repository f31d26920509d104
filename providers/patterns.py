"""Weekly patterns of times on the Swedish clock, laid out as moments."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SWEDEN = ZoneInfo("Europe/Stockholm")
WEEK = timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class Moment:
    """When one place begins and ends (UTC), and its number among the places of that time (from 1)."""

    starts_at: datetime
    ends_at: datetime
    place: int


@dataclass(frozen=True, kw_only=True)
class WeeklyPattern:
    """The same time on the same weekdays, from one week to another.

    `weekdays` counts Monday as 0; `first_week` and `last_week` are Mondays, both included; `minutes` is
    the real length, also over a change of clock; `places` is how many patients each time receives.
    """

    weekdays: frozenset[int]
    starts: time
    minutes: int
    places: int
    first_week: date
    last_week: date


def days_of(pattern: WeeklyPattern) -> list[date]:
    """The Swedish days of a pattern, in order."""
    weeks = range((pattern.last_week - pattern.first_week).days // 7 + 1)
    return [
        pattern.first_week + week * WEEK + timedelta(days=weekday)
        for week in weeks
        for weekday in sorted(pattern.weekdays)
    ]


def times_of(pattern: WeeklyPattern, *, after: datetime) -> list[Moment]:
    """The places of a pattern that begin after a moment.

    A time that the clock jumps over in spring does not exist and is left out; of the two in autumn the
    first is meant.
    """
    return [
        moment
        for day in days_of(pattern)
        for moment in places_at(day, pattern.starts, minutes=pattern.minutes, places=pattern.places)
        if moment.starts_at > after
    ]


def places_at(day: date, starts: time, *, minutes: int, places: int) -> Iterator[Moment]:
    """The places of one time on one Swedish day; none if the clock jumps over it."""
    starts_at = swedish_moment(day, starts)
    if starts_at is None:
        return
    for place in range(1, places + 1):
        yield Moment(
            starts_at=starts_at, ends_at=starts_at + timedelta(minutes=minutes), place=place
        )


def swedish_moment(day: date, clock: time) -> datetime | None:
    """The moment (UTC) when Swedish clocks show that time; None if they never do that day."""
    moment = datetime.combine(day, clock, SWEDEN).astimezone(UTC)
    shown = moment.astimezone(SWEDEN)
    return moment if (shown.date(), shown.time()) == (day, clock) else None


def monday_of(day: date) -> date:
    """The Monday of the week that the day lies in."""
    return day - timedelta(days=day.weekday())
