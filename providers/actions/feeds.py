"""Feeds that we poll: added and paused by the provider's staff, claimed for a poll, and what it brought."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from accounts.actions.trail import record
from accounts.errors import NotFound
from accounts.selectors.actors import system_actor
from accounts.tenancy import Actor, acting_as
from providers.access import require_publisher
from providers.actions.deliveries import Counts, Source, apply, stage
from providers.actions.measures import tell_fed
from providers.errors import (
    CareNotOffered,
    FeedAddress,
    FeedJustPolled,
    FeedPaused,
    FeedThere,
    FormDoesNotFit,
    FormMissing,
)
from providers.feeds.addresses import Openness, check_looks
from providers.feeds.collecting import Collected
from providers.feeds.faults import FeedProblem, Problem
from providers.feeds.reading import FreeTime
from providers.feeds.timing import SOONEST, next_poll, next_try
from providers.models import Care, Clinic, Delivery, Feed, Provider
from providers.staging import StagedRow

LONGEST_ADDRESS = 500
READ_AGAIN = timedelta(hours=1)
"""Content that has not changed is read anew after this: what lies ahead, and what is closed, has."""


@dataclass(frozen=True, kw_only=True)
class NewFeed:
    """An address to poll. A calendar names its clinic and care; a publication may fall back on one.

    What came from the feed and is older than `promised_age` is demoted, then hidden.
    """

    provider: UUID
    kind: Feed.Kind
    url: str
    promised_age: timedelta
    clinic: UUID | None = None
    care: str = ""
    form: str = ""


@dataclass(frozen=True, kw_only=True)
class Brought:
    """What a poll found: its content on disk, its free times while they are read, and then what it held."""

    collected: Collected
    times: Iterable[FreeTime]
    reading: dict[str, Any]
    """Filled while the times are read: counts, and the first bad lines."""


def add_feed(*, by: Actor, new: NewFeed, now: datetime) -> Feed:
    """Poll an address from now on.

    Raises NotFound, NotAllowed, FeedAddress, FeedThere, CareNotOffered, FormMissing or FormDoesNotFit.
    """
    provider = Provider.objects.filter(id=new.provider).first()
    if provider is None:
        raise NotFound
    require_publisher(provider.tenant_id, by=by)
    _check_address(new.url)
    form = _checked_form(new, provider)
    with transaction.atomic():
        feed = Feed(
            provider=provider,
            tenant_id=provider.tenant_id,
            kind=new.kind,
            url=new.url,
            clinic_id=new.clinic,
            care_id=new.care or None,
            form=form,
            promised_age=new.promised_age,
            added_at=now,
            next_poll_at=now,
            synthetic=provider.synthetic,
        )
        try:
            with transaction.atomic():
                feed.save(force_insert=True)
        except IntegrityError as error:
            raise FeedThere from error
        record("feed.added", feed.id, by=by, now=now, kind=feed.kind)
    return feed


def pause_feed(*, by: Actor, feed: UUID, now: datetime) -> None:
    """Stop polling; its places grow old and are hidden in time. Raises NotFound or NotAllowed."""
    _turn(by, feed, Feed.State.PAUSED, now)


def resume_feed(*, by: Actor, feed: UUID, now: datetime) -> None:
    """Poll again, at once; raises NotFound or NotAllowed."""
    _turn(by, feed, Feed.State.ACTIVE, now)


def claim_poll(*, by: Actor, feed: UUID, now: datetime) -> None:
    """Take one feed for a poll that somebody asked for.

    Raises NotFound, NotAllowed, FeedPaused, or FeedJustPolled within a minute of the last poll.
    """
    own = _own(feed, by)
    if own.state == Feed.State.PAUSED:
        raise FeedPaused
    rested = Q(polled_at__isnull=True) | Q(polled_at__lte=now - SOONEST)
    if not _claimed(Feed.objects.filter(rested, id=feed, state=Feed.State.ACTIVE), now):
        raise FeedJustPolled


def claim_due(*, now: datetime) -> list[UUID]:
    """Take the feeds that are due, each for one worker; one that another worker is taking is passed by."""
    due = Feed.objects.filter(state=Feed.State.ACTIVE, next_poll_at__lte=now)
    actor = system_actor(*due.values_list("tenant_id", flat=True).distinct())
    with acting_as(actor):
        taken = due.order_by("next_poll_at").select_for_update(skip_locked=True)
        ids = [feed.id for feed in taken[: settings.FEED_POLLS_AT_ONCE]]
        _claimed(Feed.objects.filter(id__in=ids), now)
    return ids


def take_in(
    *, by: Actor, feed: Feed, brought: Brought, begun: datetime, draw: float
) -> Delivery | None:
    """Publish what a poll found, all of it or nothing; None where the content is as it was.

    Nothing also where a later poll has begun meanwhile: what that one finds must not be overwritten.

    The feed is as old as the beginning of the poll. Raises FeedProblem for content that cannot be used.
    `draw` (0 to 1) spreads the next polls.
    """
    with transaction.atomic():
        delivery = None
        told: dict[str, Any] = {}
        if not (brought.collected.unchanged and _read_lately(feed, begun)):
            delivery = _delivered(by, feed, brought, begun)
            told["reading"] = brought.reading
        again = next_poll(
            begun,
            promised_age=feed.promised_age,
            max_age=brought.collected.max_age,
            draw=draw,
        )
        told |= {"succeeded_at": begun, "next_poll_at": again, "failures": 0, "problem": ""}
        if not _mine(feed, begun).update(validators=brought.collected.versions, **told):
            transaction.set_rollback(True)
            return None
        tell_fed(by=by, feed=feed, before=feed.succeeded_at, now=begun)
    return delivery


def note_failure(
    *, by: Actor, feed: Feed, problem: FeedProblem, begun: datetime, draw: float
) -> None:
    """Keep what there is, let it age, and wait longer each time."""
    require_publisher(feed.tenant_id, by=by)
    failures = feed.failures + 1
    again = next_try(begun, failures=failures, asked=problem.wait, draw=draw)
    _mine(feed, begun).update(problem=problem.code.value, failures=failures, next_poll_at=again)


def openness() -> Openness:
    """Which addresses may be fetched from, as the settings say."""
    return Openness(ports=settings.FEED_PORTS, exempt=settings.FEED_TEST_SERVERS)


def _read_lately(feed: Feed, begun: datetime) -> bool:
    return Delivery.objects.filter(feed=feed, applied_at__gt=begun - READ_AGAIN).exists()


def _delivered(by: Actor, feed: Feed, brought: Brought, begun: datetime) -> Delivery:
    source = Source(tenant=feed.tenant_id, channel=Delivery.Channel.FEED, feed=feed.id)
    rows = _rows(brought.times, prefix=feed.id.hex[:8])
    delivery = stage(by=by, source=source, rows=rows, now=begun)
    counts: Counts = apply(by=by, delivery=delivery, now=begun, complete=True)
    brought.reading["outcomes"] = counts
    return delivery


def _rows(times: Iterable[FreeTime], *, prefix: str) -> Iterable[StagedRow]:
    """Rows whose keys belong to the feed: two feeds of a clinic never speak of each other's places."""
    for index, time in enumerate(times):
        yield StagedRow(
            index=index,
            clinic=time.clinic,
            care=time.care,
            form=time.form,
            starts_at=time.starts_at,
            ends_at=time.ends_at,
            source_key=f"{prefix}.{time.key}",
        )


def _mine(feed: Feed, begun: datetime) -> QuerySet[Feed]:
    """The feed as long as nobody has begun a later poll of it."""
    return Feed.objects.filter(id=feed.id, polled_at=begun)


def _claimed(feeds: QuerySet[Feed], now: datetime) -> int:
    return feeds.update(polled_at=now, next_poll_at=now + settings.FEED_LEASE)


def _turn(by: Actor, feed: UUID, state: Feed.State, now: datetime) -> None:
    own = _own(feed, by)
    with transaction.atomic():
        due = {"next_poll_at": now} if state == Feed.State.ACTIVE else {}
        changed = Feed.objects.filter(id=own.id).exclude(state=state).update(state=state, **due)
        if changed:
            verb = "paused" if state == Feed.State.PAUSED else "resumed"
            record(f"feed.{verb}", own.id, by=by, now=now)


def _own(feed: UUID, by: Actor) -> Feed:
    found = Feed.objects.filter(id=feed).first()
    if found is None:
        raise NotFound
    require_publisher(found.tenant_id, by=by)
    return found


def _check_address(url: str) -> None:
    """Refuse an address by its looks; where its name leads is found out at each poll."""
    if len(url) > LONGEST_ADDRESS:
        raise FeedAddress(problem=Problem.ADDRESS_UNREADABLE.value)
    try:
        check_looks(url, openness())
    except FeedProblem as problem:
        raise FeedAddress(problem=problem.code.value) from problem


def _checked_form(new: NewFeed, provider: Provider) -> str:
    """The form of care that a feed's silence means; raises CareNotOffered, FormMissing or FormDoesNotFit."""
    if new.clinic is not None and not Clinic.objects.filter(id=new.clinic, provider=provider):
        raise NotFound
    if not new.care:
        return new.form
    offering = Clinic.objects.filter(provider=provider, cares=new.care)
    if new.clinic is not None:
        offering = offering.filter(id=new.clinic)
    care = Care.objects.filter(code=new.care).first()
    if care is None or not offering.exists():
        raise CareNotOffered(care=new.care)
    both = care.form == Care.Form.INPATIENT_OR_DAY
    if both and not new.form:
        raise FormMissing(care=new.care)
    if new.form not in ({"open", "inpatient"} if both else {"", care.form}):
        raise FormDoesNotFit(care=new.care, form=new.form)
    return new.form
