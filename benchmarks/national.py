"""The whole country on servers of its own: loaded once, kept, and copied for whatever writes to it.

BENCH_DATA (default `.bench-data`) is the folder. The country is loaded anew when it is a week old, because
its free times pass. Smaller numbers of free times have the same clinics, and fewer people who wait: search
does not look at them.
"""

import contextlib
import importlib
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

import django
import psycopg
import redis
from django.core.management import call_command
from psycopg import sql
from tqdm import tqdm

from benchmarks.stage import VALKEY_NUMBER, tell_of
from config.launcher import postgres, servers
from config.launcher.places import ROOT

SLOTS, SMALLER = 2_000_000, (100_000, 500_000)
CLINICS, FEW_PEOPLE = 3_000, 3_500
KEPT_DAYS, SEED = 7, 2021
NAME, WORK = "national", "work_of_"
LOAD_GOAL = ("the goal: a few minutes", 300.0)


@contextlib.contextmanager
def nation(slots: int = SLOTS) -> Iterator[None]:
    """Servers up, settings on a copy of the country that nobody else uses, with so many free times."""
    os.environ["VARDBRYGGAN_DATA"] = os.environ.get("BENCH_DATA") or str(ROOT / ".bench-data")
    with servers.held():
        kept = _kept(slots)
        use(kept)
        command = [sys.executable, "-m", "benchmarks.national", str(slots)]
        subprocess.run(command, cwd=ROOT, check=True)
        _forget_left_behind()
        work = f"{WORK}{os.getpid()}"
        _copy(kept, work)
        use(work)
        django.setup()
        try:
            yield
        finally:
            _drop(work)


def on_nation(module: str, slots: int = SLOTS, measure: str = "measure") -> None:
    """Set the stage, then import the module (it needs Django's models) and let it measure."""
    with nation(slots):
        getattr(importlib.import_module(module), measure)()


def use(database: str) -> None:
    """Let this process, and those that it starts, find one database of the servers."""
    quiet = {"DEBUG": "", "LOG_LEVEL": "WARNING", "ALLOWED_HOSTS": "127.0.0.1,testserver"}
    os.environ.update(quiet, **servers.environment(database, VALKEY_NUMBER))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")


@contextlib.contextmanager
def superuser(database: str = "postgres") -> Iterator[psycopg.Connection[Any]]:
    """A connection that may do everything, each statement for itself."""
    with psycopg.connect(postgres.url(postgres.SUPERUSER, database), autocommit=True) as found:
        yield found


def postmaster() -> int:
    """The process of the PostgreSQL server."""
    with superuser() as server:
        row = server.execute("SHOW data_directory").fetchone()
    assert row
    return int(Path(row[0], "postmaster.pid").read_text().split()[0])


def valkey_process() -> int:
    """The process of the Valkey server."""
    said = redis.Redis.from_url(os.environ["REDIS_URL"]).info("server")
    return int(said["process_id"])


def _kept(slots: int) -> str:
    """The database of a size: one of the last days, or a new name; older ones are removed."""
    today = datetime.now(UTC).date()
    with superuser() as server:
        like = f"{NAME}\\_{slots}\\_%"
        found = server.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [like])
        names = sorted(name for (name,) in found)
    for name in names:
        if today - date.fromisoformat(name.rsplit("_", 1)[1]) > timedelta(days=KEPT_DAYS):
            _drop(name)
            names.remove(name)
    kept = names[-1] if names else f"{NAME}_{slots}_{today:%Y%m%d}"
    postgres.provide_database(kept)
    return kept


def _forget_left_behind() -> None:
    """Remove the copies of processes that were killed."""
    with superuser() as server:
        found = server.execute(
            "SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [WORK]
        )
        names = [name for (name,) in found.fetchall()]
    for name in names:
        if not Path("/proc", name.removeprefix(WORK)).exists():
            _drop(name)


def _copy(kept: str, fresh: str) -> None:
    """As files: written to the log page by page, the country would take minutes."""
    copy = "CREATE DATABASE {} TEMPLATE {} OWNER vardbryggan_owner STRATEGY file_copy"
    with superuser() as server:
        server.execute(sql.SQL(copy).format(sql.Identifier(fresh), sql.Identifier(kept)))
    postgres.provide_database(fresh)


def _drop(database: str) -> None:
    with superuser() as server:
        name = sql.Identifier(database)
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))


def main(slots: int) -> None:
    """Bring the database that the environment names up to date and load it, unless it has its people."""
    django.setup()
    with contextlib.redirect_stdout(sys.stderr):
        call_command("migrate", verbosity=0)
        call_command("load_reference", verbosity=0)
    load = importlib.import_module("benchmarks.country")
    begun = perf_counter()
    with tqdm(total=slots, unit=" rows", unit_scale=True, disable=None) as bar:
        if not load.load(slots, bar.update):
            return
    took = round(perf_counter() - begun, 1)
    more = {"gigabytes": round(load.size() / 1e9, 2)} | load.cost()
    tell_of("load", (took, "seconds"), LOAD_GOAL, slots, **more)


if __name__ == "__main__":
    main(int(sys.argv[1]))
