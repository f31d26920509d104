"""What a turn tells of its need: worked out of law and wishes, and true until a day that it names."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from django.conf import settings

from brokering.selectors.need_profiles import Profile
from brokering.selectors.snapshots import due_of, law_facts, routes_of, why_left_out
from brokering.selectors.turns import away

HOLDS = timedelta(days=7)
"""How long what is worked out is believed, and up to SPREAD days more: then law is read anew in any case."""
SPREAD = 7
"""Days over which, by their keys, those are spread who were worked out on one day."""
DAY = timedelta(days=1)
WITHOUT_LAST_DAY, OVERDUE = date(9999, 12, 30), date(9999, 12, 31)
"""In place of a last day: who has none chooses after those in time, and who is overdue after them."""
BITS = 64


@dataclass(frozen=True, kw_only=True, slots=True)
class Turning:
    """The columns of a turn that are worked out; wishes that are None were not stated."""

    due: date | None
    stands_until: date
    chooses_on: date
    is_matched: bool
    home_region: str
    routes: int
    law: int
    latitude: float | None
    longitude: float | None
    reach: int | None
    earliest: date | None
    latest: date | None


def turning(profile: Profile, today: date) -> Turning:
    """What the turn of a need tells on a day; the profile may lack what the person has turned down."""
    due = due_of(profile, today)
    latitude, longitude = profile.point or (None, None)
    return Turning(
        due=due,
        stands_until=_holds_until(profile, due, today),
        chooses_on=_chooses_on(due, today),
        is_matched=not why_left_out(profile, today),
        home_region=profile.home_region or "",
        routes=away(routes_of(profile)),
        law=law_number(profile, today),
        latitude=latitude,
        longitude=longitude,
        reach=profile.max_distance_km,
        earliest=profile.earliest_on,
        latest=profile.latest_on,
    )


def law_number(profile: Profile, today: date) -> int:
    """A number for all that law asks of a need but the age, as it is on a day."""
    facts = law_facts(profile, today) | {
        "home_region": profile.home_region,
        "routes": routes_of(profile),
    }
    return _number(json.dumps(facts, sort_keys=True))


@lru_cache(maxsize=10_000)
def _number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[: BITS // 8], signed=True)


def _chooses_on(due: date | None, today: date) -> date:
    if due is None:
        return WITHOUT_LAST_DAY
    return due if due >= today else OVERDUE


def _holds_until(profile: Profile, due: date | None, today: date) -> date:
    """The last day before one on which something changes by itself, or some days on."""
    last = today + HOLDS + DAY * (profile.need_key.int % SPREAD)
    return min([*(day for day in _turning_days(profile, due) if day >= today), last])


def _turning_days(profile: Profile, due: date | None) -> Iterator[date]:
    """Last days of something: of being in time, of a fact that lies ahead, of a word that is believed."""
    yield from (event.on - DAY for event in profile.events)
    ahead = (profile.dates.issued_on, profile.need_approved_on, profile.watch_until)
    yield from (day - DAY for day in ahead if day is not None)
    since = profile.dates.first
    yield max(since, profile.confirmed_on or since) + settings.NEED_CONFIRMED_WITHIN
    if due is not None:
        yield due
