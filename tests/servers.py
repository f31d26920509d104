"""An early pytest plug-in: names servers of the tests' own before Django reads its settings.

Nothing is started here. The first test that asks for the database starts PostgreSQL and Valkey on a folder
that is thrown away; every pytest-xdist worker has a database and a Valkey number of its own.
"""

import os
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from config.launcher import servers
from config.launcher.locks import Lock
from config.launcher.places import SHARED_TEMPORARY

KEYS = {
    "DEBUG": "1",
    "SECRET_KEY": "a key for tests alone",
    "IDENTITY_KEYS": "1:dGVzdHMgYWxvbmUgdXNlIHRoaXMgMzItYnl0ZSBrZXk=",
    # A kernel that reads or writes beside an array fails its test, instead of the process some time later.
    "NUMBA_BOUNDSCHECK": "1",
}
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests() -> Generator[None, None, None]:
    """Before any settings are read: name this process's own database."""
    if not WORKER:
        folder = Path(tempfile.mkdtemp(prefix="vardbryggan-tests-", dir=SHARED_TEMPORARY))
        # The servers may run as another account.
        folder.chmod(0o755)
        os.environ.update(VARDBRYGGAN_DATA=str(folder), VARDBRYGGAN_THROW_AWAY="1")
    os.environ.update(KEYS, **servers.environment(own_database(), own_number()))
    yield


def own_database() -> str:
    """The database of this worker."""
    return f"tests_{WORKER or 'alone'}"


def own_number() -> int:
    """The numbered Valkey database of this worker."""
    return int(WORKER.removeprefix("gw") or 0) if WORKER else 0


def pytest_unconfigure() -> None:
    """Remove the folder of a run that started no server; otherwise the servers' keepers do."""
    if WORKER or not os.environ.get("VARDBRYGGAN_THROW_AWAY"):
        return
    with Lock("postgres-keeper") as keeper:
        never_started = not keeper.is_held()
    if never_started:
        shutil.rmtree(os.environ["VARDBRYGGAN_DATA"], ignore_errors=True)
