"""What is asked when the storm is over: what came of it, all of it once more, what others have already."""

from __future__ import annotations

import random
import threading
import uuid
from collections import Counter
from typing import TYPE_CHECKING, Any

from config.launcher.drill.actors import API
from config.launcher.drill.calls import Line
from config.launcher.drill.ledger import Deed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from config.launcher.drill.actors import Who
    from config.launcher.drill.ledger import Ledger

AT_ONCE = 4
LATECOMERS = 30


def resolved(address: str, ledger: Ledger) -> Counter[str]:
    """Ask the product by their keys for the deeds of which nobody heard; how many are what."""
    line = Line(address, ledger, random.Random(0))
    silent = [deed for deed in ledger.deeds() if not deed.told]
    return Counter(line.look_up(deed) for deed in silent)


def replay(address: str, ledger: Ledger) -> None:
    """Send every deed that had an answer once more under its key, twice at the same moment."""
    answered = [deed for deed in ledger.deeds() if deed.told]

    def once_more(deed: Deed) -> None:
        line = Line(address, ledger, random.Random(0))
        twin = threading.Thread(target=line.send, args=(deed,))
        twin.start()
        line.send(deed)
        twin.join()

    _in_turn(once_more, answered)


def come_late(
    address: str, ledger: Ledger, people: Sequence[Who], taken: Iterable[tuple[str, str]]
) -> None:
    """Somebody else of the same care asks for places that others have booked; `taken`: need and place."""
    by_need = {who["need"]: who for who in people}
    rng = random.Random(0)
    asked = []
    for need, slot in list(taken)[:LATECOMERS]:
        others = [
            one for one in people if one["care"] == by_need[need]["care"] and one["need"] != need
        ]
        if others:
            asked.append((rng.choice(others), slot))

    def ask(one: tuple[Who, str]) -> None:
        who, slot = one
        Line(address, ledger, random.Random(0)).carry_out(_late(who, slot))

    _in_turn(ask, asked)


def _late(who: Who, slot: str) -> Deed:
    body = f'{{"slot": "{slot}", "referral": "{who["need"]}"}}'
    person = {"user": who["user"], "cookie": who["cookie"], "need": who["need"]}
    key = str(uuid.uuid4())
    return Deed(kind="late", key=key, path=f"{API}/holds", body=body, about=slot, **person)


def _in_turn(work: Callable[[Any], None], items: Iterable[Any]) -> None:
    """A few at a time."""
    waiting = iter(list(items))
    lock = threading.Lock()

    def carry_on() -> None:
        while True:
            with lock:
                item = next(waiting, None)
            if item is None:
                return
            work(item)

    threads = [threading.Thread(target=carry_on) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
