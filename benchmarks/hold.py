"""Hold and release: law decided, receipt frozen, event and news written, committed."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import uuid4

from accounts.selectors.actors import system_actor
from accounts.tenancy import Actor, acting_as
from benchmarks.stage import milliseconds, tell
from brokering.actions.bookings import release
from brokering.actions.holds import HoldRequest, hold
from brokering.actions.rounds import Proposed
from brokering.law.facts import Route
from brokering.models import Booking, Referral
from brokering.tasks import matched
from providers.models import Claim

MOST = 200
CARES = ("besok-ogon", "besok-ortopedi", "besok-hud", "besok-kirurgi", "besok-onh")
NOW = datetime.now(UTC)


def measure() -> None:
    """Lawful pairs of a round, one after the other on one connection, each in its own transaction."""
    pairs = list(_lawful_pairs())[:MOST]
    held: list[Booking] = []
    took, size = milliseconds(partial(_hold, pair, held) for pair in pairs)
    freed, _ = milliseconds(partial(_release, booking) for booking in held)
    bare, _ = milliseconds(partial(_insert, booking) for booking in held)
    reference = ("one claim inserted and committed", bare)
    tell("booking.hold", took, reference, size)
    tell("booking.release", freed, reference, len(held))


def _lawful_pairs() -> Iterator[Proposed]:
    for care in CARES:
        yield from matched(care, now=NOW).proposals


def _actor(tenant: object) -> Actor:
    return system_actor(tenant)  # type: ignore[arg-type]


def _hold(pair: Proposed, held: list[Booking]) -> None:
    by = _actor(pair.tenant)
    with acting_as(by):
        need = Referral.objects.values_list("id", flat=True).get(need_key=pair.need_key)
        request = HoldRequest(
            slot=pair.slot,
            referral=need,
            lot=pair.lot,
            route=Route(pair.route),
            held_until=NOW + timedelta(hours=1),
            before_release=True,
        )
        held.append(hold(by=by, request=request, now=NOW))


def _release(booking: Booking) -> None:
    by = _actor(booking.tenant_id)
    with acting_as(by):
        release(by=by, booking=booking, now=NOW)


def _insert(booking: Booking) -> None:
    """A claim that never occupied anything: the same table, the same indexes, one commit."""
    with acting_as(_actor(booking.tenant_id)):
        Claim.objects.create(
            id=uuid4(),
            slot_id=booking.claim.slot_id,
            lot_id=booking.claim.lot_id,
            state=Claim.State.ENDED,
            ended_why=Claim.Why.RELEASED,
            created_at=NOW,
            changed_at=NOW,
        )
