"""Whatever is lost on the way to a screen, it ends equal to the database."""

import itertools
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection
from playwright.sync_api import WebSocketRoute

from accounts import topics
from accounts.models import Change
from accounts.news import News, tell
from accounts.selectors.actors import system_actor
from accounts.tenancy import acting_as
from config.launcher.valkey import free_port
from tests.accounts.followers import Follower
from tests.accounts.processes import eventually, live_server, relay, valkey
from tests.baseline import Baseline
from tests.browser import launched
from tests.chromium import chromium

pytestmark = pytest.mark.usefixtures("database")
COUNT = 150


@pytest.fixture(scope="module")
def server(baseline: Baseline) -> Iterator[str]:
    """The websocket server, once for the tests that do not take its Valkey away."""
    with live_server() as address:
        yield address


@pytest.fixture
def topic() -> str:
    """A topic of this test's own."""
    return topics.clinic(uuid.uuid4())


def changes_of(topic: str) -> list[Any]:
    """What is true."""
    return list(
        Change.objects.filter(topic=topic).order_by("number").values_list("data", flat=True)
    )


def numbered(topic: str) -> int:
    return Change.objects.filter(topic=topic, number__isnull=False).count()


def write_many(topic: str) -> None:
    for place in range(COUNT):
        with acting_as(system_actor()):
            tell(News(topic=topic, kind="told", data={"place": place}), now=datetime.now(UTC))
        time.sleep(0.01)
    connection.close()


class Play:
    """A screen that follows and a writer that writes, at the same time."""

    def __init__(self, address: str, topic: str, *, losing: float = 0.0) -> None:
        self.screen = Follower(topic, losing=losing, read_all=lambda: changes_of(topic))
        self._threads = ThreadPoolExecutor(2)
        self.writing = self._threads.submit(write_many, topic)
        self._following = self._threads.submit(
            self.screen.follow, address, lambda: self.screen.number == COUNT
        )

    def end(self) -> Follower:
        """The screen, after the last change was written and seen."""
        self.writing.result()
        self._following.result()
        self._threads.shutdown()
        return self.screen


def test_a_screen_that_loses_messages_still_ends_equal_to_the_database(
    server: str, topic: str
) -> None:
    with relay():
        screen = Play(server, topic, losing=0.3).end()
    assert screen.lost > 10
    assert screen.caught_up > 10
    assert screen.screen == changes_of(topic)


def test_without_loss_hardly_anything_is_caught_up(server: str, topic: str) -> None:
    """Only a number that overtakes its own change makes a screen ask."""
    with relay():
        screen = Play(server, topic).end()
    assert screen.caught_up < 10
    assert screen.screen == changes_of(topic)


def test_relays_that_are_killed_lose_no_change_for_an_open_screen(server: str, topic: str) -> None:
    play = Play(server, topic)
    while not play.writing.done():
        with relay() as one:
            before = numbered(topic)
            eventually(lambda: play.writing.done() or numbered(topic) > before + 20)  # noqa: B023 - asked at once
            one.kill()
    with relay():
        screen = play.end()
    assert screen.came_back == 0
    assert screen.screen == changes_of(topic)


def test_screens_end_right_when_valkey_is_killed_and_comes_back_empty(topic: str) -> None:
    port = free_port()
    away = {"REDIS_URL": f"redis://127.0.0.1:{port}/0"}
    with valkey(port) as first, relay(**away), live_server(**away) as address:
        play = Play(address, topic)
        eventually(lambda: play.screen.number > 20)
        first.kill()
        eventually(lambda: numbered(topic) > 100 and play.screen.came_back > 0)
        with valkey(port):
            screen = play.end()
    assert screen.screen == changes_of(topic)


SECTION = "topic => { document.body.dataset.liveTopics = topic }"
IS_AT = "([topic, number]) => last.get(topic) === number"


def lossy(route: WebSocketRoute) -> None:
    """Every tenth message from the server gets lost."""
    server, count = route.connect_to_server(), itertools.count()
    server.on_message(lambda message: route.send(message) if next(count) % 10 < 9 else None)


@pytest.mark.browser
@pytest.mark.skipif(chromium() is None, reason="no Chromium on this machine")
def test_the_script_of_the_pages_asks_for_what_was_lost(server: str, topic: str) -> None:
    with relay(), launched() as browser:
        page = browser.new_page(bypass_csp=True)
        page.route_web_socket("**/live/", lossy)
        page.goto(urlsplit(server)._replace(scheme="http", path="/healthz").geturl())
        page.evaluate(SECTION, topic)
        page.add_script_tag(url="/static/js/live.js")
        page.wait_for_function(IS_AT, arg=[topic, 0])
        with ThreadPoolExecutor(1) as writer:
            writer.submit(write_many, topic)
            page.wait_for_function(IS_AT, arg=[topic, COUNT])
