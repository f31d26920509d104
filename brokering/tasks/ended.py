"""What ran out is ended, what is old is forgotten. Safe to run twice."""

from contextlib import suppress
from datetime import datetime
from uuid import UUID

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from accounts.actions.upkeep import forget_outcomes
from accounts.selectors.actors import system_actor
from accounts.tenancy import acting_as
from brokering.actions.holds import end_lapsed
from brokering.actions.invitations import end_batch
from brokering.actions.offers import expire_booking, lapse_offer
from brokering.errors import WrongState
from brokering.selectors.batches import batches_to_end
from brokering.selectors.upkeep import lapsed_holds, lapsed_offers, region_tenants


@shared_task(name="brokering.tasks.sweep")
def sweep() -> dict[str, int]:
    """End what ran out. Nothing depends on it for safety; it keeps the screens tidy."""
    now = timezone.now()
    offers = 0
    for tenant in region_tenants():
        with acting_as(system_actor(tenant)):
            offers += _lapse_offers(tenant, now)
            _lapse_holds(tenant, now)
    with acting_as(system_actor()):
        ended = end_lapsed(now=now)
    batches = sum(end_batch(batch_id=one, now=now) for one in batches_to_end(now=now))
    return {"claims": ended, "offers": offers, "batches": batches}


@shared_task(name="brokering.tasks.forget_old")
def forget_old() -> int:
    """Remove outcomes of keys that are older than promised."""
    return forget_outcomes(before=timezone.now() - settings.OUTCOME_KEPT)


def _lapse_offers(tenant: UUID, now: datetime) -> int:
    actor = system_actor(tenant)
    ended = 0
    for offer in list(lapsed_offers(now=now)):
        # Someone answered or let go at the last moment: then there is nothing left to tidy.
        with suppress(WrongState):
            lapse_offer(by=actor, offer=offer, now=now)
            ended += 1
    return ended


def _lapse_holds(tenant: UUID, now: datetime) -> None:
    actor = system_actor(tenant)
    for booking in list(lapsed_holds(now=now)):
        with suppress(WrongState):
            expire_booking(by=actor, booking=booking, now=now)
