"""A promise that is broken is seen: shown last, then not at all, and back in the moment somebody speaks."""

from datetime import timedelta

import pytest

from accounts.roles import Role
from accounts.selectors.actors import system_actor
from accounts.tenancy import acting_as
from brokering.errors import PlaceNotHoldable, PlaceOutdated
from brokering.selectors.alternatives import first_free_per_clinic
from brokering.selectors.free_places import (
    Filter,
    place_known,
    places_by_clinic,
    places_by_region,
)
from brokering.selectors.place_pages import places_near
from brokering.selectors.queries import Query
from brokering.selectors.search import search
from brokering.selectors.snapshots import round_input
from providers.actions.clinics import confirm_capacity
from providers.models import Feed, Slot
from tests.brokering.desk import held, offered
from tests.factories import EYES, NOW, a_feed, a_slot, acting, at, staff

pytestmark = pytest.mark.usefixtures("database")
HOME = Query(care=EYES, home_region="01")
HOUR = timedelta(hours=1)


@pytest.fixture
def system(alice):
    return system_actor(alice.tenant_id)


def seen(now):
    """Everywhere a free place could be seen at a moment; they must all agree."""
    everywhere = {
        "search": bool(search(HOME, now=now).hits),
        "map": bool(places_by_clinic(Filter(care=EYES), now=now)),
        "start": bool(places_by_region(now=now)),
        "near": bool(
            places_near(Filter(care=EYES, near="0180"), starts_at=at(10), limit=3, now=now)
        ),
        "reroutes": bool(first_free_per_clinic(EYES, now=now)),
        "rounds": bool(round_input(EYES, now=now).snapshot.places),
    }
    assert len(set(everywhere.values())) == 1, everywhere
    return everywhere["search"]


def test_a_place_is_shown_nowhere_once_it_is_older_than_twice_the_promise(clinic, lot):
    slot, promise = a_slot(clinic, starts_at=at(60), confirmed_at=NOW), clinic.promised_age
    assert seen(NOW + 2 * promise)
    assert not seen(NOW + 2 * promise + timedelta(seconds=1))
    assert place_known(slot.id, now=NOW + 3 * promise).standing == "outdated"


def test_what_a_feed_brought_disappears_on_time_when_the_feed_stops_and_comes_back(clinic, lot):
    feed = a_feed(clinic)
    a_slot(clinic, feed=feed, confirmed_at=NOW - timedelta(days=1))
    assert [hit.place.stale for hit in search(HOME, now=NOW + HOUR).hits] == [False]
    late = NOW + HOUR + timedelta(seconds=1)
    assert [hit.place.stale for hit in search(HOME, now=late).hits] == [True]
    assert seen(NOW + 2 * HOUR)
    assert not seen(NOW + 2 * HOUR + timedelta(seconds=1))
    Feed.objects.using("owner").update(succeeded_at=NOW + 3 * HOUR)
    assert seen(NOW + 3 * HOUR)


def test_an_outdated_place_cannot_be_held_until_the_clinic_confirms_it(clinic, lot, alice):
    slot = a_slot(clinic, confirmed_at=NOW - timedelta(days=15))
    with pytest.raises(PlaceOutdated) as refused:
        held(slot, alice, lot)
    assert refused.value.data["said_at"] == slot.confirmed_at.isoformat()
    dana = acting(staff(Role.CLINIC_STAFF, clinic.tenant))
    with acting_as(dana):
        confirm_capacity(by=dana, clinic=clinic.id, now=NOW)
    assert held(slot, alice, lot).claim.slot_id == slot.id


def test_a_demoted_place_can_still_be_held(clinic, lot, alice):
    slot = a_slot(clinic, confirmed_at=NOW - timedelta(days=8))
    assert held(slot, alice, lot).claim.slot_id == slot.id


def test_no_offer_is_sent_of_an_outdated_place(clinic, lot, alice, system):
    slot = a_slot(clinic, confirmed_at=NOW - timedelta(days=15))
    with pytest.raises(PlaceOutdated):
        offered(slot, alice, lot, by=system)


def test_a_place_that_a_probe_has_hidden_is_shown_nowhere_and_held_by_nobody(clinic, lot, alice):
    slot = a_slot(clinic)
    assert seen(NOW)
    Slot.objects.using("owner").update(hidden_why="cap_full")
    assert not seen(NOW)
    assert place_known(slot.id, now=NOW).standing == "hidden"
    with pytest.raises(PlaceNotHoldable):
        held(slot, alice, lot)
