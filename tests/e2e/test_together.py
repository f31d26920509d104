"""Two times that are given together, in a real browser: held, confirmed, cancelled."""

from collections.abc import Callable

import pytest

from brokering.models import Booking
from tests.brokering.chained import OPERATION, a_clinic_for_both, a_pair
from tests.e2e.people import Person
from tests.e2e.world import able_to_log_in
from tests.factories import OWNER, a_slot, at

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_both_are_held_confirmed_and_cancelled_on_pages_that_nothing_is_wrong_with(
    database: None, somebody: Callable[..., Person]
) -> None:
    clinic, (first, _) = a_clinic_for_both(), a_pair()
    slot, _ = a_slot(clinic), a_slot(clinic, OPERATION, starts_at=at(20))
    alice = somebody()
    alice.logs_in(able_to_log_in(first.patient.subject))
    alice.goes(f"/tid/{slot.id}/")
    alice.presses("Jag väljer själv")
    alice.looks("two held times")
    alice.presses("Bekräfta")
    alice.follows("Avboka")
    alice.heading("Avboka båda tiderna")
    alice.looks("two times to cancel")
    alice.page.get_by_role("radio").first.check()
    alice.presses("Avboka båda tiderna")
    alice.sees("Båda tiderna är avbokade")
    states = Booking.objects.using(OWNER).values_list("state", flat=True)
    assert list(states) == ["cancelled", "cancelled"]
