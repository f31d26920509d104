"""The region moves somebody whose time a decision took back: the new place first, then the old one goes."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from accounts.errors import Invalid
from accounts.tenancy import Actor
from brokering.access import access_task
from brokering.actions.chains import NewPlace, hold_as_region
from brokering.actions.clinic_approvals import confirm_or_ask
from brokering.actions.holds import HoldRequest
from brokering.actions.keeping import move_one
from brokering.errors import WrongState
from brokering.models import Booking, RebookingTask
from brokering.selectors.rebookings import route_of
from brokering.states import TaskState

HELD_FOR = timedelta(minutes=1)
"""The hold and its confirmation are one transaction."""


def rebook(*, by: Actor, task_id: UUID, place: NewPlace, now: datetime) -> Booking:
    """Hold and confirm a place on the region's route; the old booking ends in the same transaction.

    Of two times that are given together both are moved: the place is the first visit's. Where the other one
    is to be kept, the place is that of the time of the task.
    Where the new clinic says first whether it can be, it is asked: the old one ends with the confirmation.
    If the new place cannot be had, nothing has changed: the person still has the old one. Raises NotFound,
    NotAllowed, Invalid where one is to be kept and also to follow, WrongState where the task is done, and
    everything that `hold_as_region`, `move_one` and `confirm` raise.
    """
    with transaction.atomic():
        task = access_task(task_id, by=by, now=now)
        if task.state != TaskState.OPEN:
            raise WrongState(state=task.state)
        referral = task.booking.referral
        request = HoldRequest(
            slot=place.slot,
            referral=referral.id,
            lot=place.lot,
            route=route_of(referral),
            held_until=now + HELD_FOR,
            before_release=True,
        )
        if place.keep_other:
            if place.follow is not None:
                raise Invalid(field="follow")
            return move_one(by=by, booking=task.booking, request=request, now=now)
        held = hold_as_region(by=by, need=referral, request=request, follow=place.follow, now=now)
        if confirm_or_ask(by=by, booking=held, now=now):
            return held
        if not RebookingTask.objects.filter(id=task.id, new_booking=held).exists():
            raise WrongState(state=task.state)
        return held
