"""People in front of their screens: each has a window of their own and does what a person can do there."""

import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Locator, expect

from accounts.models import User
from tests.browser import COLOURS, complaints, heard, overflow
from tests.e2e.world import PASSWORD

PHONE, DESKTOP = 360, 1280
LIVE_MS = 2000
"""An open screen shows a change within this time, on a machine that does other things too."""
PATIENCE_SECONDS = 20
PICTURES = os.environ.get("E2E_PICTURES", "")
"""A folder for pictures of every page that is looked at; none are taken without it."""
APPEARS = """selector => { window.appeared = new Promise(tell => {
    const look = () => document.querySelector(selector) && (watch.disconnect(), tell(Date.now()));
    const watch = new MutationObserver(look);
    watch.observe(document, {childList: true, subtree: true});
    look();
})}"""

REFRESHED = """section => { window.refreshed = new Promise(tell => document.addEventListener(
    "htmx:afterSettle", event => event.target.matches(section) && tell(true)))
}"""


class Person:
    """Somebody with a browser window; `script` is whether it runs JavaScript."""

    def __init__(self, browser: Browser, address: str, *, script: bool = True) -> None:
        self.has_script = script
        self.context = browser.new_context(
            base_url=address,
            locale="sv-SE",
            java_script_enabled=script,
            reduced_motion="reduce",
            viewport={"width": DESKTOP, "height": 900},
        )
        self.context.set_default_timeout(PATIENCE_SECONDS * 1000)
        self.page = self.context.new_page()
        self.errors = heard(self.page)
        self.faults: list[str] = []

    def goes(self, path: str) -> None:
        self.page.goto(path)

    def logs_in(self, user: User) -> None:
        self.goes("/konto/logga-in/")
        self.page.get_by_label("Användarnamn").fill(user.username)
        self.page.get_by_label("Lösenord").fill(PASSWORD)
        self.presses("Logga in", within=self.page.locator("main"))
        expect(self.page.get_by_role("heading", level=1)).to_contain_text("Hej")

    def presses(self, name: str, *, within: Locator | None = None) -> None:
        (within or self.page).get_by_role("button", name=name).first.click()

    def follows(self, name: str, *, within: Locator | None = None) -> None:
        (within or self.page).get_by_role("link", name=name).first.click()

    def sees(self, text: str | re.Pattern[str]) -> None:
        expect(self.page.get_by_text(text).first).to_be_visible()

    def heading(self, text: str) -> None:
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(text)

    def is_told(self, what: Locator, count: int = 1) -> None:
        """The open screen shows it by itself; without JavaScript, when the page is fetched again."""
        if self.has_script:
            expect(what).to_have_count(count, timeout=LIVE_MS)
        else:
            self.finds(what, count)

    def finds(self, what: Locator, count: int = 1) -> None:
        """Fetch the page again until it shows it."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while what.count() != count:
            assert time.monotonic() < deadline, f"not {count} of {what}"
            self.page.reload()

    @contextmanager
    def is_refreshed(self, section: str) -> Iterator[None]:
        """What is done here makes a section of the open page fetch itself anew."""
        self.page.evaluate(REFRESHED, section)
        yield
        self.page.evaluate("window.refreshed")

    def watches_for(self, selector: str) -> None:
        """Note the moment at which something appears on the open page."""
        self.page.evaluate(APPEARS, selector)

    def saw_it_after(self, started: float) -> float:
        """Seconds from a moment until it appeared."""
        return float(self.page.evaluate("window.appeared")) / 1000 - started

    def looks(self, name: str) -> None:
        """Look at the page as it stands: on a phone and a desktop, by day and by night."""
        if not self.has_script:
            return
        for width in (PHONE, DESKTOP):
            self.page.set_viewport_size({"width": width, "height": 900})
            self._looked(f"{name} at {width}, light", complaints(self.page))
            if (over := overflow(self.page)) > 0:
                self.faults.append(f"{name} at {width}: {over} pixels too wide")
            self.page.emulate_media(color_scheme="dark")
            self._looked(f"{name} at {width}, dark", complaints(self.page, COLOURS))
            self.page.emulate_media(color_scheme="light")

    def _looked(self, where: str, found: list[str]) -> None:
        self.faults += [f"{where}: {fault}" for fault in found]
        if PICTURES:
            self.page.screenshot(path=Path(PICTURES) / f"{where}.png", full_page=True)

    def leaves(self) -> None:
        """Close the window; nothing may have gone wrong on any page that was seen."""
        self.context.close()
        assert not self.errors, "\n".join(self.errors)
        assert not self.faults, "\n".join(self.faults)
