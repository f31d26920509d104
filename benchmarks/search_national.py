"""Search at the size of the country: a mix of questions, one booking to 55 of them, pages turned.

Each search is followed by the bare SQL of its page, the same statement with the same values on a connection
of psycopg's own: what the database needs in any case. The two take turns, so that what else the machine does
meets both. Times are those of the process that searches: connection, cache and statements as in production.
"""

import contextlib
import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

import psycopg
from django.core.cache import cache
from django.db import connection, connections

from accounts.tenancy import acting_as
from benchmarks.asked import judged, searches, turns_the_page
from benchmarks.cast import Pair, actor, pairs
from benchmarks.national import postmaster
from benchmarks.stage import MILLI, percentile, tell_of
from brokering.access import access_booking
from brokering.actions.bookings import confirm
from brokering.actions.holds import hold
from brokering.selectors.queries import Query
from brokering.selectors.search import Page, search
from providers.models import Slot

PER_BOOKING = 55
BOOKINGS = 10
WARM_UP = 60
JUDGED = 200
COLD, BETWEEN = 8, 20.0
"""The keeper of an embedded server gives up when it stops five times within a minute."""
PAGE_OF = "FROM page s"
"""What only the statement of the page itself says."""
HELD = timedelta(minutes=10)
PAUSE, PATIENCE = 1.0, 60.0
DROP_CACHES = Path("/proc/sys/vm/drop_caches")


class Seen(NamedTuple):
    """Milliseconds of one search and of the bare SQL of its page."""

    took: float
    bare: float


def measure() -> None:
    """Lines for warm searches, for those narrowed by law and terms, and for the first ones after a start."""
    size = Slot.objects.filter(state=Slot.State.OPEN).count()
    now = datetime.now(UTC)
    booking = iter(pairs(BOOKINGS, now=now))
    queries = list(searches(WARM_UP + PER_BOOKING * BOOKINGS, now))
    seen = list(asked(queries, booking))[WARM_UP:]
    tell_shares("search.national", seen, size)
    tell_shares("search.judged", list(asked(list(judged(queries[:JUDGED])), iter(()))), size)
    tell_shares("search.national_cold", list(_cold(queries[:COLD])), size)


def tell_shares(name: str, seen: list[Seen], size: int) -> None:
    """A line each for the median, the 95th and the 99th percentile."""
    took, bare = [one.took for one in seen], [one.bare for one in seen]
    for share in (50, 95, 99):
        own, least = percentile(took, share), percentile(bare, share)
        more = {"searches": len(seen), "worst": round(max(took), 1)}
        reference = ("the bare SQL of the same pages by psycopg", round(least, 2))
        tell_of(f"{name}_p{share}", (round(own, 2), "milliseconds"), reference, size, **more)


def asked(queries: list[Query], bookings: Iterator[Pair]) -> Iterator[Seen]:
    """Search, and read each page again without the product; a booking after every so many searches."""
    rng = random.Random(1)
    with psycopg.connect(os.environ["DATABASE_URL"], options="-c jit=off") as bare:
        bare.autocommit, bare.prepare_threshold = True, 0
        for number, query in enumerate(queries, start=1):
            page, seen = _one(query, bare)
            yield seen
            if turns_the_page(page, rng):
                _, seen = _one(replace(query, cursor=page.next_cursor), bare)
                yield seen
            if number % PER_BOOKING == 0 and (pair := next(bookings, None)):
                _book(pair)


def _one(query: Query, bare: psycopg.Connection[Any]) -> tuple[Page, Seen]:
    statements: list[tuple[str, Any]] = []
    with connection.execute_wrapper(_noting(statements)):
        begun = perf_counter()
        page = search(query, now=datetime.now(UTC))
        took = perf_counter() - begun
    pages = [one for one in statements if PAGE_OF in one[0]]
    assert pages
    begun = perf_counter()
    for sql, known in pages:
        bare.execute(sql, known).fetchall()
    return page, Seen(took * MILLI, (perf_counter() - begun) * MILLI)


def _noting(statements: list[tuple[str, Any]]) -> Callable[..., Any]:
    def noted(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        statements.append((sql, params))
        return execute(sql, params, many, context)

    return noted


def _book(pair: Pair) -> None:
    by, now = actor(pair), datetime.now(UTC)
    with acting_as(by):
        booking = hold(by=by, request=pair.request(now + HELD), now=now)
    with acting_as(by):
        confirm(by=by, booking=access_booking(booking.id, by=by, purpose="test", now=now), now=now)


def _cold(queries: list[Query]) -> Iterator[Seen]:
    """Each of a few searches right after PostgreSQL was started, with nothing in any cache.

    Only the search itself is cold; its bare SQL comes after it, from pages that are in memory by then.
    """
    for query in queries:
        begun = time.monotonic()
        _restart()
        with psycopg.connect(os.environ["DATABASE_URL"], options="-c jit=off") as bare:
            connection.ensure_connection()
            yield _one(query, bare)[1]
        time.sleep(max(0.0, BETWEEN - (time.monotonic() - begun)))


def _restart() -> None:
    """End PostgreSQL; its keeper starts it again. The caches of the system are emptied where one may."""
    connections.close_all()
    cache.clear()
    os.kill(postmaster(), signal.SIGINT)
    time.sleep(PAUSE)
    if os.access(DROP_CACHES, os.W_OK):
        DROP_CACHES.write_text("1")
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(os.environ["DATABASE_URL"]).close()
            return
        time.sleep(0.1)
    raise AssertionError("PostgreSQL did not come back")
