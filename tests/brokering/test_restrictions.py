"""A clinic is closed by decision: the free goes, who held is told, who booked is moved, by need."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.test import Client

from accounts.errors import Invalid, NotAllowed
from accounts.models import Change
from accounts.roles import Role
from accounts.templatetags.screen import weekday_date
from accounts.tenancy import acting_as
from brokering.actions import rebookings
from brokering.actions.chains import NewPlace
from brokering.actions.moving import rebook
from brokering.actions.restrictions import Closure, lift, restrict
from brokering.errors import SlotTaken, WrongState
from brokering.models import Booking, RebookingTask
from brokering.selectors.alternatives import free_slots
from brokering.selectors.rebookings import to_rebook
from brokering.states import BookingState, TaskState
from providers.actions.slots import NewSlot, publish
from providers.codes import RestrictionReason
from providers.models import Slot
from tests.brokering.desk import booked, cancelled, fresh, held
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
    ago,
    at,
    places_in_week,
    staff,
)


@pytest.fixture
def dana(clinic):
    return acting(staff(Role.CLINIC_STAFF, clinic.tenant))


@pytest.fixture
def vardlots(database):
    return acting(staff(Role.NAVIGATOR, a_region("01").tenant))


def closing(clinic, **also):
    fields = {
        "clinic": clinic.id,
        "begins_at": at(5, 0),
        "ends_at": at(20, 0),
        "reason": RestrictionReason.STAFFING,
        "decision_reference": "RS 2021-0815",
    }
    return Closure(**fields | also)


def closed(clinic, by, now=NOW, **also):
    with acting_as(by):
        return restrict(by=by, closure=closing(clinic, **also), now=now)


def lifted(restriction, by, now=NOW):
    with acting_as(by):
        return lift(by=by, restriction_id=restriction.id, now=now)


def moved(task, slot, lot, by):
    with acting_as(by):
        return rebook(by=by, task_id=task.id, place=NewPlace(slot=slot.id, lot=lot.id), now=NOW)


def task_of(booking):
    return RebookingTask.objects.using(OWNER).get(booking=booking)


def listed(by):
    with acting_as(by):
        return [one.task.booking_id for one in to_rebook(by=by)]


def browser(user):
    client = Client()
    client.force_login(user)
    return client


def test_places_within_a_closed_period_are_withdrawn_and_the_day_after_is_kept(clinic, lot, dana):
    """Closed from 25 October 2021 to 16 January 2022: 17 January is open (the clock is moved in between)."""
    then = datetime(2021, 9, 1, tzinfo=UTC)
    days = {
        "before": datetime(2021, 10, 24, 23, 0, tzinfo=SWEDEN),
        "first": datetime(2021, 10, 25, 8, 0, tzinfo=SWEDEN),
        "last": datetime(2022, 1, 16, 23, 0, tzinfo=SWEDEN),
        "after": datetime(2022, 1, 17, 0, 0, tzinfo=SWEDEN),
    }
    slots = {name: a_slot(clinic, starts_at=day) for name, day in days.items()}
    first, end = (datetime(y, m, d, tzinfo=SWEDEN) for y, m, d in [(2021, 10, 25), (2022, 1, 17)])
    made = closed(clinic, dana, now=then, begins_at=first, ends_at=end)
    assert {name for name, slot in slots.items() if fresh(slot).state == "withdrawn"} == {
        "first",
        "last",
    }
    assert fresh(slots["first"]).restriction_id == made.restriction.id


def test_another_care_of_the_clinic_stays_when_one_is_closed(lot, dana, clinic):
    other = a_clinic(cares=(EYES, "besok-hud"))
    by = acting(staff(Role.CLINIC_STAFF, other.tenant))
    eyes, skin = a_slot(other), a_slot(other, "besok-hud")
    closed(other, by, care=EYES)
    assert (fresh(eyes).state, fresh(skin).state) == ("withdrawn", "open")


def test_a_hold_ends_and_the_person_is_told(clinic, lot, alice, dana):
    booking = held(a_slot(clinic), alice, lot)
    done = closed(clinic, dana).done
    assert (done.free, done.held, done.booked) == (0, 1, 0)
    assert fresh(booking).state == BookingState.RELEASED
    assert fresh(booking.claim.slot).state == Slot.State.WITHDRAWN
    told = Change.objects.using(OWNER).filter(kind="released")
    assert f"person:{alice.subject_id}" in {change.topic for change in told}


def test_a_booking_stands_and_becomes_the_home_regions_task_with_owner_and_next_day(
    clinic, lot, alice, dana, vardlots
):
    booking = booked(a_slot(clinic), alice, lot)
    closed(clinic, dana)
    task = task_of(booking)
    assert fresh(booking).state == BookingState.BOOKED
    assert (task.owner_id, task.next_on) == (vardlots.id, TODAY + timedelta(days=1))
    assert task.tenant_id == a_region("01").tenant_id


def test_a_task_has_an_owner_where_the_region_has_nobody(clinic, lot, alice, dana):
    booking = booked(a_slot(clinic), alice, lot)
    closed(clinic, dana)
    assert task_of(booking).owner_id == dana.id


@pytest.mark.parametrize("bookings", [1, 4], ids=["one booking", "four bookings"])
def test_who_owns_tasks_is_asked_once_however_many_bookings(
    clinic, lot, dana, vardlots, monkeypatch, bookings
):
    asked, case_owners = [], rebookings.case_owners
    monkeypatch.setattr(
        rebookings, "case_owners", lambda *args, **on: asked.append(1) or case_owners(*args, **on)
    )
    for number in range(bookings):
        slot = a_slot(clinic, starts_at=at(6, 8 + number))
        booked(slot, a_referral(a_patient(f"Person{number}")), lot)
    closed(clinic, dana, begins_at=at(6, 0), ends_at=at(6, 23))
    assert len(asked) == 1


def test_places_of_a_week_go_as_well(clinic, lot, dana):
    places = places_in_week(clinic, weeks=1)
    closed(clinic, dana)
    assert {fresh(place).state for place in places} == {"withdrawn"}


def test_nothing_is_published_in_it_and_something_is_outside(clinic, lot, dana):
    closed(clinic, dana)
    times = [NewSlot(care=EYES, starts_at=at(d), ends_at=at(d, 10)) for d in (10, 30)]
    with acting_as(dana):
        done = publish(by=dana, clinic=clinic.id, times=times, now=NOW)
    assert [(one.index, one.why.code) for one in done.refused] == [(0, "restricted_period")]
    assert set(done.created) == {1}


def test_lifting_reopens_what_lies_ahead_and_closes_the_tasks(clinic, lot, alice, dana, vardlots):
    booking, free = booked(a_slot(clinic), alice, lot), a_slot(clinic, starts_at=at(8))
    made = closed(clinic, dana).restriction
    assert lifted(made, dana) == 1
    assert free in free_slots(EYES, now=NOW)
    assert task_of(booking).state == TaskState.CLOSED
    with pytest.raises(WrongState):
        lifted(made, dana)


def test_what_has_passed_is_not_reopened(clinic, lot, dana):
    slot = a_slot(clinic, starts_at=at(6))
    made = closed(clinic, dana).restriction
    assert lifted(made, dana, now=at(7)) == 0
    assert fresh(slot).state == "withdrawn"


def test_what_another_decision_closes_stays_closed(clinic, lot, dana):
    slot = a_slot(clinic)
    first = closed(clinic, dana).restriction
    second = closed(clinic, dana, begins_at=at(9, 0)).restriction
    assert lifted(first, dana) == 0
    assert fresh(slot).restriction_id == second.id


def test_what_the_clinic_had_withdrawn_itself_does_not_come_back(clinic, lot, dana):
    slot = a_slot(clinic, state=Slot.State.WITHDRAWN)
    assert lifted(closed(clinic, dana).restriction, dana) == 0
    assert fresh(slot).state == "withdrawn"


def test_the_new_place_is_theirs_before_the_old_one_goes(clinic, lot, alice, dana, vardlots):
    old = booked(a_slot(clinic), alice, lot)
    made = closed(clinic, dana).restriction
    new = moved(task_of(old), a_slot(clinic, starts_at=at(30)), lot, vardlots)
    assert (fresh(old).state, fresh(new).state) == ("cancelled", "booked")
    assert (task_of(old).state, task_of(old).new_booking_id) == (TaskState.REBOOKED, new.id)
    assert fresh(old.claim.slot).restriction_id == made.id, "the place left is not free to anyone"
    assert old.claim.slot not in free_slots(EYES, now=NOW)


def test_whoever_cannot_get_the_new_place_keeps_the_old_one(clinic, lot, alice, dana, vardlots):
    old = booked(a_slot(clinic), alice, lot)
    closed(clinic, dana)
    wanted = a_slot(clinic, starts_at=at(30))
    booked(wanted, a_referral(a_patient("Bob")), lot)
    with pytest.raises(SlotTaken):
        moved(task_of(old), wanted, lot, vardlots)
    assert fresh(old).state == BookingState.BOOKED
    assert task_of(old).state == TaskState.OPEN


def test_the_patient_who_cancels_has_no_task_left(clinic, lot, alice, dana, vardlots):
    old = booked(a_slot(clinic), alice, lot)
    closed(clinic, dana)
    cancelled(old)
    assert task_of(old).state == TaskState.CLOSED
    assert fresh(old.claim.slot).state == Slot.State.WITHDRAWN


def test_the_list_goes_by_need_then_by_who_has_waited_longest(clinic, lot, dana, vardlots):
    bookings = [
        booked(
            a_slot(clinic, starts_at=at(10, 9 + number)),
            a_referral(a_patient(name), priority=priority, issued_on=ago(waited)),
            lot,
        )
        for number, (name, priority, waited) in enumerate(
            [("Alice", 3, 20), ("Bob", 2, 5), ("Charlie", 3, 40), ("Erik", None, 80)]
        )
    ]
    closed(clinic, dana)
    assert listed(vardlots) == [bookings[i].id for i in (1, 2, 0, 3)]


def test_only_who_decides_for_the_clinic_closes_it_and_a_decision_is_cited(clinic, lot, vardlots):
    slot = a_slot(clinic)
    stranger = acting(staff(Role.CLINIC_STAFF, a_clinic().tenant))
    for by in (stranger, vardlots):
        with pytest.raises(NotAllowed):
            closed(clinic, by)
    dana = acting(staff(Role.CLINIC_STAFF, clinic.tenant))
    with pytest.raises(Invalid):
        closed(clinic, dana, decision_reference=" ")
    assert fresh(slot).state == "open"


def test_the_region_closes_a_unit_of_its_own(lot):
    region = a_region("01").tenant
    own = a_clinic(tenant=region)
    slot = a_slot(own)
    closed(own, acting(staff(Role.REGION_ADMINISTRATOR, region)))
    assert fresh(slot).state == "withdrawn"


def test_the_page_counts_first_then_closes_and_lifts(clinic, lot, alice, dana):
    booked(a_slot(clinic), alice, lot)
    free = a_slot(clinic, starts_at=at(8))
    client = browser(staff(Role.CLINIC_STAFF, clinic.tenant))
    address = f"/mottagning/{clinic.id}/stangt/"
    said = {
        "first": (TODAY + timedelta(days=5)).isoformat(),
        "last": (TODAY + timedelta(days=20)).isoformat(),
        "reason": "premises",
        "decision_reference": "RS 2021-0815",
        "key": str(uuid4()),
    }
    shown = client.post(address, said | {"step": "preview"}).content.decode()
    assert "1 ledig tid tas bort" in shown
    assert "1 bokad patient får en annan plats" in shown
    assert fresh(free).state == "open"
    after = client.post(address, said | {"step": "decide"}, follow=True).content.decode()
    assert "RS 2021-0815" in after
    assert f"{weekday_date(TODAY + timedelta(days=20))}</td>" in after, "the last closed day"
    assert fresh(free).state == "withdrawn"
    made = fresh(free).restriction_id
    client.post(f"/stangt/{made}/hav/", {"key": str(uuid4())})
    assert fresh(free).state == "open"


def own_page(booking, referral):
    page = browser(referral.patient.subject).get(f"/bokning/{booking.id}/")
    return page.content.decode()


def test_the_vardlots_moves_somebody_on_the_pages(clinic, lot, alice, dana):
    old = booked(a_slot(clinic), alice, lot)
    closed(clinic, dana)
    wanted = a_slot(clinic, starts_at=at(30))
    assert "Mottagningen kan inte ta emot dig den här tiden" in own_page(old, alice)
    client = browser(staff(Role.NAVIGATOR, a_region("01").tenant))
    assert "Alice" in client.get("/ombokning/").content.decode()
    address = f"/ombokning/{task_of(old).id}/"
    assert str(wanted.id) in client.get(address).content.decode()
    client.post(f"{address}valj/", {"plats": f"{wanted.id}:{lot.id}", "key": str(uuid4())})
    new = Booking.objects.using(OWNER).get(state="booked")
    assert new.claim.slot_id == wanted.id
    assert not [one for one in (old, new) if "kan inte ta emot dig" in own_page(one, alice)]


def test_over_the_wire_a_clinic_previews_closes_and_lifts_and_the_region_rebooks(
    clinic, lot, alice, dana
):
    old, wanted = booked(a_slot(clinic), alice, lot), a_slot(clinic, starts_at=at(30))
    clinics = browser(staff(Role.CLINIC_STAFF, clinic.tenant))
    regions = browser(staff(Role.NAVIGATOR, a_region("01").tenant))

    def post(client, way, body):
        key = {"Idempotency-Key": str(uuid4())}
        return client.post(f"/api/v1/{way}", body, content_type="application/json", headers=key)

    body = {
        "begins_at": at(5, 0).isoformat(),
        "ends_at": at(20, 0).isoformat(),
        "reason": "staffing",
        "decision_reference": "RS 2021-0815",
    }
    way = f"clinics/{clinic.id}/restrictions"
    counts = post(clinics, f"{way}/preview", body).json()
    assert counts == {"free": 0, "held": 0, "booked": 1}
    made = post(clinics, way, body).json()
    assert (made["state"], made["done"]) == ("in_force", counts)
    task = regions.get("/api/v1/rebookings").json()[0]
    assert (task["booking"], task["decision_reference"]) == (str(old.id), "RS 2021-0815")
    new = post(
        regions, f"rebookings/{task['id']}/rebook", {"slot": str(wanted.id), "lot": str(lot.id)}
    )
    assert new.json()["state"] == "booked"
    assert post(clinics, f"restrictions/{made['id']}/lift", {}).json()["state"] == "lifted"


def test_a_lifted_decision_does_not_open_a_place_that_waits_for_the_clinics_word(
    clinic, alice, lot, dana
):
    slot = a_slot(clinic, starts_at=at(10))
    booking = booked(slot, alice, lot)
    made = closed(clinic, dana)
    cancelled(booking, by=dana, reason="workup_incomplete")
    lifted(made.restriction, dana)
    assert (fresh(slot).state, fresh(booking).freed) == (Slot.State.WITHDRAWN, None)
