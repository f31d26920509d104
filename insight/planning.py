"""Need against capacity, week by week, and what more places would save: one queue that anybody can count.

People are served by class of need, within it by the last day on which care is in time, each by the first
place that is left. In a plan for a group of regions everyone of the group shares all its places.
Weeks are numbered from 0, this one; a place of a week serves somebody in that week.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

WEEKS = 13
"""How far a plan looks; the guarantee's 90 days."""


class Kind(NamedTuple):
    """People who wait alike: class of need (5: none set), week of the last day; negative: it has passed.

    Those whose last day comes after the plan, or who have none, stand at WEEKS.
    """

    priority: int
    due: int


Needs = Mapping[Kind, int]


@dataclass(frozen=True, kw_only=True)
class Served:
    """What becomes of those who wait: in time, too late, not within the plan; the weeks they wait in all.

    Who is not served within the plan has waited all its weeks.
    """

    in_time: int
    late: int
    left: int
    weeks: int

    @property
    def days(self) -> int:
        """Days that they wait in all, from today: seven a week."""
        return 7 * self.weeks

    def __sub__(self, other: "Served") -> "Served":
        return Served(
            in_time=self.in_time - other.in_time,
            late=self.late - other.late,
            left=self.left - other.left,
            weeks=self.weeks - other.weeks,
        )


def served(needs: Needs, places: Sequence[int]) -> Served:
    """Everyone by need and last day, each by the first place left."""
    left = list(places)
    in_time = late = unserved = weeks = 0
    week = 0
    for kind in sorted(kind for kind, number in needs.items() if number):
        number = needs[kind]
        while number and week < len(left):
            given = min(number, left[week])
            in_time, late = (in_time + given, late) if week <= kind.due else (in_time, late + given)
            weeks += given * week
            left[week] -= given
            number -= given
            week += not left[week]
        unserved += number
        weeks += number * len(left)
    return Served(in_time=in_time, late=late, left=unserved, weeks=weeks)


def due_by_week(needs: Needs) -> tuple[int, ...]:
    """How many have their last day in each week, passed days in the first; at the end: later, or none."""
    found = [0] * (WEEKS + 1)
    for kind, number in needs.items():
        found[max(0, min(kind.due, WEEKS))] += number
    return tuple(found)


def balance(due: Sequence[int], places: Sequence[int]) -> tuple[int, ...]:
    """By the end of each week, places so far less people whose last day has come; negative: too few."""
    found, sum_of = [], 0
    for needed, given in zip(due, places, strict=True):
        sum_of += given - needed
        found.append(sum_of)
    return tuple(found)


@dataclass(frozen=True, kw_only=True)
class Saving:
    """One more team-day: how many places it is, the week where it saves most, and what it saves there."""

    places: int
    week: int
    in_time: int
    days: int


def team_day(needs: Needs, places: Sequence[int], *, size: int, first: int = 1) -> Saving | None:
    """The week, not before `first`, in which so many more places bring most in time, then save most days.

    None where it saves nothing anywhere, or there is no size. The earliest of equal weeks.
    """
    now = served(needs, places)
    best: Saving | None = None
    for week in range(first, len(places)) if size else ():
        more = [number + size * (at == week) for at, number in enumerate(places)]
        gain = served(needs, more) - now
        found = Saving(places=size, week=week, in_time=gain.in_time, days=-gain.days)
        if best is None or (found.in_time, found.days) > (best.in_time, best.days):
            best = found
    return best if best and (best.in_time > 0 or best.days > 0) else None


def together(all_needs: Iterable[Needs]) -> dict[Kind, int]:
    """The needs of several regions as one queue."""
    found: dict[Kind, int] = {}
    for needs in all_needs:
        for kind, number in needs.items():
            found[kind] = found.get(kind, 0) + number
    return found
