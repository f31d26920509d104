"""What ran out is ended, what is old is forgotten. Safe to run twice."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from functools import partial
from uuid import UUID

import structlog
from celery import shared_task
from django.conf import settings
from django.db import OperationalError
from django.utils import timezone
from psycopg.errors import DeadlockDetected

from accounts.actions.upkeep import forget_outcomes
from accounts.selectors.actors import system_actor
from accounts.tenancy import Actor, acting_as
from brokering.actions.claims import end_lapsed
from brokering.actions.invitations import end_batch
from brokering.actions.offers import expire_booking, lapse_offer
from brokering.errors import WrongState
from brokering.models import Booking, Offer
from brokering.selectors.batches import batches_to_end
from brokering.selectors.upkeep import lapsed_holds, lapsed_offers, region_tenants

log = structlog.get_logger(__name__)


@shared_task(name="brokering.tasks.sweep")
def sweep() -> dict[str, int]:
    """End what ran out. Nothing depends on it for safety; it keeps the screens tidy."""
    now, system = timezone.now(), system_actor()
    offers = 0
    for tenant in region_tenants():
        actor = system_actor(tenant)
        with acting_as(actor):
            late, held = list(lapsed_offers(now=now)), list(lapsed_holds(now=now))
        offers += sum(_alone(actor, partial(_lapse_offer, actor, one, now)) for one in late)
        for booking in held:
            _alone(actor, partial(_lapse_hold, actor, booking, now))
    ended = _alone(system, partial(end_lapsed, now=now))
    batches = sum(_alone(system, partial(_end_batch, one, now)) for one in batches_to_end(now=now))
    return {"claims": ended, "offers": offers, "batches": batches}


@shared_task(name="brokering.tasks.forget_old")
def forget_old() -> int:
    """Remove outcomes of keys that are older than promised."""
    return forget_outcomes(before=timezone.now() - settings.OUTCOME_KEPT)


def _alone(actor: Actor, end: Callable[[], int]) -> int:
    """How many were ended, in a transaction of its own: what one waits for holds no other up.

    One that the database stops to free others (a deadlock) is left for the next sweep.
    """
    try:
        with acting_as(actor):
            return end()
    except OperationalError as error:
        if not isinstance(error.__cause__, DeadlockDetected):
            raise
        log.warning("left for the next sweep", why=type(error.__cause__).__name__)
        return 0


def _lapse_offer(actor: Actor, offer: Offer, now: datetime) -> int:
    # Someone answered at the last moment: then there is nothing left to tidy.
    with suppress(WrongState):
        lapse_offer(by=actor, offer=offer, now=now)
        return 1
    return 0


def _lapse_hold(actor: Actor, booking: Booking, now: datetime) -> int:
    with suppress(WrongState):
        expire_booking(by=actor, booking=booking, now=now)
        return 1
    return 0


def _end_batch(batch: UUID, now: datetime) -> int:
    return int(end_batch(batch_id=batch, now=now))
