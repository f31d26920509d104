"""One drill: its product, its people, its faults, and what is compared when the storm is over."""

from __future__ import annotations

import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import psycopg
from tqdm import tqdm

from config.launcher import environment
from config.launcher.drill.afterwards import come_late, replay, resolved
from config.launcher.drill.books import books_of, findings, taken
from config.launcher.drill.faults import Faults, Pace, Store
from config.launcher.drill.ledger import Ledger, Log
from config.launcher.drill.patients import Board, Patient
from config.launcher.drill.product import READY_SECONDS, Product, printed
from config.launcher.drill.screens import Screen, behind
from config.launcher.drill.staff import Navigator, Publisher
from config.launcher.steps import say, step

if TYPE_CHECKING:
    from pathlib import Path

    from config.launcher.drill.actors import Actor, Who

GRACE_SECONDS = 90


@dataclass(frozen=True)
class Plan:
    """How long the storm lasts, how fast faults follow, how many play patients, how long it is quiet then.

    `settle` in seconds: longer than the sweeper's turn and the relay's, so that lateness is seen too.
    """

    seed: str
    seconds: float
    pace: Pace = field(default_factory=Pace)
    clients: int = 6
    settle: float = 45.0
    longer: float = 0.0
    """So many seconds more at most, until every kind of fault has happened and enough is booked."""
    bookings: int = 0
    """How many bookings must stand then: others ask for them."""


@dataclass(frozen=True)
class Report:
    """What was done, and everything that is not as it should be, a sentence each."""

    faults: Counter[str]
    sent: int
    deeds: int
    unknown: Counter[str]
    found: list[str]


Cast = dict[str, list["Who"]]


class Drill:
    """On a product that runs; may be carried out again on the same."""

    def __init__(self, product: Product, store: Store, folder: Path, plan: Plan) -> None:
        self._product, self._store, self._folder, self._plan = product, store, folder, plan
        self._ledger = Ledger()
        self._faults = Faults(store, Log(folder / "faults.jsonl"), plan.seed, plan.pace)

    def run(self, cast: Cast) -> Report:
        """Storm, then quiet, then all books compared."""
        screens = self._screens(cast)
        self._storm(cast)
        found = self._afterwards(cast, screens)
        self._ledger.keep(self._folder / "ledger.jsonl")
        return found

    def _storm(self, cast: Cast) -> None:
        actors = self._actors(cast)
        for thread in (*actors, self._faults):
            thread.start()
        seconds = range(round(self._plan.seconds))
        for _ in tqdm(seconds, unit="s", desc="Drill", disable=not sys.stderr.isatty()):
            if not self._product.is_up:
                break
            time.sleep(1)
        deadline = time.monotonic() + self._plan.longer
        while time.monotonic() < deadline and not self._faults.has_dealt_each:
            time.sleep(0.5)
        self._faults.finish()
        while time.monotonic() < deadline and self._ledger.standing() < self._plan.bookings:
            time.sleep(0.5)
        for actor in actors:
            actor.finish()
        for actor in actors:
            actor.join()

    def _actors(self, cast: Cast) -> list[Actor]:
        address, seed, board = self._product.address, self._plan.seed, Board()
        people, clients = cast["patients"], self._plan.clients
        patients: list[Actor] = [
            Patient(address, people[one::clients], self._ledger, f"{seed} {one}", board=board)
            for one in range(clients)
        ]
        staff = [
            Publisher(address, cast["clinics"], self._ledger, f"{seed} clinics"),
            Navigator(address, cast["navigators"], self._ledger, f"{seed} regions"),
        ]
        return [*patients, *staff]

    def _screens(self, cast: Cast) -> list[Screen]:
        """One for each care, open to everyone, and one that only a person may follow."""
        address = self._product.live_address
        cares = sorted({one["care"] for one in cast["clinics"]})
        who = cast["patients"][0]
        screens = [Screen(address, f"care:{care}") for care in cares]
        screens.append(Screen(address, f"person:{who['user']}", who["cookie"]))
        for screen in screens:
            screen.start()
        return screens

    def _afterwards(self, cast: Cast, screens: list[Screen]) -> Report:
        found = []
        with step("Everything up again"):
            is_ready = self._product.wait_ready()
        if not self._product.is_up:
            found = ["the product has stopped: " + " ".join(self._product.said[-3:])]
            return self._report(Counter(), found)
        if not is_ready:
            found = [f"not ready {READY_SECONDS:.0f} s after the last fault"]
        with step("What nobody heard of, asked by its key"):
            unknown = resolved(self._product.address, self._ledger)
        with step("Every request twice more"):
            replay(self._product.address, self._ledger)
        found += self.compared(cast)
        found += behind(screens, self._last_number)
        for screen in screens:
            screen.finish()
        return self._report(unknown, found)

    def compared(self, cast: Cast) -> list[str]:
        """Let others ask for what is booked, wait until all is tidied: what then differs, or is broken."""
        with step("Who comes late"):
            come_late(self._product.address, self._ledger, cast["patients"], self._taken(cast))
        with step("What ran out is tidied"):
            time.sleep(self._plan.settle)
        return self._differences() + self._broken()

    def _report(self, unknown: Counter[str], found: list[str]) -> Report:
        deeds = self._ledger.deeds()
        sent = sum(deed.sends for deed in deeds)
        return Report(self._faults.dealt, sent, len(deeds), unknown, found)

    def _differences(self) -> list[str]:
        with _owner() as connection:
            books = books_of(connection, self._ledger.deeds())
        for what, count in self._ledger.counts().items():
            say(f"  {count:>6} {what}")
        return findings(books)

    def _broken(self) -> list[str]:
        checked: dict[str, Any] = printed(
            "manage", "check_invariants", "--json", "--grace", str(GRACE_SECONDS)
        )
        broken = [
            f"{one['sentence']} ({one['count']}: {', '.join(one['examples'])})"
            for one in checked["findings"]
        ]
        say(f"  {checked['checked']} invariants, {len(broken)} broken")
        return broken

    def _taken(self, cast: Cast) -> list[tuple[str, str]]:
        with _owner() as connection:
            return taken(connection, [who["need"] for who in cast["patients"]])

    def _last_number(self, topic: str) -> int:
        with _owner() as connection:
            row = connection.execute(
                "SELECT last_number FROM accounts_topic WHERE name = %s", [topic]
            ).fetchone()
        return row[0] if row else 0


def _owner() -> psycopg.Connection[Any]:
    return psycopg.connect(environment.complete()["DATABASE_OWNER_URL"])
