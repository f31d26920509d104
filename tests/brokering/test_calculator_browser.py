"""The calculator in a browser: live as fields change, whole without scripts, at every width."""

import mimetypes
import os
import re
from pathlib import Path
from urllib.parse import urlparse

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.db import connections
from django.test import Client
from playwright.sync_api import expect

from tests.browser import complaints, heard, launched, overflow

pytestmark = pytest.mark.browser
ADDRESS = "http://calculator.invalid"
ASKED = (
    "/far-jag/?care=besok-hud&home_region=01&care_region=12"
    "&referral=yes&issued_on=2021-05-01&on=2021-06-01"
)


@pytest.fixture(scope="module")
def browser():
    """Playwright keeps an event loop, and Django would refuse to read beside it."""
    with pytest.MonkeyPatch.context() as patch, launched() as opened:
        patch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield opened


@pytest.fixture
def window(browser, database):
    """Opens an address at a width; pages are answered by the product in this process."""
    opened = []

    def opens(path, *, width=1280, script=True):
        page = browser.new_page(
            viewport={"width": width, "height": 900}, java_script_enabled=script
        )
        page.route("**/*", answer)
        opened.append(page)
        page.faults = heard(page)
        page.goto(ADDRESS + path)
        return page

    yield opens
    for page in opened:
        page.close()


def answer(route):
    asked = urlparse(route.request.url)
    if asked.path.startswith(settings.STATIC_URL):
        file = finders.find(asked.path.removeprefix(settings.STATIC_URL))
        kind = mimetypes.guess_type(str(file))[0] or "application/octet-stream"
        route.fulfill(body=Path(file).read_bytes(), content_type=kind)
        return
    kept = {"hx-request", "hx-target", "hx-trigger"}
    headers = {name: value for name, value in route.request.headers.items() if name in kept}
    told = Client(headers=headers).get(f"{asked.path}?{asked.query}" if asked.query else asked.path)
    connections.close_all()  # each answer has a connection of its own here
    route.fulfill(status=told.status_code, body=told.content, headers=dict(told.items()))


def short(page):
    return page.locator("#svar-rubrik")


def test_the_answer_follows_the_form_and_so_does_the_address(window):
    page = window("/far-jag/")
    page.select_option("#id_care", "besok-hud")
    page.select_option("#id_home_region", "01")
    page.select_option("#id_care_region", "12")
    expect(short(page)).to_contain_text("Nej, inte utan remiss.")
    assert page.locator("#id_issuer").is_hidden()
    page.select_option("#id_referral", "yes")
    expect(short(page)).to_contain_text("Ja, du får söka vård där.")
    assert page.locator("#id_issuer").is_visible()
    assert (
        page.url == f"{ADDRESS}/far-jag/?care=besok-hud&home_region=01&care_region=12&referral=yes"
    )


def test_everything_works_without_scripts(window):
    page = window("/far-jag/", script=False)
    page.select_option("#id_care", "besok-hud")
    page.select_option("#id_home_region", "01")
    page.select_option("#id_care_region", "own")
    page.click("form .ds-button >> nth=-1")
    expect(short(page)).to_contain_text("Nej, inte utan remiss.")


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("path", ["/far-jag/", ASKED, "/far-jag/?care=besok-hud"])
def test_no_page_overflows_and_axe_finds_nothing(window, path, width):
    page = window(path, width=width)
    assert overflow(page) <= 0
    assert complaints(page) == []


def slid(page, keys):
    page.locator("#dagreglage").focus()
    for key in keys:
        page.keyboard.press(key)


def test_the_slider_asks_about_the_day_that_it_stands_on(window):
    page = window("/far-jag/?care=besok-hud&home_region=01&care_region=12&on=2021-06-01")
    slider = page.locator("#dagreglage")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("som de var tisdag 1 juni 2021"))
    slid(page, ["ArrowRight"])
    expect(page.locator("#svar")).to_contain_text("reglerna som de var onsdag 2 juni 2021")
    assert page.url.endswith("&on=2021-06-02")
    assert page.input_value("#id_on") == "2021-06-02"
    expect(slider).to_be_focused()


def test_today_is_not_in_the_address_and_days_before_the_law_are_said_so(window):
    page = window("/far-jag/?care=besok-hud&home_region=01&care_region=12")
    slid(page, ["Home"])
    expect(short(page)).to_have_text("Den dagen kan vi inte svara för")
    page.get_by_role("button", name="I dag").click()
    expect(page.locator("#svar")).to_contain_text("som de är i dag")
    assert "&on=" not in page.url
    slid(page, ["End"])
    expect(page.locator("#svar")).to_contain_text("så långt vi vet i dag")


def test_the_buttons_go_from_one_change_of_the_rules_to_the_next(window):
    page = window("/far-jag/?care=besok-hud&home_region=01&care_region=12&on=2021-06-01")
    page.get_by_role("button", name="Förra ändringen").click()
    expect(page.locator("#svar")).to_contain_text("måndag 1 februari 2021")
    page.get_by_role("button", name="Nästa ändring").click()
    expect(page.locator("#svar")).to_contain_text("som de var")
    marks = page.locator("#andringsdagar option").evaluate_all("all => all.map(o => +o.value)")
    assert int(page.input_value("#dagreglage")) in marks


def test_the_slider_follows_the_date_field_and_is_not_there_without_scripts(window):
    page = window("/far-jag/?care=besok-hud&home_region=01&care_region=12&on=2021-06-01")
    page.fill("#id_on", "2022-06-30")
    expect(page.locator(".calculator__day")).to_contain_text("torsdag 30 juni 2022")
    bare = window("/far-jag/?care=besok-hud&home_region=01&care_region=12", script=False)
    assert bare.locator("#dagreglage").is_hidden()
