"""Bookings by the actions alone: hold and confirm beside the same statements without the product.

The pairs take turns: one by the actions, the next by psycopg, the third by pgbench, so that all three meet
the same clinics. Everything runs on one connection, one booking after the other.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from time import perf_counter, process_time

from accounts.tenancy import Actor, acting_as
from benchmarks.cast import Pair, actor, pairs
from benchmarks.replay import WAYS, Statements, by_pgbench, by_psycopg, recorded
from benchmarks.stage import tell_of
from brokering.access import access_booking
from brokering.actions.bookings import confirm
from brokering.actions.holds import hold
from brokering.models import Booking
from brokering.states import BookingState

BOOKINGS = 150
HELD = timedelta(minutes=10)
Works = Sequence[Callable[[], object]]


def measure() -> None:
    """Bookings a second, and the share of what psycopg and pgbench reach with the same statements."""
    now = datetime.now(UTC)
    works = [_works(pair, actor(pair), now) for pair in pairs(BOOKINGS * WAYS, now=now)]
    beside("booking.action", "bookings a second", works)


def beside(name: str, unit: str, works: Sequence[Works]) -> None:
    """One line of works that are done by the product, by psycopg and by pgbench, a third of them each."""
    noted = [recorded(work) for work in works]
    own, psycopg, pgbench = works[::WAYS], noted[1::WAYS], noted[2::WAYS]
    cpu, begun = process_time(), perf_counter()
    for work in own:
        for part in work:
            part()
    took, cpu = perf_counter() - begun, process_time() - cpu
    bare = len(psycopg) / by_psycopg(psycopg)
    tell_of(
        name,
        (round(len(own) / took, 1), unit),
        ("the same statements by psycopg", round(bare, 1)),
        len(own),
        pgbench=round(len(pgbench) / by_pgbench(pgbench), 1),
        statements=_count(noted),
        python_cpu_ms=round(cpu / len(own) * 1e3, 2),
    )


def _count(noted: Sequence[Sequence[Statements]]) -> float:
    return round(sum(len(part) for work in noted for part in work) / len(noted), 1)


def _works(pair: Pair, by: Actor, now: datetime) -> Works:
    """Hold, then confirm, each in a transaction of its own."""
    return [partial(_hold, pair, by, now), partial(_confirm, pair, by, now)]


def _hold(pair: Pair, by: Actor, now: datetime) -> None:
    with acting_as(by):
        hold(by=by, request=pair.request(now + HELD), now=now)


def _confirm(pair: Pair, by: Actor, now: datetime) -> None:
    with acting_as(by):
        held = Booking.objects.get(referral=pair.need.id, state=BookingState.HELD)
        booking = access_booking(held.id, by=by, purpose="booking", now=now)
        confirm(by=by, booking=booking, now=now)
