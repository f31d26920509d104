"""A clinic's own figures in a browser: no page is wider than the window, and axe has nothing to say."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.e2e.people import Person
from tests.e2e.world import CARE, World
from tests.factories import a_slot, at

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_dana_sees_why_a_time_is_hidden_who_waits_and_what_became_of_the_times(
    world: World, somebody: Callable[..., Person]
) -> None:
    a_slot(world.clinic, CARE)
    a_slot(world.clinic, CARE, confirmed_at=at(-30))
    dana = somebody()
    dana.logs_in(world.dana)
    dana.goes(f"/mottagning/{world.clinic.id}/syns/?vecka={at(10).date()}")
    expect(dana.page.locator("body")).to_contain_text("Därför är tiden dold.")
    dana.looks("own-times-seen")
    dana.page.locator("table a").last.click()
    dana.looks("own-time-seen")
    for name in ("vantar-nara", "utfall", "prognos"):
        dana.goes(f"/mottagning/{world.clinic.id}/{name}/")
        dana.looks(f"own-{name}")
    dana.goes("/planering/")
    dana.looks("planning")
