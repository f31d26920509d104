"""A thousand open screens that follow one topic as the browser does, and the processes that serve them."""

import asyncio
import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from benchmarks.stage import MILLI

SCREENS = 1000
LIVE_PROCESSES = 2
PATIENCE = 60.0
OPENING_AT_ONCE = 50
PAUSES = (0.5, 1.0, 2.0, 4.0)
"""Seconds before a screen that lost its connection comes back; the last one again and again."""


class Screens:
    """A thousand connections in a thread of their own: what number each has, and when each heard what."""

    def __init__(self, address: str, topic: str) -> None:
        self._address, self._topic = address, topic
        self.numbers: list[int | None] = [None] * SCREENS
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
        _wait_until(lambda: all(self._heard))
        for heard in self._heard:
            heard.clear()

    def delays(self, sent: list[float]) -> list[float]:
        """Milliseconds from each call to each screen; waits for the last one."""
        _wait_until(lambda: all(len(heard) >= len(sent) for heard in self._heard))
        pairs = (zip(sent, heard, strict=True) for heard in self._heard)
        return [(at - begun) * MILLI for pair in pairs for begun, at in pair]

    def wait_until_all_have(self, number: Callable[[], int]) -> None:
        """Return when every screen has the number that is asked for, which may go on rising."""
        _wait_until(lambda: set(self.numbers) == {number()})

    def close(self) -> None:
        """Let go of all connections."""
        self._following.cancel()
        asyncio.run_coroutine_threadsafe(asyncio.sleep(0.1), self._loop).result(PATIENCE)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    async def _follow_all(self) -> None:
        opening = asyncio.Semaphore(OPENING_AT_ONCE)
        await asyncio.gather(*(self._follow(number, opening) for number in range(SCREENS)))

    async def _follow(self, screen: int, opening: asyncio.Semaphore) -> None:
        """Come back whenever the connection is lost, and ask for what came meanwhile."""
        lost = 0
        while True:
            with contextlib.suppress(OSError, WebSocketException, TimeoutError):
                async with opening:
                    line = await self._opened(screen)
                lost = 0
                await self._listen(screen, line)
            await asyncio.sleep(PAUSES[min(lost, len(PAUSES) - 1)])
            lost += 1

    async def _opened(self, screen: int) -> ClientConnection:
        line = await connect(
            self._address,
            origin="http://127.0.0.1",  # type: ignore[arg-type]
            proxy=None,
            compression=None,
            open_timeout=PATIENCE,
            ping_interval=None,
        )
        is_new = self.numbers[screen] is None
        after = {"topic": self._topic, "after": self.numbers[screen]}
        await line.send(json.dumps({"type": "join"} | after))
        joined: dict[str, Any] = {}
        while joined.get("type") != "joined":
            joined = json.loads(await line.recv())
            self._note(screen, joined)
        if is_new:
            self.numbers[screen] = joined["number"]
            self._joined.release()
        return line

    async def _listen(self, screen: int, line: ClientConnection) -> None:
        while True:
            said: dict[str, Any] = json.loads(await line.recv())
            self._note(screen, said)
            if said["type"] == "number" and said["number"] > (self.numbers[screen] or 0):
                wanted = {"topic": self._topic, "after": self.numbers[screen]}
                await line.send(json.dumps({"type": "catch_up"} | wanted))

    def _note(self, screen: int, said: dict[str, Any]) -> None:
        """A change that is told a second time is no news."""
        is_news = said["type"] in ("change", "reset") and said["number"] > (
            self.numbers[screen] or 0
        )
        if is_news:
            self._heard[screen].append(time.perf_counter())
            self.numbers[screen] = said["number"]


def _wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "not every screen heard everything"
        time.sleep(0.05)


@contextlib.contextmanager
def followed(topic: str) -> Iterator[Screens]:
    """The relay, the servers of live connections on one socket, and the screens."""
    with (
        contextlib.ExitStack() as stack,
        socket.create_server(("127.0.0.1", 0), backlog=2048) as door,
    ):
        stack.enter_context(process(["manage.py", "relay"]))
        for _ in range(LIVE_PROCESSES):
            server = ["-m", "uvicorn", "config.asgi:application", "--fd", str(door.fileno())]
            stack.enter_context(process([*server, "--log-level", "warning"], door.fileno()))
        screens = Screens(f"ws://127.0.0.1:{door.getsockname()[1]}/live/", topic)
        stack.callback(screens.close)
        yield screens


@contextlib.contextmanager
def process(argv: list[str], *descriptors: int) -> Iterator[None]:
    """A process of the product, as long as the block lasts."""
    env = os.environ | {"ALLOWED_HOSTS": "127.0.0.1", "LOG_LEVEL": "WARNING"}
    command = [sys.executable, *argv]
    process = subprocess.Popen(command, env=env, pass_fds=descriptors, stdout=sys.stderr)
    try:
        yield
    finally:
        process.terminate()
        process.wait()
