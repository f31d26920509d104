"""A place that opens finds somebody, by the processes of a running Vårdbryggan: worker, relay, live server.

First one after the other: from the message that the place is open until the vårdlots of whoever gets it hear
of the offer. Then a stream of changes for some seconds: how far the worker is behind when it ends. What is
measured is written: the country is a copy.
"""

import contextlib
import json
import os
import socket
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import UUID

import redis
from django.conf import settings
from django.db import connections
from psycopg import Connection
from websockets.sync.client import ClientConnection, connect

from accounts import topics
from accounts.live import MOST_TOPICS
from accounts.roles import Role
from benchmarks.callers import Caller
from benchmarks.match_one import (
    BEFORE,
    LARGEST,
    Place,
    free_places,
    give_out,
    work_out_all,
)
from benchmarks.national import superuser
from benchmarks.screens import PATIENCE, process
from benchmarks.stage import MILLI, percentile, tell_of
from brokering.selectors.takers import takers
from brokering.selectors.upkeep import regions_with_tenants, waiting_by_care
from brokering.tasks import rematch_freed, rematch_when_committed
from config.celery import app
from providers.models import Claim

OPENED, WARMED = 60, 12
SECONDS, A_SECOND, BURST = 20, 100, 5
QUEUE = "live"
SWEPT = 5
"""Seconds between two looks at everything that became free, as the schedule has it."""
HIDDEN = "UPDATE providers_slot SET hidden_why = %s WHERE id = ANY(%s)"
OFFERED = """
    SELECT k.slot_id FROM brokering_booking b JOIN providers_claim k ON k.id = b.claim_id WHERE b.id = %s
"""
LEFT = "SELECT count(*) FROM providers_freedplace"
SOON = 1000
LOOKED = 0.05
"""Seconds between two looks at whether everything is matched."""
LONGEST_BEHIND = 120
"""Seconds after the last change until whatever is not matched by then never will be."""


def measure() -> None:
    """Lines for the screen and for the stream."""
    cares = list(waiting_by_care())[:LARGEST]
    work_out_all(cares)
    free = free_places(cares, BEFORE + SECONDS * A_SECOND + 4 * OPENED)
    give_out(free[:BEFORE])
    found = free[BEFORE:]
    shown, streamed = found[: 4 * OPENED], found[4 * OPENED :]
    database = connections["default"].settings_dict["NAME"]
    with superuser(database) as server, _at_work() as address:
        server.execute(HIDDEN, ["bench", [slot for _, slot in found]])
        _tell_of_screens(server, address, shown)
        _tell_of_stream(server, streamed)


def _tell_of_screens(server: "Connection[Any]", address: str, places: Sequence[Place]) -> None:
    with _vardlots(address) as line:
        times = [took for place in places if (took := _until_told(server, line, place)) is not None]
    times = times[WARMED : WARMED + OPENED]
    for share in (50, 99):
        tell_of(
            f"freed.on_screen_p{share}",
            (round(percentile(times, share), 1), "milliseconds"),
            ("the goal: within a second", SOON),
            len(times),
            load=round(os.getloadavg()[0], 1),
        )


def _until_told(server: "Connection[Any]", line: ClientConnection, place: Place) -> float | None:
    """Milliseconds until the vårdlots hears of the offer; None where nobody gets it, or nobody listens."""
    care, slot = place
    server.execute(HIDDEN, ["", [slot]])
    first = takers(care, [slot], now=datetime.now(UTC)).given.snapshot.needs
    if not first or first[0].home_region not in _followed():
        return None
    begun = time.perf_counter()
    rematch_when_committed()
    while slot not in _offered(server, line):
        assert time.perf_counter() - begun < PATIENCE
    return (time.perf_counter() - begun) * MILLI


def _offered(server: "Connection[Any]", line: ClientConnection) -> list[UUID]:
    """The place that the next message tells of, where it tells of an offer."""
    said: dict[str, Any] = json.loads(line.recv(timeout=PATIENCE))
    if said.get("kind") != "offered":
        return []
    return [slot for (slot,) in server.execute(OFFERED, [said["data"]["booking"]])]


def _tell_of_stream(server: "Connection[Any]", places: Sequence[Place]) -> None:
    """So many changes a second; each is told to the worker, and the schedule's look at everything goes on."""
    broker = redis.Redis.from_url(settings.REDIS_URL)
    slots = [slot for _, slot in places]
    begun = time.perf_counter()
    for number in range(0, len(slots), BURST):
        _wait_until(begun + number / A_SECOND)
        _opened(server, slots[number : number + BURST])
        if number % (SWEPT * A_SECOND) == 0:
            rematch_freed.delay()
    sent = time.perf_counter() - begun
    behind = server.execute(LEFT).fetchall()[0][0]
    while broker.llen(QUEUE) or server.execute(LEFT).fetchone() != (0,):
        assert time.perf_counter() - begun < sent + LONGEST_BEHIND, "the stream is not kept up with"
        rematch_when_committed()
        time.sleep(LOOKED)
    lag = time.perf_counter() - begun - sent
    taken = Claim.objects.filter(slot__in=slots, state__in=Claim.OCCUPYING)
    claims = list(taken.values_list("slot_id", flat=True))
    tell_of(
        "freed.stream",
        (round(lag, 2), "seconds"),
        ("the goal: an offer within a second", 1),
        len(slots),
        changes_a_second=round(len(slots) / (sent + lag), 1),
        changes_behind=behind,
        offers=len(claims),
        double_claims=len(claims) - len(set(claims)),
        load=round(os.getloadavg()[0], 1),
    )


def _opened(server: "Connection[Any]", slots: Sequence[UUID]) -> None:
    server.execute(HIDDEN, ["", list(slots)])
    for _ in slots:
        rematch_when_committed()


def _wait_until(moment: float) -> None:
    if (left := moment - time.perf_counter()) > 0:
        time.sleep(left)


@contextlib.contextmanager
def _at_work() -> Iterator[str]:
    """The worker of what somebody waits for, the relay, and a server of live connections; its address."""
    with (
        contextlib.ExitStack() as stack,
        socket.create_server(("127.0.0.1", 0), backlog=64) as door,
    ):
        app.set_default()
        redis.Redis.from_url(settings.REDIS_URL).delete(QUEUE)
        stack.enter_context(process(["manage.py", "relay"]))
        live = ["-m", "uvicorn", "config.asgi:application", "--fd", str(door.fileno())]
        stack.enter_context(process([*live, "--log-level", "warning"], door.fileno()))
        worker = ["-m", "celery", "-A", "config.celery", "worker", "-c", "2", "-Q", QUEUE]
        quiet = ["--without-gossip", "--without-mingle", "-l", "WARNING"]
        stack.enter_context(process([*worker, *quiet, "-n", "bench@%h"]))
        yield f"ws://127.0.0.1:{door.getsockname()[1]}/live/"


@contextlib.contextmanager
def _vardlots(address: str) -> Iterator[ClientConnection]:
    """A screen that follows the worklists of as many regions as one may."""
    own, *others = _followed().values()
    asked: dict[str, Any] = {
        "origin": "http://127.0.0.1",
        "additional_headers": {"Cookie": Caller("", own, Role.NAVIGATOR, *others).cookie},
        "proxy": None,
        "open_timeout": PATIENCE,
    }
    with connect(address, **asked) as line:
        for code in _followed():
            line.send(json.dumps({"type": "join", "topic": topics.region(code), "after": None}))
            while json.loads(line.recv(timeout=PATIENCE))["type"] != "joined":
                pass
        yield line


@cache
def _followed() -> dict[str, UUID]:
    """Codes of the regions that the screen follows, with their tenants."""
    return dict(regions_with_tenants()[:MOST_TOPICS])
