"""The browser's side of the live channel: numbers, gaps, resets, reconnects, few refreshes."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, WebSocketRoute

from config.launcher.places import ROOT
from tests.browser import launched
from tests.chromium import chromium
from tests.design.browser import ADDRESS

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium() is None, reason="there is no Chromium on this machine"),
]
SCRIPT = (ROOT / "static" / "js" / "live.js").read_text(encoding="utf-8")
SECTION = '<section data-live-topic="region:01" {}></section>'


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as opened:
        yield opened


class Screen:
    """A page that follows one topic, and the server's end of its socket."""

    def __init__(self, page: Page, number: str) -> None:
        self.page = page
        self.heard: list[dict[str, Any]] = []
        self.sockets: list[WebSocketRoute] = []
        page.route_web_socket("**/live/", self._accept)
        page.route(
            "**/*",
            lambda route: route.fulfill(body=SECTION.format(number), content_type="text/html"),
        )
        page.goto(ADDRESS)
        page.evaluate(
            "kinds => { window.seen = []; const s = document.querySelector('section');"
            "for (const k of kinds) s.addEventListener('live:' + k, () => seen.push(k)) }",
            ["changed", "slot.held"],
        )
        page.add_script_tag(content=SCRIPT, type="module")
        self.wait(lambda: self.heard)

    def _accept(self, socket: WebSocketRoute) -> None:
        self.sockets.append(socket)
        socket.on_message(lambda text: self.heard.append(json.loads(text)))

    def tell(self, what: str, number: int, **more: Any) -> None:
        message = {"type": what, "topic": "region:01", "number": number, **more}
        self.sockets[-1].send(json.dumps(message))

    def change(self, number: int, kind: str = "slot.held") -> None:
        self.tell("change", number, kind=kind, data={})

    def wait(self, until: Callable[[], object]) -> None:
        for _ in range(100):
            if until():
                return
            self.page.wait_for_timeout(50)
        raise AssertionError("nothing came")

    def seen(self, after: int = 700) -> list[str]:
        self.page.wait_for_timeout(after)
        return sorted(self.page.evaluate("seen"))


@pytest.fixture
def screen(browser: Browser) -> Screen:
    """Drawn when the topic was at number 7."""
    return Screen(browser.new_page(), 'data-live-number="7"')


def test_it_joins_from_the_number_that_the_page_was_drawn_at(screen: Screen) -> None:
    assert screen.heard == [{"type": "join", "topic": "region:01", "after": 7}]


def test_a_page_drawn_without_a_number_fetches_itself_once_when_it_has_joined(
    browser: Browser,
) -> None:
    screen = Screen(browser.new_page(), "")
    assert screen.heard[0]["after"] is None
    screen.tell("joined", 7)
    assert screen.seen() == ["changed"]


def test_many_changes_at_once_refresh_at_once_and_then_half_a_second_later(screen: Screen) -> None:
    for number in range(8, 40):
        screen.change(number)
    assert 1 <= screen.seen().count("changed") <= 2


def test_a_change_that_comes_while_a_section_is_being_fetched_is_not_lost(screen: Screen) -> None:
    screen.page.evaluate("document.querySelector('section').classList.add('htmx-request')")
    screen.change(8)
    assert screen.seen() == []
    screen.page.evaluate("document.querySelector('section').classList.remove('htmx-request')")
    assert screen.seen() == ["changed", "slot.held"]


def test_a_change_that_was_already_seen_refreshes_nothing(screen: Screen) -> None:
    screen.change(7)
    assert screen.seen() == []


def test_a_gap_is_asked_for_once_and_what_lies_beyond_it_waits(screen: Screen) -> None:
    screen.change(9)
    screen.change(10)
    screen.wait(lambda: len(screen.heard) > 1)
    assert screen.heard[1:] == [{"type": "catch_up", "topic": "region:01", "after": 7}]
    assert screen.seen() == []
    for number in (8, 9, 10):
        screen.change(number)
    assert set(screen.seen()) == {"changed", "slot.held"}


def test_a_lost_last_change_is_noticed_by_the_number(screen: Screen) -> None:
    screen.tell("number", 8)
    screen.wait(lambda: len(screen.heard) > 1)
    assert screen.heard[-1] == {"type": "catch_up", "topic": "region:01", "after": 7}


def test_a_change_meant_for_others_moves_the_number_only(screen: Screen) -> None:
    screen.change(8, "withheld")
    screen.change(9)
    assert screen.seen() == ["changed", "slot.held"]
    assert len(screen.heard) == 1


def test_a_reset_fetches_everything_and_goes_on_from_its_number(screen: Screen) -> None:
    screen.tell("reset", 900)
    assert screen.seen() == ["changed"]
    screen.change(901)
    assert screen.seen() == ["changed", "changed", "slot.held"]


def test_after_a_lost_connection_it_joins_again_where_it_was(screen: Screen) -> None:
    screen.change(8)
    screen.seen()
    screen.sockets[-1].close()
    screen.wait(lambda: len(screen.heard) > 1)
    assert screen.heard[-1] == {"type": "join", "topic": "region:01", "after": 8}
