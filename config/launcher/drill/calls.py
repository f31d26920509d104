"""Sends requests the way a bad line does: replies get lost, requests arrive twice, all are tried again."""

from __future__ import annotations

import contextlib
import http.client
import json
import random
import threading
import time
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from config.launcher.drill.ledger import Deed, Ledger

TOKEN = "d" * 32
"""The same in cookie and header: the server compares them."""
DROPPED, DOUBLED = 0.1, 0.15
"""How often a reply is not waited for; how often a request is sent twice at the same moment."""
LOOKED_UP = 0.5
"""How often somebody who heard nothing asks by the key first."""
TIMEOUT = 75.0
PATIENCE = 90.0
"""Seconds in which a client tries the same key again; afterwards it knows nothing."""


class Answer(NamedTuple):
    """What was heard: status 0 for nothing; `text` is the address for a redirect."""

    status: int
    text: str


NOTHING = Answer(0, "")


class Line:
    """A connection of one client; nothing is kept open between requests."""

    def __init__(self, address: str, ledger: Ledger, rng: random.Random) -> None:
        self._where = urlsplit(address).netloc
        self._ledger, self._rng = ledger, rng

    def read(self, path: str, cookie: str) -> Answer:
        """GET; status 0 when nobody answered."""
        headers = {"Cookie": f"{cookie}; csrftoken={TOKEN}"}
        return self._asked("GET", path, None, headers)

    def look_up(self, deed: Deed) -> str:
        """Ask by its key what came of a deed: done, refused, not done, or unknown when nobody answers."""
        answer = self.read(f"/api/v1/outcomes/{deed.key}", deed.cookie)
        if answer.status not in (200, 404):
            return "unknown"
        kept = json.loads(answer.text)
        status = int(kept["status"]) if answer.status == 200 else 0
        self._ledger.remembered(deed, status, kept.get("body"))
        if not status:
            return "not done"
        return "done" if status < 400 else "refused"

    def carry_out(self, deed: Deed) -> bool:
        """Send a deed until something is heard of it; False when patience ended first.

        Whoever heard nothing at times asks by the key what came of it, before sending the same again.
        """
        self._ledger.open(deed)
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            self._send_once(deed)
            if deed.told:
                return True
            time.sleep(self._rng.uniform(0.2, 1.5))
            if self._rng.random() < LOOKED_UP:
                self._ledger.count(f"looked up by its key: {self.look_up(deed)}")
        self._ledger.count("given up")
        return False

    def send(self, deed: Deed, *, drop: bool = False) -> Answer:
        """One sending; what is heard is noted."""
        deed.sends += 1
        answer = self._asked("POST", deed.path, deed.body, _headers(deed), drop=drop)
        if answer.status:
            self._ledger.heard(deed, *answer)
        return answer

    def _send_once(self, deed: Deed) -> None:
        """Drops, doubles, or simply sends."""
        if self._rng.random() < DROPPED:
            self._ledger.count("replies dropped")
            self.send(deed, drop=True)
        elif self._rng.random() < DOUBLED:
            self._ledger.count("sent twice at once")
            twin = threading.Thread(target=self.send, args=(deed,))
            twin.start()
            self.send(deed)
            twin.join()
        else:
            self.send(deed)

    def _asked(
        self,
        method: str,
        path: str,
        body: str | None,
        headers: dict[str, str],
        *,
        drop: bool = False,
    ) -> Answer:
        connection = http.client.HTTPConnection(self._where, timeout=TIMEOUT)
        try:
            connection.request(method, path, body=body, headers=headers)
            if drop:
                time.sleep(self._rng.choice((0.0, 0.005, 0.02)))
                return NOTHING
            reply = connection.getresponse()
            text = reply.read().decode(errors="replace")
            return Answer(reply.status, reply.headers.get("Location") or text)
        except (OSError, http.client.HTTPException):
            self._ledger.count("connections lost")
            return NOTHING
        finally:
            with contextlib.suppress(OSError):
                connection.close()


def _headers(deed: Deed) -> dict[str, str]:
    kind = "application/x-www-form-urlencoded" if deed.form else "application/json"
    return {
        "Cookie": f"{deed.cookie}; csrftoken={TOKEN}",
        "X-CSRFToken": TOKEN,
        "Content-Type": kind,
        "Idempotency-Key": deed.key,
    }
