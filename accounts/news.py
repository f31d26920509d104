"""Writes changes to the outbox in the running transaction and wakes the relay after commit."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

import redis
import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Model
from redis.backoff import NoBackoff
from redis.retry import Retry

from accounts.database.rows import add
from accounts.models import Change
from accounts.tenancy import PUBLIC, Belongs

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class News:
    """One change on one topic. `data` holds ids and kinds, never personal data."""

    topic: str
    kind: str
    data: dict[str, Any] = field(default_factory=dict)
    belongs: Belongs = PUBLIC


def tell(*news: News, now: datetime, beside: Sequence[Model] = ()) -> None:
    """Write the changes to the outbox; after commit, wake the relay once (a lost wake costs a moment).

    What they tell of goes in by the same statement where it stands `beside` them; there is news then.
    """
    add(
        [
            Change(
                topic=one.topic,
                kind=one.kind,
                data=one.data,
                tenant_id=one.belongs.tenant,
                addressed_to_id=one.belongs.addressed_to,
                subject_id=one.belongs.subject,
                written_at=now,
            )
            for one in news
        ],
        beside=beside,
    )
    if not _will_wake():
        transaction.on_commit(wake_relay, robust=True)


def _will_wake() -> bool:
    """Whether the transaction wakes the relay already; what an undone savepoint asked for is forgotten."""
    return any(work is wake_relay for _, work, _ in transaction.get_connection().run_on_commit)


def wake_relay() -> None:
    """Publish the wake-up; without Valkey the relay finds the rows when it polls."""
    try:
        valkey(settings.REDIS_URL).publish(settings.WAKE_CHANNEL, "1")
    except redis.RedisError as error:
        log.warning("relay not woken", error=type(error).__name__)


@cache
def valkey(url: str) -> redis.Redis:
    """One for the process, with connections that stay open; one that broke is opened anew, once."""
    return redis.Redis.from_url(
        url, socket_timeout=1, socket_connect_timeout=1, retry=Retry(NoBackoff(), 1)
    )
