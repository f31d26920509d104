"""The page of a held time in a real browser: more time, leaving it, coming back to it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from brokering.models import Booking
from providers.models import Claim
from tests.brokering.desk import held
from tests.e2e.people import Person
from tests.e2e.world import World
from tests.factories import OWNER, a_slot, an_agreement

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def booking(world: World) -> Booking:
    lot = an_agreement(world.clinic, buyers=["24"])
    now = datetime.now(UTC)
    until = now + timedelta(minutes=10)
    return held(a_slot(world.clinic), world.referral, lot, now=now, held_until=until)


def until(booking: Booking) -> datetime | None:
    return Claim.objects.using(OWNER).get(id=booking.claim_id).held_until


def becomes(booking: Booking, holds: Callable[[timedelta], bool], person: Person) -> None:
    """Wait until the rest of the hold is as said."""
    for _ in range(300):
        moment = until(booking)
        if moment and holds(moment - datetime.now(moment.tzinfo)):
            return
        person.page.wait_for_timeout(100)
    raise AssertionError(until(booking))


def test_who_leaves_the_page_lets_the_time_go_soon_and_who_comes_back_has_it(
    world: World, booking: Booking, somebody: Callable[..., Person]
) -> None:
    alice = somebody()
    alice.logs_in(world.alice)
    alice.goes(f"/bokning/{booking.id}/")
    alice.looks("held time")
    alice.goes("/min-vantan/")
    becomes(booking, lambda rest: rest <= timedelta(minutes=1), alice)
    alice.page.go_back()
    becomes(booking, lambda rest: rest > timedelta(minutes=5), alice)
    alice.presses("Bekräfta bokningen")
    alice.heading("kl.")
    assert Booking.objects.using(OWNER).get(id=booking.id).state == "booked"


def test_another_window_shows_the_longer_time_by_itself(
    world: World, booking: Booking, somebody: Callable[..., Person]
) -> None:
    alice, phone = somebody(), somebody()
    for window in (alice, phone):
        window.logs_in(world.alice)
        window.goes(f"/bokning/{booking.id}/")
    alice.presses("Ge mig 10 minuter till")
    alice.sees("Du har fått mer tid en gång.")
    phone.is_told(phone.page.get_by_text("Du har fått mer tid en gång."))
