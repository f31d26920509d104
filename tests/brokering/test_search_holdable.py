"""What search shows as bookable can be held in the same second by that person, and nothing else can."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as st

from accounts.errors import Refusal
from accounts.roles import Role
from accounts.tenancy import acting_as
from brokering.actions.holds import HoldRequest, hold
from brokering.law.decision import Bookable
from brokering.law.facts import Route
from brokering.selectors.queries import Query
from brokering.selectors.search import search
from brokering.selectors.seekers import paying_seeker_of
from contracts.models import CapUse, Lot, ReleasePolicy
from providers.models import Slot
from tests.factories import (
    FOREVER_AGO,
    NOW,
    OWNER,
    TODAY,
    a_claim,
    a_clinic,
    a_commitment,
    a_patient,
    a_referral,
    a_region,
    a_slot,
    acting,
    ago,
    an_agreement,
    at,
    places_in_week,
    staff,
)

CARE = "op-ortopedi"
OF_A_CLINIC = st.fixed_dictionaries(
    {
        "region": st.sampled_from(["01", "01", "12"]),
        "regime": st.sampled_from(["", "own", "lou", "lov"]),
        "buyers": st.sampled_from([(), (), ("01",), ("12", "19")]),
        "open_for_others": st.sampled_from(["yes", "yes", "no", "after_agreement"]),
        "valid_to": st.sampled_from([None, None, TODAY + timedelta(days=6)]),
        "age_min": st.sampled_from([None, None, 18]),
        "cap_places": st.sampled_from([None, None, 2]),
        "used": st.integers(0, 2),
        "window": st.sampled_from([0, 0, 1, 60]),
    }
)
OF_A_PLACE = st.fixed_dictionaries(
    {
        "days": st.sampled_from([-1, 1, 5, 10]),
        "form": st.sampled_from(["open", "inpatient"]),
        "state": st.sampled_from(["open"] * 5 + ["withdrawn"]),
        "opens": st.sampled_from([-1, -1, -1, 5]),
        "said": st.sampled_from([0, 0, 0, 9, 20]),
        "hidden_why": st.sampled_from(["", "", "", "cap_full"]),
        "fate": st.sampled_from(["free", "free", "free", "held", "lapsed", "confirmed"]),
        "in_week": st.sampled_from([False, False, True]),
    }
)
CLINICS = st.lists(
    st.tuples(OF_A_CLINIC, st.lists(OF_A_PLACE, min_size=1, max_size=4)), min_size=1, max_size=3
)
PEOPLE = st.fixed_dictionaries(
    {
        "region": st.sampled_from(["01", "12"]),
        "born": st.sampled_from([ago(12 * 366), ago(40 * 366)]),
        "remiss": st.sampled_from([True, True, False]),
        "approved": st.booleans(),
        "promise": st.sampled_from([None, 3, 180]),
        "used": st.sampled_from([0, 0, 1]),
    }
)


def stands(said, places):
    """A clinic with its agreement, its window and its places."""
    clinic = a_clinic(said["region"], [CARE])
    names = ("regime", "buyers", "open_for_others", "valid_to", "age_min", "cap_places")
    lot = an_agreement(clinic, **{name: said[name] for name in names}) if said["regime"] else None
    if lot and said["cap_places"]:
        use_of(lot, said)
    if said["window"]:
        keep_for_own(clinic, timedelta(days=said["window"]))
    for week, place in enumerate(places):
        free = put(clinic, place, week)
        if lot and place["fate"] != "free" and place["state"] == "open":
            end = (
                NOW - timedelta(minutes=1)
                if place["fate"] == "lapsed"
                else NOW + timedelta(hours=1)
            )
            state = "confirmed" if place["fate"] == "confirmed" else "held"
            a_claim(free, lot, state=state, held_until=None if state == "confirmed" else end)


def use_of(lot, said):
    (cap,) = lot.caps.all()
    for year in {at(days).year for days in range(-1, 40)}:
        CapUse.objects.using(OWNER).create(
            counter=cap.lineage,
            period=at(0).date().replace(year=year, month=1, day=1),
            limit=cap.places,
            used=said["used"],
        )


def keep_for_own(clinic, window):
    ReleasePolicy.objects.using(OWNER).create(
        clinic=clinic,
        tenant=clinic.tenant,
        own_regions_first=window,
        valid_from=FOREVER_AGO,
        set_by=staff(Role.CLINIC_STAFF, clinic.tenant),
        set_at=NOW,
    )


def put(clinic, place, week):
    also = {
        "form": place["form"],
        "state": place["state"],
        "opens_at": NOW + timedelta(hours=place["opens"]),
        "confirmed_at": NOW - timedelta(days=place["said"]),
        "hidden_why": place["hidden_why"],
    }
    if place["in_week"]:
        return places_in_week(clinic, CARE, places=1, weeks=week, **also)[0]
    return a_slot(clinic, CARE, starts_at=at(place["days"]), **also)


def lives(said):
    """Somebody with a need, perhaps with a remiss, an approval and a promise to pay."""
    patient = a_patient(region=said["region"], born=said["born"])
    paper = {} if said["remiss"] else {"issued_on": None, "issuer": "", "issuer_region_id": None}
    approved = TODAY if said["approved"] else None
    need = a_referral(patient, CARE, need_approved_on=approved, **paper)
    if said["promise"]:
        by = staff(Role.NAVIGATOR, a_region(said["region"]).tenant)
        until = TODAY + timedelta(days=said["promise"])
        a_commitment(need, by=by, valid_to=until, uses=said["used"])
    return need


def yes_by_slot(need):
    """The places that search shows as bookable now, each with the lot and route that it names."""
    with acting_as(acting(need.patient.subject)):
        page = search(Query(care=CARE, size=100), now=NOW, seeker=paying_seeker_of(need, on=TODAY))
    return {
        hit.place.slot: (hit.verdict.terms.lot, hit.verdict.route)
        for hit in page.hits
        if hit.bookable == Bookable.YES
    }


def only_bookable(need):
    """The places of the search that asks for those alone, a few on a page."""
    seen, query = [], Query(care=CARE, bookable=True, size=2)
    with acting_as(acting(need.patient.subject)):
        while True:
            page = search(query, now=NOW, seeker=paying_seeker_of(need, on=TODAY))
            seen += [hit.place.slot for hit in page.hits]
            if not page.next_cursor:
                return seen
            assert len(page.hits) == query.size
            query = replace(query, cursor=page.next_cursor)


def can_hold(need, slot, lot, route):
    """Whether the person gets the place; it is given back at once, whatever came of it."""
    by = acting(need.patient.subject)
    request = HoldRequest(
        slot=slot,
        referral=need.id,
        lot=lot,
        route=route,
        held_until=NOW + timedelta(minutes=10),
        consequence_version="1",
    )
    with acting_as(by):
        try:
            hold(by=by, request=request, now=NOW)
        except Refusal:
            return False
        finally:
            transaction.set_rollback(True)
    return True


def own_choices(slot):
    """Every lot and route with which a person may ask for a place themselves."""
    routes = (Route.OWN_REGION, Route.FREE_CHOICE, Route.INPATIENT_CHOICE)
    lots = Lot.objects.filter(clinic=slot.clinic_id).values_list("id", flat=True)
    return [(lot, route) for lot in lots for route in routes]


@pytest.fixture
def anew(database, baseline):
    """Begins an example where every test begins."""
    return lambda: baseline.put_back()


@given(clinics=CLINICS, person=PEOPLE)
@how(
    max_examples=20,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_a_place_shown_as_bookable_can_be_held_and_no_other_can(anew, clinics, person):
    anew()
    for said, places in clinics:
        stands(said, places)
    need = lives(person)
    shown = yes_by_slot(need)
    assert only_bookable(need) == list(shown)
    for slot in Slot.objects.all():
        if slot.id in shown:
            assert can_hold(need, slot.id, *shown[slot.id]), slot
        else:
            assert not any(can_hold(need, slot.id, *way) for way in own_choices(slot)), slot
