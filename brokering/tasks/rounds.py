"""Matching rounds of one care, and offers for what they propose. Safe to run twice."""

from datetime import datetime
from uuid import UUID

import structlog
from celery import shared_task
from django.conf import settings
from django.utils import timezone

from accounts.errors import Refusal
from accounts.selectors.actors import system_actor
from accounts.tenancy import acting_as
from brokering.actions.offers import send_offer
from brokering.actions.rematching import rematch
from brokering.actions.rounds import Proposed, RoundOutcome
from brokering.actions.rounds import run_round as run_round_now

log = structlog.get_logger(__name__)


@shared_task(name="brokering.tasks.run_round")
def run_round(care: str) -> dict[str, int]:
    """One round for a care, and offers for what it proposes."""
    return offer_round(care, now=timezone.now())


def offer_round(care: str, *, now: datetime, slots: list[UUID] | None = None) -> dict[str, int]:
    """Run a round and offer what it proposes, tenant by tenant; counts of both."""
    outcome = matched(care, now=now, slots=slots)
    return {"proposals": len(outcome.proposals), "offers": offers_of(outcome, now)}


def offers_of(outcome: RoundOutcome, now: datetime) -> int:
    """How many offers could be made of what a round proposes."""
    return sum(offered(one, now=now) for one in outcome.proposals[: settings.ROUND_OFFERS_MAX])


def matched(care: str, *, now: datetime, slots: list[UUID] | None = None) -> RoundOutcome:
    """Run a round as the system; of some places alone, by the index of the queue."""
    by, finished = system_actor(), timezone.now()
    if slots is None:
        return run_round_now(by=by, care=care, now=now, finished=finished)
    return rematch(by=by, care=care, slots=slots, now=now, finished=finished)


def offered(proposed: Proposed, *, now: datetime) -> bool:
    """Whether the offer could be made; a place or need that changed meanwhile is left for the next round."""
    actor = system_actor(proposed.tenant)
    try:
        with acting_as(actor):
            send_offer(by=actor, proposed=proposed, now=now)
    except Refusal as refusal:
        log.info("proposal not offered", code=refusal.code, slot=str(proposed.slot))
        return False
    return True
