"""Scheduled work that looks ahead: the day's forecasts."""

from celery import shared_task
from django.utils import timezone

from accounts.selectors.actors import system_actor
from accounts.tenancy import acting_as
from brokering.actions.forecasts import lay_forecasts
from brokering.selectors.forecast_facts import cares_with_queues


@shared_task
def make_forecasts() -> int:
    """The day's forecasts of every care that anybody queues for; how many are new."""
    made = 0
    for care in cares_with_queues():
        with acting_as(system_actor()) as system:
            made += lay_forecasts(by=system, care=care, now=timezone.now())
    return made
