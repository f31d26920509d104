"""Open screens in a drill: each follows a topic as the browser does, and must end where the database is."""

from __future__ import annotations

import json
import threading
import time
from typing import TYPE_CHECKING, Any

from websockets.exceptions import WebSocketException
from websockets.sync.client import connect
from websockets.typing import Origin

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

ORIGIN = Origin("http://127.0.0.1")
LISTEN, COME_BACK = 0.5, 1.0
"""Seconds: how long one listens before looking whether it is over; the pause before coming back."""
AGREE_SECONDS = 30.0
"""So soon after the last fault a screen must show what the database holds."""


class Screen(threading.Thread):
    """Follows one topic; comes back when the connection is lost and asks for what came meanwhile."""

    def __init__(self, address: str, topic: str, cookie: str = "") -> None:
        super().__init__(name=f"screen {topic}", daemon=True)
        self.topic = topic
        self.number: int | None = None
        self.came_back = self.read_anew = 0
        self._address = address
        self._headers = {"Cookie": cookie} if cookie else {}
        self._over = threading.Event()

    def run(self) -> None:
        """Until told to end."""
        while not self._over.is_set():
            try:
                self._follow()
            except (OSError, WebSocketException, TimeoutError):
                self.came_back += 1
                self._over.wait(COME_BACK)

    def finish(self) -> None:
        """Let go of the line."""
        self._over.set()

    def _follow(self) -> None:
        with connect(
            self._address,
            origin=ORIGIN,
            additional_headers=self._headers,
            proxy=None,
        ) as line:
            self._ask(line, "join")
            while not self._over.is_set():
                try:
                    said = json.loads(line.recv(LISTEN))
                except TimeoutError:
                    continue
                if self._misses(said):
                    self._ask(line, "catch_up")

    def _ask(self, line: Any, type_: str) -> None:
        line.send(json.dumps({"type": type_, "topic": self.topic, "after": self.number}))

    def _misses(self, said: Mapping[str, Any]) -> bool:
        """Take in what is said; whether something before it is missing."""
        number = int(said.get("number", 0))
        if said["type"] == "joined" and self.number is None:
            self.number = number
        if said["type"] == "reset":
            self.number, self.read_anew = number, self.read_anew + 1
        if said["type"] == "change" and number == (self.number or 0) + 1:
            self.number = number
        return number > (self.number or 0)


def behind(screens: Sequence[Screen], last_number: Callable[[str], int]) -> list[str]:
    """The screens that do not come to the database's number in time, a sentence each."""
    deadline = time.monotonic() + AGREE_SECONDS
    late = list(screens)
    while late and time.monotonic() < deadline:
        late = [one for one in late if (one.number or 0) < last_number(one.topic)]
        time.sleep(0.2)
    return [f"screen of {one.topic}: is at {one.number}, the database further" for one in late]
