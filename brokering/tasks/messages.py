"""What patients are told: sent, reminded of, given up on. Safe to run twice."""

from contextlib import suppress
from datetime import datetime

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from accounts.selectors.actors import system_actor
from accounts.tenancy import acting_as
from brokering.actions.messages import About, queue_message
from brokering.actions.sending import Ticket, give_up_waiting, note_outcome, take_next
from brokering.errors import WrongState
from brokering.messaging.channels import carriers
from brokering.messaging.kinds import MessageKind
from brokering.selectors.messages import heard_nothing, to_remind
from brokering.selectors.upkeep import region_tenants


@shared_task(name="brokering.tasks.send_messages")
def send_messages() -> int:
    """Send what waits, one message after the other, each in transactions of its own; how many were taken."""
    system = system_actor(*region_tenants())
    with carriers() as carrier_of:
        for taken in range(settings.MESSAGES_AT_ONCE):
            with acting_as(system):
                ticket = take_next(by=system, now=timezone.now())
            if ticket is None:
                return taken
            if isinstance(ticket, Ticket):
                outcome = carrier_of[ticket.channel].send(ticket.message, ticket.text)
                # A receipt may have been quicker than we are.
                with suppress(WrongState), acting_as(system):
                    note_outcome(ticket.message.id, outcome, by=system, now=timezone.now())
    return settings.MESSAGES_AT_ONCE


@shared_task(name="brokering.tasks.watch_messages")
def watch_messages() -> dict[str, int]:
    """Lay down reminders and words about silence; give up on what is under way too long."""
    now = timezone.now()
    reminded = quiet = late = 0
    for tenant in region_tenants():
        with acting_as(system_actor(tenant)) as system:
            reminded += _reminded(now)
            quiet += _told_of_silence(now)
            late += give_up_waiting(by=system, now=now)
    return {"reminders": reminded, "silence": quiet, "late": late}


def _reminded(now: datetime) -> int:
    near = list(to_remind(now=now))
    for booking in near:
        about = About(patient=booking.patient, booking=booking)
        queue_message(MessageKind.VISIT_REMINDER, about, now=now)
    return len(near)


def _told_of_silence(now: datetime) -> int:
    needs = list(heard_nothing(now=now))
    for need in needs:
        about = About(patient=need.patient, referral=need, mark=str(timezone.localdate(now)))
        queue_message(MessageKind.NOTHING_HAPPENED, about, now=now)
    return len(needs)
