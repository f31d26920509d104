"""A database of the benchmarks' own on the embedded server: a synthetic Sweden, made anew each day."""

import contextlib
import importlib
import json
import math
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from statistics import median
from time import perf_counter

import django
import psycopg
from django.core.management import call_command
from psycopg import sql

from config.launcher import postgres, servers

NAME = "benchmarks"
VALKEY_NUMBER = 15
MILLI = 1e3


@contextlib.contextmanager
def stage(scale: str = "demo") -> Iterator[None]:
    """Servers up, settings on the benchmarks' database, the synthetic Sweden in it."""
    with servers.held():
        database = f"{NAME}_{scale}_{datetime.now(UTC):%Y%m%d}"
        os.environ.update(DEBUG="", **servers.environment(database, VALKEY_NUMBER))
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
        _forget_others(database)
        postgres.provide_database(database)
        django.setup()
        with contextlib.redirect_stdout(sys.stderr):
            call_command("migrate", verbosity=0)
            call_command("load_reference", verbosity=0)
            call_command("load_sweden", scale=scale)
        yield


def on_stage(module: str) -> None:
    """Set the stage, then import the module (it needs Django's models) and let it measure."""
    with stage():
        importlib.import_module(module).measure()


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that `share` percent of all do not exceed."""
    return sorted(values)[max(0, math.ceil(len(values) * share / 100) - 1)]


def _forget_others(database: str) -> None:
    """Remove the databases of earlier days: their times have passed."""
    with psycopg.connect(postgres.url(postgres.SUPERUSER, "postgres"), autocommit=True) as server:
        found = server.execute(
            "SELECT datname FROM pg_database WHERE datname LIKE %s AND datname <> %s",
            [f"{NAME}\\_%", database],
        ).fetchall()
        for (old,) in found:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(old)))


def milliseconds(calls: Iterable[Callable[[], object]]) -> tuple[float, int]:
    """Median time of the calls, each made once, and how many there were."""
    times = []
    for call in calls:
        begun = perf_counter()
        call()
        times.append((perf_counter() - begun) * MILLI)
    return median(times), len(times)


def tell(name: str, value: float, reference: tuple[str, float], size: int) -> None:
    """Print one line; `reference` is what it is compared with, in the same run and unit."""
    tell_of(name, (round(value, 3), "milliseconds"), (reference[0], round(reference[1], 3)), size)


def tell_rate(
    name: str, value: float, reference: tuple[str, float], size: int, **more: float
) -> None:
    """Print one line of a rate, higher is better; `reference` is a rate of the same run."""
    rate = (round(value), "rows a second")
    tell_of(name, rate, (reference[0], round(reference[1])), size, **more)


def tell_of(
    name: str, value: tuple[float, str], reference: tuple[str, float], size: int, **more: object
) -> None:
    """Print one line of anything: the value with its unit, what it is compared with in that unit."""
    line = {
        "name": name,
        "value": value[0],
        "unit": value[1],
        "reference": reference[0],
        "reference_value": reference[1],
        "ratio": round(value[0] / reference[1], 2),
        "size": size,
    }
    print(json.dumps(line | more), flush=True)
