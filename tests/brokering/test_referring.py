"""The doctor who issued a remiss books for its patient; both follow; another unit sees nothing."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client

from accounts.errors import NotAllowed
from accounts.models import AccessLog, Change
from accounts.roles import Role
from accounts.selectors.actors import system_actor
from accounts.tenancy import acting_as
from accounts.topics import Follower, may_follow, parse, unit
from brokering.access import access_booking, access_referral
from brokering.actions.referrals import Wish
from brokering.actions.referring import hold_for_patient
from brokering.errors import ConsequenceNotSeen, ReasonNotForYou, TooManyHolds, WrongState
from brokering.forms import CONSEQUENCE_VERSION
from brokering.law.facts import Route
from brokering.models import Booking, Message, Patient, Referral
from brokering.states import BookingState, ReferralState
from tests.brokering.desk import SOON, booked, cancelled, confirmed, fresh, held, offered, released
from tests.brokering.reached import reached_by
from tests.factories import (
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
    staff,
)

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def unit_a(database):
    """A health centre of its own, no tenant of the home region."""
    return a_clinic("01", name="Påhittade vårdcentralen").tenant


@pytest.fixture
def doctor(unit_a):
    return staff(Role.REFERRING_CLINICIAN, unit_a, "Doris")


@pytest.fixture
def need(unit_a):
    return a_referral(a_patient("Alice"), issued_by=unit_a)


def taken(slot, need, lot, *, by, now=NOW, route=Route.OWN_REGION, **also):
    """The doctor holds a place for the patient."""
    by = acting(by)
    wish = Wish(slot=slot.id, lot=lot.id, route=route, held_until=now + SOON, **also)
    with acting_as(by):
        row = access_referral(need.id, by=by, purpose="test", now=now)
        return hold_for_patient(by=by, need=row, wish=wish, now=now)


def visit(slot, need, lot, *, by):
    booking = taken(slot, need, lot, by=by)
    confirmed(booking, by=acting(by))
    return fresh(booking)


def browser(user):
    client = Client()
    client.force_login(user)
    return client


def page(user, address):
    return browser(user).get(address, follow=True).content.decode()


def test_she_books_and_the_need_is_booked_addressed_and_told_to_the_patient(
    clinic, lot, need, doctor, unit_a
):
    reached_by(need.patient, "email")
    booking = visit(a_slot(clinic), need, lot, by=doctor)
    assert (booking.state, booking.booked_by_id) == (BookingState.BOOKED, doctor.id)
    assert (booking.issued_by_id, booking.addressed_to_id) == (unit_a.id, clinic.tenant_id)
    assert fresh(need).state == ReferralState.BOOKED
    told = Message.objects.using(OWNER).filter(booking=booking)
    assert {one.kind for one in told} == {"booking_confirmed"}


def test_her_page_and_the_patients_show_the_same_visit(clinic, lot, need, doctor):
    visit(a_slot(clinic), need, lot, by=doctor)
    hers = page(doctor, "/remiss/mina/")
    assert "Alice" in hers
    assert "Bokad" in hers
    assert clinic.name in hers
    assert clinic.name in page(need.patient.subject, "/min-vantan/")


def test_with_application_checks_away_her_unit_sees_its_needs_their_patients_and_bookings(
    clinic, lot, need, doctor
):
    visit(a_slot(clinic), need, lot, by=doctor)
    a_referral(need.patient, issued_by=None)
    visit_of_bob = a_referral(a_patient("Bob"))
    booked(a_slot(clinic), visit_of_bob, lot)
    with acting_as(acting(doctor)):
        assert [row.id for row in Referral.objects.all()] == [need.id]
        assert [row.name for row in Patient.objects.all()] == ["Alice"]
        assert [row.referral_id for row in Booking.objects.all()] == [need.id]


def test_with_application_checks_away_another_units_doctor_sees_nothing(clinic, lot, need, doctor):
    visit(a_slot(clinic), need, lot, by=doctor)
    other = staff(Role.REFERRING_CLINICIAN, a_clinic("01").tenant)
    with acting_as(acting(other)):
        for model in (Referral, Patient, Booking):
            assert not model.objects.exists()


def test_with_application_checks_away_her_unit_changes_no_need(need, doctor):
    with acting_as(acting(doctor)):
        assert Referral.objects.filter(id=need.id).update(priority=1) == 0
        assert Patient.objects.update(name="Mallory") == 0


def test_another_unit_finds_neither_the_remiss_nor_its_list(clinic, lot, need):
    other = staff(Role.REFERRING_CLINICIAN, a_clinic("01").tenant)
    assert "Alice" not in page(other, "/remiss/mina/")
    browser(other).post(f"/sok/for/{need.id}/")
    answer = browser(other).post(
        "/api/v1/holds",
        {"slot": str(a_slot(clinic).id), "referral": str(need.id)},
        "application/json",
        headers={"Idempotency-Key": str(uuid4())},
    )
    assert answer.status_code == 404


def test_a_unit_of_the_region_itself_books_only_on_the_remisses_that_it_issued(clinic, lot):
    region = a_region("01").tenant
    doctor = staff(Role.REFERRING_CLINICIAN, region)
    elsewhere = a_referral(a_patient("Bob"))
    with pytest.raises(NotAllowed):
        taken(a_slot(clinic), elsewhere, lot, by=doctor)
    theirs = a_referral(a_patient("Alice"), issued_by=region)
    assert visit(a_slot(clinic), theirs, lot, by=doctor).state == BookingState.BOOKED


@pytest.mark.parametrize("by_patient", [True, False], ids=["cancels", "releases"])
def test_when_the_patient_lets_go_her_list_follows(clinic, lot, need, doctor, unit_a, by_patient):
    if by_patient:
        cancelled(visit(a_slot(clinic), need, lot, by=doctor))
    else:
        released(taken(a_slot(clinic), need, lot, by=doctor))
    latest = Change.objects.using(OWNER).filter(topic=unit(unit_a.id)).latest("id")
    assert latest.kind == ("cancelled" if by_patient else "released")
    hers = page(doctor, "/remiss/mina/")
    assert clinic.name not in hers
    assert "Boka tid åt patienten" in hers


def test_news_of_a_unit_say_nothing_of_whose_need_it_is(clinic, lot, need, doctor, unit_a):
    visit(a_slot(clinic), need, lot, by=doctor)
    for change in Change.objects.using(OWNER).filter(topic=unit(unit_a.id)):
        assert (change.data, change.subject_id, change.tenant_id) == ({}, None, None)


def test_a_unit_is_followed_by_its_staff_alone(unit_a, doctor, need):
    topic = parse(unit(unit_a.id))
    hers, his = acting(doctor), acting(staff(Role.REFERRING_CLINICIAN, a_clinic("01").tenant))
    for actor, may in ((hers, True), (his, False), (acting(need.patient.subject), False)):
        who = Follower(actor.id, actor.roles, actor.tenants)
        assert may_follow(topic, who, lambda _code: None) is may


def test_she_cannot_cancel_nor_touch_what_the_patient_holds(clinic, lot, need, doctor):
    hers = held(a_slot(clinic), need, lot)
    for act in (released, confirmed):
        with pytest.raises(NotAllowed):
            act(hers, by=acting(doctor))
    confirmed(hers)
    with pytest.raises(ReasonNotForYou):
        cancelled(fresh(hers), by=acting(doctor))


def test_a_need_with_an_offer_or_a_time_is_not_hers_to_book(clinic, lot, need, doctor):
    offered(a_slot(clinic), need, lot, by=system_actor(need.tenant_id))
    with pytest.raises(WrongState):
        taken(a_slot(clinic), need, lot, by=doctor)
    assert Booking.objects.using(OWNER).count() == 1


def test_an_offer_that_came_while_she_held_stands_and_she_is_refused(clinic, lot, need, doctor):
    booking = taken(a_slot(clinic), need, lot, by=doctor)
    offered(a_slot(clinic), need, lot, by=system_actor(need.tenant_id))
    with pytest.raises(WrongState):
        confirmed(booking, by=acting(doctor))
    assert fresh(need).state == ReferralState.OFFERED


def test_nobody_gives_up_the_guarantee_for_the_patient(need, doctor):
    away = a_clinic("03")
    lot = an_agreement(away, regime="lov")
    with pytest.raises(ConsequenceNotSeen):
        taken(
            a_slot(away),
            need,
            lot,
            by=doctor,
            route=Route.FREE_CHOICE,
            consequence_version=CONSEQUENCE_VERSION,
        )


def test_she_keeps_no_more_places_for_a_patient_than_the_patient_could(clinic, lot, need, doctor):
    for hour in (8, 9, 10):
        taken(a_slot(clinic, starts_at=NOW + timedelta(days=9, hours=hour)), need, lot, by=doctor)
    with pytest.raises(TooManyHolds):
        taken(a_slot(clinic), need, lot, by=doctor)


def test_her_reads_stand_in_the_patients_log(need, doctor):
    page(doctor, "/remiss/mina/")
    reads = AccessLog.objects.using(OWNER).filter(patient_id=need.patient_id, reader_id=doctor.id)
    assert {one.purpose for one in reads} == {"book_for_patient"}


def test_on_screen_she_searches_for_the_patient_holds_and_confirms(clinic, lot, need, doctor):
    slot, hers = a_slot(clinic), browser(doctor)
    found = hers.post(f"/sok/for/{need.id}/", follow=True).content.decode()
    assert "Du söker tid åt Alice" in found
    choice = hers.get(f"/tid/{slot.id}/").content.decode()
    assert "Håll tiden åt patienten" in choice
    said = {
        "lot": lot.id,
        "route": "own_region",
        "referral": need.id,
        "version": CONSEQUENCE_VERSION,
        "key": uuid4(),
    }
    hold = hers.post(f"/tid/{slot.id}/hall/", said, follow=True).content.decode()
    assert "Du håller tiden åt Alice" in hold
    booking = Booking.objects.using(OWNER).get()
    done = hers.post(f"/bokning/{booking.id}/bekrafta/", {"key": uuid4()}, follow=True)
    assert "Tiden är bokad. Patienten har fått veta det." in done.content.decode()
    assert fresh(booking).state == BookingState.BOOKED


def test_she_reads_what_the_region_has_promised_as_the_patient_does(unit_a, doctor):
    patient = a_patient("Alice")
    need = a_referral(patient, "op-ortopedi", issued_by=unit_a, need_approved_on=TODAY)
    by = staff(Role.NAVIGATOR, a_region("01").tenant)
    a_commitment(need, by=by, valid_to=TODAY + timedelta(days=180), uses=1)
    away = a_clinic("12", ["op-ortopedi"])
    an_agreement(away)
    a_slot(away, "op-ortopedi", form="inpatient")
    asked = f"/api/v1/slots?referral={need.id}"
    told = [browser(who).get(asked).json()["items"] for who in (doctor, patient.subject)]
    assert [(hit["bookable"], hit["room"]) for (hit,) in told] == [("no", "commitment_used")] * 2
    hers = browser(doctor)
    hers.post(f"/sok/for/{need.id}/")
    assert "Tiden går inte att boka nu." in hers.get("/sok/?care=op-ortopedi").content.decode()


@pytest.mark.parametrize("name", ["care", "home_region", "priority", "rules", "age"])
def test_what_the_need_says_is_not_taken_from_whoever_chooses_it(need, doctor, name):
    for who in (doctor, need.patient.subject):
        answer = browser(who).post(f"/sok/for/{need.id}/", {name: "1"})
        assert answer.status_code == 422
        assert "need" not in browser(who).session


def test_over_rest_she_holds_confirms_and_sees_what_became_of_it(clinic, lot, need, doctor):
    hers, body = browser(doctor), {"slot": str(a_slot(clinic).id), "referral": str(need.id)}

    def post(address, said):
        key = {"Idempotency-Key": str(uuid4())}
        return hers.post(address, said, "application/json", headers=key)

    held = post("/api/v1/holds", body)
    assert held.status_code == 201, held.content
    booking = Booking.objects.using(OWNER).get()
    assert post(f"/api/v1/bookings/{booking.id}/confirm", {}).status_code == 200
    (one,) = hers.get("/api/v1/referrals").json()["items"]
    assert (one["state"], one["booked"]["state"]) == ("booked", "booked")
    assert "Alice" not in str(one)


def test_a_colleague_at_her_unit_without_the_permission_does_not_get_at_it(
    clinic, lot, need, unit_a
):
    clerk = acting(staff(Role.CLINIC_STAFF, unit_a))
    booking = held(a_slot(clinic), need, lot)
    with acting_as(clerk), pytest.raises(NotAllowed):
        access_booking(booking.id, by=clerk, purpose="test", now=NOW)
