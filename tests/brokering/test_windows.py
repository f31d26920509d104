"""A place that is kept for own regions is shown, explained, proposed and refused alike everywhere."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.roles import Role
from accounts.tenancy import acting_as
from brokering.errors import KeptForOwnRegions
from brokering.law.decision import Bookable
from brokering.law.facts import Route
from brokering.matching.explain import Explanations
from brokering.matching.round import run
from brokering.selectors.places import swedish_day
from brokering.selectors.queries import Query
from brokering.selectors.search import search
from brokering.selectors.seekers import seeker_of
from brokering.selectors.snapshots import PlacesNow, round_input
from brokering.tasks import offer_round
from brokering.templatetags.hits import card_of
from contracts.actions.release import Scope, set_window
from insight.selectors.visibility import Kind, Remedy, Why, seen_time
from providers.actions.events import begin_event
from providers.models import Slot
from tests.brokering.desk import held
from tests.factories import (
    EYES,
    NOW,
    OWNER,
    TODAY,
    a_clinic,
    a_commitment,
    a_patient,
    a_referral,
    a_region,
    a_slot,
    acting,
    an_agreement,
    at,
    places_in_week,
    staff,
)

KNEE = "op-ortopedi"
WEEK = timedelta(days=7)
GUEST = Query(care=KNEE, home_region="01", age=40, remiss=True)


@pytest.fixture
def hospital(database):
    hospital = a_clinic("12", cares=(EYES, KNEE))
    hospital.lot = an_agreement(hospital)
    return hospital


@pytest.fixture
def window(hospital):
    by = acting(staff(Role.CLINIC_STAFF, hospital.tenant))
    with acting_as(by):
        scope = Scope(clinic=hospital.id, care=None, valid_from=TODAY)
        return set_window(by=by, scope=scope, window=WEEK, now=NOW)


def operation(clinic, days=20, **also):
    times = {"published_at": NOW, "opens_at": NOW} | also
    return a_slot(clinic, KNEE, form="inpatient", starts_at=at(days), **times)


def hit(query=GUEST, now=NOW, **also):
    (found,) = search(query, now=now, **also).hits
    return found


def approved(region="01"):
    """Somebody whose home region has promised to pay for an operation elsewhere, and who would go there."""
    said = {"need_approved_on": TODAY - timedelta(days=5), "accepts_other_regions": True}
    need = a_referral(a_patient("Alice", region=region), KNEE, **said)
    a_commitment(need, by=staff(Role.NAVIGATOR, a_region(region).tenant), uses_max=1)
    return need


def event_in_skane():
    admin = acting(staff(Role.REGION_ADMINISTRATOR, a_region("12").tenant))
    with acting_as(admin):
        said = {"reason": "Översvämning", "decision_reference": "RS 1"}
        begin_event(by=admin, region="12", now=NOW, **said)


def test_a_hit_says_from_when_it_opens_to_another_regions_patient(hospital, window):
    operation(hospital)
    found = hit()
    assert (found.released, found.bookable, found.opens_at) == (False, Bookable.NO, NOW + WEEK)
    later = hit(now=NOW + WEEK)
    assert (later.released, later.bookable) == (True, later.verdict.bookable)


def is_kept(slot):
    """What a freed place is looked at with, from what this process keeps of windows."""
    board = PlacesNow(KNEE, now=NOW, slots=[slot.id], notice=timedelta())
    return board.places[0].kept


def test_the_first_window_of_a_clinic_is_seen_by_whoever_knew_of_none(hospital, request):
    freed, later = operation(hospital), operation(hospital, days=21)
    assert not is_kept(freed)
    request.getfixturevalue("window")
    assert is_kept(freed)
    assert is_kept(later)


def test_nothing_is_kept_from_own_patients_nor_in_a_serious_event(hospital, window):
    operation(hospital)
    assert hit(replace(GUEST, home_region="12")).released
    event_in_skane()
    assert hit().released


def test_a_window_says_nothing_of_open_care_nor_of_who_tells_no_home_region(hospital, window):
    operation(hospital)
    found = hit(replace(GUEST, home_region=None))
    assert (found.kept_until, found.bookable) == (None, found.verdict.bookable)
    a_slot(hospital, published_at=NOW, opens_at=NOW)
    assert hit(replace(GUEST, care=EYES)).released


def test_the_later_of_the_two_openings_counts_and_is_told(hospital, window):
    operation(hospital, opens_at=NOW + timedelta(days=9))
    found = hit()
    assert (found.opens_at, found.is_kept) == (NOW + timedelta(days=9), False)


@pytest.mark.parametrize(("form", "more"), [("open", 0), ("inpatient", 1)])
def test_a_page_asks_for_windows_once_and_only_in_inpatient_care(hospital, window, form, more):
    def queries():
        with CaptureQueriesContext(connection) as seen:
            search(GUEST, now=NOW)
        return len(seen)

    for days in (20, 21, 22):
        a_slot(hospital, KNEE, form=form, starts_at=at(days))
    assert queries() == 6 + more


def everywhere(slot, need, lot, now):
    """The hit, what the explainer sees, and when the hold says that it opens; None where it is held."""
    region = need.home_region_id
    found = hit(now=now, seeker=seeker_of(need, on=swedish_day(now)))
    seen = seen_time(slot.id, Kind(home_region=region, age=40, remiss=True), now=now)
    route = Route.OWN_REGION if region == "12" else Route.INPATIENT_CHOICE
    refused = None
    try:
        held(slot, need, lot, route=route, held_until=now + timedelta(minutes=10), now=now)
    except KeptForOwnRegions as error:
        refused = datetime.fromisoformat(error.data["opens_at"])
    assert seen.shown
    return found, seen, refused


@pytest.mark.parametrize("region", ["01", "24"])
@pytest.mark.parametrize("days", [0, 6])
def test_what_search_shows_as_kept_is_what_the_explainer_names_and_the_hold_refuses(
    hospital, window, region, days
):
    slot, now = operation(hospital), NOW + timedelta(days=days)
    found, seen, refused = everywhere(slot, approved(region), hospital.lot, now)
    assert found.opens_at == seen.until == refused == NOW + WEEK
    assert found.bookable == seen.bookable == Bookable.NO
    assert (seen.why, seen.remedy) == (Why.KEPT, Remedy.WINDOW)


@pytest.mark.parametrize(("region", "days"), [("12", 0), ("12", 6), ("01", 7), ("24", 8)])
def test_what_search_shows_as_open_is_kept_nowhere_and_is_held(hospital, window, region, days):
    slot, now = operation(hospital), NOW + timedelta(days=days)
    found, seen, refused = everywhere(slot, approved(region), hospital.lot, now)
    assert refused is None
    assert (found.released, found.bookable) == (True, Bookable.YES)
    assert seen.why != Why.KEPT


def test_of_a_weeks_places_one_that_is_not_kept_is_held(hospital, window):
    """Which of them is asked for says nothing: one was published before there was a window."""
    times = {"form": "inpatient", "published_at": NOW, "opens_at": NOW}
    places = places_in_week(hospital, KNEE, places=4, weeks=3, **times)
    free, *kept = sorted(places, key=lambda one: one.id)
    Slot.objects.using(OWNER).filter(id=free.id).update(published_at=NOW - 2 * WEEK)
    said = {"route": Route.INPATIENT_CHOICE}
    assert held(kept[0], approved(), hospital.lot, **said).claim.slot_id == free.id
    with pytest.raises(KeptForOwnRegions):
        held(kept[0], approved(), hospital.lot, **said)


def test_a_hit_tells_on_screen_and_over_the_wire_when_it_opens_to_this_person(hospital, window):
    operation(hospital)
    said = {"care": KNEE, "home_region": "01", "age": 40, "remiss": "true"}
    assert "Den öppnar för dig" in card_of(hit()).way_there
    (found,) = Client().get("/api/v1/slots", said).json()["items"]
    assert (found["released"], found["bookable"]) == (False, "no")
    assert found["opens_at"] == (NOW + WEEK).isoformat()


def test_a_round_proposes_no_place_that_the_hold_would_refuse_and_says_why(hospital, window):
    operation(hospital)
    guest = approved()
    assert offer_round(KNEE, now=NOW) == {"proposals": 0, "offers": 0}
    given = round_input(KNEE, now=NOW).snapshot
    told = Explanations(given, run(given)).need(str(guest.need_key))
    assert told.removed == {"kept_for_own_regions": 1}


@pytest.mark.parametrize(("days", "region"), [(7, "01"), (0, "12")])
def test_a_round_proposes_it_to_own_patients_at_once_and_to_others_later(
    hospital, window, days, region
):
    operation(hospital, 60)
    approved(region)
    now = NOW + timedelta(days=days)
    assert offer_round(KNEE, now=now) == {"proposals": 1, "offers": 1}


def test_in_a_serious_event_a_round_knows_no_window(hospital, window):
    operation(hospital)
    event_in_skane()
    assert not any(one.kept for one in round_input(KNEE, now=NOW).snapshot.places)
