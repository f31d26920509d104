"""Scheduled work of the agreement register. Safe to run twice."""

from celery import shared_task
from django.utils import timezone

from accounts.selectors.actors import system_actor
from accounts.tenancy import acting_as
from contracts.actions.agreement_states import close_ended
from contracts.actions.changes import fold_changes
from contracts.actions.reminders import remind
from contracts.models import Agreement


@shared_task
def watch_agreements() -> dict[str, int]:
    """End what has had its last day, and remind of what ends or must be decided soon."""
    now = timezone.now()
    fold_changes()
    keepers = set(Agreement.objects.values_list("tenant_id", flat=True))
    with acting_as(system_actor(*keepers)) as by:
        return {"ended": close_ended(by=by, now=now), "reminded": remind(by=by, now=now)}
