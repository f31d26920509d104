"""The stage of the end-to-end tests: a browser, the whole product, and the people who meet there."""

import os
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser import launched
from tests.e2e.people import Person
from tests.e2e.world import World, invented
from tests.live import LiveStack

MEASURED = "seconds until an open page showed it"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for a file. Playwright keeps an event loop, and Django would refuse to read beside it."""
    with pytest.MonkeyPatch.context() as patch, launched() as opened:
        patch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield opened


@pytest.fixture
def world(database: None) -> World:
    return invented()


@pytest.fixture
def somebody(live_stack: LiveStack, browser: Browser) -> Iterator[Callable[..., Person]]:
    """Opens a window for one more person; at the end no page may have complained."""
    people: list[Person] = []

    def enters(*, script: bool = True) -> Person:
        people.append(Person(browser, live_stack.address, script=script))
        return people[-1]

    yield enters
    for person in people:
        person.leaves()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How fast the open screens were in this run."""
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            if name == MEASURED:
                terminalreporter.write_line(f"{report.nodeid}: {value} {MEASURED}")
