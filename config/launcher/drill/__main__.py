"""`make drill`: start the product, load it, hurt it, then ask everybody what they know."""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from tqdm import tqdm

from config.launcher import environment
from config.launcher.drill.books import books_of, findings, unknown
from config.launcher.drill.calls import Line
from config.launcher.drill.clients import Client, Publisher, replay
from config.launcher.drill.faults import Faults, Store
from config.launcher.drill.ledger import Ledger, Log
from config.launcher.errors import Stopped, told
from config.launcher.places import ROOT, SHARED_TEMPORARY
from config.launcher.steps import say, step

if TYPE_CHECKING:
    from collections.abc import Iterator

CLIENTS = 6
READY_SECONDS = 120.0
SETTLE_SECONDS = 45.0
"""Longer than the sweeper's turn and the relay's: what ran out has been tidied, what changed is numbered."""
FOREIGN = ("DATABASE", "REDIS_URL", "VARDBRYGGAN", "SECRET_KEY", "IDENTITY_KEYS", "DEBUG")
OURS = {"PORT": "0", "LIVE_PORT": "0", "HOLD_MINUTES": "1", "ROUND_MINUTES": "1"}
"""Holds run out and rounds run while the drill lasts."""


class Product:
    """`make run` on a data folder of the drill's own."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "config.launcher.run"]
        self.said: list[str] = []
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.address = self._read_address()
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def is_up(self) -> bool:
        """Whether the supervisor itself still runs."""
        return self._process.poll() is None

    def wait_ready(self) -> bool:
        """Whether it answers, with database, Valkey and relay, before patience ends."""
        deadline = time.monotonic() + READY_SECONDS
        while self.is_up and time.monotonic() < deadline:
            with (
                contextlib.suppress(OSError),
                urllib.request.urlopen(f"{self.address}readyz", timeout=10) as answer,
            ):
                if answer.status == 200:
                    return True
            time.sleep(0.5)
        return False

    def stop(self) -> None:
        """As Ctrl-C does."""
        self._process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(60)
        self._process.kill()
        self._process.wait()

    def _read_address(self) -> str:
        for line in self._process.stdout or ():
            self.said.append(line.rstrip())
            if found := re.search(r"running: (\S+)", line):
                return found[1]
        raise Stopped("The product did not start: " + " ".join(self.said[-3:]))

    def _listen(self) -> None:
        for line in self._process.stdout or ():
            self.said.append(line.rstrip())


class Drill:
    """One drill: its product, its people, its faults."""

    def __init__(self, folder: Path, seed: str, minutes: float) -> None:
        self._folder, self._seed, self._minutes = folder, seed, minutes
        self._ledger = Ledger()
        self._store = Store()

    def run(self) -> list[str]:
        """All findings, none when nobody lost anything."""
        try:
            with step("Product with demo Sweden"):
                product = Product()
            try:
                return self._on(product)
            finally:
                product.stop()
        finally:
            self._store.close()

    def _on(self, product: Product) -> list[str]:
        clients = self._clients(product.address)
        say(
            f"Seed {self._seed}; disk of Valkey: {self._store.way}; faults: {self._folder}/faults.jsonl"
        )
        self._storm(product, clients)
        self._ledger.keep(self._folder / "ledger.jsonl")
        with step("Everything up again"):
            is_ready = product.wait_ready()
        if not product.is_up:
            return ["the product has stopped: " + " ".join(product.said[-3:])]
        found = [] if is_ready else [f"not ready {READY_SECONDS:.0f} s after the last fault"]
        with step("Every request once more"):
            self._replay(product.address)
        with step("What ran out is tidied"):
            time.sleep(SETTLE_SECONDS)
        return found + self._examined()

    def _storm(self, product: Product, clients: list[Client]) -> None:
        log = Log(self._folder / "faults.jsonl")
        faults = Faults(self._store, log, self._seed)
        for thread in (*clients, faults):
            thread.start()
        seconds = round(self._minutes * 60)
        for _ in tqdm(range(seconds), unit="s", desc="Drill", disable=not sys.stderr.isatty()):
            if not product.is_up:
                break
            time.sleep(1)
        faults.finish()
        for client in clients:
            client.finish()
        for client in clients:
            client.join()
        say(f"{faults.dealt} faults, {len(self._ledger.deeds())} requests that change something")

    def _clients(self, address: str) -> list[Client]:
        with step("People and clinics"):
            cast = _printed("config.launcher.drill.cast")
        people, clinics = cast["patients"], cast["clinics"]
        made: list[Client] = [
            Client(address, people[number::CLIENTS], self._ledger, f"{self._seed} {number}")
            for number in range(CLIENTS)
        ]
        return [*made, Publisher(address, clinics, self._ledger, f"{self._seed} clinics")]

    def _replay(self, address: str) -> None:
        line = Line(address, self._ledger, random.Random(self._seed))
        replay(line, self._ledger.deeds(), threading.Event())

    def _examined(self) -> list[str]:
        with psycopg.connect(environment.complete()["DATABASE_OWNER_URL"]) as connection:
            books = books_of(connection, self._ledger.deeds())
        for what, count in self._ledger.counts().items():
            say(f"  {count:>6} {what}")
        say(f"  unknown to the client, known by its key: {dict(unknown(books))}")
        checked = _printed("manage", "check_invariants", "--json", "--grace", "90")
        broken = [
            f"{one['sentence']} ({one['count']}: {', '.join(one['examples'])})"
            for one in checked["findings"]
        ]
        say(f"  {checked['checked']} invariants, {len(broken)} broken")
        return findings(books) + broken


def _printed(module: str, *arguments: str) -> Any:
    """What a module with Django prints as JSON."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env=environment.complete(),
        check=False,
        capture_output=True,
        text=True,
    )
    try:
        return json.loads(done.stdout)
    except ValueError:
        last = done.stderr.strip().rpartition("\n")[2]
        raise Stopped(f"{module} failed: {last}") from None


@contextlib.contextmanager
def _own_folder() -> Iterator[Path]:
    """A folder that goes when nothing was found; otherwise it stays, to be looked into."""
    folder = Path(tempfile.mkdtemp(prefix="vardbryggan-drill-", dir=SHARED_TEMPORARY))
    folder.chmod(0o755)
    for name in list(os.environ):
        if name.startswith(FOREIGN):
            del os.environ[name]
    os.environ.update(OURS, VARDBRYGGAN_DATA=str(folder))
    yield folder
    if not os.environ.get("DRILL_KEPT"):
        shutil.rmtree(folder, ignore_errors=True)


def main(_argv: list[str]) -> int:
    """1 when anything was found; MINUTES, SEED, DRILL_KEPT=1 (keep the folder) come from outside."""
    minutes = float(os.environ.get("MINUTES", "3"))
    seed = os.environ.get("SEED") or str(random.randrange(1_000_000))
    with _own_folder() as folder:
        found = Drill(folder, seed, minutes).run()
        for one in found:
            say(f"FOUND {one}")
        if found:
            os.environ["DRILL_KEPT"] = "1"
            say(f"Logs, faults and ledger: {folder}; the same faults again: SEED={seed} make drill")
        say(f"{len(found)} findings in {minutes:g} minutes.")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(told(main, sys.argv[1:]))
