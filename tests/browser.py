"""A browser of the tests' own, and what is heard, measured and complained about on its pages."""

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.chromium import chromium, surroundings

FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
AXE = Path(__file__).resolve().parents[1] / "node_modules" / "axe-core" / "axe.min.js"
COLOURS = ["color-contrast", "link-in-text-block"]
"""The rules that a change of colours alone can break."""
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
FAULTS = """async rules => (await axe.run(document, {runOnly: rules, resultTypes: ["violations"]}))
    .violations.flatMap(one => one.nodes.map(node => [one.id, node.target, node.failureSummary].join(" ")))"""


@contextmanager
def launched() -> Iterator[Browser]:
    """A browser of its own."""
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as home:
        browser = playwright.chromium.launch(
            executable_path=chromium(),
            args=list(FLAGS),
            env={**os.environ, **surroundings(), "HOME": home},
        )
        try:
            yield browser
        finally:
            browser.close()


def complaints(page: Page, rules: Sequence[str] = RULES) -> list[str]:
    """What axe finds wrong on the page as it stands: WCAG 2.2 level AA and good practice."""
    page.wait_for_load_state()
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[str] = page.evaluate(FAULTS, list(rules))
    return found


def overflow(page: Page) -> int:
    """How many pixels the page is wider than the window."""
    return int(page.evaluate("document.documentElement.scrollWidth - innerWidth"))


def heard(page: Page) -> list[str]:
    """A list that fills with the page's errors: scripts, missing files, broken security policy."""
    lines: list[str] = []
    page.on("pageerror", lambda error: lines.append(str(error)))
    page.on("console", lambda said: lines.append(said.text) if said.type == "error" else None)
    page.on(
        "response",
        lambda answer: (
            lines.append(f"{answer.status} {answer.url}") if answer.status >= 400 else None
        ),
    )
    return lines
