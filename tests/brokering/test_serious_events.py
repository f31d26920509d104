"""A serious event in a region: nothing is published, what is postponed goes first, help is written down."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client

from accounts.errors import Invalid, NotAllowed
from accounts.roles import Role
from accounts.tenancy import acting_as
from brokering.access import access_booking
from brokering.actions.cancellations import say_whether_free
from brokering.actions.restrictions import Closure, lift, restrict
from brokering.errors import ReasonNotForYou
from brokering.models import RebookingTask
from brokering.selectors.alternatives import free_slots
from brokering.selectors.help_given import help_given
from brokering.selectors.rebookings import to_rebook
from brokering.states import TaskState
from insight.selectors.visibility import Kind, seen_time
from insight.templatetags.seen import why_in_words
from providers.actions.events import begin_event, end_event
from providers.actions.slots import NewSlot, publish, withdraw
from providers.actions.week_places import WeekPlaces, state_places
from providers.codes import RestrictionReason
from providers.errors import EventGoesOnAlready, EventOver
from providers.models import Slot
from tests.brokering.desk import booked, cancelled, fresh, held, released
from tests.factories import (
    EYES,
    NOW,
    OWNER,
    TODAY,
    a_clinic,
    a_patient,
    a_price,
    a_referral,
    a_region,
    a_slot,
    acting,
    an_agreement,
    at,
    staff,
)


@pytest.fixture
def admin(database):
    return acting(staff(Role.REGION_ADMINISTRATOR, a_region("01").tenant))


@pytest.fixture
def vardlots(database):
    return acting(staff(Role.NAVIGATOR, a_region("01").tenant))


def begun(by, region="01", **also):
    said = {"reason": "Översvämning", "decision_reference": "RS 2021-0900"} | also
    with acting_as(by):
        return begin_event(by=by, region=region, now=NOW, **said)


def ended(event, by):
    with acting_as(by):
        end_event(by=by, event_id=event.id, now=NOW)


def published(clinic):
    by = acting(staff(Role.CLINIC_STAFF, clinic.tenant))
    time = NewSlot(care=EYES, starts_at=at(12), ends_at=at(12, 10))
    with acting_as(by):
        done = publish(by=by, clinic=clinic.id, times=[time], now=NOW)
    return [one.why.code for one in done.refused]


def browser(user):
    client = Client()
    client.force_login(user)
    return client


def test_nothing_planned_is_published_in_the_region_until_it_is_over(clinic, admin):
    elsewhere = a_clinic("12")
    event = begun(admin)
    assert published(clinic) == ["serious_event"]
    assert published(elsewhere) == []
    ended(event, admin)
    assert published(clinic) == []


def test_only_the_regions_administrator_declares_it_and_says_why(clinic, admin, vardlots):
    others = acting(staff(Role.REGION_ADMINISTRATOR, a_region("12").tenant))
    of_clinic = acting(staff(Role.CLINIC_STAFF, a_region("01").tenant))
    for by in (others, vardlots, of_clinic):
        with pytest.raises(NotAllowed):
            begun(by)
    with pytest.raises(Invalid):
        begun(admin, decision_reference=" ")


def test_there_is_one_at_a_time_and_it_ends_once(database, admin):
    event = begun(admin)
    with pytest.raises(EventGoesOnAlready):
        begun(admin)
    ended(event, admin)
    with pytest.raises(EventOver):
        ended(event, admin)
    begun(admin)


def test_care_is_postponed_only_while_it_goes_on(clinic, lot, alice, admin, vardlots):
    booking = booked(a_slot(clinic), alice, lot)
    with pytest.raises(ReasonNotForYou):
        cancelled(booking, by=vardlots, reason="postponed")
    begun(admin)
    cancelled(booking, by=vardlots, reason="postponed")
    assert (fresh(booking).cancel_reason, fresh(booking).freed) == ("postponed", False)
    assert fresh(booking.claim.slot).state == "withdrawn"


def test_postponed_care_is_arranged_before_everything_else(clinic, lot, admin, vardlots):
    urgent = booked(a_slot(clinic), a_referral(a_patient("Bob"), priority=1), lot)
    postponed = booked(
        a_slot(clinic, starts_at=at(11)), a_referral(a_patient("Alice"), priority=4), lot
    )
    event = begun(admin)
    cancelled(postponed, by=vardlots, reason="postponed")
    by = acting(staff(Role.CLINIC_STAFF, clinic.tenant))
    closure = Closure(
        clinic=clinic.id,
        begins_at=at(9, 0),
        ends_at=at(12, 0),
        reason=RestrictionReason.STAFFING,
        decision_reference="RS 2021-0901",
    )
    with acting_as(by):
        restrict(by=by, closure=closure, now=NOW)
    with acting_as(vardlots):
        listed = [one.task for one in to_rebook(by=vardlots)]
    assert [task.booking_id for task in listed] == [postponed.id, urgent.id]
    assert listed[0].event_id == event.id


def test_a_new_place_settles_what_was_postponed(clinic, lot, alice, admin, vardlots):
    first = booked(a_slot(clinic), alice, lot)
    begun(admin)
    cancelled(first, by=vardlots, reason="postponed")
    second = booked(a_slot(clinic, starts_at=at(40)), alice, lot)
    task = RebookingTask.objects.using(OWNER).get(booking=first)
    assert (task.state, task.new_booking_id) == (TaskState.REBOOKED, second.id)


def test_places_that_other_regions_gave_are_written_down_with_their_price(
    clinic, lot, alice, admin, vardlots
):
    far = a_clinic("12")
    terms = an_agreement(far)
    a_price(terms, amount="1250.00")
    before = a_referral(a_patient("Bob"))
    event = begun(admin)
    booked(a_slot(clinic), before, lot)
    booked(a_slot(far), alice, terms, by=vardlots, route="guarantee_reroute")
    with acting_as(admin):
        given = help_given(event, now=NOW + timedelta(minutes=1))
    assert [(one.region, one.care, str(one.amount)) for one in given] == [("12", EYES, "1250.00")]


def test_the_page_switches_it_on_and_off_and_banners_stand_on_hits(clinic, lot, admin):
    a_slot(clinic)
    client = browser(staff(Role.REGION_ADMINISTRATOR, a_region("01").tenant))
    said = {"reason": "Översvämning", "decision_reference": "RS 2021-0900", "key": uuid4()}
    page = client.post("/allvarlig-handelse/", said, follow=True).content.decode()
    assert "Pågår nu" in page
    assert "Översvämning" in page
    hits = Client().get("/sok/", {"care": EYES}).content.decode()
    assert "Allvarlig händelse i" in hits
    event = a_region("01").serious_events.get()
    client.post(f"/allvarlig-handelse/{event.id}/avsluta/", {"key": uuid4()})
    assert "Allvarlig händelse i" not in Client().get("/sok/", {"care": EYES}).content.decode()


def test_over_the_wire_an_event_begins_tells_of_help_and_ends(database, admin):
    client = browser(staff(Role.REGION_ADMINISTRATOR, a_region("01").tenant))

    def post(way, body):
        key = {"Idempotency-Key": str(uuid4())}
        return client.post(f"/api/v1/{way}", body, content_type="application/json", headers=key)

    body = {"region": "01", "reason": "Översvämning", "decision_reference": "RS 2021-0900"}
    event = post("serious-events", body).json()
    assert post("serious-events", body).json()["code"] == "event_goes_on_already"
    assert client.get(f"/api/v1/serious-events/{event['id']}/help").json() == []
    assert post(f"serious-events/{event['id']}/end", {}).json()["ended_at"]


def shut(clinic, by):
    closure = Closure(
        clinic=clinic.id,
        begins_at=at(9, 0),
        ends_at=at(12, 0),
        reason=RestrictionReason.STAFFING,
        decision_reference="RS 2021-0901",
    )
    with acting_as(by):
        return restrict(by=by, closure=closure, now=NOW).restriction


def opened(restriction, by):
    with acting_as(by):
        return lift(by=by, restriction_id=restriction.id, now=NOW)


def given_back_by_the_patient(clinic, lot, event):
    booking = booked(a_slot(clinic), a_referral(a_patient("Bob")), lot)
    begun_event = event()
    cancelled(booking)
    return booking.claim.slot, begun_event


def said_to_be_free(clinic, lot, event):
    dana = acting(staff(Role.CLINIC_STAFF, clinic.tenant))
    booking = booked(a_slot(clinic), a_referral(a_patient("Bob")), lot)
    cancelled(booking, by=dana, reason="workup_incomplete")
    begun_event = event()
    with acting_as(dana):
        row = access_booking(booking.id, by=dana, purpose="test", now=NOW)
        assert not say_whether_free(by=dana, booking=row, free=True, now=NOW)
    return booking.claim.slot, begun_event


def given_back_by_a_lifted_decision(clinic, lot, event):
    dana = acting(staff(Role.CLINIC_STAFF, clinic.tenant))
    slot = a_slot(clinic)
    closure = shut(clinic, dana)
    begun_event = event()
    assert opened(closure, dana) == 0
    return slot, begun_event


@pytest.mark.parametrize(
    "becomes_free",
    [given_back_by_the_patient, said_to_be_free, given_back_by_a_lifted_decision],
    ids=lambda way: way.__name__,
)
def test_a_place_that_becomes_free_waits_with_the_event_and_is_free_after_it(
    clinic, lot, admin, becomes_free
):
    slot, event = becomes_free(clinic, lot, lambda: begun(admin))
    assert (fresh(slot).state, fresh(slot).event_id) == ("withdrawn", event.id)
    assert slot not in free_slots(EYES, now=NOW)
    ended(event, admin)
    assert (fresh(slot).state, fresh(slot).event_id) == ("open", None)
    assert slot in free_slots(EYES, now=NOW)


def test_a_place_that_a_decision_closes_waits_for_that_before_and_after_the_event(
    clinic, lot, alice, admin
):
    dana = acting(staff(Role.CLINIC_STAFF, clinic.tenant))
    booking = booked(a_slot(clinic), alice, lot)
    event = begun(admin)
    cancelled(booking)
    closure = shut(clinic, dana)
    ended(event, admin)
    slot = fresh(booking.claim.slot)
    assert (slot.state, slot.restriction_id, slot.event_id) == ("withdrawn", closure.id, None)
    assert opened(closure, dana) == 1


def test_what_the_clinic_takes_away_while_it_waits_does_not_come_back(clinic, lot, alice, admin):
    dana = acting(staff(Role.CLINIC_STAFF, clinic.tenant))
    slot, event = given_back_by_the_patient(clinic, lot, lambda: begun(admin))
    with acting_as(dana):
        withdraw(by=dana, slots=[slot.id], now=NOW)
    ended(event, admin)
    assert fresh(slot).state == "withdrawn"


def test_a_weeks_number_counts_the_place_that_waits_and_takes_it_away_first(clinic, lot, admin):
    dana = acting(staff(Role.CLINIC_STAFF, clinic.tenant))
    monday = TODAY + timedelta(days=28 - TODAY.weekday())

    def stated(places):
        said = WeekPlaces(care=EYES, week=monday, places=places)
        with acting_as(dana):
            return state_places(by=dana, clinic=clinic.id, stated=said, now=NOW)

    stated(2)
    slot = Slot.objects.filter(clinic=clinic).first()
    booking = booked(slot, a_referral(a_patient("Bob")), lot)
    begun(admin)
    cancelled(booking)
    again = stated(2)
    assert (again.added, again.withdrawn) == (0, 0)
    assert stated(1).withdrawn == 1
    assert fresh(booking.claim.slot).event_id is None


def test_what_was_held_before_it_and_let_go_is_as_free_as_it_was(clinic, lot, alice, admin):
    booking = held(a_slot(clinic), alice, lot)
    begun(admin)
    released(booking)
    assert booking.claim.slot in free_slots(EYES, now=NOW)


def test_the_clinic_reads_what_its_place_waits_for(clinic, lot, admin):
    slot, _event = given_back_by_the_patient(clinic, lot, lambda: begun(admin))
    seen = seen_time(slot.id, Kind(), now=NOW)
    assert (seen.why, seen.remedy, seen.detail) == ("event", "wait", "RS 2021-0900")
    assert "RS 2021-0900" in why_in_words(seen)
