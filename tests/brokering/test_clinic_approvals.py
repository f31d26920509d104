"""A treatment that its clinic assesses itself: asked on confirming, answered, never stuck in silence."""

from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest

from accounts.errors import NotAllowed
from accounts.roles import Role
from accounts.tenancy import acting_as
from brokering.actions import approvals, clinic_approvals, offers
from brokering.actions.rounds import Proposed
from brokering.errors import AwaitsApproval, InvalidValue, TooLateToAsk
from brokering.models import Approval, Booking, ContactTask, Offer, Patient
from brokering.selectors.alternatives import free_slots
from brokering.selectors.approvals import to_approve, working_days_after
from brokering.states import ApprovalState, BookingState, OfferState, ReferralState
from providers.models import Claim
from tests.brokering.approving import KNEE, answered, browser, no, watched
from tests.brokering.desk import confirmed, fresh, held, released
from tests.factories import (
    NOW,
    OWNER,
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

pytestmark = pytest.mark.usefixtures("database")
yes = partial(answered, clinic_approvals.approve)
cannot = partial(answered, approvals.refuse, reason="medical_assessment")


@pytest.fixture
def clinic(database):
    return a_clinic("01", cares=(KNEE,))


@pytest.fixture
def terms(clinic):
    return an_agreement(clinic, accepts_referrer_assessment=False)


@pytest.fixture
def need(database):
    return a_referral(a_patient("Alice"), KNEE)


@pytest.fixture
def doris(clinic):
    return staff(Role.CLINIC_STAFF, clinic.tenant, "Doris")


@pytest.fixture
def bertil(database):
    return staff(Role.NAVIGATOR, a_region("01").tenant, "Bertil")


def place(clinic, days=30, hour=9):
    then = NOW - timedelta(days=40)
    return a_slot(clinic, KNEE, starts_at=at(days, hour), published_at=then, opens_at=then)


def asked(clinic, terms, need, *, now=NOW, **where):
    booking = held(
        place(clinic, **where), need, terms, now=now, held_until=now + timedelta(hours=1)
    )
    return confirm_or_ask(booking, now=now)


def confirm_or_ask(booking, *, now=NOW, by=None):
    by = by or acting(booking.patient.subject)
    with acting_as(by):
        row = Booking.objects.select_related("claim__slot__clinic", "patient").get(id=booking.id)
        return clinic_approvals.confirm_or_ask(by=by, booking=row, now=now)


def offered(clinic, terms, need):
    by = acting(staff(Role.NAVIGATOR, a_region("01").tenant))
    proposed = Proposed(
        round=None,
        need_key=need.need_key,
        tenant=need.tenant_id,
        slot=place(clinic).id,
        lot=terms.id,
        route="own_region",
    )
    with acting_as(by):
        return offers.send_offer(by=by, proposed=proposed, now=NOW)


def accepted(offer, need, now=NOW):
    by = acting(need.patient.subject)
    with acting_as(by):
        rows = Offer.objects.select_related("booking__claim__slot__clinic", "booking__patient")
        return offers.accept_offer(by=by, offer=rows.get(id=offer.id), now=now)


def test_who_confirms_asks_the_clinic_and_the_place_is_held_until_past_the_answer(
    clinic, terms, need
):
    approval = asked(clinic, terms, need)
    assert (approval.asked, approval.answer_by) == ("clinic", working_days_after(NOW, 3))
    assert fresh(approval.booking.claim).held_until == working_days_after(approval.answer_by, 1)
    assert fresh(approval.booking).state == BookingState.HELD
    assert fresh(need).state == ReferralState.WAITING
    with pytest.raises(AwaitsApproval):
        confirm_or_ask(approval.booking)


def test_no_way_leads_past_the_clinic(clinic, terms, need):
    booking = held(place(clinic), need, terms)
    with pytest.raises(AwaitsApproval):
        confirmed(booking)
    assert fresh(booking).state == BookingState.HELD


def test_a_yes_of_the_clinic_lets_the_patient_confirm(clinic, terms, need, doris):
    approval = asked(clinic, terms, need)
    yes(approval, by=doris)
    assert fresh(approval.booking.claim).held_until >= NOW + timedelta(hours=72)
    assert confirm_or_ask(approval.booking) is None
    assert fresh(approval.booking).state == BookingState.BOOKED


def test_a_no_says_why_frees_the_place_keeps_the_queue_and_gives_the_region_a_task(
    clinic, terms, need, doris, bertil
):
    approval = asked(clinic, terms, need)
    cannot(approval, by=doris)
    assert (fresh(approval).state, fresh(approval).reason) == ("refused", "medical_assessment")
    assert fresh(approval.booking).state == BookingState.RELEASED
    assert fresh(approval.booking).claim.slot in free_slots(KNEE, now=NOW)
    assert fresh(need).state == ReferralState.WAITING
    task = ContactTask.objects.using(OWNER).get(referral=need)
    assert (task.why, task.owner_id) == ("clinic_refused", bertil.id)


def test_silence_gives_the_question_an_owner_at_home_then_the_place_back(
    clinic, terms, need, bertil
):
    then = NOW - timedelta(days=20)
    approval = asked(clinic, terms, need, now=then)
    watched(need.tenant_id, approval.answer_by + timedelta(minutes=1))
    assert fresh(approval).owner_id == bertil.id
    watched(need.tenant_id, NOW)
    assert fresh(approval).state == ApprovalState.LAPSED
    assert fresh(approval.booking).state == BookingState.EXPIRED
    assert ContactTask.objects.using(OWNER).filter(referral=need, why="no_approval").exists()


def test_before_the_moment_to_answer_the_clinic_is_reminded_once(clinic, terms, need, doris):
    then = NOW - timedelta(days=4)
    approval = asked(clinic, terms, need, now=then)
    watched(need.tenant_id, approval.answer_by - timedelta(hours=25))
    assert fresh(approval).reminded_at is None
    near = approval.answer_by - timedelta(hours=2)
    for now in (near, near + timedelta(hours=1)):
        watched(need.tenant_id, now)
    assert (fresh(approval).reminded_at, fresh(approval).escalated_at) == (near, None)
    assert "Svara snart" in browser(doris).get("/godkannanden/").content.decode()


def test_only_that_clinics_staff_answer_and_for_a_reason_of_theirs(
    clinic, terms, need, doris, bertil
):
    approval = asked(clinic, terms, need)
    elsewhere = staff(Role.CLINIC_STAFF, a_clinic("01", cares=(KNEE,)).tenant)
    assert browser(elsewhere).get(f"/godkannanden/{approval.id}/").status_code == 404
    for nobody in (bertil, need.patient.subject):
        with pytest.raises(NotAllowed):
            yes(approval, by=nobody)
    with pytest.raises(InvalidValue):
        no(approval, by=doris)
    assert fresh(approval).state == ApprovalState.ASKED


def test_the_clinic_sees_the_patient_only_while_it_is_asked(clinic, terms, need, doris):
    by = acting(doris)
    approval = asked(clinic, terms, need)
    with acting_as(by):
        assert [one.id for one in to_approve(by=by)] == [approval.id]
        assert Patient.objects.filter(id=need.patient_id).exists()
    released(approval.booking)
    with acting_as(by):
        assert to_approve(by=by) == []
        assert not Patient.objects.filter(id=need.patient_id).exists()


def test_a_first_visit_an_accepted_assessment_and_the_clinics_own_decision_need_no_question(
    clinic, need
):
    accepts = an_agreement(clinic)
    assert confirm_or_ask(held(place(clinic), need, accepts)) is None
    own = an_agreement(clinic, accepts_referrer_assessment=False)
    hers = {"decided_on": TODAY - timedelta(days=9), "registered_at": clinic}
    decided = a_referral(a_patient("Bo"), KNEE, **hers)
    assert confirm_or_ask(held(place(clinic, hour=10), decided, own)) is None
    assert not Approval.objects.using(OWNER).exists()


def test_too_near_a_visit_cannot_be_asked_about(clinic, terms, need):
    soon = a_slot(clinic, KNEE, starts_at=NOW + timedelta(hours=23))
    with pytest.raises(TooLateToAsk):
        confirm_or_ask(held(soon, need, terms))
    assert not Approval.objects.using(OWNER).exists()


def test_what_the_clinic_has_said_of_a_need_stands_for_its_other_times(clinic, terms, need, doris):
    approval = asked(clinic, terms, need)
    yes(approval, by=doris)
    confirm_or_ask(approval.booking)
    assert confirm_or_ask(held(place(clinic, hour=11), need, terms)) is None


def test_an_offer_stays_open_until_the_clinic_has_said_yes_and_the_patient_confirms(
    clinic, terms, need, doris
):
    offer = offered(clinic, terms, need)
    page = browser(need.patient.subject).get("/min-vantan/").content.decode()
    assert "Mottagningen gör en egen bedömning" in page
    accepted(offer, need)
    assert (fresh(offer).state, fresh(need).state) == (OfferState.SENT, ReferralState.OFFERED)
    approval = Approval.objects.using(OWNER).get()
    assert fresh(offer).answer_by == fresh(approval.booking.claim).held_until
    yes(approval, by=doris)
    accepted(fresh(offer), need)
    assert (fresh(offer).state, fresh(need).state) == (OfferState.ACCEPTED, ReferralState.BOOKED)


@pytest.mark.parametrize("silent", [False, True], ids=["a no", "silence"])
def test_an_offer_that_the_clinic_does_not_approve_leaves_the_patient_waiting(
    clinic, terms, need, doris, bertil, silent
):
    offer = offered(clinic, terms, need)
    accepted(offer, need)
    approval = Approval.objects.using(OWNER).get()
    if silent:
        Claim.objects.using(OWNER).update(held_until=NOW - timedelta(days=1))
        watched(need.tenant_id, NOW)
    else:
        cannot(approval, by=doris)
    assert (fresh(offer).state, fresh(need).state) == (OfferState.WITHDRAWN, ReferralState.WAITING)


def test_on_screen_it_is_said_before_asked_answered_and_confirmed(clinic, terms, need, doris):
    alice, slot = browser(need.patient.subject), place(clinic)
    assert "Mottagningen gör en egen bedömning" in alice.get(f"/tid/{slot.id}/").content.decode()
    booking = held(slot, need, terms, now=NOW)
    page = alice.get(f"/bokning/{booking.id}/").content.decode()
    assert "Bekräfta och fråga mottagningen" in page
    said = {"key": uuid4()}
    waiting = alice.post(f"/bokning/{booking.id}/bekrafta/", said, follow=True).content.decode()
    assert "Väntar på mottagningen" in waiting
    approval, desk = Approval.objects.using(OWNER).get(), browser(doris)
    assert "Alice" in desk.get("/godkannanden/").content.decode()
    assert "egen bedömning" in desk.get("/godkannanden/").content.decode()
    assert "medicinska bedömning" in desk.get(f"/godkannanden/{approval.id}/").content.decode()
    assert desk.post(f"/godkannanden/{approval.id}/ja/", {"key": uuid4()}).status_code == 302
    assert "Mottagningen har sagt ja" in alice.get(f"/bokning/{booking.id}/").content.decode()
    done = alice.post(f"/bokning/{booking.id}/bekrafta/", {"key": uuid4()}, follow=True)
    assert "Klart. Tiden är bokad." in done.content.decode()


def test_over_rest_a_hit_says_so_a_confirmation_asks_and_the_clinic_answers(
    clinic, terms, need, doris
):
    alice, desk = browser(need.patient.subject), browser(doris)
    booking = held(place(clinic), need, terms)
    hits = alice.get(f"/api/v1/slots?care={KNEE}&mine=true").json()
    assert all(one["clinic_approves"] for one in hits.get("results", hits.get("items", [])))
    said = alice.post(
        f"/api/v1/bookings/{booking.id}/confirm", {}, "application/json", headers=a_key()
    ).json()
    assert (said["state"], said["approval"]["asked"]) == ("held", "clinic")
    question = desk.get("/api/v1/approvals").json()[0]
    body = {"reason": "medical_assessment"}
    address = f"/api/v1/approvals/{question['id']}/refuse"
    answer = desk.post(address, body, "application/json", headers=a_key())
    assert (answer.status_code, answer.json()["reason"]) == (200, "medical_assessment")


@pytest.mark.parametrize(
    ("first", "answer"), [(cannot, "refused"), (yes, "granted")], ids=["no", "yes"]
)
def test_who_answers_after_a_colleague_is_told_what_was_answered(
    clinic, terms, need, doris, first, answer
):
    approval, desk = asked(clinic, terms, need), browser(staff(Role.CLINIC_STAFF, clinic.tenant))
    first(approval, by=doris)
    body, address = {"reason": "need_unclear"}, f"/api/v1/approvals/{approval.id}/refuse"
    said = desk.post(address, body, "application/json", headers=a_key())
    assert (said.status_code, said.json()["code"]) == (409, "already_answered")
    assert (said.json()["answer"], fresh(approval).state) == (answer, answer)
    form = {"key": uuid4(), "reason": "need_unclear"}
    page = desk.post(f"/godkannanden/{approval.id}/nej/", form, follow=True).content.decode()
    assert {"refused": "Svaret blev nej.", "granted": "Svaret blev ja."}[answer] in page


def a_key():
    return {"Idempotency-Key": str(uuid4())}
