"""The region moves somebody whose time a decision took back: the new place first, then the old one goes."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from accounts.tenancy import Actor
from brokering.access import access_task
from brokering.actions.clinic_approvals import confirm_or_ask
from brokering.actions.holds import HoldRequest, hold
from brokering.errors import WrongState
from brokering.models import Booking, RebookingTask
from brokering.selectors.rebookings import route_of
from brokering.states import TaskState

HELD_FOR = timedelta(minutes=1)
"""The hold and its confirmation are one transaction."""


def rebook(*, by: Actor, task_id: UUID, slot: UUID, lot: UUID, now: datetime) -> Booking:
    """Hold and confirm a place on the region's route; the old booking ends in the same transaction.

    Where the new clinic says first whether it can be, it is asked: the old one ends with the confirmation.
    If the new place cannot be had, nothing has changed: the person still has the old one. Raises NotFound,
    NotAllowed, WrongState where the task is done, and everything that `hold` and `confirm` raise.
    """
    with transaction.atomic():
        task = access_task(task_id, by=by, now=now)
        if task.state != TaskState.OPEN:
            raise WrongState(state=task.state)
        referral = task.booking.referral
        request = HoldRequest(
            slot=slot,
            referral=referral.id,
            lot=lot,
            route=route_of(referral),
            held_until=now + HELD_FOR,
            before_release=True,
        )
        held = hold(by=by, request=request, now=now)
        if confirm_or_ask(by=by, booking=held, now=now):
            return held
        if not RebookingTask.objects.filter(id=task.id, new_booking=held).exists():
            raise WrongState(state=task.state)
        return held
