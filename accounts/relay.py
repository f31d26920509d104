"""Numbers committed changes per topic and announces them: one process at a time, under an advisory lock."""

import asyncio
import contextlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import groupby
from operator import attrgetter
from typing import Any, NoReturn
from uuid import UUID

import structlog
from asgiref.sync import sync_to_async
from channels.layers import BaseChannelLayer, get_channel_layer
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connections, transaction
from django.utils import timezone
from redis import RedisError
from redis import asyncio as valkey
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from accounts.topics import Owners

ALIAS = "relay"
LOCK = 0x56524247  # "VRBG": the relay's advisory lock
BEAT_KEY = "vardbryggan:relay:beat"
BEAT_EXPIRES = 5
"""Seconds after the last batch that the relay still counts as alive."""
POLL = 0.5
"""Seconds between looks when nobody wakes the relay: the price of a lost wake."""
PAUSE = 0.05
"""Seconds in which a burst of wakes becomes one batch."""
BATCH = 500
CHANGES_IN_A_MESSAGE = 100
PATIENCE = 2.0
"""Seconds that Valkey may take; a numbered change that could not be announced is caught up instead."""
KEPT = timedelta(days=7)
FORGOTTEN_EVERY = timedelta(hours=1)
LONGEST_BACK_OFF = 5.0

log = structlog.get_logger(__name__)

NUMBER = """
WITH batch AS (
    SELECT id, topic, row_number() OVER (PARTITION BY topic ORDER BY id) AS place
      FROM (SELECT id, topic FROM accounts_change WHERE number IS NULL ORDER BY id LIMIT %s) AS waiting
), grown AS (
    INSERT INTO accounts_topic AS topic (name, last_number)
    SELECT batch.topic, count(*) FROM batch GROUP BY batch.topic
    ON CONFLICT (name) DO UPDATE SET last_number = topic.last_number + excluded.last_number
    RETURNING name, last_number
), sized AS (
    SELECT batch.topic, count(*) AS size FROM batch GROUP BY batch.topic
)
UPDATE accounts_change AS change
   SET number = grown.last_number - sized.size + batch.place
  FROM batch JOIN grown ON grown.name = batch.topic JOIN sized ON sized.topic = batch.topic
 WHERE change.id = batch.id
RETURNING change.topic, change.number, change.kind, change.data,
          change.tenant_id, change.addressed_to_id, change.subject_id
"""
RECENT = """
SELECT topic, number, kind, data, tenant_id, addressed_to_id, subject_id
  FROM accounts_change WHERE number IS NOT NULL ORDER BY id DESC LIMIT %s
"""
FORGET = """
DELETE FROM accounts_change WHERE id IN (
    SELECT id FROM accounts_change WHERE number IS NOT NULL AND written_at < %s ORDER BY id LIMIT %s
)
"""


class NotTheRelay(Exception):
    """The connection no longer holds the lock: another relay may be at work."""


@dataclass(frozen=True)
class Announced:
    """A numbered change on its way to those who follow its topic."""

    topic: str
    number: int
    kind: str
    data: dict[str, Any]
    owners: Owners

    def as_message(self) -> dict[str, Any]:
        """Plain values for the channel layer."""
        return {
            "number": self.number,
            "kind": self.kind,
            "data": self.data,
            "owners": asdict(self.owners),
        }


def group_of(topic: str) -> str:
    """Name of the channel-layer group of a topic, whatever characters the topic has."""
    return f"live.{sha256(topic.encode()).hexdigest()[:40]}"


def take_lock() -> bool:
    """Take the relay's lock for as long as this database session lives; False while another has it."""
    with connections[ALIAS].cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        return bool(cursor.fetchone()[0])


def disconnect() -> None:
    """Close the connection, and with it give up the lock."""
    connections[ALIAS].close()


def number_batch() -> list[Announced]:
    """Give the oldest committed changes their numbers: per topic from the last one on, without gaps.

    Only the holder of the lock numbers, so no two batches overlap; a change that commits later gets a
    later number, whatever its id. The lock is asked for again in each transaction because a connection
    that was replaced unseen has lost it; raises NotTheRelay then.
    """
    with transaction.atomic(using=ALIAS), connections[ALIAS].cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            raise NotTheRelay
        cursor.execute(NUMBER, [BATCH])
        return _announced(cursor.fetchall())


def recently_numbered() -> list[Announced]:
    """The newest numbered changes: the last relay may have died before it announced them."""
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(RECENT, [BATCH])
        return _announced(cursor.fetchall())


def forget_old(now: datetime) -> int:
    """Delete changes older than what is kept; topics keep their numbers. Returns how many went."""
    deleted, gone = BATCH, 0
    while deleted == BATCH:
        with connections[ALIAS].cursor() as cursor:
            cursor.execute(FORGET, [now - KEPT, BATCH])
            deleted = cursor.rowcount
        gone += deleted
    return gone


def _announced(rows: Iterable[Sequence[Any]]) -> list[Announced]:
    changes = [
        Announced(topic, number, kind, json.loads(data), _owners(*owners))
        for topic, number, kind, data, *owners in rows
    ]
    return sorted(changes, key=attrgetter("topic", "number"))


def _owners(*ids: UUID | None) -> Owners:
    return Owners(*(str(id) if id else None for id in ids))


class Wake:
    """Waits for the wake-up channel, and for the clock when Valkey is away."""

    def __init__(self) -> None:
        # No retries here: the loop is the retry, and numbering must not wait for Valkey.
        self._client = valkey.Redis.from_url(
            settings.REDIS_URL,
            socket_timeout=PATIENCE,
            socket_connect_timeout=1,
            retry=Retry(NoBackoff(), 0),
        )
        self._heard: valkey.client.PubSub | None = None

    async def wait(self) -> None:
        """Return when somebody woke the relay, or after POLL seconds."""
        try:
            heard = await self._subscribed()
            if await heard.get_message(ignore_subscribe_messages=True, timeout=POLL):
                await asyncio.sleep(PAUSE)
                while await heard.get_message(ignore_subscribe_messages=True, timeout=0):
                    pass
        except (RedisError, OSError):
            await self._forget()
            await asyncio.sleep(POLL)

    async def beat(self) -> bool:
        """Tell whoever asks that the relay is alive; answers whether Valkey is."""
        try:
            await self._client.set(BEAT_KEY, "1", ex=BEAT_EXPIRES)
        except (RedisError, OSError):
            return False
        return True

    async def close(self) -> None:
        """Let go of Valkey."""
        await self._forget()
        with contextlib.suppress(RedisError, OSError):
            await self._client.aclose()

    async def _subscribed(self) -> "valkey.client.PubSub":
        if self._heard is None:
            heard = self._client.pubsub()
            await heard.subscribe(settings.WAKE_CHANNEL)
            self._heard = heard
        return self._heard

    async def _forget(self) -> None:
        heard, self._heard = self._heard, None
        if heard is not None:
            with contextlib.suppress(RedisError, OSError):
                await heard.aclose()


class Relay:
    """The loop of the one relay process."""

    def __init__(
        self, layer: BaseChannelLayer | None = None, *, say: Callable[[str], object] = log.info
    ) -> None:
        self._layer = layer or get_channel_layer()
        self._say = say
        self._wake = Wake()
        self._has_unsaid = False
        self._forget_at = timezone.now()

    async def run(self) -> NoReturn:
        """Relay until cancelled; a database that goes away is waited for with growing pauses."""
        back_off = POLL
        try:
            while True:
                try:
                    await self._become_the_relay()
                    back_off = POLL
                    await self._relay_while_connected()
                except (DatabaseError, InterfaceError, NotTheRelay) as error:
                    log.warning("relay lost the database", error=type(error).__name__)
                await _in_database(disconnect)
                await asyncio.sleep(back_off)
                back_off = min(2 * back_off, LONGEST_BACK_OFF)
        finally:
            await _in_database(disconnect)
            await self._wake.close()

    async def _become_the_relay(self) -> None:
        is_told = False
        while not await _in_database(take_lock):
            if not is_told:
                log.info("another relay is at work; waiting for its lock")
                is_told = True
            await asyncio.sleep(1)
        self._say("relay ready")
        self._has_unsaid = True

    async def _relay_while_connected(self) -> NoReturn:
        while True:
            batch = await _in_database(number_batch)
            if await self._wake.beat():
                await self._announce_unsaid()
                await self._announce(batch)
            else:
                self._has_unsaid = True
            await self._forget_old()
            if len(batch) < BATCH:
                await self._wake.wait()

    async def _announce_unsaid(self) -> None:
        """Say again what may never have been said; a follower drops the numbers that it has."""
        if self._has_unsaid:
            self._has_unsaid = False
            await self._announce(await _in_database(recently_numbered))

    async def _announce(self, changes: Sequence[Announced]) -> None:
        try:
            for topic, some in groupby(changes, key=attrgetter("topic")):
                await self._announce_topic(topic, list(some))
        except (RedisError, OSError, TimeoutError) as error:
            self._has_unsaid = True
            log.warning("changes not announced", error=type(error).__name__, count=len(changes))

    async def _announce_topic(self, topic: str, changes: Sequence[Announced]) -> None:
        for start in range(0, len(changes), CHANGES_IN_A_MESSAGE):
            part = changes[start : start + CHANGES_IN_A_MESSAGE]
            message = {
                "type": "changes",
                "topic": topic,
                "changes": [change.as_message() for change in part],
            }
            async with asyncio.timeout(PATIENCE):
                await self._layer.group_send(group_of(topic), message)

    async def _forget_old(self) -> None:
        now = timezone.now()
        if now >= self._forget_at:
            self._forget_at = now + FORGOTTEN_EVERY
            if gone := await _in_database(forget_old, now):
                log.info("old changes forgotten", count=gone)


_in_database = sync_to_async(lambda function, *arguments: function(*arguments))
"""Runs in the one thread that has the connection, and with it the lock."""
