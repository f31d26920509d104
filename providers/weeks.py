"""A clinic's week as it stands at a moment: every place with its state, day by day."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from providers.patterns import SWEDEN


class PlaceState(StrEnum):
    """How a place stands; only withdrawn is stored, the rest follows from its claims and the time."""

    FREE = "free"
    SOON = "soon"
    HELD = "held"
    BOOKED = "booked"
    FULFILLED = "fulfilled"
    MISSED = "missed"
    PASSED = "passed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, kw_only=True)
class Occupancy:
    """One claim on a place, as far as its state is concerned."""

    state: str
    held_until: datetime | None = None
    ended_why: str = ""


@dataclass(frozen=True, kw_only=True)
class PlaceInWeek:
    """One place in the week: when, what care, how it stands."""

    id: UUID
    care: str
    form: str
    starts_at: datetime
    ends_at: datetime
    opens_at: datetime
    held_until: datetime | None
    state: PlaceState

    @property
    def may_be_withdrawn(self) -> bool:
        """Whether the clinic can take the place back now."""
        return self.state in (PlaceState.FREE, PlaceState.SOON)


@dataclass(frozen=True, kw_only=True)
class Day:
    """One Swedish day of the week with its places in order."""

    on: date
    places: tuple[PlaceInWeek, ...]

    @property
    def is_shown(self) -> bool:
        """Whether the week shows the day: Monday to Friday always, the weekend when it has places."""
        return bool(self.places) or self.on.weekday() < 5


@dataclass(frozen=True, kw_only=True)
class Week:
    """A week from Monday to Sunday."""

    monday: date
    days: tuple[Day, ...]

    @property
    def number(self) -> int:
        """ISO week number."""
        return self.monday.isocalendar().week

    @property
    def sunday(self) -> date:
        """Last day of the week."""
        return self.monday + timedelta(days=6)

    @property
    def previous(self) -> date:
        """Monday of the week before."""
        return self.monday - timedelta(days=7)

    @property
    def next(self) -> date:
        """Monday of the week after."""
        return self.monday + timedelta(days=7)

    @property
    def counts(self) -> dict[str, int]:
        """Number of places per state, every state named."""
        found = Counter(place.state for day in self.days for place in day.places)
        return {state.value: found[state] for state in PlaceState}


def state_of(
    *,
    withdrawn: bool,
    starts_at: datetime,
    opens_at: datetime,
    claims: Iterable[Occupancy],
    now: datetime,
) -> tuple[PlaceState, datetime | None]:
    """How a place stands now, and until when it is held; a hold that has run out holds nothing."""
    by_state = {claim.state: claim for claim in claims}
    ends = {claim.ended_why for claim in claims}
    held = by_state.get("held")
    if "confirmed" in by_state:
        return PlaceState.BOOKED, None
    if ends & {"fulfilled", "missed"}:
        return PlaceState.FULFILLED if "fulfilled" in ends else PlaceState.MISSED, None
    if withdrawn:
        return PlaceState.WITHDRAWN, None
    if held and held.held_until and held.held_until > now:
        return PlaceState.HELD, held.held_until
    return _untaken(starts_at, opens_at, now), None


def _untaken(starts_at: datetime, opens_at: datetime, now: datetime) -> PlaceState:
    if starts_at <= now:
        return PlaceState.PASSED
    return PlaceState.SOON if opens_at > now else PlaceState.FREE


def laid_out(monday: date, places: Iterable[PlaceInWeek]) -> Week:
    """The seven days of the week that begins on `monday`, empty days included."""
    ordered = sorted(places, key=lambda place: (place.starts_at, place.care, str(place.id)))
    days = [monday + timedelta(days=number) for number in range(7)]
    return Week(
        monday=monday,
        days=tuple(
            Day(
                on=day,
                places=tuple(
                    place for place in ordered if place.starts_at.astimezone(SWEDEN).date() == day
                ),
            )
            for day in days
        ),
    )
