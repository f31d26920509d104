"""Background work of publishing: feeds that are due are polled, each by one worker. Safe to run twice."""

import random
import time
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.errors import Refusal
from accounts.selectors.actors import actor_of, system_actor
from accounts.tenancy import acting_as
from providers.actions.deliveries import apply, forget_staged
from providers.actions.feeds import Brought, claim_due, note_failure, openness, take_in
from providers.actions.files import note_problem
from providers.actions.measures import count_visits, measure_ages, tell_crossings
from providers.errors import TooMany
from providers.feeds.calendars import CalendarFile
from providers.feeds.collecting import Collector
from providers.feeds.faults import FeedProblem, Problem
from providers.feeds.fetching import Fetcher, Patience
from providers.feeds.reading import Ours, Publication
from providers.models import Care, Clinic, Delivery, Feed

log = structlog.get_logger(__name__)


@shared_task
def watch_freshness() -> dict[str, int]:
    """Tell open screens of places whose information has become too old."""
    actor = system_actor()
    with acting_as(actor):
        return tell_crossings(by=actor, now=timezone.now())


@shared_task
def measure_publishers() -> dict[str, int]:
    """Measure how old every publisher's word is, and count what of it has held."""
    actor, now = system_actor(), timezone.now()
    with acting_as(actor):
        return {"aged": measure_ages(by=actor, now=now), "days": count_visits(by=actor, now=now)}


@shared_task
def forget_staged_rows() -> int:
    """Remove the rows of deliveries whose day is over; the deliveries stay, with their counts."""
    now = timezone.now()
    return forget_staged(
        before=now - settings.STAGED_KEPT, calls_before=now - settings.OUTCOME_KEPT
    )


@shared_task
def poll_due_feeds() -> int:
    """Start a poll of every feed that is due; how many."""
    due = claim_due(now=timezone.now())
    for feed in due:
        poll_feed.delay(str(feed))
    return len(due)


@shared_task(soft_time_limit=settings.FEED_POLL_SECONDS + 60)
def poll_feed(feed: str) -> dict[str, int]:
    """One poll of a feed that was claimed for it; rows by outcome, empty where nothing is new."""
    return polled(UUID(feed))


@shared_task
def publish_delivery(delivery: str, tenant: str) -> dict[str, int]:
    """Apply a large file in the name of the one who sent it, with the rights that they have now."""
    with acting_as(system_actor(UUID(tenant))):
        own = Delivery.objects.select_related("received_by").get(id=delivery)
    actor = actor_of(own.received_by, on=timezone.localdate()) if own.received_by else None
    if actor is None:
        return {}
    try:
        with acting_as(actor):
            return apply(by=actor, delivery=own, now=timezone.now())
    except Refusal as refusal:
        with acting_as(system_actor(UUID(tenant))):
            note_problem(delivery=own.id, code=refusal.code)
    return {}


def publish_when_committed(delivery: UUID, tenant: UUID) -> None:
    """For a face that asks for it; a message that is lost is asked for again by whoever waits."""
    transaction.on_commit(lambda: publish_delivery.delay(str(delivery), str(tenant)), robust=True)


def poll_when_committed(feed: UUID) -> None:
    """For a face that has claimed a feed: poll it once that is a fact; a lost message costs the lease."""
    transaction.on_commit(lambda: poll_feed.delay(str(feed)), robust=True)


def polled(feed: UUID) -> dict[str, int]:
    """Fetch a claimed feed and publish what it holds; what is wrong with it is noted while it ages."""
    own = Feed.objects.get(id=feed)
    begun = own.polled_at
    if begun is None:
        return {}
    actor = system_actor(own.tenant_id)
    try:
        brought = _brought(own, begun)
        with acting_as(actor):
            delivery = take_in(by=actor, feed=own, brought=brought, begun=begun, draw=_draw())
    except SoftTimeLimitExceeded:
        problem = FeedProblem(Problem.TOOK_TOO_LONG)
    except TooMany:
        problem = FeedProblem(Problem.TOO_MANY_TIMES)
    except FeedProblem as fault:
        problem = fault
    else:
        return dict(brought.reading.get("outcomes", {})) if delivery else {}
    log.info("feed not read", feed=str(own.id), problem=problem.code.value)
    with acting_as(actor):
        note_failure(by=actor, feed=own, problem=problem, begun=begun, draw=_draw())
    return {}


def _brought(feed: Feed, begun: datetime) -> Brought:
    """The feed's content, fetched outside any transaction; its times are read later, one by one."""
    collector = Collector(
        fetcher=_fetcher(),
        folder=settings.FEED_FOLDER / feed.id.hex,
        versions=feed.validators,
    )
    reading: dict[str, Any] = {}
    if feed.kind == Feed.Kind.ICAL:
        calendar = CalendarFile(_ours(feed, begun))
        collected = collector.calendar(feed.url)
        path = collected.pages[0][0][0].path
        times = _told(calendar.free_times(path), calendar, reading)
    else:
        publication = Publication(_ours(feed, begun))
        collected = collector.publication(feed.url)
        times = _told(publication.free_times(collected), publication, reading)
    return Brought(collected=collected, times=times, reading=reading)


def _told(times: Any, reader: CalendarFile | Publication, reading: dict[str, Any]) -> Any:
    """The same times; once they have all been read, what was met on the way."""
    yield from times
    reading |= {
        "times": dict(reader.counts),
        "bad": dict(reader.faults.counts),
        "lines": reader.faults.first(),
    }


def _fetcher() -> Fetcher:
    return Fetcher(
        openness=openness(),
        patience=Patience(
            most_bytes=settings.FEED_FILE_BYTES_MAX,
            most_unpacked=settings.FEED_FILE_UNPACKED_MAX,
            connect_seconds=settings.FEED_CONNECT_SECONDS,
            read_seconds=settings.FEED_READ_SECONDS,
        ),
        clock=time.monotonic,
        until=time.monotonic() + settings.FEED_POLL_SECONDS,
    )


def _ours(feed: Feed, begun: datetime) -> Ours:
    clinics = Clinic.objects.filter(provider_id=feed.provider_id).values_list("hsa_id", "id")
    return Ours(
        clinics=dict(clinics),
        cares=frozenset(Care.objects.values_list("code", flat=True)),
        begins=begun,
        ends=begun + settings.FEED_HORIZON,
        most=settings.DELIVERY_ROWS_MAX,
        clinic=feed.clinic_id,
        care=feed.care_id or "",
        form=feed.form,
    )


def _draw() -> float:
    """A number that spreads the polls over time; nothing secret."""
    return random.random()
