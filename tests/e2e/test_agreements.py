"""A region's administrator who is new writes an agreement and takes it to its standstill."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from accounts.roles import Role
from tests.e2e.people import Person
from tests.e2e.world import CARE, HOME, World, able_to_log_in
from tests.factories import TODAY, a_care, a_region, staff

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.mark.parametrize("script", [True, False], ids=["with-script", "without-script"])
def test_an_agreement_is_written_and_awarded(
    world: World, somebody: Callable[..., Person], script: bool
) -> None:
    erik = somebody(script=script)
    erik.logs_in(able_to_log_in(staff(Role.REGION_ADMINISTRATOR, a_region(HOME).tenant, "Erik")))
    erik.follows("Avtal", within=erik.page.locator(".page-nav"))
    erik.looks("agreements")
    erik.follows("Nytt avtal")
    erik.looks("agreement-new")
    writes_own_terms(erik, world)
    writes_a_lot(erik)
    erik.looks("agreement-desk")
    erik.presses("Läs innan du sparar")
    erik.looks("agreement-check")
    erik.presses("Spara")
    erik.sees("Avtalet är sparat.")
    for step in ("Annonserat", "Utvärdering pågår", "Tilldelning beslutad"):
        erik.follows(step)
        erik.presses("Spara")
    sends_the_award(erik)
    erik.sees("Avtalsspärren löper: 10 dagar kvar.")
    erik.looks("agreement-standstill")


def writes_own_terms(erik: Person, world: World) -> None:
    """The parties and how long."""
    page = erik.page
    page.get_by_label("Namn").fill("Avtal om ögon")
    page.get_by_label("Form").select_option("lou")
    page.get_by_label("Säljare").select_option(world.clinic.provider.organisation_number)
    page.get_by_label("Första dagen").fill(TODAY.isoformat())
    erik.presses("Klar med den här delen")
    erik.heading("Avtal om ögon")


def writes_a_lot(erik: Person) -> None:
    """One lot with a cap."""
    page = erik.page
    erik.presses("Lägg till ett anbudsområde")
    erik.heading("Anbudsområde")
    page.get_by_label("Namn").fill("Öppen vård")
    page.get_by_label("Mottagning", exact=True).select_option(index=1)
    page.get_by_label(a_care(CARE).name_sv, exact=True).check()
    erik.presses("Klar med den här delen")
    erik.heading("Avtal om ögon")
    page.locator("button[value='lots.0.caps.new']").click()
    page.get_by_label("Antal platser").fill("40")
    erik.presses("Klar med den här delen")


def sends_the_award(erik: Person) -> None:
    """The award of the lot was sent yesterday."""
    erik.follows("Tilldelningen är skickad: Öppen vård")
    erik.looks("agreement-award")
    yesterday = TODAY - timedelta(days=1)
    erik.page.get_by_label("Tilldelningen skickades").fill(yesterday.isoformat())
    erik.presses("Läs innan du sparar")
    erik.presses("Spara")
