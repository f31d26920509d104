"""A screen that follows one topic as static/js/live.js does, over a line that may lose messages."""

import json
import random
import time
from collections.abc import Callable
from typing import Any

from websockets import ConnectionClosed, InvalidHandshake
from websockets.sync.client import ClientConnection, connect

ORIGIN = "http://127.0.0.1"


def opened(address: str, session: str = "") -> ClientConnection:
    """A connection as a browser makes it, logged in when a session is given."""
    headers = {"Cookie": f"sessionid={session}"} if session else {}
    return connect(address, origin=ORIGIN, additional_headers=headers, proxy=None)  # type: ignore[arg-type]


def ask(socket: ClientConnection, type: str, topic: object, **more: Any) -> None:
    """Send one message."""
    socket.send(json.dumps({"type": type, "topic": topic, **more}))


def answer(socket: ClientConnection, timeout: float = 5) -> dict[str, Any]:
    """The next message that is not only the number of a topic."""
    deadline = time.monotonic() + timeout
    while True:
        message: dict[str, Any] = json.loads(socket.recv(max(0, deadline - time.monotonic())))
        if message["type"] != "number":
            return message


class Follower:
    """Applies changes in order, asks for what it missed, reads everything anew when told to."""

    def __init__(
        self, topic: str, *, losing: float = 0.0, read_all: Callable[[], list[Any]]
    ) -> None:
        self.screen: list[Any] = []
        self.number = 0
        self.lost = self.caught_up = self.came_back = 0
        self._topic = topic
        self._losing = losing
        self._read_all = read_all
        self._chance = random.Random(7)

    def follow(self, address: str, until: Callable[[], bool], patience: float = 30) -> None:
        """Follow, coming back whenever the connection ends, until the screen is as wished."""
        deadline = time.monotonic() + patience
        while not until() and time.monotonic() < deadline:
            try:
                with opened(address) as socket:
                    ask(socket, "join", self._topic, after=self.number)
                    while not until() and time.monotonic() < deadline:
                        self._hear_next(socket)
            except (ConnectionClosed, InvalidHandshake, OSError):
                self.came_back += 1
                time.sleep(0.1)

    def _hear_next(self, socket: ClientConnection) -> None:
        try:
            message = json.loads(socket.recv(0.2))
        except TimeoutError:
            return
        if self._chance.random() < self._losing:
            self.lost += 1
        elif self._hear(message):
            self.caught_up += 1
            ask(socket, "catch_up", self._topic, after=self.number)

    def _hear(self, message: dict[str, Any]) -> bool:
        """Take one message in; True when something before it is missing."""
        number = message.get("number", 0)
        if message["type"] == "reset":
            self.screen, self.number = self._read_all()[:number], number
        if message["type"] == "change" and number == self.number + 1:
            self.screen.append(message["data"])
            self.number = number
        return number > self.number
