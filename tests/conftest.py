"""Fixtures that all tests share: the database, and no network."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import redis
from django.conf import settings
from django.db import connections
from hypothesis import HealthCheck
from hypothesis import settings as examples
from pytest_django import DjangoDbBlocker
from redis.backoff import ConstantBackoff
from redis.retry import Retry

from config.launcher import servers
from tests.baseline import Baseline, make_database, superuser
from tests.chromium import chromium
from tests.live import LiveStack, running_stack
from tests.pressed import watched
from tests.servers import own_database
from tests.sharing import THE_PRODUCT, ByFile, home, sort

NO_BROWSER = "there is no Chromium on this machine"
HERE = ("127.0.0.1", "::1", "localhost")
BASELINE = pytest.StashKey[Baseline]()

# How fast an example is made says something of the machine, nothing of the product.
if examples.get_current_profile_name() != "mutation":
    examples.register_profile(
        "suite",
        parent=examples.default,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    examples.load_profile("suite")


@pytest.fixture(scope="session")
def baseline(
    request: pytest.FixtureRequest, django_db_blocker: DjangoDbBlocker
) -> Iterator[Baseline]:
    """This worker's database on running servers, with the reference data."""
    with servers.held(), django_db_blocker.unblock():
        make_database()
        with superuser(own_database()) as connection:
            start = Baseline(connection)
            start.remember()
            request.session.stash[BASELINE] = start
            yield start
        connections.close_all()


@pytest.fixture(scope="session")
def django_db_setup(baseline: Baseline) -> None:
    """pytest-django's own set-up, replaced: its test database knows one role, ours needs four."""


@pytest.fixture
def database(baseline: Baseline, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Real transactions as the application's own role; afterwards everything is put back."""
    with django_db_blocker.unblock():
        try:
            yield
        finally:
            _leave_open_transactions()
            baseline.put_back()
            _clear_cache()


def _leave_open_transactions() -> None:
    for connection in connections.all(initialized_only=True):
        if connection.in_atomic_block or connection.needs_rollback or not connection.is_usable():
            connection.close()


def _clear_cache() -> None:
    """Only Django's own keys: the queues and groups of running processes stay.

    Another worker's test may have killed the Valkey that all share: its keeper has it back in a moment.
    """
    patience = Retry(ConstantBackoff(0.1), 300)
    with redis.Redis.from_url(settings.REDIS_URL, retry=patience) as client:
        if keys := list(client.scan_iter(":1:*", count=1000)):
            client.delete(*keys)


class _Kept:
    """The product's processes from one test that needs them to the next, and no longer.

    They go by the real clock: left running, they would end the holds of tests that stand still in time.
    """

    def __init__(self) -> None:
        self._exits = ExitStack()
        self._stack: LiveStack | None = None

    def running(self) -> LiveStack:
        if self._stack is None:
            self._stack = self._exits.enter_context(running_stack())
        return self._stack

    def stop(self) -> bool:
        """Whether they were running."""
        was, self._stack = self._stack, None
        self._exits.close()
        return was is not None


_kept = _Kept()


@pytest.fixture
def live_stack(baseline: Baseline) -> LiveStack:
    """The whole product in processes of its own; take `database` too, it puts back what they write."""
    return _kept.running()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> None:
    """Where the next test does not need the whole product, it is stopped."""
    stops = "live_stack" not in getattr(nextitem, "fixturenames", ()) and _kept.stop()
    if stops and nextitem is not None:
        # A worker may have ended something after what the test wrote was put back.
        nextitem.session.stash[BASELINE].put_back()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One worker runs all tests of the whole product, what takes longest first; no Chromium, no browser."""
    has_browser = chromium() is not None
    for item in items:
        if "live_stack" in getattr(item, "fixturenames", ()):
            assert home(item.nodeid) == THE_PRODUCT, f"{item.nodeid}: name it in tests/sharing.py"
        if item.get_closest_marker("browser") and not has_browser:
            item.add_marker(pytest.mark.skip(reason=NO_BROWSER))
    sort(items)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile | None:
    """Our own way to hand out files."""
    return ByFile(config, log) if config.getvalue("dist") == "loadfile" else None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What was left out for want of a browser is said, not passed over."""
    skipped = terminalreporter.stats.get("skipped", [])
    if left_out := sum("browser" in report.keywords for report in skipped):
        terminalreporter.write_line(
            f"{left_out} browser tests WERE NOT RUN: {NO_BROWSER}.", yellow=True
        )


@pytest.fixture(scope="session", autouse=True)
def every_form_takes_its_key() -> Iterator[None]:
    """A form of a page that writes before its key is taken fails the test that sent it."""
    with watched():
        yield


@pytest.fixture(scope="session", autouse=True)
def no_network() -> Iterator[None]:
    """A test that reaches beyond this machine fails."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and address[0] not in HERE:
            raise AssertionError(f"A test tried to reach {address}.")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        yield
