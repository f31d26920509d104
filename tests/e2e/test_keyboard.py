"""A patient who uses the keyboard alone books a time."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from tests.e2e.people import Person
from tests.e2e.world import CARE, CLINIC, PASSWORD, World
from tests.factories import a_slot

pytestmark = [pytest.mark.browser, pytest.mark.slow]
MOST_STEPS = 60
HAS_FOCUS = "element => element === document.activeElement"
RING = """element => { const style = getComputedStyle(element);
    return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2 }"""


def tabs_to(person: Person, target: Locator) -> None:
    """Step with Tab until the target has focus, and see that it does."""
    target.wait_for()
    for _ in range(MOST_STEPS):
        person.page.keyboard.press("Tab")
        if target.evaluate(HAS_FOCUS):
            assert target.evaluate(RING), f"no focus ring on {target}"
            return
    raise AssertionError(f"{target} cannot be reached with Tab")


def enters(person: Person, role: str, name: str) -> None:
    """Step to a link or a button and press Enter."""
    tabs_to(person, person.page.locator("main, nav").get_by_role(role, name=name).first)  # type: ignore[arg-type]
    person.page.keyboard.press("Enter")


def test_a_time_is_booked_with_tab_and_enter_alone(
    world: World, somebody: Callable[..., Person]
) -> None:
    a_slot(world.clinic, CARE)
    alice = somebody()
    alice.goes("/konto/logga-in/")
    for field, words in (("Användarnamn", world.alice.username), ("Lösenord", PASSWORD)):
        tabs_to(alice, alice.page.get_by_label(field))
        alice.page.keyboard.type(words)
    alice.page.keyboard.press("Enter")
    enters(alice, "link", "Min väntan")
    enters(alice, "button", "Sök en ledig tid")
    enters(alice, "link", "Välj tiden")
    enters(alice, "button", "Jag väljer själv")
    enters(alice, "button", "Bekräfta bokningen")
    alice.sees("Klart. Tiden är bokad.")
    alice.sees(CLINIC)


def test_the_first_tab_skips_to_the_content(somebody: Callable[..., Person]) -> None:
    visitor = somebody()
    visitor.goes("/")
    visitor.page.keyboard.press("Tab")
    skip = visitor.page.get_by_role("link", name="Hoppa till innehållet")
    expect(skip).to_be_focused()
    visitor.page.keyboard.press("Enter")
    expect(visitor.page.locator("main")).to_be_focused()
