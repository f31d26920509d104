"""What clients do: search, hold, confirm, release, cancel, answer offers, publish and withdraw."""

from __future__ import annotations

import json
import random
import re
import threading
import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from config.launcher.drill.calls import Line
from config.launcher.drill.ledger import Deed, Ledger

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Who = dict[str, Any]
API = "/api/v1"
NEAREST = 6
"""Clients choose among so few first hits that they meet."""
OFFER = re.compile(r'action="/erbjudande/([0-9a-f-]{36})/(ja|nej)/"')
VERSION = re.compile(r'name="version" value="([^"]*)"')
VISIT = timedelta(minutes=15)


class Client(threading.Thread):
    """One thread that plays its patients by turns; nobody else acts for them."""

    def __init__(self, address: str, people: Sequence[Who], ledger: Ledger, seed: str) -> None:
        super().__init__(name=f"client {seed}", daemon=True)
        self._rng = random.Random(seed)
        self._line = Line(address, ledger, self._rng)
        self._people = list(people)
        self._over = threading.Event()

    def run(self) -> None:
        """Until told to end. A patient of whom something is unknown is left alone from then on."""
        while self._people and not self._over.is_set():
            who = self._rng.choice(self._people)
            if not self._turn(who):
                self._people.remove(who)

    def finish(self) -> None:
        """End after the request that is under way."""
        self._over.set()

    def _turn(self, who: Who) -> bool:
        dice = self._rng.random()
        if dice < 0.25:
            return self._answer_offer(who)
        if dice < 0.4 and who.get("booked"):
            return self._cancel(who)
        return self._book(who)

    def _book(self, who: Who) -> bool:
        slot = self._found(who)
        if slot is None:
            time.sleep(0.2)
            return True
        said = {"slot": slot, "referral": who["need"]}
        held = self._deed(who, "hold", f"{API}/holds", said)
        if not self._line.carry_out(held):
            return False
        if not held.is_done:
            return True
        return self._decide(who, held.answer["id"])

    def _decide(self, who: Who, booking: str) -> bool:
        """Most confirm, some let go, some walk away and leave the hold to run out."""
        dice = self._rng.random()
        if dice > 0.85:
            return True
        kind = "confirm" if dice < 0.65 else "release"
        deed = self._deed(who, kind, f"{API}/bookings/{booking}/{kind}", {}, about=booking)
        if not self._line.carry_out(deed):
            return False
        if kind == "confirm" and deed.is_done:
            who["booked"] = booking
        return True

    def _cancel(self, who: Who) -> bool:
        booking = who.pop("booked")
        path = f"{API}/bookings/{booking}/cancel"
        return self._line.carry_out(self._deed(who, "cancel", path, {}, about=booking))

    def _found(self, who: Who) -> str | None:
        asked = {"care": who["care"], "region": who["region"], "mine": "true", "size": "20"}
        answer = self._line.read(f"{API}/slots?{urlencode(asked)}", who["cookie"])
        if answer.status != 200:
            return None
        hits = json.loads(answer.text)["items"]
        free = [hit["id"] for hit in hits if hit["bookable"] == "yes"]
        return self._rng.choice(free[:NEAREST]) if free else None

    def _answer_offer(self, who: Who) -> bool:
        page = self._line.read("/min-vantan/", who["cookie"])
        found = OFFER.findall(page.text) if page.status == 200 else []
        if not found:
            return True
        offer, way = self._rng.choice(found)
        return self._say(who, offer, way, self._version(who, offer, way))

    def _version(self, who: Who, offer: str, way: str) -> str:
        """What a no means is shown first: the form on that page knows which text it was."""
        if way == "ja":
            return ""
        asked = self._deed(who, "ask", f"/erbjudande/{offer}/nej/", {}, form=True)
        shown = self._line.send(asked)
        found = VERSION.search(shown.text)
        return found[1] if found else ""

    def _say(self, who: Who, offer: str, way: str, version: str) -> bool:
        said = {"version": version}
        path = f"/erbjudande/{offer}/{way}/"
        kind = "accept" if way == "ja" else "decline"
        deed = self._deed(who, kind, path, said, form=True, about=offer)
        if not self._line.carry_out(deed):
            return False
        if way == "ja" and deed.status == 302:
            who["booked"] = deed.told[0][1].rstrip("/").rpartition("/")[2]
        return True

    def _deed(self, who: Who, kind: str, path: str, said: Mapping[str, str], **also: Any) -> Deed:
        key = str(uuid.UUID(int=self._rng.getrandbits(128)))
        if also.get("form"):
            said = {**said, "key": key}
        body = urlencode(said) if also.get("form") else json.dumps(said)
        return Deed(
            kind=kind,
            key=key,
            user=who["user"],
            cookie=who["cookie"],
            path=path,
            body=body,
            need=who["need"],
            **also,
        )


class Publisher(Client):
    """A clinic's system: publishes some times a second, and takes a few back."""

    def _turn(self, who: Who) -> bool:
        self._over.wait(self._rng.uniform(0.5, 1.5))
        mine = who.setdefault("slots", [])
        if mine and self._rng.random() < 0.3:
            slot = mine.pop(self._rng.randrange(len(mine)))
            path, said = f"{API}/slots/withdraw", {"slot": slot}
            return self._line.carry_out(self._published(who, "withdraw", path, said, [slot]))
        items = [self._new(who) for _ in range(self._rng.randrange(1, 5))]
        keys = [item["source_key"] for item in items]
        deed = self._published(who, "publish", f"{API}/slots", {"items": items}, keys)
        if not self._line.carry_out(deed):
            return False
        if deed.is_done:
            mine += [one["id"] for one in deed.answer["items"] if one["outcome"] == "created"]
        return True

    def _new(self, who: Who) -> dict[str, str]:
        begins = datetime.now(UTC).replace(hour=8, minute=0, second=0, microsecond=0)
        begins += timedelta(
            days=self._rng.randrange(6, 60), minutes=15 * self._rng.randrange(0, 30)
        )
        return {
            "clinic": who["clinic"],
            "care": who["care"],
            "form": who["form"],
            "starts_at": begins.isoformat(),
            "ends_at": (begins + VISIT).isoformat(),
            "source_key": f"drill-{self._rng.getrandbits(64):x}",
        }

    def _published(self, who: Who, kind: str, path: str, said: object, about: list[str]) -> Deed:
        key = str(uuid.UUID(int=self._rng.getrandbits(128)))
        return Deed(
            kind=kind,
            key=key,
            user=who["user"],
            cookie=who["cookie"],
            path=path,
            body=json.dumps(said),
            about=" ".join(about),
        )


def replay(line: Line, deeds: Sequence[Deed], over: threading.Event) -> None:
    """Send every deed that had an answer once more, under its key."""
    for deed in deeds:
        if over.is_set():
            return
        if deed.told:
            line.send(deed)
