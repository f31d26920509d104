"""Offers by the actions alone: sent and accepted, beside the same statements without the product."""

from datetime import UTC, datetime
from functools import partial

from accounts.selectors.actors import system_actor
from accounts.tenancy import Actor, acting_as
from benchmarks.bookings_action import Works, beside
from benchmarks.cast import Pair, actor, pairs
from benchmarks.replay import WAYS
from brokering.access import access_offer
from brokering.actions.offers import accept_offer, send_offer
from brokering.actions.rounds import Proposed
from brokering.models import Offer, Referral
from brokering.states import OfferState

OFFERS = 120


def measure() -> None:
    """Offers a second, each sent by the system and accepted by its patient."""
    now = datetime.now(UTC)
    people = pairs(OFFERS * WAYS, now=now)
    # Nobody is offered what lies outside their wishes; here each would go as far as the pairing sends them.
    waiting = Referral.objects.using("owner").filter(id__in=[pair.need.id for pair in people])
    waiting.update(max_distance_km=None, earliest_on=None, latest_on=None)
    works = [_works(pair, actor(pair), now) for pair in people]
    beside("offer.sent_and_accepted", "offers a second", works)


def _works(pair: Pair, by: Actor, now: datetime) -> Works:
    return [partial(_send, pair, now), partial(_accept, pair, by, now)]


def _send(pair: Pair, now: datetime) -> None:
    need = pair.need
    proposed = Proposed(
        round=None,  # type: ignore[arg-type]
        need_key=need.need_key,
        tenant=need.tenant_id,
        slot=pair.slot,
        lot=pair.lot,
        route=pair.route,
    )
    with acting_as(system_actor(need.tenant_id)) as system:
        send_offer(by=system, proposed=proposed, now=now)


def _accept(pair: Pair, by: Actor, now: datetime) -> None:
    with acting_as(by):
        sent = Offer.objects.get(referral=pair.need.id, state=OfferState.SENT)
        offer = access_offer(sent.id, by=by, purpose="offer", now=now)
        accept_offer(by=by, offer=offer, now=now)
