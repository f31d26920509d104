"""A visit that its clinic says nothing of: after some days the home region says what it knows, and how."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client

from accounts.errors import Invalid, NotAllowed
from accounts.models import Event
from accounts.roles import Role
from accounts.tenancy import acting_as
from brokering.access import access_booking
from brokering.actions.visits import report_visit
from brokering.errors import ClinicReportsFirst, WrongState
from brokering.notes import Evidence
from brokering.selectors.visits import silent_visits
from providers.models import Slot
from providers.reliability import SILENT_AFTER_DAYS
from tests.brokering.crowd import WON, at_once
from tests.brokering.desk import booked, fresh
from tests.factories import NOW, a_region, a_slot, acting, an_agreement, at, staff

pytestmark = pytest.mark.usefixtures("database")
SILENT = timedelta(days=SILENT_AFTER_DAYS)


@pytest.fixture
def lot(clinic):
    return an_agreement(clinic)


@pytest.fixture
def visit(clinic, lot, alice):
    return booked(a_slot(clinic, starts_at=at(2)), alice, lot)


@pytest.fixture
def navigator(database):
    return staff(Role.NAVIGATOR, a_region("01").tenant)


def late(visit):
    return visit.claim.slot.starts_at + SILENT


def said(who, visit, *, came=False, evidence=Evidence.RECORD_READ, now=None):
    now = now or late(visit)
    with acting_as(by := acting(who)):
        found = access_booking(visit.id, by=by, purpose="visits", now=now)
        report_visit(by=by, booking=found, came=came, now=now, evidence=evidence)


@pytest.mark.parametrize(
    ("came", "after"),
    [(True, ("fulfilled", "closed")), (False, ("missed", "waiting"))],
    ids=["came", "did not come"],
)
def test_after_days_of_silence_the_region_says_it_and_how_it_knows(
    navigator, visit, alice, came, after
):
    said(navigator, visit, came=came)
    assert (fresh(visit).state, fresh(alice).state) == after
    told = Event.objects.using("owner").get(verb="clinic_silent", noun_id=visit.id)
    assert (told.data["evidence"], told.actor_id) == ("record_read", navigator.id)


def test_who_did_not_come_may_have_another_time(navigator, clinic, lot, visit, alice):
    said(navigator, visit)
    then = late(visit)
    again = booked(
        a_slot(clinic, starts_at=at(20)), alice, lot, now=then, held_until=then + timedelta(hours=1)
    )
    assert fresh(again).state == "booked"


def test_before_that_it_is_the_clinics_to_say(navigator, visit):
    with pytest.raises(ClinicReportsFirst):
        said(navigator, visit, now=late(visit) - timedelta(minutes=1))
    assert fresh(visit).state == "booked"


def test_nothing_is_said_without_how_it_is_known(navigator, visit):
    with pytest.raises(Invalid):
        said(navigator, visit, evidence=None)
    assert fresh(visit).state == "booked"


def test_the_patient_says_nothing_of_it_in_anyones_stead(visit, alice):
    with pytest.raises(NotAllowed):
        said(alice.patient.subject, visit)


def test_what_has_been_said_is_the_clinics_to_correct(navigator, clinic, visit, alice):
    said(navigator, visit, came=True)
    with pytest.raises(WrongState):
        said(navigator, visit, came=False)
    said(staff(Role.CLINIC_STAFF, clinic.tenant), visit, came=False, evidence=None)
    assert (fresh(visit).state, fresh(alice).state) == ("missed", "waiting")


def test_clinic_and_region_who_say_the_same_at_once_have_one_outcome(navigator, clinic, visit):
    dana = staff(Role.CLINIC_STAFF, clinic.tenant)
    outcomes = at_once([lambda who=who: said(who, visit, came=True) for who in (navigator, dana)])
    assert outcomes == {WON: 1, "wrong_state": 1}


def test_a_region_sees_the_silent_visits_of_its_own_patients_alone(navigator, visit):
    other = staff(Role.NAVIGATOR, a_region("12").tenant)
    for who, seen in ((navigator, [visit.id]), (other, [])):
        with acting_as(by := acting(who)):
            assert [one.id for one in silent_visits(by=by, now=late(visit))] == seen
            assert silent_visits(by=by, now=late(visit) - timedelta(minutes=1)) == []


# On the page and over REST


@pytest.fixture
def long_ago(visit):
    """The same visit, and it is over since long."""
    begun = NOW - SILENT - timedelta(hours=1)
    moved = {"starts_at": begun, "ends_at": begun + timedelta(minutes=30)}
    Slot.objects.using("owner").filter(id=visit.claim.slot_id).update(**moved)
    return visit


@pytest.fixture
def client(navigator):
    client = Client()
    client.force_login(navigator, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_the_page_lists_it_and_one_click_says_it(client, long_ago, alice):
    assert "Alice" in client.get("/utan-besked/").content.decode()
    body = {"came": "no", "evidence": "patient_told", "key": str(uuid4())}
    assert client.post(f"/utan-besked/{long_ago.id}/", body).status_code == 302
    assert fresh(alice).state == "waiting"
    assert "Alice" not in client.get("/utan-besked/").content.decode()


def test_over_the_wire_it_takes_evidence(client, long_ago):
    def post(**body):
        return client.post(
            f"/api/v1/bookings/{long_ago.id}/visit",
            body,
            content_type="application/json",
            headers={"Idempotency-Key": str(uuid4())},
        )

    refused = post(came=True)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid")
    assert post(came=True, evidence="clinic_told").json()["state"] == "fulfilled"
