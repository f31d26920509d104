"""Somebody in a drill: a thread that plays people by turns, each write under a key of its own."""

from __future__ import annotations

import json
import random
import threading
import uuid
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from config.launcher.drill.calls import Line
from config.launcher.drill.ledger import Deed, Ledger

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Who = dict[str, Any]
API = "/api/v1"


class Actor(threading.Thread, ABC):
    """Plays its people by turns; nobody else acts for them."""

    def __init__(self, address: str, people: Sequence[Who], ledger: Ledger, seed: str) -> None:
        super().__init__(name=f"{type(self).__name__} {seed}", daemon=True)
        self._rng = random.Random(seed)
        self._line = Line(address, ledger, self._rng)
        self._people = list(people)
        self._over = threading.Event()

    def run(self) -> None:
        """Until told to end. Somebody of whom something is unknown is left alone from then on."""
        while self._people and not self._over.is_set():
            who = self._rng.choice(self._people)
            if not self._turn(who):
                self._people.remove(who)

    def finish(self) -> None:
        """End after the request that is under way."""
        self._over.set()

    @abstractmethod
    def _turn(self, who: Who) -> bool:
        """Do one thing as one of the people; False when nobody knows what came of it."""

    def _items(self, path: str, who: Who) -> list[Any]:
        """What a list over REST shows; nothing when nobody answered."""
        answer = self._line.read(f"{API}/{path}", who["cookie"])
        if answer.status != 200:
            return []
        found = json.loads(answer.text)
        items: list[Any] = found["items"] if isinstance(found, dict) else found
        return items

    def _deed(
        self, who: Who, kind: str, path: str, said: Mapping[str, object], **also: Any
    ) -> Deed:
        key = str(uuid.UUID(int=self._rng.getrandbits(128)))
        if also.get("form"):
            said = {**said, "key": key}
        return Deed(
            kind=kind,
            key=key,
            user=who["user"],
            cookie=who["cookie"],
            path=path,
            body=urlencode(said) if also.get("form") else json.dumps(said),
            need=also.pop("need", who.get("need", "")),
            **also,
        )
