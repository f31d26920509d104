"""The websocket at /live/: follow topics, be told their changes in order, catch up on what was missed."""

import asyncio
import contextlib
import json
import random
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import structlog
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.utils import timezone
from redis import RedisError

from accounts.errors import Invalid, NotAllowed, Refusal
from accounts.relay import group_of
from accounts.selectors.changes import Missed, last_numbers, missed
from accounts.selectors.sessions import actor_of_session
from accounts.tenancy import Actor, acting_as
from accounts.topics import Follower, Owners, TenantOfRegion, TopicName, may_follow, may_see, parse

MOST_TOPICS = 20
LONGEST_MESSAGE = 1000
"""Characters; the longest honest message has about 150."""
MOST_MESSAGES = 100
"""From the client between two pulses: to join every topic and catch up on each, twice over."""
HIGHEST_NUMBER = 2**63 - 1
TRY_AGAIN_LATER = 1013
POLICY_VIOLATION = 1008

log = structlog.get_logger(__name__)
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class TooManyTopics(Refusal):
    """One connection cannot follow this many topics."""

    code = "too_many_topics"
    status = 429


class TooManyMessages(Refusal):
    """This connection asks too often."""

    code = "too_many_messages"
    status = 429


class NotFollowed(Refusal):
    """Join the topic before you catch up on it."""

    code = "topic_not_joined"
    status = 409


class Live(AsyncWebsocketConsumer):
    """One open screen. Messages are handled one at a time, so changes leave in the order they came.

    The client asks `join` (topic, after: number or null) and `catch_up` (topic, after). It is told
    `joined` (topic, number: changes follow from there), `change` (topic, number, kind, data), `reset`
    (topic, number: read everything anew), `number` (topic, number: where the topic is; whoever is behind
    asks to catch up) and `refused` (topic, code).
    """

    def __init__(self, *, tenant_of_region: TenantOfRegion) -> None:
        super().__init__()
        self._tenant_of_region = tenant_of_region
        self._followed: dict[str, TopicName] = {}
        self._messages = 0

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Serve the connection; when Valkey or PostgreSQL is away, ask the client to come back."""
        pulsed = Pulsed(receive, settings.LIVE_PULSE.total_seconds())
        self._rights = Rights(scope["session"].session_key, self._tenant_of_region)
        try:
            await super().__call__(scope, pulsed, send)
        except (RedisError, DatabaseError, InterfaceError) as error:
            log.warning("live connection closed", error=type(error).__name__)
            await _ask_back(send)
        except OSError:
            log.debug("live client is gone")
        finally:
            pulsed.stop()
            await self._leave_all()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Answer one message of the client; whatever is wrong with it is answered as a refusal."""
        self._messages += 1
        if self._messages > MOST_MESSAGES:
            await self._end()
            return
        topic: object = None
        try:
            message = _read(text_data)
            topic = message.get("topic")
            await self._answer(message)
        except Refusal as refusal:
            await self._refuse(topic, refusal)

    async def changes(self, message: dict[str, Any]) -> None:
        """Pass numbered changes on; of those that are not for this person, only the number."""
        if message["topic"] not in self._followed:
            return
        for change in message["changes"]:
            is_seen = may_see(Owners(**change["owners"]), self._rights.who)
            kind, data = (change["kind"], change["data"]) if is_seen else ("withheld", {})
            await self._tell(
                "change", message["topic"], number=change["number"], kind=kind, data=data
            )

    async def pulse(self, _message: dict[str, Any]) -> None:
        """Check the rights again, stay in the groups, and say where each topic is.

        A last change that was lost on the way leaves no gap that the client could see; the number does.
        """
        self._messages = 0
        if not self._followed:
            return
        refused, numbers = await _in_database(self._rights.look_again, self._followed.values())
        for name in refused:
            await self._leave(name)
            await self._refuse(name, NotAllowed())
        for name in self._followed:
            await self.channel_layer.group_add(group_of(name), self.channel_name)
            await self._tell("number", name, number=numbers[name])

    async def _answer(self, message: dict[str, Any]) -> None:
        topic, after = parse(message.get("topic")), _number(message.get("after"))
        if message.get("type") == "join":
            await self._join(topic, after)
        elif message.get("type") == "catch_up" and after is not None:
            await self._catch_up(topic, after)
        else:
            raise Invalid

    async def _join(self, topic: TopicName, after: int | None) -> None:
        name = str(topic)
        if len(self._followed.keys() | {name}) > MOST_TOPICS:
            raise TooManyTopics
        # First the group, then the number: a change in between is told twice rather than never.
        await self.channel_layer.group_add(group_of(name), self.channel_name)
        found = await self._look(topic, after)
        self._followed[name] = topic
        start = found.number if after is None or not found.is_whole else after
        await self._tell("joined", name, number=start)
        await self._replay(name, found)

    async def _catch_up(self, topic: TopicName, after: int) -> None:
        if str(topic) not in self._followed:
            raise NotFollowed
        await self._replay(str(topic), await self._look(topic, after))

    async def _look(self, topic: TopicName, after: int | None) -> Missed:
        """What was missed; whoever may not follow the topic (any longer) leaves it."""
        try:
            return await _in_database(self._rights.look, topic, after)
        except NotAllowed:
            await self._leave(str(topic))
            raise

    async def _replay(self, name: str, found: Missed) -> None:
        if not found.is_whole:
            await self._tell("reset", name, number=found.number)
        for change in found.changes:
            await self._tell(
                "change", name, number=change.number, kind=change.kind, data=change.data
            )

    async def _leave(self, name: str) -> None:
        self._followed.pop(name, None)
        await self.channel_layer.group_discard(group_of(name), self.channel_name)

    async def _leave_all(self) -> None:
        """A name left behind in a group would collect messages for nobody."""
        with contextlib.suppress(RedisError, OSError):
            for name in list(self._followed):
                await self._leave(name)

    async def _end(self) -> None:
        """Close on a client that asks too often; what it still sends meanwhile is not answered."""
        if self._messages == MOST_MESSAGES + 1:
            await self._leave_all()
            await self._refuse(None, TooManyMessages())
            await self.close(POLICY_VIOLATION)

    async def _refuse(self, topic: object, refusal: Refusal) -> None:
        name = topic if isinstance(topic, str) else None
        await self._tell("refused", name, code=refusal.code)

    async def _tell(self, what: str, topic: str | None, **more: Any) -> None:
        await self.send(json.dumps({"type": what, "topic": topic, **more}))


class Rights:
    """What the person behind a session may follow, looked up anew each time it matters.

    Its methods read the database, so they run outside the event loop.
    """

    def __init__(self, session_key: str | None, tenant_of_region: TenantOfRegion) -> None:
        self.who = Follower()
        self._session_key = session_key
        self._tenant_of_region = tenant_of_region

    def look(self, topic: TopicName, after: int | None) -> Missed:
        """What came on a topic after a number (None: only where it is); raises NotAllowed."""
        if topic.is_public:
            return _read_missed(topic, after)
        actor = self._identify()
        if actor is None or not self._may(topic):
            raise NotAllowed
        with acting_as(actor):
            return _read_missed(topic, after)

    def look_again(self, topics: Iterable[TopicName]) -> tuple[list[str], dict[str, int]]:
        """The topics that may no longer be followed, and the last number of each topic."""
        topics = list(topics)
        if not all(topic.is_public for topic in topics):
            self._identify()
        refused = [str(topic) for topic in topics if not self._may(topic)]
        return refused, last_numbers(map(str, topics))

    def _identify(self) -> Actor | None:
        actor = actor_of_session(self._session_key, on=timezone.localdate())
        self.who = Follower(actor.id, actor.roles, actor.tenants) if actor else Follower()
        return actor

    def _may(self, topic: TopicName) -> bool:
        return may_follow(topic, self.who, self._tenant_of_region)


class Pulsed:
    """The client's messages with a pulse in between, so that both are handled one after the other."""

    def __init__(self, receive: Receive, seconds: float) -> None:
        self._receive = receive
        self._seconds = seconds
        # Spread out: a thousand screens that came back together must not pulse together.
        self._due = time.monotonic() + seconds * random.uniform(0.5, 1)
        self._coming: asyncio.Future[dict[str, Any]] | None = None

    async def __call__(self) -> dict[str, Any]:
        """The next message: from the client, or `pulse` when it is time."""
        self._coming = self._coming or asyncio.ensure_future(self._receive())
        await asyncio.wait({self._coming}, timeout=max(0.0, self._due - time.monotonic()))
        if not self._coming.done() or time.monotonic() >= self._due:
            self._due = time.monotonic() + self._seconds
            return {"type": "pulse"}
        come, self._coming = self._coming, None
        return come.result()

    def stop(self) -> None:
        """Wait for the client no longer."""
        if self._coming is not None:
            self._coming.cancel()


def _read_missed(topic: TopicName, after: int | None) -> Missed:
    name = str(topic)
    return Missed(last_numbers([name])[name]) if after is None else missed(name, after=after)


def _read(text: str | None) -> dict[str, Any]:
    """A message of the client; raises Invalid for everything that is not a small JSON object."""
    if text is None or len(text) > LONGEST_MESSAGE:
        raise Invalid
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        raise Invalid from None
    if not isinstance(message, dict):
        raise Invalid
    return message


def _number(value: object) -> int | None:
    """A number that a topic could have, or None; raises Invalid."""
    if value is None:
        return None
    if type(value) is not int or not 0 <= value <= HIGHEST_NUMBER:
        raise Invalid
    return value


@database_sync_to_async
def _in_database(function: Callable[..., Any], *arguments: Any) -> Any:
    return function(*arguments)


async def _ask_back(send: Send) -> None:
    # The client may be gone already, or the connection closed: then there is nobody to ask.
    with contextlib.suppress(OSError, RuntimeError):
        await send({"type": "websocket.close", "code": TRY_AGAIN_LATER})
