"""The free times of a collected publication, one by one; what stands later in it wins."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

from providers.feeds.collecting import Collected, Fresh
from providers.feeds.faults import BadLine, Faults, FeedProblem, LineFault, Problem
from providers.feeds.lines import Lines
from providers.feeds.resources import (
    Calendar,
    Resource,
    Times,
    calendar_of,
    clinic_of,
    deleted_in,
    read_line,
    times_of,
)

LONGEST_ID = 44
"""A longer id is shortened in a key; keys are at most 80 characters."""


@dataclass(frozen=True, kw_only=True)
class FreeTime:
    """One place that its source says is free. `key` is the same as long as the place is the same."""

    clinic: UUID
    care: str
    form: str
    starts_at: datetime
    ends_at: datetime
    key: str


@dataclass(frozen=True, kw_only=True)
class Ours:
    """What is known here: the provider's clinics by HSA-id, the cares, and what holds where a feed is silent.

    Only times that start after `begins` and not after `ends` are read.
    """

    clinics: Mapping[str, UUID]
    cares: frozenset[str]
    begins: datetime
    ends: datetime
    most: int
    clinic: UUID | None = None
    care: str = ""
    form: str = ""


@dataclass
class Publication:
    """Reads a publication's free times. `faults` and `counts` are whole once they have all been read.

    Counts: free, busy, past, beyond (the horizon), elsewhere (on a calendar that is not read here).
    """

    ours: Ours
    faults: Faults = field(default_factory=Faults)
    counts: Counter[str] = field(default_factory=Counter)

    def free_times(self, collected: Collected) -> Iterator[FreeTime]:
        """Every free place; raises FeedProblem when there is too much, or nothing can be read."""
        calendars, left_out = self._calendars(collected)
        met: set[str] = set()
        for files, deleted in reversed(collected.pages):
            met |= self._gone(deleted, "Slot")
            for one in reversed(files):
                if one.file.type == "Slot":
                    yield from self._free_in(one, calendars, left_out, met)
        read = self.counts.total() - self.counts["elsewhere"]
        if not read and (self.faults.total or self.counts["elsewhere"]):
            raise FeedProblem(Problem.NOTHING_READABLE)

    def _locations(self, collected: Collected) -> dict[str, UUID]:
        """Clinics by the Location's id."""
        locations: dict[str, UUID] = {}
        for files, deleted in collected.pages:
            for one in files:
                if one.file.type == "Location":
                    self._locations_in(one, locations)
            for key in self._gone(deleted, "Location"):
                locations.pop(key, None)
        return locations

    def _calendars(self, collected: Collected) -> tuple[dict[str, Calendar], set[str]]:
        """Calendars by the Schedule's id, and the ids of those that are not for us."""
        locations = self._locations(collected)
        calendars: dict[str, Calendar] = {}
        left_out: set[str] = set()
        for files, deleted in collected.pages:
            for one in files:
                if one.file.type == "Schedule":
                    self._calendars_in(one, locations, calendars, left_out)
            for key in self._gone(deleted, "Schedule"):
                calendars.pop(key, None)
        return calendars, left_out

    def _locations_in(self, one: Fresh, locations: dict[str, UUID]) -> None:
        for number, line in self._lines(one.path).forwards():
            try:
                location = read_line(line, "Location")
                locations[location["id"]] = clinic_of(location, self.ours.clinics)
            except LineFault as fault:
                self.faults.add(named(one.file.url), number, fault.code)

    def _calendars_in(
        self,
        one: Fresh,
        locations: dict[str, UUID],
        calendars: dict[str, Calendar],
        left_out: set[str],
    ) -> None:
        for number, line in self._lines(one.path).forwards():
            schedule: Resource = {}
            try:
                schedule = read_line(line, "Schedule")
                calendars[schedule["id"]] = self._calendar(schedule, locations)
            except LineFault as fault:
                left_out.add(schedule.get("id", ""))
                self.faults.add(named(one.file.url), number, fault.code)

    def _calendar(self, schedule: Resource, locations: dict[str, UUID]) -> Calendar:
        ours = self.ours
        return calendar_of(schedule, locations, ours.cares, ours.care, ours.form)

    def _free_in(
        self, one: Fresh, calendars: Mapping[str, Calendar], left_out: set[str], met: set[str]
    ) -> Iterator[FreeTime]:
        for number, line in self._lines(one.path).backwards():
            try:
                times = times_of(read_line(line, "Slot"))
            except LineFault as fault:
                self.faults.add(named(one.file.url), number, fault.code)
                continue
            if times.id in met:
                continue
            met.add(times.id)
            calendar = calendars.get(times.schedule)
            if calendar is not None:
                yield from self._places(times, calendar)
            elif times.schedule in left_out:
                self.counts["elsewhere"] += 1
            else:
                self.faults.add(named(one.file.url), number, BadLine.SCHEDULE_UNKNOWN)

    def _places(self, times: Times, calendar: Calendar) -> Iterator[FreeTime]:
        if not times.free:
            self.counts["busy"] += times.places
        elif times.starts_at <= self.ours.begins:
            self.counts["past"] += times.places
        elif times.starts_at > self.ours.ends:
            self.counts["beyond"] += times.places
        else:
            self.counts["free"] += times.places
            if self.counts["free"] > self.ours.most:
                raise FeedProblem(Problem.TOO_MANY_TIMES)
            for place in range(times.places):
                yield _free(times, calendar, place)

    def _gone(self, paths: list[Path], kind: str) -> set[str]:
        """The ids of the resources of a kind that the files delete; a bad line is noted with the slots'."""
        gone: set[str] = set()
        for path in paths:
            for number, line in self._lines(path).forwards():
                try:
                    told = deleted_in(read_line(line, "Bundle"))
                except LineFault as fault:
                    if kind == "Slot":
                        self.faults.add("deleted", number, fault.code)
                else:
                    gone |= {key for of, key in told if of == kind}
        return gone

    def _lines(self, path: Path) -> Lines:
        return Lines(path, most=self.ours.most * 2)


def named(url: str) -> str:
    """A file's own name, without the rest of its address."""
    return urlsplit(url).path.rpartition("/")[2][:80] or "/"


def key_of(id: str, *told: object) -> str:
    """A source's own id and a digest of what the place is: a place that has moved is another place."""
    digest = sha256("\n".join(map(str, told)).encode()).hexdigest()[:12]
    short = id if len(id) <= LONGEST_ID else sha256(id.encode()).hexdigest()[:LONGEST_ID]
    return f"{short}.{digest}"


def _free(times: Times, calendar: Calendar, place: int) -> FreeTime:
    facts = (calendar.care, calendar.form, times.starts_at.timestamp(), times.ends_at.timestamp())
    return FreeTime(
        clinic=calendar.clinic,
        care=calendar.care,
        form=calendar.form,
        starts_at=times.starts_at,
        ends_at=times.ends_at,
        key=key_of(times.id, *facts, place),
    )
