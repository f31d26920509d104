"""How a clinic shares its places between regions: windows, quotas, their cost, and never a rank by region."""

from datetime import date, datetime, time, timedelta
from functools import partial
from uuid import uuid4

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from accounts.errors import NotAllowed
from accounts.models import Event
from accounts.roles import Role
from accounts.tenancy import acting_as
from brokering.actions.moving import HELD_FOR
from brokering.errors import KeptForOwnRegions
from brokering.law.facts import Route
from brokering.matching.round import run
from brokering.selectors.alternatives import alternatives_for
from brokering.selectors.reciprocity import balance_of
from brokering.selectors.window_cost import lost_to, most_pairs
from contracts.actions.caps import CapFull
from contracts.actions.release import Quota, Scope, set_quota, set_window
from contracts.errors import BeginsTooEarly, OpenCareIsEveryones
from contracts.models import ReleasePolicy
from providers.actions.events import begin_event
from tests.brokering.desk import booked, held
from tests.factories import (
    EYES,
    NOW,
    OWNER,
    SWEDEN,
    TODAY,
    a_clinic,
    a_patient,
    a_referral,
    a_region,
    a_slot,
    acting,
    an_agreement,
    at,
    staff,
)
from tests.matching.worlds import need, place, snapshot

KNEE = "op-ortopedi"
WEEK = timedelta(days=7)


@pytest.fixture
def hospital(database):
    return a_clinic("12", cares=(EYES, KNEE))


@pytest.fixture
def terms(hospital):
    return an_agreement(hospital)


@pytest.fixture
def dana(hospital):
    return acting(staff(Role.CLINIC_STAFF, hospital.tenant))


@pytest.fixture
def vardlots(database):
    return acting(staff(Role.NAVIGATOR, a_region("01").tenant))


def scope(clinic, care=KNEE, **also):
    return Scope(clinic=clinic.id, care=care, **{"valid_from": TODAY} | also)


def keeps(clinic, by, window=WEEK, **also):
    with acting_as(by):
        return set_window(by=by, scope=scope(clinic, **also), window=window, now=NOW)


def allows(clinic, by, places, region="01"):
    with acting_as(by):
        quota = Quota(region, places, "year")
        return set_quota(by=by, scope=scope(clinic), quota=quota, now=NOW)


def operation(clinic, days=20, published=NOW):
    also = {"published_at": published, "opens_at": published}
    return a_slot(clinic, KNEE, form="inpatient", starts_at=at(days), **also)


def _noon(day):
    return datetime.combine(day, time(12), SWEDEN)


def sent_there(slot, lot, by, name="Alice", now=NOW):
    """A reroute from Stockholm to the hospital in Skåne."""
    somebody = a_referral(a_patient(name), KNEE)
    until = now + HELD_FOR
    route = {"route": Route.GUARANTEE_REROUTE, "before_release": True, "held_until": until}
    return held(slot, somebody, lot, by=by, now=now, **route)


def test_by_default_nothing_is_kept(hospital, terms, vardlots):
    sent_there(operation(hospital), terms, vardlots)


def test_a_kept_place_opens_to_others_when_its_time_is_over(hospital, terms, dana, vardlots):
    keeps(hospital, dana)
    slot = operation(hospital)
    with pytest.raises(KeptForOwnRegions) as kept:
        sent_there(slot, terms, vardlots)
    assert kept.value.data["opens_at"] == (NOW + WEEK).isoformat()
    keeps(hospital, dana, window=timedelta(0))
    sent_there(slot, terms, vardlots, name="Bob")


def test_own_patients_are_not_kept_from_it(hospital, terms, dana):
    keeps(hospital, dana)
    booked(operation(hospital), a_referral(a_patient("Alice", region="12"), KNEE), terms)


def test_a_kept_place_is_no_alternative_for_another_region(hospital, terms, dana, vardlots):
    keeps(hospital, dana)
    operation(hospital)
    somebody = a_referral(a_patient("Alice"), KNEE)
    with acting_as(vardlots):
        found = alternatives_for(somebody, due=None, now=NOW)
    assert (found.best, found.refused) == ((), {"match.kept_for_own_regions": 1})


def test_no_window_holds_in_a_serious_event(hospital, terms, dana, vardlots):
    keeps(hospital, dana)
    slot = operation(hospital)
    admin = acting(staff(Role.REGION_ADMINISTRATOR, a_region("12").tenant))
    with acting_as(admin):
        said = {"reason": "Översvämning", "decision_reference": "RS 1"}
        begin_event(by=admin, region="12", now=NOW, **said)
    sent_there(slot, terms, vardlots)


def test_open_care_is_never_kept(hospital, dana):
    with pytest.raises(OpenCareIsEveryones):
        keeps(hospital, dana, care=EYES)
    eyes_only = a_clinic("12")
    with pytest.raises(OpenCareIsEveryones):
        keeps(eyes_only, acting(staff(Role.CLINIC_STAFF, eyes_only.tenant)), care=None)


def test_what_one_chooses_oneself_in_open_care_is_never_kept(hospital, terms, dana):
    keeps(hospital, dana, care=None)
    slot = a_slot(hospital, published_at=NOW, opens_at=NOW)
    person = a_referral(a_patient("Alice"))
    held(slot, person, terms, route=Route.FREE_CHOICE, consequence_version="2026-1")


def test_a_quota_counts_another_regions_patients_and_nobody_elses(hospital, terms, dana, vardlots):
    allows(hospital, dana, 1)
    sent_there(operation(hospital, 20), terms, vardlots)
    with pytest.raises(CapFull):
        sent_there(operation(hospital, 21), terms, vardlots, name="Bob")
    booked(operation(hospital, 22), a_referral(a_patient("Charlie", region="12"), KNEE), terms)


def test_what_was_set_before_ends_and_stays_readable_and_each_act_is_written(hospital, dana):
    first = keeps(hospital, dana)
    later = TODAY + timedelta(days=30)
    keeps(hospital, dana, window=timedelta(days=1), valid_from=later)
    assert ReleasePolicy.objects.get(id=first.id).valid_to == later - timedelta(days=1)
    assert Event.objects.using(OWNER).filter(noun="releasepolicy", verb="set").count() == 2


def in_days(days):
    return TODAY + timedelta(days=days)


def spans(rows):
    """From, until and what is said, in days from today, the first first."""
    days = [(one.valid_from, one.valid_to) for one in rows.order_by("valid_from")]
    return [tuple(day and (day - TODAY).days for day in span) for span in days]


def test_a_window_with_a_last_day_interrupts_what_runs_and_leaves_what_comes_later(hospital, dana):
    keeps(hospital, dana)
    keeps(hospital, dana, window=timedelta(days=3), valid_from=in_days(60))
    keeps(
        hospital,
        dana,
        window=timedelta(days=1),
        valid_from=in_days(10),
        valid_to=in_days(20),
    )
    rows = ReleasePolicy.objects.filter(clinic=hospital)
    assert spans(rows) == [(0, 9), (10, 20), (21, 59), (60, None)]
    lengths = rows.order_by("valid_from").values_list("own_regions_first", flat=True)
    assert [one.days for one in lengths] == [7, 1, 7, 3]


def test_a_window_that_begins_in_a_new_ones_time_begins_after_it_and_one_within_it_goes(
    hospital, dana
):
    keeps(hospital, dana, valid_from=in_days(5), valid_to=in_days(8))
    keeps(hospital, dana, valid_from=in_days(15), valid_to=in_days(30))
    keeps(hospital, dana, valid_from=in_days(1), valid_to=in_days(20))
    assert spans(ReleasePolicy.objects.filter(clinic=hospital)) == [(1, 20), (21, 30)]


def test_a_window_until_further_notice_takes_the_place_of_all_that_would_come(hospital, dana):
    keeps(hospital, dana)
    keeps(hospital, dana, valid_from=in_days(60))
    keeps(hospital, dana, valid_from=in_days(10))
    assert spans(ReleasePolicy.objects.filter(clinic=hospital)) == [(0, 9), (10, None)]


def test_a_quota_that_is_back_after_another_goes_on_with_its_count(hospital, terms, dana, vardlots):
    january = date(TODAY.year + 1, 1, 1)
    with acting_as(dana):
        allowed = partial(set_quota, by=dana, now=NOW)
        allowed(scope=scope(hospital), quota=Quota("01", 1, "year"))
        days = {
            "valid_from": january + timedelta(days=40),
            "valid_to": january + timedelta(days=50),
        }
        allowed(scope=scope(hospital, **days), quota=Quota("01", 5, "year"))
    before, between, after = (
        a_slot(hospital, KNEE, form="inpatient", starts_at=_noon(january + timedelta(days=days)))
        for days in (30, 45, 60)
    )
    sent_there(before, terms, vardlots)
    sent_there(between, terms, vardlots, name="Bob")
    with pytest.raises(CapFull):
        sent_there(after, terms, vardlots, name="Charlie")


def test_only_who_decides_for_the_clinic_sets_it_and_never_backwards(hospital, dana, vardlots):
    with pytest.raises(NotAllowed):
        keeps(hospital, vardlots)
    with pytest.raises(BeginsTooEarly):
        keeps(hospital, dana, valid_from=TODAY - timedelta(days=1))


def test_the_cost_is_unknown_with_few_places_and_a_least_number_with_many(hospital, terms, dana):
    policy = keeps(hospital, dana)
    then = NOW - timedelta(days=60)
    for number in range(9):
        operation(hospital, -number - 1, published=then)
    assert lost_to(policy, hospital, now=NOW).lost is None
    operation(hospital, -10, published=then)
    assert lost_to(policy, hospital, now=NOW).lost == 0
    for number in range(12):
        operation(hospital, -number - 11, published=then)
        a_referral(a_patient(f"Bob {number}"), KNEE, created_at=then, accepts_other_regions=True)
    found = lost_to(policy, hospital, now=NOW)
    assert (found.places, found.unused, found.lost) == (22, 22, 12)


MOMENTS = st.lists(st.integers(0, 12).map(lambda day: NOW + timedelta(days=day)), max_size=7)


@given(MOMENTS, MOMENTS)
def test_each_person_counts_for_one_place_and_none_is_forgotten(opened, since):
    """Beside a plain search for the largest matching."""

    def best(places, people):
        if not places:
            return 0
        rest = best(places[1:], people)
        usable = [one for one in people if one <= places[0]]
        if not usable:
            return rest
        left = list(people)
        left.remove(max(usable))
        return max(rest, 1 + best(places[1:], left))

    assert most_pairs(opened, since) == best(sorted(opened), since)


def test_the_balance_hides_what_could_point_at_someone(hospital, terms, vardlots):
    for number in range(10):
        somebody = a_referral(a_patient(f"Bob {number}"), KNEE)
        booked(
            operation(hospital, 20 + number),
            somebody,
            terms,
            by=vardlots,
            route=Route.GUARANTEE_REROUTE,
        )
    assert [(one.region, one.given, one.received) for one in balance_of("12", now=NOW)] == [
        ("01", 10, 0)
    ]
    local = a_clinic("01", cares=(KNEE,))
    skane = acting(staff(Role.NAVIGATOR, a_region("12").tenant))
    guest = a_referral(a_patient("Charlie", region="12"), KNEE)
    booked(operation(local), guest, an_agreement(local), by=skane, route=Route.GUARANTEE_REROUTE)
    assert balance_of("12", now=NOW)[0].received is None


def test_the_page_sets_a_window_and_a_quota_and_says_why_open_care_has_none(hospital, terms):
    client = Client()
    client.force_login(staff(Role.CLINIC_STAFF, hospital.tenant))
    address = f"/mottagning/{hospital.id}/fordelning/"
    window = {
        "kind": "window",
        "window-key": uuid4(),
        "window-care": KNEE,
        "window-valid_from": TODAY.isoformat(),
        "window-length": "3",
        "window-unit": "days",
    }
    page = client.post(address, window, follow=True).content.decode()
    assert "8 kap. 3 § hälso- och sjukvårdslagen" in page
    quota = {
        "kind": "quota",
        "quota-key": uuid4(),
        "quota-care": "",
        "quota-valid_from": TODAY.isoformat(),
        "quota-region": "01",
        "quota-places": "40",
        "quota-period": "year",
    }
    page = client.post(address, quota, follow=True).content.decode()
    assert "40 / år" in page
    assert ReleasePolicy.objects.get().own_regions_first == timedelta(days=3)


def test_over_the_wire_open_care_is_refused_and_inpatient_care_is_not(hospital):
    client = Client()
    client.force_login(staff(Role.CLINIC_STAFF, hospital.tenant))

    def post(body):
        return client.post(
            f"/api/v1/clinics/{hospital.id}/windows",
            {"valid_from": TODAY.isoformat(), "minutes": 90} | body,
            content_type="application/json",
            headers={"Idempotency-Key": str(uuid4())},
        )

    assert post({"care": EYES}).json()["code"] == "open_care_is_everyones"
    assert post({"care": KNEE}).json()["minutes"] == 90


def test_over_the_wire_a_quota_that_no_period_can_hold_is_told_and_not_a_fault(hospital):
    client = Client()
    client.force_login(staff(Role.CLINIC_STAFF, hospital.tenant))
    said = {"valid_from": TODAY.isoformat(), "region": "01", "period": "year", "places": 10**12}
    answer = client.post(
        f"/api/v1/clinics/{hospital.id}/quotas",
        said,
        content_type="application/json",
        headers={"Idempotency-Key": str(uuid4())},
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


@pytest.mark.parametrize("own", ["01", "07", "12", "24"])
def test_whoever_needs_it_most_goes_first_whichever_region_is_ones_own(own):
    """Own resident of lower need, somebody from another region of higher need; one place."""
    others = [code for code in ("01", "07", "12", "24") if code != own]
    for other in others:
        here = need("here", home_region=own, priority=3)
        guest = need("guest", home_region=other, priority=1)
        world = snapshot([here, guest], [place("s", region=own)])
        assert [one.need for one in run(world).proposals] == ["guest"]


@pytest.mark.parametrize("own", ["01", "07", "12", "24"])
def test_between_equal_needs_the_region_changes_nothing(own):
    for other in ("01", "07", "12", "24"):
        waited = need("waited", home_region=other, waiting_since=need("x").waiting_since - WEEK)
        here = need("here", home_region=own)
        world = snapshot([here, waited], [place("s", region=own)])
        assert [one.need for one in run(world).proposals] == ["waited"]
