"""A case for every need whose guarantee is at risk, before it is broken. Safe to run twice."""

from datetime import datetime
from uuid import UUID

import structlog
from celery import shared_task
from django.utils import timezone

from accounts.selectors.actors import system_actor
from accounts.tenancy import acting_as
from brokering.actions.reroutes import close_if_settled, look_again, open_case
from brokering.selectors.upkeep import case_owners, regions_with_tenants
from brokering.selectors.worklist import needs_that_trigger, settled_cases, unforeseen, worklist

log = structlog.get_logger(__name__)


@shared_task(name="brokering.tasks.watch_guarantees")
def watch_guarantees() -> dict[str, int]:
    """Open a reroute case for every need whose guarantee is at risk; close the cases that are settled."""
    now = timezone.now()
    return {"opened": sum(_watch(region, tenant, now) for region, tenant in regions_with_tenants())}


def _watch(region: str, tenant: UUID, now: datetime) -> int:
    actor = system_actor(tenant)
    with acting_as(actor):
        owners = case_owners(tenant, on=timezone.localdate(now))
        listed = worklist(region=region, now=now)
        for case in settled_cases(listed, region=region):
            close_if_settled(by=actor, case=case, now=now)
        look_again(listed, now=now)
        at_risk = needs_that_trigger(listed)
        if late := unforeseen(at_risk):
            log.error("guarantees broken before any alarm", region=region, needs=len(late))
        if at_risk and not owners:
            log.error("nobody owns reroute cases", region=region, needs=len(at_risk))
            return 0
        for number, need in enumerate(at_risk):
            open_case(
                by=actor,
                referral=need.referral,
                trigger=str(need.trigger),
                owner=owners[number % len(owners)],
                now=now,
            )
    return len(at_risk)
