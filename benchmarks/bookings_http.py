"""Bookings through HTTP: gunicorn with threads as in production, clients on the same machine.

A booking is two requests, hold and confirm, each with a session and an idempotency key of its own. CPU is
that of the web processes and of PostgreSQL, not of the clients, which share the processors.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import uuid4

from django.db import connection, connections
from django.test import Client as InProcess

from benchmarks.callers import Server, production_server
from benchmarks.cast import Pair, cookies, pairs
from benchmarks.crowd import BOOKED, HELD, TOKEN, Client, all_at_once
from benchmarks.hot import capped_pairs
from benchmarks.machine import cpu_seconds, tree
from benchmarks.national import postmaster
from benchmarks.stage import percentile, tell_of
from providers.models import Claim

DISTINCT, HOT, CLIENTS, WARM_UP, COUNTED = 600, 300, 8, 40, 5
WORKERS = 2
GOAL, GOAL_HOT = ("the goal", 100.0), ("the goal", 60.0)


def measure() -> None:
    """Distinct places of the whole country."""
    found = pairs(DISTINCT + WARM_UP + COUNTED, now=datetime.now(UTC))
    with production_server(workers=WORKERS) as server:
        _measured("booking.http", server, found, GOAL)


def measure_hot() -> None:
    """One clinic whose places all count against one volume cap."""
    found = capped_pairs(HOT + WARM_UP + COUNTED, places=10_000, now=datetime.now(UTC))
    with production_server(workers=WORKERS) as server:
        _measured("booking.hot_clinic", server, found, GOAL_HOT)


def _measured(name: str, server: Server, found: list[Pair], goal: tuple[str, float]) -> None:
    opened = cookies(found)
    works = [partial(book, pair, cookie) for pair, cookie in zip(found, opened, strict=True)]
    statements = _statements(found[:COUNTED], opened[:COUNTED])
    all_at_once(server.address, works[COUNTED : COUNTED + WARM_UP], CLIENTS)
    with _cpu(server) as used:
        counts, times, took = all_at_once(server.address, works[COUNTED + WARM_UP :], CLIENTS)
    assert set(counts) == {"booked"}, counts
    booked = counts["booked"]
    confirmed = Claim.objects.filter(state=Claim.State.CONFIRMED).count()
    assert confirmed == len(found), confirmed
    tell_of(
        name,
        (round(booked / took, 1), "bookings a second"),
        goal,
        booked,
        clients=CLIENTS,
        web_cpu_ms=round(used["web"] / booked * 1e3, 2),
        database_cpu_ms=round(used["postgres"] / booked * 1e3, 2),
        statements=statements,
        p50_ms=round(percentile(times, 50), 1),
        p99_ms=round(percentile(times, 99), 1),
    )


def book(pair: Pair, cookie: str, client: Client) -> str:
    """Hold and confirm; `booked`, or the code of what stood against it."""
    return client.book(pair, cookie)


@contextmanager
def _cpu(server: Server) -> Iterator[dict[str, float]]:
    """Seconds of CPU of the web processes and of PostgreSQL while the block runs."""
    used: dict[str, float] = {}
    before = _used(server)
    yield used
    used |= {name: seconds - before[name] for name, seconds in _used(server).items()}


def _used(server: Server) -> dict[str, float]:
    processes = {"web": server.pid, "postgres": postmaster()}
    return {name: cpu_seconds(tree(pid)) for name, pid in processes.items()}


def _statements(found: list[Pair], opened: list[str]) -> float:
    """How many statements the server is sent for one booking, from session to idempotency key."""
    sent = 0

    def counted(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal sent
        sent += 1
        return execute(sql, params, many, context)

    for pair, cookie in zip(found, opened, strict=True):
        client = InProcess()
        client.cookies.load(f"{cookie}; csrftoken={TOKEN}")
        with connection.execute_wrapper(counted):
            held = _post(client, "/api/v1/holds", pair)
            _post(client, f"/api/v1/bookings/{held['id']}/confirm", None)
    connections.close_all()
    return round(sent / len(found), 1)


def _post(client: InProcess, path: str, pair: Pair | None) -> Any:
    asked = {} if pair is None else pair.asked
    headers = {"X-CSRFToken": TOKEN, "Idempotency-Key": str(uuid4())}
    answer = client.post(path, asked, content_type="application/json", headers=headers)
    assert answer.status_code in (HELD, BOOKED), answer.content
    return answer.json()
