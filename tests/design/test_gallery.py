"""The gallery in a real browser: no complaint from axe, nothing wider than the screen, no script needed."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser import AXE, complaints, launched, overflow
from tests.chromium import chromium
from tests.design.browser import gallery, open_page, stylesheets_missing

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium() is None, reason="there is no Chromium on this machine"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as opened:
        yield opened


@pytest.fixture(scope="module")
def html() -> str:
    return gallery()


@pytest.mark.skipif(not AXE.exists(), reason="axe-core could not be fetched with npm")
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_axe_has_nothing_to_say(browser: Browser, html: str, width: int, dark: bool) -> None:
    page = open_page(browser, html, width=width, dark=dark)
    assert complaints(page) == []


@pytest.mark.parametrize("width", [320, 360, 1280])
def test_nothing_is_wider_than_the_screen(browser: Browser, html: str, width: int) -> None:
    page = open_page(browser, html, width=width)
    assert overflow(page) <= 0


def test_no_page_breaks_its_own_security_policy(browser: Browser, html: str) -> None:
    page = open_page(browser, html, width=1280)
    heard: list[str] = []
    page.on("console", lambda message: heard.append(message.text))
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.reload()
    assert [text for text in heard if "/live/" not in text] == []


def test_body_text_is_18_px_for_patients_and_15_px_for_staff(browser: Browser, html: str) -> None:
    size = "getComputedStyle(document.body).fontSize"
    assert open_page(browser, html, width=1280).evaluate(size) == "18px"
    staff = html.replace('<body data-density="patient"', '<body data-density="staff"')
    assert open_page(browser, staff, width=1280).evaluate(size) == "15.0012px"


def test_reasons_open_without_any_script(browser: Browser, html: str) -> None:
    page = open_page(browser, html, width=360, script=False)
    answer = page.locator(".answer").first
    answer.locator("summary").click()
    assert answer.locator(".reasons").is_visible()


def test_the_ring_counts_down_and_the_words_stay_without_script(
    browser: Browser, html: str
) -> None:
    plain = open_page(browser, html, width=360, script=False)
    assert plain.locator(".countdown").inner_text().startswith("Tiden är din till")
    live = open_page(browser, html, width=360)
    live.wait_for_selector(".countdown.is-live")
    assert live.locator("[data-countdown-left]").text_content()[:2] == "7:"


def test_pointing_at_a_hit_lights_its_dot_on_the_map(browser: Browser, html: str) -> None:
    page = open_page(browser, html, width=1280)
    page.locator("#tid-2").hover()
    page.wait_for_selector('.map a[data-dot="clinic-2"].is-lit')
    assert "Gävle" in page.locator("[data-map-words]").inner_text()


def test_the_error_summary_takes_focus_and_leads_to_the_field(browser: Browser, html: str) -> None:
    page = open_page(browser, html, width=360)
    page.wait_for_selector("[data-error-summary]:focus")
    page.locator("[data-error-summary] a").first.click()
    assert page.evaluate("location.hash") == "#id_care"


@pytest.mark.skipif(stylesheets_missing(), reason="the design system could not be fetched with npm")
def test_pages_stay_usable_without_the_design_system(browser: Browser, html: str) -> None:
    page = open_page(browser, html.replace("vendor/", "nowhere/"), width=360)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.locator(".hit .ds-button").first.bounding_box()["height"] >= 44
