"""A place is published by a call; a thousand open screens hear of it through uvicorn, relay and Valkey.

The clock runs from before the call is sent until each screen has the message, and until the search, asked
again and again, shows the place. The screens run on the same machine as everything else. The reference is the
goal: one second at the 95th percentile.
"""

import asyncio
import contextlib
import http.client
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from websockets.asyncio.client import ClientConnection, connect

from accounts import topics
from accounts.roles import Role
from benchmarks.callers import Caller, served
from benchmarks.stage import MILLI, tell
from providers.models import Care, Clinic

SCREENS = 1000
LIVE_PROCESSES = 2
CALLS, PLACES = 20, 10
PAUSE = 2.0
SEARCH_AGAIN = 0.05
GOAL = ("the goal at the 95th percentile", 1000.0)
PATIENCE = 60.0
OPENING_AT_ONCE = 50


def measure() -> None:
    """Milliseconds until 95 of 100 screens have heard, all calls together; and until the search shows it."""
    clinic = Clinic.objects.filter(cares__form=Care.Form.OPEN).order_by("id")[0]
    care = clinic.cares.filter(form=Care.Form.OPEN).order_by("code")[0]
    with served() as address, followed(topics.care(care.code)) as screens:
        caller = Caller(address, clinic.tenant_id, Role.CLINIC_STAFF)
        caller.publish(_lines(clinic, care, 0))
        screens.wait_until_all_heard()
        found = [_one_call(address, caller, clinic, care, number) for number in range(1, CALLS)]
        heard = screens.delays([sent for sent, _ in found])
    print(json.dumps({"screens": SCREENS, "heard": len(heard)}), file=sys.stderr)
    assert len(heard) == SCREENS * len(found)
    tell("live.heard_p95", _percentile(heard, 95), GOAL, SCREENS)
    tell("live.heard_p50", _percentile(heard, 50), GOAL, SCREENS)
    tell("live.searchable_p95", _percentile([took for _, took in found], 95), GOAL, len(found))


def _one_call(
    address: str, caller: Caller, clinic: Clinic, care: Care, number: int
) -> tuple[float, float]:
    """When the call was sent, and milliseconds until the search shows its first place."""
    time.sleep(PAUSE)
    starts = _starts(number)
    sent = time.perf_counter()
    counts = caller.publish(_lines(clinic, care, number))
    assert counts == {"created": PLACES}, counts
    while not _is_shown(address, clinic.id, care.code, starts):
        assert time.perf_counter() - sent < PATIENCE
        time.sleep(SEARCH_AGAIN)
    return sent, (time.perf_counter() - sent) * MILLI


def _is_shown(address: str, clinic: UUID, care: str, starts: datetime) -> bool:
    day = starts.date().isoformat()
    asked = http.client.HTTPConnection(address, timeout=30)
    asked.request(
        "GET",
        f"/api/v1/slots?care={care}&clinic={clinic}&from_date={day}&to_date={day}&size=100",
    )
    hits = json.load(asked.getresponse())["items"]
    asked.close()
    return any(datetime.fromisoformat(hit["starts_at"]) == starts for hit in hits)


def _starts(number: int) -> datetime:
    noon = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
    return noon + timedelta(days=200 + number)


def _lines(clinic: Clinic, care: Care, number: int) -> list[bytes]:
    starts = _starts(number)
    told = {
        "clinic": str(clinic.id),
        "care": care.code,
        "starts_at": starts.isoformat(),
        "ends_at": (starts + timedelta(minutes=20)).isoformat(),
    }
    return [json.dumps(told | {"source_key": str(uuid4())}).encode() + b"\n" for _ in range(PLACES)]


def _percentile(values: list[float], share: int) -> float:
    return sorted(values)[max(0, -(-len(values) * share // 100) - 1)]


class Screens:
    """A thousand connections that follow one topic in a thread of their own, and when each heard what."""

    def __init__(self, address: str, topic: str) -> None:
        self._address, self._topic = address, topic
        self._heard: list[list[float]] = [[] for _ in range(SCREENS)]
        self._joined = threading.Semaphore(0)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._following = asyncio.run_coroutine_threadsafe(self._follow_all(), self._loop)
        for _ in range(SCREENS):
            assert self._joined.acquire(timeout=PATIENCE), "not every screen could join"

    def wait_until_all_heard(self) -> None:
        """Return when every screen has heard something, and forget it: now everything is warm."""
        deadline = time.monotonic() + PATIENCE
        while not all(self._heard):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        for heard in self._heard:
            heard.clear()

    def delays(self, sent: list[float]) -> list[float]:
        """Milliseconds from each call to each screen; waits for the last one."""
        deadline = time.monotonic() + PATIENCE
        while any(len(heard) < len(sent) for heard in self._heard):
            assert time.monotonic() < deadline, "not every screen heard everything"
            time.sleep(0.05)
        pairs = (zip(sent, heard, strict=True) for heard in self._heard)
        return [(at - begun) * MILLI for pair in pairs for begun, at in pair]

    def close(self) -> None:
        """Let go of all connections."""
        self._following.cancel()
        asyncio.run_coroutine_threadsafe(asyncio.sleep(0.1), self._loop).result(PATIENCE)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    async def _follow_all(self) -> None:
        opening = asyncio.Semaphore(OPENING_AT_ONCE)
        await asyncio.gather(*(self._follow(number, opening) for number in range(SCREENS)))

    async def _follow(self, number: int, opening: asyncio.Semaphore) -> None:
        async with opening:
            screen = await connect(
                self._address,
                origin="http://127.0.0.1",  # type: ignore[arg-type]
                proxy=None,
                compression=None,
                open_timeout=PATIENCE,
                ping_interval=None,
            )
            await screen.send(json.dumps({"type": "join", "topic": self._topic, "after": None}))
            await _next(screen, "joined")
        self._joined.release()
        while True:
            await _next(screen, "change")
            self._heard[number].append(time.perf_counter())


async def _next(screen: ClientConnection, kind: str) -> dict[str, Any]:
    while True:
        message: dict[str, Any] = json.loads(await screen.recv())
        if message["type"] == kind:
            return message


@contextlib.contextmanager
def followed(topic: str) -> Iterator[Screens]:
    """The relay, the servers of live connections on one socket, and the screens."""
    with (
        contextlib.ExitStack() as stack,
        socket.create_server(("127.0.0.1", 0), backlog=2048) as door,
    ):
        stack.enter_context(_process(["manage.py", "relay"]))
        for _ in range(LIVE_PROCESSES):
            server = ["-m", "uvicorn", "config.asgi:application", "--fd", str(door.fileno())]
            stack.enter_context(_process([*server, "--log-level", "warning"], door.fileno()))
        screens = Screens(f"ws://127.0.0.1:{door.getsockname()[1]}/live/", topic)
        stack.callback(screens.close)
        yield screens


@contextlib.contextmanager
def _process(argv: list[str], *descriptors: int) -> Iterator[None]:
    env = os.environ | {"ALLOWED_HOSTS": "127.0.0.1", "LOG_LEVEL": "WARNING"}
    command = [sys.executable, *argv]
    process = subprocess.Popen(command, env=env, pass_fds=descriptors, stdout=sys.stderr)
    try:
        yield
    finally:
        process.terminate()
        process.wait()
