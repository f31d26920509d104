"""Rounds over the country as they run: real workers take shards from the queue, read, solve and write.

The seconds end when every care's proposals are seen by everybody; what is stored to solve a round again, and
what is counted of it (`national_checks`), comes after.

The first round of fresh workers, without a plan to keep to, is told beside the next one, which keeps to the
plan of the first where it can. The reference is the bare SQL that reads what a round reads, on one
connection: what the database needs in any case. Nothing is offered.
"""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from uuid import UUID

from django.conf import settings
from django.core.management import call_command
from django.db import connections

from benchmarks.match_one import work_out_all
from benchmarks.national_checks import held_of
from benchmarks.stage import tell_of
from brokering.actions.national_rounds import begin
from brokering.matching.engines import Engine
from brokering.matching.ranking import order
from brokering.matching.snapshot import Settings, WithinClass
from brokering.models import NationalRound, Round
from brokering.selectors.country.columns import columns, one_moment
from brokering.selectors.country.needs import FACTS, known_of
from brokering.selectors.country.places import SLOTS, WHOLE_CARE, known_at
from brokering.selectors.country.problems import opened
from brokering.selectors.country.rounds import dealt
from brokering.selectors.upkeep import waiting_by_care
from brokering.tasks.national import SEPARATOR, match_shard
from config.celery import app
from config.launcher.places import ROOT

WORKERS = 2
GOALS = {"greedy": 5.0, "auction": 15.0, "exact": 60.0}
PATIENCE = 1800.0
HIGHEST, AUCTION_GOAL = ("1", "2", "3"), 99.5
TICKS = os.sysconf("SC_CLK_TCK")


def measure() -> None:
    """Two lines for each engine: fresh workers, and the same ones again."""
    app.set_default()
    # As a release is installed.
    call_command("compile_matching")
    # As the schedule does it.
    work_out_all(list(waiting_by_care()))
    floor, in_time = _read_bare(), {}
    for engine in Engine:
        _forget_plans()
        with _workers() as pids:
            for when in ("fresh", "warm"):
                done = _measured(engine, when, pids, floor)
                if when == "fresh":
                    in_time[engine] = _in_time(done)
        _counted(engine, done)
    highest = [in_time[Engine.AUCTION][one] / in_time[Engine.EXACT][one] for one in HIGHEST]
    share = {one: round(100 * part, 2) for one, part in zip(HIGHEST, highest, strict=True)}
    tell_of(
        "match.auction_in_time",
        (min(share.values()), "percent of the exact plan's"),
        ("the goal, in each of the three highest classes", AUCTION_GOAL),
        sum(in_time[Engine.EXACT].values()),
        by_class=share,
    )


def _in_time(done: NationalRound) -> dict[str, int]:
    """How many of each class are treated in time."""
    return {one: counts["in_time"] for one, counts in done.summary["classes"].items()}


def _counted(engine: Engine, done: NationalRound) -> None:
    """What holds of the pairs that were written, counted slowly and independently."""
    held = held_of(done)
    tell_of(
        f"match.{engine}_held",
        (held["higher_need_late"], "higher needs late for a lower one in time"),
        ("whoever is treated", done.summary["proposals"]),
        done.summary["needs"],
        **held,
    )


def _measured(engine: Engine, when: str, pids: list[int], floor: float) -> NationalRound:
    _settle_down(pids)
    database, cpu, begun = _database_cpu(), _cpu(pids), perf_counter()
    now, waiting = datetime.now(UTC), waiting_by_care()
    national = begin(cares=list(waiting), engine=engine, now=now)
    for shard in dealt(waiting, engine, workers=WORKERS, now=now):
        match_shard.delay(str(national), SEPARATOR.join(shard))
    done = _finished(national)
    took = perf_counter() - begun
    told = done.summary
    tell_of(
        f"match.{engine}_{when}",
        (round(took, 2), "seconds"),
        ("what it reads, read once by bare SQL", round(floor, 2)),
        told["needs"],
        goal=GOALS[engine],
        workers=WORKERS,
        worker_cpu_seconds=round(_cpu(pids) - cpu, 1),
        solving_seconds=told["solving_seconds"],
        worker_megabytes=max(_megabytes(pid) for pid in pids),
        places=told["places"],
        proposals=told["proposals"],
        kept=told["kept"],
        cares=len(done.cares),
        cares_proven=_proven(done),
        classes=told["classes"],
        lateness_days=told["lateness_days_treated"] + told["lateness_days_untreated"],
        database_cpu_seconds=round(_database_cpu() - database, 1),
        load=round(os.getloadavg()[0], 1),
    )
    return done


def _settle_down(pids: list[int]) -> None:
    """Return once the workers do nothing more: what comes after a round is none of the next one's seconds."""
    before = -1.0
    while _cpu(pids) != before:
        before = _cpu(pids)
        time.sleep(0.5)


def _database_cpu() -> float:
    """Seconds of processor that the connections to this database have used; they stay for all of a round."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
        return _cpu([pid for (pid,) in cursor.fetchall()])


def _forget_plans() -> None:
    """No plan is left to keep to; only ever done to a copy of the country."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("TRUNCATE brokering_proposal, brokering_roundstore")


def _proven(national: NationalRound) -> int:
    """How many cares have a plan that is proven on every line of the order."""
    lines = len(order(Settings(WithinClass(settings.MATCH_WITHIN_CLASS))))
    rounds = Round.objects.filter(national=national).values_list("summary", flat=True)
    return sum(len(summary["proven"]) == lines for summary in rounds)


def _read_bare() -> float:
    """Seconds that the server and one connection need for the columns of every care, and nothing else."""
    now, cares = datetime.now(UTC), list(waiting_by_care())
    with opened(cares[-1:], now=now) as shard:
        known = known_of(shard.needs.words) | {"cares": cares}
    begun = perf_counter()
    with one_moment() as cursor:
        columns(cursor, FACTS, "FROM need_profile WHERE care_id = ANY(%(cares)s)", known)
        for care in cares:
            columns(cursor, SLOTS, WHOLE_CARE, known_at(care, now) | {"windowed": []})
    return perf_counter() - begun


@contextlib.contextmanager
def _workers() -> Iterator[list[int]]:
    """Celery as in production, one process for each worker; their process ids."""
    command = [sys.executable, "-m", "celery", "-A", "config.celery", "worker", "-Q", "rounds"]
    alone = ["--without-gossip", "--without-mingle", "-l", "WARNING", "-c", str(WORKERS)]
    quiet = os.environ | {"ROUND_OFFERS_MAX": "0"}
    process = subprocess.Popen([*command, *alone], cwd=ROOT, env=quiet, stdout=sys.stderr)
    try:
        yield _children(process.pid)
    finally:
        process.terminate()
        process.wait()


def _children(parent: int) -> list[int]:
    """The processes of the pool, once all are there."""
    while True:
        found = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        if len(found) >= WORKERS:
            return [int(pid) for pid in found]
        time.sleep(0.1)


def _finished(national: UUID) -> NationalRound:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        row = NationalRound.objects.get(id=national)
        if row.state == NationalRound.State.DONE:
            return row
        time.sleep(0.05)
    raise TimeoutError(f"the round {national} was not finished")


def _cpu(pids: list[int]) -> float:
    """Seconds of processor that the processes have used."""
    used = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        used += int(fields[11]) + int(fields[12])
    return used / TICKS


def _megabytes(pid: int) -> int:
    """The most memory that a process has had."""
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    peak = next(line for line in status if line.startswith("VmHWM"))
    return int(peak.split()[1]) // 1024
