"""Answers that are waited for, of patients and of home regions. Safe to run twice."""

from collections import Counter
from contextlib import suppress
from datetime import datetime
from uuid import UUID

import structlog
from celery import shared_task
from django.utils import timezone

from accounts.errors import Refusal
from accounts.selectors.actors import system_actor
from accounts.tenancy import Actor, acting_as
from brokering.actions.approvals import escalate, lapse, remind
from brokering.actions.owners import hand_over
from brokering.actions.seeking import seek
from brokering.errors import WrongState
from brokering.messaging.asking import Step
from brokering.selectors.approvals import ended_questions, late_answers, to_remind_of
from brokering.selectors.seeking import to_seek
from brokering.selectors.upkeep import region_tenants

log = structlog.get_logger(__name__)


@shared_task(name="brokering.tasks.seek_answers")
def seek_answers() -> dict[str, int]:
    """Seek those who have not answered an offer, as their region has decided; what was done, by kind."""
    now = timezone.now()
    done: Counter[str] = Counter()
    for tenant in region_tenants():
        with acting_as(system_actor(tenant)) as system:
            due = to_seek(now=now)
        for offer in due:
            done[_sought(offer, system, now)] += 1
    return {step: done[step] for step in (Step.SEEK, Step.LETTER)}


def _sought(offer: UUID, system: Actor, now: datetime) -> Step:
    """One offer in a transaction of its own; one that was answered meanwhile is left alone."""
    try:
        with acting_as(system):
            return seek(by=system, offer_id=offer, now=now)
    except Refusal as refusal:
        log.info("offer not pursued", code=refusal.code, offer=str(offer))
        return Step.WAIT


@shared_task(name="brokering.tasks.watch_approvals")
def watch_approvals() -> dict[str, int]:
    """Reminders, then owners for late answers and for what nobody has; questions end with their hold."""
    now = timezone.now()
    near, late, ended = 0, 0, 0
    for tenant in region_tenants():
        actor = system_actor(tenant)
        with acting_as(actor):
            hand_over(by=actor, tenant=tenant, now=now)
            near += sum(remind(by=actor, approval=one, now=now) for one in to_remind_of(now=now))
            for approval in late_answers(now=now):
                escalate(by=actor, approval=approval, now=now)
                late += 1
            for approval in ended_questions(now=now):
                # Somebody answered at the last moment: then there is nothing left to end.
                with suppress(WrongState):
                    lapse(by=actor, approval=approval, now=now)
                    ended += 1
    return {"near": near, "late": late, "ended": ended}
