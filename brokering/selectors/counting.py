"""Counts over a whole list of free places, kept for a moment; the hits themselves are read anew each time."""

import hashlib
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.core.cache import cache
from redis import RedisError

from brokering.selectors.free_places import ClinicPlaces, places_by_clinic, silent_clinics
from brokering.selectors.places import swedish_day
from brokering.selectors.search import ClinicOnMap, Page, Query, judged_clinics
from brokering.verdict import Seeker

KEPT_FOR = 20
"""Seconds for which the counts of a list are kept; the page says how old they are."""
Value = TypeVar("Value")


@dataclass(frozen=True, kw_only=True)
class Counted:
    """Every clinic of a list, how many clinics of the care are silent, and when that was."""

    places: list[ClinicPlaces]
    silent: int
    at: datetime

    @property
    def total(self) -> int:
        """How many places the whole list has."""
        return sum(one.count for one in self.places)


def counted(query: Query, page: Page, *, now: datetime) -> Counted:
    """The counts of the list that the page is part of.

    A list that one page holds is counted with its page, so that both say the same.
    """

    def count() -> Counted:
        places = places_by_clinic(query.places, now=now)
        return Counted(places=places, silent=silent_clinics(query.places, now=now), at=now)

    is_whole = not query.cursor and not page.next_cursor
    return count() if is_whole else kept(_key("counted", vars(query.places)), KEPT_FOR, count)


def clinics_on_map(
    query: Query, page: Page, counts: Counted, *, now: datetime, seeker: Seeker | None = None
) -> list[ClinicOnMap]:
    """The clinics of the counts with their answers; those of `seeker`, real facts, are kept nowhere."""

    def judge() -> list[ClinicOnMap]:
        return judged_clinics(counts.places, page, now=now)

    if seeker:
        return judge()
    asked = vars(query) | {"cursor": "", "size": 0, "on": swedish_day(now), "of": counts.places}
    return kept(_key("judged", asked), KEPT_FOR, judge)


def kept(key: str, seconds: int, make: Callable[[], Value]) -> Value:
    """What was made under a key lately, or what is made now; without the cache it is made each time."""
    with suppress(RedisError):
        found: Value | None = cache.get(key)
        if found is not None:
            return found
    made = make()
    with suppress(RedisError):
        cache.set(key, made, seconds)
    return made


def _key(name: str, asked: dict[str, Any]) -> str:
    told = json.dumps(asked, default=str, sort_keys=True)
    return f"{name}:{hashlib.sha256(told.encode()).hexdigest()}"
