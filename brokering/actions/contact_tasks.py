"""Tasks to reach somebody, or to see to what was not answered: each has an owner and a next date."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Model

from accounts.actions.trail import event, record
from accounts.database.rows import add
from accounts.models import SYSTEM_USER_ID
from accounts.news import tell
from accounts.tenancy import Actor
from brokering.access import access_contact_task, belongs
from brokering.actions.holds import news_of_need
from brokering.actions.moves import locked_need, move
from brokering.errors import InvalidValue, WrongState
from brokering.messaging.kinds import ContactWhy
from brokering.models import ContactTask, Message, Offer, Referral
from brokering.selectors.places import swedish_day
from brokering.selectors.upkeep import case_owners
from brokering.states import ContactState

log = structlog.get_logger(__name__)
NEXT_LOOK = timedelta(days=1)


def open_contact_task(
    referral: Referral,
    *,
    why: str,
    by: Actor,
    now: datetime,
    about: Message | Offer | None = None,
) -> ContactTask:
    """The region's task for a need and a reason, or the one that is open; called inside a transaction.

    `about` is the message that did not arrive, or the offer that was not answered. Where the region has
    nobody, the system owns the task until it has, and that is an error in the log: no task is ever without.
    """
    today = swedish_day(now)
    owners = case_owners(referral.tenant_id, on=today)
    if not owners:
        log.error("nobody owns contact tasks", tenant=str(referral.tenant_id))
    task = ContactTask(
        tenant_id=referral.tenant_id,
        subject_id=referral.subject_id,
        referral=referral,
        why=why,
        state=ContactState.OPEN,
        message=about if isinstance(about, Message) else None,
        offer=about if isinstance(about, Offer) else getattr(about, "offer", None),
        owner_id=owners[referral.id.int % len(owners)] if owners else SYSTEM_USER_ID,
        opened_at=now,
        next_on=today + NEXT_LOOK,
    )
    if not add([task], unless_taken=True):
        return ContactTask.objects.get(referral=referral, why=why, state=ContactState.OPEN)
    opened = event("contacttask.opened", task.id, by=by, now=now, belongs=belongs(task), why=why)
    _tell(task, "contact_opened", now, beside=[opened])
    return task


def close_contact_task(*, by: Actor, task_id: UUID, now: datetime) -> ContactTask:
    """A person has seen to it. Raises NotFound, NotAllowed, WrongState.

    Where clinics had said no to the need, they may be asked about it again.
    """
    with transaction.atomic():
        task = access_contact_task(task_id, by=by, now=now)
        if task.why == ContactWhy.CLINIC_REFUSED:
            Referral.objects.filter(id=locked_need(task.referral_id).id).update(declined_by=[])
        move(task, ContactState.DONE, by=by, now=now, closed_at=now)
        _tell(task, "contact_closed", now)
        return task


def look_later(*, by: Actor, task_id: UUID, next_on: date, now: datetime) -> ContactTask:
    """A person has looked, and looks again that day; who looked owns it from now on.

    Raises NotFound, NotAllowed, WrongState, InvalidValue for a day that has passed.
    """
    with transaction.atomic():
        task = access_contact_task(task_id, by=by, now=now)
        if next_on < swedish_day(now):
            raise InvalidValue(field="next_on", because="must not have passed")
        rows = ContactTask.objects.filter(id=task.id, state=ContactState.OPEN)
        if rows.update(next_on=next_on, owner=by.id) != 1:
            raise WrongState(state=task.state)
        task.next_on, task.owner_id = next_on, by.id
        record("contacttask.postponed", task.id, by=by, now=now, belongs=belongs(task))
        _tell(task, "contact_postponed", now)
        return task


def _tell(task: ContactTask, kind: str, now: datetime, beside: Sequence[Model] = ()) -> None:
    region = task.referral.home_region_id
    news = news_of_need(task, region, kind, task=str(task.id))
    if news:
        tell(*news, now=now, beside=beside)
    else:
        add(beside)
