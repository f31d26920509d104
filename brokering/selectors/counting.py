"""What many ask alike, kept for a moment: pages for those of whom nothing is known, counts of whole lists."""

import functools
import hashlib
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pickle import UnpicklingError
from typing import Any, TypeVar

from django.conf import settings
from django.core.cache import cache
from redis import RedisError

from brokering.selectors.free_places import (
    ClinicPlaces,
    places_by_clinic,
    places_by_region,
    silent_clinics,
)
from brokering.selectors.places import swedish_day
from brokering.selectors.queries import Query
from brokering.selectors.search import ClinicOnMap, Page, judged_clinics, search

KEPT_FOR = 20
"""Seconds for which the counts of a list are kept; the page says how old they are."""
FOUND_FOR = 5
"""Seconds for which a page of hits is kept: no place that is published or taken is hidden longer."""
COUNTRY = "free-places-by-region"
UNREADABLE = (AttributeError, EOFError, ImportError, IndexError, KeyError, TypeError, ValueError)
"""What a value raises that was kept by other code than reads it; with UnpicklingError."""
COUNTRY_KEPT = 600
"""Seconds for which the count of the country is shown, with its age, where no worker counts it each minute.

At two million places that takes a second or two."""
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


@dataclass(frozen=True, kw_only=True)
class Country:
    """How many places are free in each region's area, and when that was."""

    by_region: dict[str, int]
    at: datetime


def country(*, now: datetime) -> Country:
    """The last count of the country; it is counted now only where there is none."""
    return kept(_country_key(), COUNTRY_KEPT, lambda: _count_country(now))


def count_country(*, now: datetime) -> int:
    """Count the country anew, for everybody who looks next; how many places are free."""
    counted_now = _count_country(now)
    with suppress(RedisError):
        cache.set(_country_key(), counted_now, COUNTRY_KEPT)
    return sum(counted_now.by_region.values())


def _count_country(now: datetime) -> Country:
    return Country(by_region=places_by_region(now=now), at=now)


def found_for_anyone(query: Query, *, number: int, now: datetime) -> Page:
    """The page for those who have said nothing that others may not see: one for all equal questions.

    `number` is that of the care's last change: what an open screen has been told of is never hidden from it.
    """
    asked = vars(query.canonical) | {"number": number, "on": swedish_day(now)}
    return kept(_key("found", asked), FOUND_FOR, lambda: search(query, now=now))


def age_of(page: Page, *, now: datetime) -> int:
    """Whole seconds since the page was read."""
    return max(0, int((now - page.read_at).total_seconds()))


def counted(query: Query, page: Page, *, now: datetime, for_one: bool = False) -> Counted:
    """The counts of the list that the page is part of.

    A list that one page holds is counted with its page, so that both say the same. `for_one`: the answers
    are one person's; counts of what they can book are kept nowhere.
    """

    def count() -> Counted:
        places = places_by_clinic(page.places, now=now)
        return Counted(places=places, silent=silent_clinics(page.places, now=now), at=now)

    is_whole = not query.cursor and not page.next_cursor
    if is_whole or (for_one and query.is_judged):
        return count()
    return kept(_key("counted", vars(page.places)), KEPT_FOR, count)


def clinics_on_map(
    query: Query, page: Page, counts: Counted, *, now: datetime, for_one: bool = False
) -> list[ClinicOnMap]:
    """The clinics of the counts with their answers; those that are one person's are kept nowhere."""

    def judge() -> list[ClinicOnMap]:
        return judged_clinics(counts.places, page, now=now)

    if for_one:
        return judge()
    asked = vars(query) | {"cursor": "", "size": 0, "on": swedish_day(now), "of": counts.places}
    return kept(_key("judged", asked), KEPT_FOR, judge)


def kept(key: str, seconds: int, make: Callable[[], Value]) -> Value:
    """What was made under a key lately, or what is made now; without the cache it is made each time.

    What cannot be read was not made: another release may have kept it.
    """
    with suppress(RedisError, UnpicklingError, *UNREADABLE):
        found: Value | None = cache.get(key)
        if found is not None:
            return found
    made = make()
    with suppress(RedisError):
        cache.set(key, made, seconds)
    return made


def _key(name: str, asked: dict[str, Any]) -> str:
    told = json.dumps(asked, default=str, sort_keys=True)
    return f"{name}:{release()}:{hashlib.sha256(told.encode()).hexdigest()}"


def _country_key() -> str:
    return f"{COUNTRY}:{release()}"


@functools.cache
def release() -> str:
    """Digest of the product's code: what one release keeps is read by no other."""
    told = hashlib.sha256()
    for app in ("accounts", "providers", "contracts", "brokering"):
        for path in sorted((settings.BASE_DIR / app).rglob("*.py")):
            told.update(path.read_bytes())
    return told.hexdigest()[:16]
