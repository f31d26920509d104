"""The deviation ledger is kept. Safe to run twice."""

from celery import shared_task
from django.utils import timezone

from brokering.actions.bypasses import look_at_given
from brokering.actions.forgetting import forget_bypasses


@shared_task(name="brokering.tasks.look_at_given_places")
def look_at_given_places() -> int:
    """Write down whom the places given since the last run went past, and why; how many places."""
    return look_at_given(now=timezone.now())


@shared_task(name="brokering.tasks.forget_old_bypasses")
def forget_old_bypasses() -> int:
    """Remove what the ledger has told of for as long as it is kept; how many lines."""
    return forget_bypasses(now=timezone.now())
