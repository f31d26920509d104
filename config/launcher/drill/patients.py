"""What patients do: search, hold, confirm, rebook, let go, cancel, answer, ask, watch, come at once."""

from __future__ import annotations

import re
import threading
import time
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from config.launcher.drill.actors import API, Actor, Who

if TYPE_CHECKING:
    from collections.abc import Sequence

    from config.launcher.drill.ledger import Ledger

NEAREST = 6
"""Patients choose among so few first hits that they meet."""
OFFER = re.compile(r'action="/erbjudande/([0-9a-f-]{36})/(ja|nej)/"')
VERSION = re.compile(r'name="version" value="([^"]*)"')
READY = ("gets_there", "can_be_called", "can_fast", "somebody_home")
BOARD_MOST = 50
AWAITS = "awaits_approval"


def asks(hit: dict[str, object]) -> bool:
    """Whether a confirmation would only ask the clinic."""
    return bool(hit["clinic_approves"])


class Board:
    """Places that somebody has got a moment ago: what a page that was opened earlier still shows."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._places: list[tuple[str, str]] = []

    def put(self, care: str, slot: str) -> None:
        """Somebody has it."""
        with self._lock:
            self._places = [*self._places[-BOARD_MOST:], (care, slot)]

    def of(self, care: str) -> list[str]:
        """Those of a care."""
        with self._lock:
            return [slot for of, slot in self._places if of == care]


class Patient(Actor):
    """Somebody with a need."""

    def __init__(
        self, address: str, people: Sequence[Who], ledger: Ledger, seed: str, *, board: Board
    ) -> None:
        super().__init__(address, people, ledger, seed)
        self._board = board

    def _turn(self, who: Who) -> bool:
        dice = self._rng.random()
        if dice < 0.2:
            return self._answer_offer(who)
        if dice < 0.35 and who.get("booked"):
            return self._cancel(who)
        if dice < 0.45:
            return self._answer_invitation(who)
        if dice < 0.5:
            return self._wait(who)
        if who.get("asks"):
            return self._ask(who)
        return self._book(who)

    def _book(self, who: Who) -> bool:
        """Hold a free place, at times one that somebody else has got meanwhile; then decide."""
        taken = self._board.of(who["care"]) if self._rng.random() < 0.1 else []
        slot = self._rng.choice(taken) if taken else self._found(who)
        if not slot:
            time.sleep(0.2)
            return True
        held = self._deed(who, "hold", f"{API}/holds", {"slot": slot, "referral": who["need"]})
        if not self._line.carry_out(held):
            return False
        if not held.is_done:
            return True
        self._board.put(who["care"], slot)
        return self._decide(who, str(held.answer["id"]))

    def _decide(self, who: Who, booking: str) -> bool:
        """Most confirm, also who has a time already; some let go, some leave the hold to run out."""
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

    def _found(self, who: Who) -> str:
        asked = {"care": who["care"], "region": who["region"], "mine": "true", "size": "20"}
        hits = self._items(f"slots?{urlencode(asked)}", who)
        free = [hit["id"] for hit in hits if hit["bookable"] == "yes" and not asks(hit)]
        return self._rng.choice(free[:NEAREST]) if free else ""

    def _ask(self, who: Who) -> bool:
        """A place in another region that opens once the home region has approved the need."""
        if who.get("question"):
            return self._take_up(who, who["question"])
        asked = {"care": who["care"], "mine": "true", "size": "40"}
        hits = self._items(f"slots?{urlencode(asked)}", who)
        open_to_asking = [
            hit for hit in hits if hit["bookable"] == "approval" and hit["terms"] and not asks(hit)
        ]
        if not open_to_asking:
            time.sleep(0.2)
            return True
        hit = self._rng.choice(open_to_asking[:NEAREST])
        said = {"slot": hit["id"], "referral": who["need"], "lot": hit["terms"]["lot"]}
        deed = self._deed(who, "question", f"{API}/approvals", said)
        if not self._line.carry_out(deed):
            return False
        if deed.is_done:
            who["question"] = str(deed.answer["booking"])
        return True

    def _take_up(self, who: Who, booking: str) -> bool:
        """Confirm what may have been approved by now, or give it up; ask again once that is decided."""
        kind = "confirm" if self._rng.random() < 0.8 else "release"
        deed = self._deed(who, kind, f"{API}/bookings/{booking}/{kind}", {}, about=booking)
        if not self._line.carry_out(deed):
            return False
        if deed.answer.get("code") != AWAITS:
            del who["question"]
        if kind == "confirm" and deed.is_done:
            who["booked"] = booking
        return True

    def _wait(self, who: Who) -> bool:
        """Ask for word when a place appears, or to be asked about a freed one."""
        if self._rng.random() < 0.5:
            search = {"region": who["region"]}
            said: dict[str, object] = {"search": search, "referral": who["need"]}
            return self._line.carry_out(self._deed(who, "watch", f"{API}/watches", said))
        said = {"referral": who["need"], "notice_hours": 1, "ready": READY}
        return self._line.carry_out(self._deed(who, "consent", f"{API}/short-notice", said))

    def _answer_invitation(self, who: Who) -> bool:
        found = self._items("invitations", who)
        if not found:
            return True
        asked, is_yes = self._rng.choice(found)["id"], self._rng.random() < 0.7
        path = f"{API}/invitations/{asked}/{'accept' if is_yes else 'decline'}"
        deed = self._deed(who, "join" if is_yes else "pass", path, {}, about=asked)
        if not self._line.carry_out(deed):
            return False
        if is_yes and deed.is_done:
            who["booked"] = str(deed.answer["booking"])
        return True

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
        path = f"/erbjudande/{offer}/{way}/"
        kind = "accept" if way == "ja" else "decline"
        deed = self._deed(who, kind, path, {"version": version}, form=True, about=offer)
        if not self._line.carry_out(deed):
            return False
        if way == "ja" and deed.status == 302:
            who["booked"] = deed.told[0][1].rstrip("/").rpartition("/")[2]
        return True
