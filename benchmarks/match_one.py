"""One free place at a time, for one client and for eight at once; and the best places for one need.

Last days in time are worked out beforehand, as the schedule does, some hundred places are given out already,
and the process is settled as a worker's is. The reference of a candidate is the first page of the index and
nothing else; of an offer, the candidate alone. What is measured is written: the country is a copy.
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from functools import cache
from time import perf_counter
from uuid import UUID

from django.conf import settings
from django.db import connections

from accounts.selectors.actors import system_actor
from benchmarks.national import superuser
from benchmarks.stage import MILLI, percentile, tell_of
from brokering.actions.rematching import rematch
from brokering.actions.turns import work_out
from brokering.matching.snapshot import WithinClass
from brokering.selectors.alternatives import free_slots
from brokering.selectors.country.best_places import best_places
from brokering.selectors.need_profiles import MATCHER
from brokering.selectors.places import swedish_day
from brokering.selectors.takers import takers
from brokering.selectors.turns import AWAY, away
from brokering.selectors.upkeep import waiting_by_care
from brokering.selectors.within_reach import Reach, within_reach
from brokering.tasks import offered
from config.settling import settle
from providers.models import Claim, Region

BEFORE, PLACES, MET, CLIENTS = 400, 400, 100, 8
"""Places given out before anything is measured; measured, so many that the 99th percentile is more than a
place or two; and those at which eight clients meet."""
LARGEST = 12
"""Cares with the longest queues, from which places are taken in turn."""
BEST_GOAL = 60
SOME_NEEDS = """
    SELECT care_id, need_key FROM (SELECT %s::int) AS most(n),
    unnest(%s::text[]) WITH ORDINALITY AS of(care, turn), LATERAL (
        SELECT care_id, need_key, row_number() OVER (ORDER BY need_key) AS number
          FROM brokering_turn WHERE care_id = of.care ORDER BY need_key LIMIT most.n) waiting
    ORDER BY number, turn
"""
"""So many of each care, one of each at a time."""
Place = tuple[str, UUID]
"""Code of a care, and the key of a place or a need."""


def measure() -> None:
    """A line for the work beforehand, for candidates, for offers, and for eight clients at once."""
    cares = list(waiting_by_care())[:LARGEST]
    work_out_all(cares)
    free = free_places(cares, BEFORE + PLACES + MET)
    give_out(free[:BEFORE])
    places, met = free[BEFORE : BEFORE + PLACES], free[BEFORE + PLACES :]
    settle()
    bare = [_timed(_first_page, place) for place in places]
    found = [_timed(_candidate, place) for place in places]
    _told("match_one.candidate", found, bare, "the first page of the index")
    offers = [_timed(_offer, place) for place in places]
    _told("match_one.offer", offers, found, "the candidate alone")
    needs = _needs(cares)
    best = [_timed(_best_places, need) for need in needs]
    _told("match_one.best_places", best, [(BEST_GOAL, 0)], "the goal: milliseconds at the 99th")
    _at_once(met)


def work_out_all(cares: Sequence[str]) -> None:
    """Work out every turn of some cares, and tell how long that took."""
    now, begun = datetime.now(UTC), perf_counter()
    done = sum(work_out(care, now=now) for care in cares)
    took = perf_counter() - begun
    with superuser(connections["default"].settings_dict["NAME"]) as server:
        # All turns at once are written on no other day; the server tidies within minutes by itself.
        server.execute("VACUUM ANALYZE brokering_turn")
        server.execute("CHECKPOINT")
    tell_of(
        "match_one.work_out",
        (round(done / max(took, 0.001)), "needs a second"),
        ("the goal: a queue of 49,000 in a minute", 817),
        done,
    )


def give_out(places: Sequence[Place]) -> None:
    """Offer some places, so that what follows is done by a server that knows how many bookings there are.

    It learns that within a minute by itself; until then it reads tables whole that it knew as empty.
    """
    for place in places:
        _offer(place)
    with superuser(connections["default"].settings_dict["NAME"]) as server:
        server.execute("ANALYZE")


def free_places(cares: Sequence[str], most: int) -> list[Place]:
    """Free places of the cares in turn, far enough ahead for an offer."""
    now = datetime.now(UTC)
    each = [
        free_slots(care, now=now)
        .filter(starts_at__gt=now + settings.MATCH_NOTICE)
        .order_by("id")
        .values_list("care_id", "id")[: most // len(cares) + 1]
        for care in cares
    ]
    return [place for row in zip(*map(list, each), strict=False) for place in row][:most]


def _needs(cares: Sequence[str]) -> list[Place]:
    """Some who wait for each of the cares, in turn."""
    with connections[MATCHER].cursor() as cursor:
        cursor.execute(SOME_NEEDS, [PLACES // len(cares) + 1, list(cares)])
        return [(care, key) for care, key in cursor.fetchall()][:PLACES]


def _best_places(need: Place) -> int:
    return len(best_places(*need, now=datetime.now(UTC)) or ())


def _asked(place: Place) -> tuple[str, list[UUID]]:
    return place[0], [place[1]]


def _first_page(place: Place) -> int:
    within = WithinClass(settings.MATCH_WITHIN_CLASS)
    today = swedish_day(datetime.now(UTC))
    pages = within_reach(place[0], lambda: (_everywhere(), ()), on=today, within=within)
    return len(next(pages, []))


@cache
def _everywhere() -> Reach:
    """A place for everybody."""
    regions = tuple(Region.objects.values_list("code", flat=True))
    return Reach(
        last_begins=date.max,
        first_day=date.min,
        spots=(),
        own=regions,
        away=regions,
        routes=away(AWAY),
    )


def _candidate(place: Place) -> int:
    return len(takers(*_asked(place), now=datetime.now(UTC)).needs)


def _offer(place: Place) -> int:
    """The candidate, the round's rows, and the offer through the guarded action."""
    care, slots = _asked(place)
    now = datetime.now(UTC)
    done = rematch(by=system_actor(), care=care, slots=slots, now=now, finished=now)
    return sum(offered(one, now=now) for one in done.proposals)


def _timed(work: Callable[[Place], int], place: Place) -> tuple[float, int]:
    """Milliseconds, and how many were found."""
    begun = perf_counter()
    found = work(place)
    return (perf_counter() - begun) * MILLI, found


def _told(
    name: str, times: Sequence[tuple[float, int]], other: Sequence[tuple[float, int]], what: str
) -> None:
    mine, reference = [took for took, _ in times], [took for took, _ in other]
    for share in (50, 99):
        tell_of(
            f"{name}_p{share}",
            (round(percentile(mine, share), 2), "milliseconds"),
            (what, round(percentile(reference, share), 2)),
            len(mine),
            found=sum(found for _, found in times),
            load=round(os.getloadavg()[0], 1),
        )


def _at_once(places: Sequence[Place]) -> None:
    """Every place is given out by two of the clients, so that they meet; nobody has two, no place either."""
    todo = [place for place in places for _ in range(2)]
    begun = perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        made = sum(pool.map(_offer_alone, todo))
    took = perf_counter() - begun
    occupied = Claim.objects.filter(
        slot__in=[slot for _, slot in places], state__in=Claim.OCCUPYING
    )
    claims = list(occupied.values_list("slot_id", flat=True))
    tell_of(
        "match_one.at_once",
        (round(len(todo) / took, 1), "changes a second"),
        ("the goal: changes a second", 100),
        len(todo),
        clients=CLIENTS,
        offers=made,
        double_claims=len(claims) - len(set(claims)),
    )


def _offer_alone(place: Place) -> int:
    try:
        return _offer(place)
    finally:
        connections.close_all()
