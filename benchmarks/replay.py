"""What an action asks of the database, recorded once and asked again without the product.

The record is of the very same work: the action runs, everything that it sends is noted, and is rolled back.
Then the statements go through psycopg alone on a connection of its own, and through pgbench from a script.
"""

import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any

import psycopg
from django.db import connection, transaction

from config.launcher import postgres

WAYS = 3
"""By the product, by psycopg and by pgbench: works take turns between them."""
Statements = list[tuple[str, Any]]
"""What one piece of work sends, in order; each inner list is one transaction."""


class _Undone(Exception):
    """Takes back what was only recorded."""


def recorded(works: Sequence[Callable[[], object]]) -> list[Statements]:
    """The statements of some works that follow on each other, a list for each; all is rolled back."""
    noted: list[Statements] = []
    try:
        with transaction.atomic():
            for work in works:
                with noting() as statements:
                    work()
                noted.append(_own(statements))
            raise _Undone
    except _Undone:
        return noted


@contextmanager
def noting() -> Iterator[Statements]:
    """Note every statement that the product sends in the block."""
    statements: Statements = []

    def noted(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        assert not many
        statements.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(noted):
        yield statements


def by_psycopg(works: Sequence[Sequence[Statements]]) -> float:
    """Seconds in which psycopg sends it all and fetches every row, with a commit after each list."""
    with _connected() as bare:
        bare.execute("SELECT 1")
        bare.commit()
        begun = perf_counter()
        for work in works:
            for statements in work:
                for sql, params in statements:
                    # As the product's hot statements: kept prepared. What has no values is not worth it.
                    cursor = bare.execute(sql, params, prepare=params is not None)
                    if cursor.description:
                        cursor.fetchall()
                bare.commit()
        return perf_counter() - begun


def by_pgbench(works: Sequence[Sequence[Statements]]) -> float:
    """Seconds in which pgbench sends it all from one script on one connection; it has a parse of its own."""
    with tempfile.TemporaryDirectory() as folder, _connected(psycopg.ClientCursor) as bare:
        script = Path(folder, "work.sql")
        script.write_text("".join(_lines(works, psycopg.ClientCursor(bare))))
        url = os.environ["DATABASE_URL"]
        command = [
            str(postgres.programs() / "pgbench"),
            "-n",
            "-c",
            "1",
            "-t",
            "1",
            "-f",
            str(script),
            url,
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        told = next(line for line in done.stdout.splitlines() if line.startswith("latency average"))
        return float(told.split("=")[1].split()[0]) / 1e3


def _connected(
    cursor: type[psycopg.Cursor[Any]] = psycopg.Cursor,
) -> psycopg.Connection[Any]:
    """A connection that knows the types that Django's does."""
    connection.ensure_connection()
    return psycopg.connect(
        os.environ["DATABASE_URL"],
        context=connection.connection,
        cursor_factory=cursor,
        options="-c jit=off",
    )


def _own(statements: Statements) -> Statements:
    """Without the savepoint around it: on its own the work is a transaction."""
    first, last = statements[0][0], statements[-1][0]
    assert first.startswith("SAVEPOINT")
    assert last.startswith("RELEASE SAVEPOINT")
    return statements[1:-1]


def _lines(
    works: Sequence[Sequence[Statements]], cursor: psycopg.ClientCursor[Any]
) -> Iterator[str]:
    for work in works:
        for statements in work:
            yield "BEGIN;\n"
            for sql, params in statements:
                yield f"{cursor.mogrify(sql, params) if params is not None else sql};\n"
            yield "COMMIT;\n"
