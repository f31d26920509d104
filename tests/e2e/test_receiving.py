"""Those who refer and receive: what the clinic says reaches the region by itself; every page is clean."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from accounts.roles import Role
from brokering.law.facts import Route
from brokering.models import Referral
from providers.models import Slot
from tests.brokering.desk import booked
from tests.e2e.people import Person
from tests.e2e.world import CARE, HOME, World, able_to_log_in
from tests.factories import NOW, OWNER, a_patient, a_referral, a_region, a_slot, an_agreement, staff

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def waiting_at(world: World, name: str = "Bob") -> Referral:
    """Somebody from Västerbotten who waits at the clinic."""
    return a_referral(
        a_patient(name, region=HOME),
        CARE,
        registered_at=world.clinic,
        addressed_to_id=world.clinic.tenant_id,
    )


def test_what_the_clinic_says_stands_in_the_regions_open_list_at_once(
    world: World, somebody: Callable[..., Person]
) -> None:
    waiting_at(world)
    dana, bertil = somebody(), somebody()
    dana.logs_in(world.dana)
    bertil.logs_in(world.bertil)
    bertil.goes("/vantande/")
    dana.goes(f"/mottagning/{world.clinic.id}/vantar/")
    dana.looks("received")
    with bertil.is_refreshed("#lista"):
        dana.presses("Vi hinner inte")
    dana.sees("Regionen har fått veta att ni inte hinner.")
    dana.looks("received-said")
    bertil.sees("mottagningen har sagt att den inte hinner")


def test_who_came_is_said_with_one_press(world: World, somebody: Callable[..., Person]) -> None:
    lot = an_agreement(world.clinic)
    booked(a_slot(world.clinic, CARE), world.referral, lot, route=Route.FREE_CHOICE,
           consequence_version="2026-1")  # fmt: skip
    Slot.objects.using(OWNER).update(starts_at=NOW - timedelta(minutes=30), ends_at=NOW)
    dana = somebody()
    dana.logs_in(world.dana)
    dana.goes(f"/mottagning/{world.clinic.id}/besok/")
    dana.looks("visits")
    dana.page.get_by_role("button", name="Kom", exact=True).click()
    expect(dana.page.get_by_text("Genomförd")).to_be_visible()
    dana.looks("visits-reported")


def test_the_pages_of_remiss_and_decision_are_clean(
    world: World, somebody: Callable[..., Person]
) -> None:
    need = waiting_at(world)
    remittent = somebody()
    remittent.logs_in(able_to_log_in(staff(Role.REFERRING_CLINICIAN, a_region(HOME).tenant)))
    remittent.goes("/remiss/ny/")
    remittent.looks("remiss-care")
    remittent.goes(f"/remiss/ny/{CARE}/")
    remittent.looks("remiss")
    dana = somebody()
    dana.logs_in(world.dana)
    dana.goes(f"/remiss/{need.id}/beslut/")
    dana.looks("decision")
