"""What anybody meets without logging in, in three languages and on a phone."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Response, expect

from tests.browser import overflow
from tests.e2e.people import PHONE, Person
from tests.e2e.world import CARE, HOME, World
from tests.factories import a_slot

pytestmark = [pytest.mark.browser, pytest.mark.slow]
LANGUAGES = {
    "Svenska": ("sv", "Påhittade uppgifter"),
    "English": ("en", "Made-up data"),
    "Lättläst": ("sv", "Påhittade uppgifter"),
}
UNTRANSLATED = re.compile(
    r"\b(?:reason|refusal|obstacle|match|role|purpose|trigger|regime|price|search_step)\.[a-z_]+"
)


def public_pages(world: World) -> tuple[str, ...]:
    """The addresses that need no login: with hits, with none, with a mistake, one time."""
    slot = a_slot(world.clinic, CARE)
    return (
        "/",
        "/sok/",
        f"/sok/?care={CARE}&home_region={HOME}",
        f"/sok/?care={CARE}&home_region=19&near=1980&within_km=25",
        f"/tid/{slot.id}/?home_region={HOME}",
        "/konto/logga-in/",
        "/remissregler/",
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_public_page_is_whole_in_every_language(
    world: World, somebody: Callable[..., Person], language: str
) -> None:
    visitor = somebody()
    visitor.goes("/")
    visitor.presses(language)
    code, band = LANGUAGES[language]
    for path in public_pages(world):
        answer = visitor.page.goto(path)
        assert isinstance(answer, Response)
        assert answer.status == 200, path
        expect(visitor.page.locator("html")).to_have_attribute("lang", code)
        expect(visitor.page.locator(".band")).to_contain_text(band)
        words = visitor.page.locator("body").text_content() or ""
        assert UNTRANSLATED.findall(words) == [], path
        visitor.page.set_viewport_size({"width": PHONE, "height": 780})
        assert overflow(visitor.page) <= 0, path


def test_public_pages_are_clean_by_day_and_by_night_on_a_phone_and_a_desktop(
    world: World, somebody: Callable[..., Person]
) -> None:
    visitor = somebody()
    for number, path in enumerate(public_pages(world)):
        visitor.goes(path)
        visitor.looks(f"public-{number}")


def test_nothing_is_read_with_the_back_button_after_logging_out(
    world: World, somebody: Callable[..., Person]
) -> None:
    alice = somebody()
    alice.logs_in(world.alice)
    alice.goes("/min-vantan/")
    alice.heading("Min väntan")
    alice.presses("Logga ut")
    alice.heading("Hitta en ledig tid")
    alice.page.go_back()
    alice.heading("Logga in")
