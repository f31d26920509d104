"""Races through HTTP at the size of the country: for one place, and for the places of a cap."""

import os
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from uuid import UUID

from benchmarks.bookings_http import book
from benchmarks.callers import Server, production_server
from benchmarks.cast import Pair, cookies
from benchmarks.crowd import HELD, Client, Crowd, all_at_once
from benchmarks.hot import capped_pairs, rivals
from benchmarks.machine import cpu_seconds, tree
from benchmarks.national import postmaster
from benchmarks.stage import tell_of
from providers.models import Claim

BOOKERS = 500
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "100"))
CAP, TIMES = 20, 10
WORKERS = 2


def measure_one_slot() -> None:
    """Rounds with exactly one winner, of so many rounds with five hundred bookers each."""
    people, slots = rivals(BOOKERS, now=datetime.now(UTC))
    opened, slots = cookies(people), slots[:ROUNDS]
    right, took, codes = 0, 0.0, Counter[str]()
    with (
        production_server(workers=WORKERS) as server,
        closing(Crowd(server.address, BOOKERS)) as crowd,
    ):
        before = _cpu(server)
        for slot in slots:
            won, said, seconds = _round(crowd, people, opened, slot)
            right, took = right + (won == 1), took + seconds
            codes += said
        cpu = _cpu(server) - before
    tell_of(
        "race.one_slot",
        (right, "rounds with one winner"),
        ("the rounds", float(len(slots))),
        BOOKERS,
        seconds_a_round=round(took / len(slots), 2),
        server_cpu_ms_a_booker=round(cpu / len(slots) / BOOKERS * 1e3, 2),
        outcomes=dict(codes),
    )


def measure_cap() -> None:
    """How many of ten times as many bookers get a place under a cap, each on a place of their own."""
    people = capped_pairs(CAP * TIMES, places=CAP, now=datetime.now(UTC))
    opened = zip(people, cookies(people), strict=True)
    works = [partial(book, pair, cookie) for pair, cookie in opened]
    with production_server(workers=WORKERS) as server:
        codes, _, seconds = all_at_once(server.address, works, len(works))
    slots = [pair.slot for pair in people]
    taken = Claim.objects.filter(slot__in=slots, state=Claim.State.CONFIRMED).count()
    tell_of(
        "race.cap",
        (taken, "places taken"),
        ("the cap", float(CAP)),
        len(works),
        seconds=round(seconds, 2),
        outcomes=dict(codes),
    )


def _cpu(server: Server) -> float:
    """Seconds of the web processes and of PostgreSQL so far."""
    return cpu_seconds([*tree(server.pid), *tree(postmaster())])


def _round(
    crowd: Crowd, people: list[Pair], opened: list[str], slot: UUID
) -> tuple[int, Counter[str], float]:
    """Everyone wants one place; how many got it by the database's word, and what each was told.

    Whoever got it lets it go as the first thing afterwards, so that nobody comes to hold too many.
    """
    held: list[tuple[str, str]] = []
    works = [
        partial(_hold, pair._replace(slot=slot), cookie, held)
        for pair, cookie in zip(people, opened, strict=True)
    ]
    codes, seconds = crowd.round(works)
    won = Claim.objects.filter(slot_id=slot, state__in=Claim.OCCUPYING).count()
    for booking, cookie in held:
        client = Client(crowd.address)
        client.post(f"/api/v1/bookings/{booking}/release", cookie, {})
        client.line.close()
    return won if won == len(held) else -1, codes, seconds


def _hold(pair: Pair, cookie: str, held: list[tuple[str, str]], client: Client) -> str:
    status, said = client.hold(pair, cookie)
    if status != HELD:
        return str(said["code"])
    held.append((said["id"], cookie))
    return "held"
