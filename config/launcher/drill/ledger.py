"""What each client asked for and what it was told: the other side of the database's books."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

UNSURE = range(500, 600)
"""An answer that says nothing of what came of the request."""
UNDER_WAY = '"code":"idempotency_key_in_use"'
"""The first request with the key has not ended: it says nothing either."""

BOOKS = frozenset({"confirm", "accept", "join"})
"""Deeds that book, and end the booking that the need had before."""


@dataclass
class Deed:
    """One request that changes something, under its key; sent as often as it takes."""

    kind: str
    key: str
    user: str
    cookie: str
    path: str
    body: str
    form: bool = False
    need: str = ""
    about: str = ""
    """Booking, offer or source keys that it is about."""
    order: int = 0
    sends: int = 0
    told: list[tuple[int, str]] = field(default_factory=list)
    """Every sure answer that somebody heard: status and text."""
    remembered: list[tuple[int, object]] = field(default_factory=list)
    """What the product said each time it was asked by the key: status and body, 0 for not done."""

    @property
    def status(self) -> int:
        """What the client was told first; 0 while it knows nothing."""
        return self.told[0][0] if self.told else 0

    @property
    def answer(self) -> dict[str, Any]:
        """The first answer's JSON; empty for a page."""
        try:
            found = json.loads(self.told[0][1]) if self.told else {}
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    @property
    def is_done(self) -> bool:
        """Whether the client was told that it was carried out; a page that asks again leads nowhere."""
        return self.status == 302 if self.form else 200 <= self.status < 300


class Ledger:
    """The deeds of all clients in the order in which each began."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._deeds: list[Deed] = []
        self._counts: dict[str, int] = {}

    def open(self, deed: Deed) -> Deed:
        """Write a deed down before it is sent."""
        with self._lock:
            deed.order = len(self._deeds)
            self._deeds.append(deed)
        return deed

    def heard(self, deed: Deed, status: int, text: str) -> None:
        """Note an answer; one that says nothing is only counted."""
        with self._lock:
            if status in UNSURE or UNDER_WAY in text:
                self._add(f"status {status} that says nothing yet")
            else:
                deed.told.append((status, text))

    def remembered(self, deed: Deed, status: int, body: object) -> None:
        """Note what the product says of a key."""
        with self._lock:
            deed.remembered.append((status, body))

    def count(self, what: str) -> None:
        """One more of something worth telling."""
        with self._lock:
            self._add(what)

    def _add(self, what: str) -> None:
        self._counts[what] = self._counts.get(what, 0) + 1

    def deeds(self) -> list[Deed]:
        """All deeds so far."""
        with self._lock:
            return list(self._deeds)

    def standing(self) -> int:
        """How many bookings were made and not cancelled, as far as anybody was told."""
        done = [deed.kind for deed in self.deeds() if deed.is_done]
        return sum(kind in BOOKS for kind in done) - done.count("cancel")

    def counts(self) -> dict[str, int]:
        """What was counted, and the deeds by kind and first status."""
        with self._lock:
            found = dict(self._counts)
            for deed in self._deeds:
                told = deed.status or "unknown"
                found[f"{deed.kind} {told}"] = found.get(f"{deed.kind} {told}", 0) + 1
        return dict(sorted(found.items()))

    def keep(self, file: Path) -> None:
        """Write everything but the cookies as JSON lines."""
        with file.open("w", encoding="utf-8") as lines:
            for deed in self.deeds():
                row = asdict(deed) | {"cookie": ""}
                lines.write(json.dumps(row) + "\n")


class Log:
    """Faults as JSON lines, seconds since the start first."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._start = time.monotonic()
        self._lock = threading.Lock()

    def write(self, **what: Any) -> None:
        """One line."""
        row = {"second": round(time.monotonic() - self._start, 1), **what}
        with self._lock, self._file.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(row) + "\n")
