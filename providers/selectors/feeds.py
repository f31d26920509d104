"""What a provider's staff sees of its feeds: how each is doing, and what its content held."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet

from accounts.errors import NotFound
from providers.models import Feed

KINDS_OF_TIME = ("free", "busy", "past", "beyond", "elsewhere")
DONE = ("created", "reopened", "unchanged", "withdrawn")
"""What became of a time that was taken in, or that is no longer there; other outcomes are refusals."""


@dataclass(frozen=True)
class BadLine:
    """One line that was left out: file, number from 1, code."""

    file: str
    line: int
    code: str


@dataclass(frozen=True, kw_only=True)
class FeedCard:
    """A feed as its page shows it. `age` is that of its content; None before the first success."""

    id: UUID
    kind: str
    host: str
    url: str
    clinic: str
    care: str
    is_paused: bool
    is_running: bool
    """A poll has begun and has not told anything yet."""
    polled_at: datetime | None
    succeeded_at: datetime | None
    next_poll_at: datetime | None
    promised_age: timedelta
    is_late: bool
    problem: str
    failures: int
    times: dict[str, int] = field(default_factory=dict)
    done: dict[str, int] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)
    bad: dict[str, int] = field(default_factory=dict)
    lines: list[BadLine] = field(default_factory=list)

    @property
    def bad_count(self) -> int:
        """How many lines were left out, also those that are not listed."""
        return sum(self.bad.values())


def feeds_of(provider: UUID, *, now: datetime) -> list[FeedCard]:
    """The feeds of a provider, oldest first."""
    return [_card(feed, now) for feed in _known().filter(provider_id=provider).order_by("added_at")]


def feed_of(provider: UUID, feed: UUID, *, now: datetime) -> FeedCard:
    """One feed of the provider; raises NotFound."""
    found = _known().filter(provider_id=provider, id=feed).first()
    if found is None:
        raise NotFound
    return _card(found, now)


def _known() -> QuerySet[Feed]:
    return Feed.objects.select_related("clinic", "care")


def _card(feed: Feed, now: datetime) -> FeedCard:
    reading = feed.reading
    outcomes = reading.get("outcomes", {})
    times = reading.get("times", {})
    return FeedCard(
        id=feed.id,
        kind=feed.kind,
        host=urlsplit(feed.url).hostname or "",
        url=feed.url,
        clinic=feed.clinic.name if feed.clinic else "",
        care=feed.care_id or "",
        is_paused=feed.state == Feed.State.PAUSED,
        is_running=feed.polled_at is not None
        and feed.next_poll_at == feed.polled_at + settings.FEED_LEASE
        and feed.next_poll_at > now,
        polled_at=feed.polled_at,
        succeeded_at=feed.succeeded_at,
        next_poll_at=feed.next_poll_at,
        promised_age=feed.promised_age,
        is_late=feed.succeeded_at is None or feed.succeeded_at + feed.promised_age < now,
        problem=feed.problem,
        failures=feed.failures,
        times={kind: times[kind] for kind in KINDS_OF_TIME if kind in times},
        done={code: outcomes[code] for code in DONE if code in outcomes},
        refused={code: count for code, count in sorted(outcomes.items()) if code not in DONE},
        bad=reading.get("bad", {}),
        lines=[BadLine(**line) for line in reading.get("lines", [])],
    )
