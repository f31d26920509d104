"""What is free in the country: watched, counted, tried, published. Safe to run twice."""

from celery import shared_task
from django.utils import timezone

from accounts.selectors.actors import system_actor
from accounts.tenancy import acting_as
from brokering.actions.probes import probe_some
from brokering.actions.publication import publish_country
from brokering.actions.watches import tell_new
from brokering.forms.watches import query_of
from brokering.selectors.counting import count_country
from brokering.selectors.probes import places_to_probe, share_of_a_run
from brokering.selectors.upkeep import region_tenants
from brokering.selectors.watches import OVERLAP, has_appeared, watched_cares


@shared_task(name="brokering.tasks.look_for_watchers")
def look_for_watchers() -> int:
    """Start one look for each watched care in which anything has appeared, however many places; how many."""
    now = timezone.now()
    with acting_as(system_actor(*region_tenants())):
        cares = [
            care
            for care, since in watched_cares().items()
            if has_appeared(care, since=since - OVERLAP, now=now)
        ]
    for care in cares:
        tell_watchers.delay(care)
    return len(cares)


@shared_task(name="brokering.tasks.tell_watchers")
def tell_watchers(care: str) -> int:
    """Tell those whose search shows something new of a care; how many."""
    return tell_new(care=care, read=query_of, now=timezone.now())


@shared_task(name="brokering.tasks.probe_places")
def probe_places() -> dict[str, int]:
    """Try whether advertised places can be held; hide those that nobody can hold, show them again later."""
    now = timezone.now()
    return probe_some(places_to_probe(now=now, most=share_of_a_run(now=now)), now=now)


@shared_task(name="brokering.tasks.publish_free_times")
def publish_free_times() -> dict[str, int]:
    """Write the country's times anew for anyone to fetch; lines by type."""
    return publish_country(now=timezone.now())


@shared_task(name="brokering.tasks.count_free_times")
def count_free_times() -> int:
    """Count the country's free times for the start page."""
    return count_country(now=timezone.now())
