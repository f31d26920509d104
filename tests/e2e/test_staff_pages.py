"""Dense screens of those who work in care: nothing is wider than the window, axe has nothing to say."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from accounts.tenancy import acting_as
from brokering.actions.reroutes import open_case
from providers.actions.slots import withdraw
from providers.models import Slot
from providers.patterns import monday_of
from tests.e2e.people import Person
from tests.e2e.world import CARE, HOME, World
from tests.factories import (
    NOW,
    TODAY,
    a_clinic,
    a_patient,
    a_referral,
    a_slot,
    acting,
    ago,
    an_agreement,
    at,
)

pytestmark = [pytest.mark.browser, pytest.mark.slow]
TEN_DAYS = timedelta(days=10)
REGIMES = {"03": "own", "01": "lov", "12": "lou"}


def many_choices(world: World) -> None:
    """Four clinics with free times, and a queue in which somebody's last day has passed."""
    a_slot(world.clinic, CARE)
    for days, (region, regime) in enumerate(REGIMES.items(), start=11):
        clinic = a_clinic(region, [CARE], name=f"Påhittade ögonkliniken i region {region}")
        an_agreement(clinic, regime=regime)
        a_slot(clinic, CARE, starts_at=at(days))
    for name, days in (("Bob", 130), ("Charlie", 84)):
        since = {"issued_on": ago(days), "confirmed_on": ago(days), "priority": 2}
        a_referral(a_patient(name, region=HOME), CARE, **since)


def a_case_is_opened(world: World) -> None:
    """Something happens in the region while its worklist is open somewhere."""
    by = acting(world.bertil)
    with acting_as(by):
        open_case(by=by, referral=world.referral, trigger="navigator", owner=by.id, now=NOW)


def a_time_is_withdrawn(world: World, slot: Slot) -> None:
    """Somebody else at the clinic takes a time back."""
    by = acting(world.dana)
    with acting_as(by):
        withdraw(by=by, slots=[slot.id], now=NOW)


def test_four_alternatives_open_inside_the_worklist_without_widening_the_page(
    world: World, somebody: Callable[..., Person]
) -> None:
    many_choices(world)
    bertil = somebody()
    bertil.logs_in(world.bertil)
    bertil.goes("/vantande/")
    bertil.follows("Bob")
    expect(bertil.page.locator(".alternatives thead th")).to_have_count(4)
    bertil.looks("worklist-opened")


def test_the_worklist_is_walked_with_the_arrow_keys(
    world: World, somebody: Callable[..., Person]
) -> None:
    many_choices(world)
    bertil = somebody()
    bertil.logs_in(world.bertil)
    bertil.goes("/vantande/")
    names = bertil.page.locator("[data-list-row] th a")
    names.first.focus()
    bertil.page.keyboard.press("ArrowDown")
    expect(names.nth(1)).to_be_focused()
    bertil.page.keyboard.press("Enter")
    expect(bertil.page.locator(".alternatives")).to_be_visible()


def test_an_opened_row_stays_open_when_the_list_changes_by_itself_and_back_leads_to_the_whole_page(
    world: World, somebody: Callable[..., Person]
) -> None:
    many_choices(world)
    bertil = somebody()
    bertil.logs_in(world.bertil)
    bertil.goes("/vantande/")
    bertil.follows("Bob")
    bertil.sees("Andra platser för")
    with bertil.is_refreshed("#lista"):
        a_case_is_opened(world)
    bertil.sees("Andra platser för")
    bertil.goes("/")
    bertil.page.go_back()
    bertil.heading("Väntande i Region Västerbotten")


def test_marked_times_stay_marked_when_the_week_changes_by_itself(
    world: World, somebody: Callable[..., Person]
) -> None:
    first, other = (a_slot(world.clinic, CARE, starts_at=at(10, hour)) for hour in (9, 10))
    dana = somebody()
    dana.logs_in(world.dana)
    dana.goes(f"/mottagning/{world.clinic.id}/?vecka={monday_of(TODAY + TEN_DAYS)}")
    mark = dana.page.locator(f"#markera-{first.id}")
    mark.check()
    with dana.is_refreshed("#veckan"):
        a_time_is_withdrawn(world, other)
    expect(dana.page.locator(f"#markera-{other.id}")).to_have_count(0)
    expect(mark).to_be_checked()


@pytest.mark.parametrize("path", ["avtal/", "publicera/", ""], ids=["agreements", "one", "week"])
def test_the_clinics_pages_are_clean(
    world: World, somebody: Callable[..., Person], path: str
) -> None:
    a_slot(world.clinic, CARE)
    dana = somebody()
    dana.logs_in(world.dana)
    dana.goes(f"/mottagning/{world.clinic.id}/{path}")
    dana.heading(world.clinic.name)
    dana.looks(f"clinic-{path.strip('/')}")
