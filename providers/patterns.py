"""Weekly patterns of times on the Swedish clock, laid out as moments."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

SWEDEN = ZoneInfo("Europe/Stockholm")
WEEK = timedelta(days=7)
ON_SITE = "on_site"


class Spot(NamedTuple):
    """What a place is, whoever publishes it: care, form, time, and whether one comes or is seen by video."""

    care: str
    form: str
    starts_at: datetime
    ends_at: datetime
    mode: str = ON_SITE


@dataclass(frozen=True, kw_only=True)
class Moment:
    """When one place begins and ends (UTC), and its number among the places of that time (from 1)."""

    starts_at: datetime
    ends_at: datetime
    place: int


@dataclass(frozen=True, kw_only=True)
class DayPlan:
    """How the times of a day follow each other on the clock; lengths in minutes.

    Without `ends` there is one time. A time that would run past `ends`, or into the `rest` (from, to), is
    not there; after the rest the times begin anew.
    """

    starts: time
    minutes: int
    ends: time | None = None
    pause: int = 0
    rest: tuple[time, time] | None = None


@dataclass(frozen=True, kw_only=True)
class WeeklyPattern:
    """The same times on the same weekdays, from one week to another.

    `weekdays` counts Monday as 0; `first_week` and `last_week` are Mondays, both included; `minutes` is
    the real length, also over a change of clock; `places` is how many patients each time receives; no times
    on `days_off`.
    """

    weekdays: frozenset[int]
    clocks: tuple[time, ...]
    minutes: int
    places: int
    first_week: date
    last_week: date
    days_off: frozenset[date] = frozenset()


def clocks_of(plan: DayPlan) -> tuple[time, ...]:
    """When the times of a day begin, in order."""
    if plan.ends is None:
        return (plan.starts,)
    found, at, last = [], _minute(plan.starts), _minute(plan.ends)
    rest = tuple(map(_minute, plan.rest)) if plan.rest else (last, last)
    while at + plan.minutes <= last:
        if at < rest[1] and at + plan.minutes > rest[0]:
            at = rest[1]
            continue
        found.append(time(*divmod(at, 60)))
        at += plan.minutes + plan.pause
    return tuple(found)


def days_of(pattern: WeeklyPattern) -> list[date]:
    """The Swedish days of a pattern, in order."""
    weeks = range((pattern.last_week - pattern.first_week).days // 7 + 1)
    days = (
        pattern.first_week + week * WEEK + timedelta(days=weekday)
        for week in weeks
        for weekday in sorted(pattern.weekdays)
    )
    return [day for day in days if day not in pattern.days_off]


def times_of(pattern: WeeklyPattern, *, after: datetime) -> list[Moment]:
    """The places of a pattern that begin after a moment.

    A time that the clock jumps over in spring does not exist and is left out; of the two in autumn the
    first is meant.
    """
    return [
        moment
        for day in days_of(pattern)
        for clock in pattern.clocks
        for moment in places_at(day, clock, minutes=pattern.minutes, places=pattern.places)
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


def comes_twice(day: date, clock: time) -> bool:
    """Whether Swedish clocks show that time twice that day: an hour in October."""
    first, second = (datetime.combine(day, clock.replace(fold=fold), SWEDEN) for fold in (0, 1))
    offsets = first.utcoffset(), second.utcoffset()
    return swedish_moment(day, clock) is not None and offsets[0] != offsets[1]


def monday_of(day: date) -> date:
    """The Monday of the week that the day lies in."""
    return day - timedelta(days=day.weekday())


def own_key(spot: Spot, place: int) -> str:
    """Source key of a place that a clinic writes itself, in a form or a file: the same time, the same key.

    `place` is its number among the places of that time, from 1. A visit by video is another place than one
    at the clinic.
    """
    when = spot.starts_at.astimezone(UTC).strftime("%Y%m%dT%H%MZ")
    minutes = int((spot.ends_at - spot.starts_at).total_seconds() // 60)
    written = "form" if spot.mode == ON_SITE else spot.mode
    return f"{written}:{spot.care}:{spot.form}:{when}:{minutes}:{place}"


def _minute(clock: time) -> int:
    return clock.hour * 60 + clock.minute
