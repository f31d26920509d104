"""Two times that are given together are proposed and offered together, before rounds give the rest."""

from collections import Counter
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from accounts.selectors.actors import system_actor
from accounts.tenancy import acting_as
from brokering.actions.rounds import Only, Proposed, run_round
from brokering.actions.turns import work_out
from brokering.models import Referral
from brokering.selectors.chain_leads import Both, both_for, leads_waiting
from brokering.selectors.country.seen import seen_now
from brokering.selectors.places import swedish_day
from brokering.selectors.takers import greedily
from brokering.selectors.upkeep import region_tenants
from brokering.tasks.rounds import offered

LOOKED_AT = 500
"""So many who wait for two are looked at each time: who finds nothing keeps nobody else waiting."""


@shared_task(name="brokering.round_tasks.offer_together")
def offer_together() -> dict[str, int]:
    """Offer both places to those who wait for two that are given together, need first; what came of it."""
    return together_now(now=timezone.now())


def together_now(*, now: datetime) -> dict[str, int]:
    """How many were found and offered, and why the others were not."""
    counts = Counter[str](offers=0)
    with acting_as(system_actor(*region_tenants())):
        waiting = leads_waiting(LOOKED_AT)
    for care, then, key in waiting:
        if counts["offers"] == settings.ROUND_OFFERS_MAX:
            break
        for one in (care, then):
            work_out(one, now=now)
        found, proposed = proposed_together(care, key, now=now)
        counts[found.code] += 1
        counts["offers"] += proposed is not None and offered(proposed, now=now)
    return dict(counts)


def proposed_together(care: str, key: UUID, *, now: datetime) -> tuple[Both, Proposed | None]:
    """What was found for the first of two needs, and the proposal, written as a round of one place."""
    seen = seen_now()
    with acting_as(system_actor(*region_tenants())):
        lead = Referral.objects.select_related("patient", "care", "home_region").get(need_key=key)
        found = both_for(lead, now=now)
    if found.given is None or found.follow is None:
        return found, None
    only = Only(
        [UUID(place.slot_id) for place in found.given.snapshot.places],
        given=found.given,
        engine=greedily(swedish_day(now)),
        seen=seen,
    )
    outcome = run_round(by=system_actor(), care=care, now=now, finished=timezone.now(), only=only)
    follow = found.follow.slot.id
    return found, next((replace(one, follow=follow) for one in outcome.proposals), None)
