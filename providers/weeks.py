"""A clinic's week as it stands at a moment: every place with its state, day by day."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from providers.patterns import ON_SITE, SWEDEN, WEEK, Spot, swedish_moment


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
    mode: str = ON_SITE
    is_fetched: bool = False
    """Whether it came from a feed, which alone can change it."""

    @property
    def spot(self) -> Spot:
        """What it is, whoever published it."""
        return Spot(self.care, self.form, self.starts_at, self.ends_at, self.mode)

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

    @property
    def standing(self) -> tuple[PlaceInWeek, ...]:
        """The places that have not been withdrawn."""
        return tuple(place for place in self.places if place.state is not PlaceState.WITHDRAWN)

    @property
    def withdrawn(self) -> tuple[PlaceInWeek, ...]:
        """The places that the clinic has taken back."""
        return tuple(place for place in self.places if place.state is PlaceState.WITHDRAWN)

    @property
    def copied(self) -> tuple[PlaceInWeek, ...]:
        """The places that a copy of the week has too: a feed brings its own."""
        return tuple(place for place in self.standing if not place.is_fetched)

    @property
    def may_be_marked(self) -> bool:
        """Whether any of its places can be changed."""
        return any(place.may_be_withdrawn for place in self.places)


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


class Meeting(StrEnum):
    """How a wanted place meets what its week holds already."""

    NEW = "new"
    THERE = "there"
    CLASH = "clash"


def copies(week: Week, later: int) -> list[Spot]:
    """The week's places as they would stand some weeks later: the same clock, the same real length.

    Withdrawn places are not copied, nor those of a feed, which brings its own. A time that does not exist in
    the later week, when the clocks go forward, is left out.
    """
    found = []
    for place in (place for day in week.days for place in day.copied):
        shown = place.starts_at.astimezone(SWEDEN)
        starts_at = swedish_moment(shown.date() + later * WEEK, shown.time())
        if starts_at is not None:
            length = place.ends_at - place.starts_at
            found.append(place.spot._replace(starts_at=starts_at, ends_at=starts_at + length))
    return found


def meetings(wanted: Iterable[Spot], week: Week) -> list[tuple[Spot, Meeting]]:
    """How each wanted place meets the week that it would stand in.

    As many as are there already are there; one that overlaps another time or care clashes.
    """
    standing = [place.spot for day in week.days for place in day.standing]
    left = Counter(standing)
    return [(spot, _meeting(spot, standing, left)) for spot in wanted]


def _meeting(spot: Spot, standing: list[Spot], left: Counter[Spot]) -> Meeting:
    if left[spot] > 0:
        left[spot] -= 1
        return Meeting.THERE
    clashes = any(
        other != spot and other.starts_at < spot.ends_at and spot.starts_at < other.ends_at
        for other in standing
    )
    return Meeting.CLASH if clashes else Meeting.NEW
