"""Scheduled work of logins. Safe to run twice."""

from celery import shared_task
from django.utils import timezone

from accounts.actions.upkeep import forget_sessions


@shared_task
def forget_ended_sessions() -> int:
    """Remove sessions whose time is out: nobody else looks at them again."""
    return forget_sessions(now=timezone.now())
