"""Many clients at once, each on a connection of its own that stays open, against a production server."""

import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any
from uuid import uuid4

from benchmarks.cast import Pair

TOKEN = "b" * 32
HELD, BOOKED = 201, 200


@dataclass
class Client:
    """Somebody with a session; keeps one connection."""

    address: str
    line: http.client.HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        self.line = http.client.HTTPConnection(self.address, timeout=120)

    def post(self, path: str, cookie: str, body: object) -> tuple[int, Any]:
        """Status and what was answered."""
        headers = {
            "Cookie": f"{cookie}; csrftoken={TOKEN}",
            "X-CSRFToken": TOKEN,
            "Content-Type": "application/json",
            "Idempotency-Key": str(uuid4()),
        }
        self.line.request("POST", path, body=json.dumps(body), headers=headers)
        answer = self.line.getresponse()
        return answer.status, json.loads(answer.read() or b"null")

    def hold(self, pair: Pair, cookie: str) -> tuple[int, Any]:
        """Hold the pair's place."""
        return self.post("/api/v1/holds", cookie, pair.asked)

    def book(self, pair: Pair, cookie: str) -> str:
        """Hold and confirm; `booked`, or the code of what stood against it."""
        status, said = self.hold(pair, cookie)
        if status != HELD:
            return str(said["code"])
        status, said = self.post(f"/api/v1/bookings/{said['id']}/confirm", cookie, {})
        return "booked" if status == BOOKED else str(said["code"])


def all_at_once(
    address: str, works: Sequence[Callable[[Client], str]], clients: int
) -> tuple[Counter[str], list[float], float]:
    """Carry out all works by so many clients: outcomes, milliseconds of each, seconds for all together.

    Every client has its connection before the clock starts.
    """
    todo: SimpleQueue[Callable[[Client], str]] = SimpleQueue()
    for work in works:
        todo.put(work)
    start = threading.Barrier(clients + 1)
    outcomes: list[str] = []
    times: list[float] = []

    def carry_out() -> None:
        client = Client(address)
        client.line.connect()
        start.wait()
        while True:
            try:
                work = todo.get_nowait()
            except Empty:
                break
            begun = time.perf_counter()
            outcomes.append(work(client))
            times.append((time.perf_counter() - begun) * 1e3)
        client.line.close()

    threads = [threading.Thread(target=carry_out) for _ in range(clients)]
    for thread in threads:
        thread.start()
    start.wait()
    begun = time.perf_counter()
    for thread in threads:
        thread.join()
    return Counter(outcomes), times, time.perf_counter() - begun


class Crowd:
    """Clients that stay: each keeps its thread and its connection from one round to the next."""

    def __init__(self, address: str, clients: int) -> None:
        self.address = address
        self._works: Sequence[Callable[[Client], str]] = ()
        self._outcomes: list[str] = []
        self._start, self._end = threading.Barrier(clients + 1), threading.Barrier(clients + 1)
        self._is_over = False
        self._threads = [
            threading.Thread(target=self._stay, args=(Client(address), place), daemon=True)
            for place in range(clients)
        ]
        for thread in self._threads:
            thread.start()

    def round(self, works: Sequence[Callable[[Client], str]]) -> tuple[Counter[str], float]:
        """One work for each client, all begun at once: outcomes, and seconds until the last has ended."""
        self._works, self._outcomes = works, []
        self._start.wait()
        begun = time.perf_counter()
        self._end.wait()
        return Counter(self._outcomes), time.perf_counter() - begun

    def close(self) -> None:
        """Everybody goes home."""
        self._is_over = True
        self._start.wait()
        for thread in self._threads:
            thread.join()

    def _stay(self, client: Client, place: int) -> None:
        client.line.connect()
        while True:
            self._start.wait()
            if self._is_over:
                client.line.close()
                return
            try:
                self._outcomes.append(self._works[place](client))
            except (OSError, http.client.HTTPException, ValueError) as error:
                client.line.close()
                self._outcomes.append(type(error).__name__)
            self._end.wait()
