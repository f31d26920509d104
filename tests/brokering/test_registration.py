"""A remiss is written, a treatment is decided: where the date is at risk the region has its case at once."""

from datetime import timedelta

import pytest
from django.db import transaction

from accounts.errors import NotAllowed, NotFound
from accounts.identity import keyed_hash
from accounts.models import AccessLog, Change, Event
from accounts.roles import Role
from accounts.tenancy import acting_as
from brokering.actions.registration import (
    Need,
    Remiss,
    TreatmentDecision,
    register_decision,
    register_remiss,
)
from brokering.errors import AlreadyDecided, InvalidValue, NotATreatment, PatientUnknown
from brokering.models import ClockEvent, Patient, Referral, RerouteCase
from brokering.selectors.clocks import clocks_of
from providers.errors import CareNotOffered
from tests.brokering.desk import fresh
from tests.factories import (
    EYES,
    NOW,
    TODAY,
    a_clinic,
    a_patient,
    a_referral,
    a_region,
    a_slot,
    acting,
    ago,
    at,
    staff,
)

NUMBER = "194001012388"
KNEE = "op-ortopedi"

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def clinic(database):
    return a_clinic(cares=(EYES, KNEE))


@pytest.fixture
def person(database):
    return known(a_patient("Alice"))


@pytest.fixture
def remittent(database):
    return acting(staff(Role.REFERRING_CLINICIAN, a_region("01").tenant))


@pytest.fixture
def owner(database):
    return staff(Role.NAVIGATOR, a_region("01").tenant)


@pytest.fixture
def mottagning(clinic):
    return acting(staff(Role.CLINIC_STAFF, clinic.tenant))


def known(patient, number=NUMBER):
    Patient.objects.using("owner").filter(id=patient.id).update(identity_hash=keyed_hash(number))
    return patient


def written(by, clinic, **also):
    fields = {"issued_on": TODAY, "issuer": "allmanlakare", "need": Need(priority=2)} | also
    remiss = Remiss(**{"number": NUMBER, "care": EYES, "clinic": clinic.id} | fields)
    with acting_as(by):
        return register_remiss(by=by, remiss=remiss, now=NOW).referral


def decided(by, need, care=KNEE, on=TODAY, **also):
    decision = TreatmentDecision(care=care, decided_on=on, need=Need(**{"priority": 2} | also))
    with acting_as(by):
        return register_decision(by=by, referral_id=need.id, decision=decision, now=NOW).referral


def cases(need):
    return list(RerouteCase.objects.using("owner").filter(referral=need))


def test_a_remiss_waits_at_the_clinic_with_need_class_and_target_date(remittent, clinic, person):
    target = TODAY + timedelta(days=40)
    need = fresh(written(remittent, clinic, need=Need(priority=1, target_on=target)))
    assert (need.patient_id, need.registered_at_id) == (person.id, clinic.id)
    assert (need.priority, need.medical_target_on) == (1, target)
    assert (need.tenant_id, need.addressed_to_id) == (person.tenant_id, clinic.tenant_id)
    assert (need.issuer_region_id, need.guarantee, need.state) == ("01", "besok", "waiting")


def test_a_forecast_after_the_due_date_opens_the_case_in_the_same_transaction(
    remittent, clinic, person, owner
):
    a_slot(clinic, starts_at=at(95))
    need = written(remittent, clinic)
    (case,) = cases(need)
    assert (case.trigger, case.owner_id) == ("forecast_after_due", owner.id)
    assert (case.opened_on, case.next_on) == (TODAY, TODAY + timedelta(days=1))


def test_a_forecast_in_time_opens_nothing(remittent, clinic, person, owner):
    a_slot(clinic, starts_at=at(80))
    assert cases(written(remittent, clinic)) == []


def test_what_is_taken_back_takes_the_case_back_too(remittent, clinic, person, owner):
    a_slot(clinic, starts_at=at(95))
    with transaction.atomic():
        written(remittent, clinic)
        transaction.set_rollback(True)
    assert not RerouteCase.objects.using("owner").exists()
    assert not Referral.objects.using("owner").exists()


def test_a_region_without_anybody_to_own_a_case_still_gets_the_remiss(remittent, clinic, person):
    a_slot(clinic, starts_at=at(95))
    need = written(remittent, clinic)
    assert (fresh(need).state, cases(need)) == ("waiting", [])


def test_the_read_is_logged_and_the_news_reaches_region_person_clinic_and_unit(
    remittent, clinic, person
):
    need = written(remittent, clinic)
    assert AccessLog.objects.using("owner").get().purpose == "refer"
    told = Change.objects.using("owner").filter(kind="need_added")
    unit = fresh(need).issued_by_id
    topics = {"region:01", f"person:{person.subject_id}", f"clinic:{clinic.id}", f"unit:{unit}"}
    assert {change.topic for change in told} == topics
    addressed = {one.addressed_to_id for one in told if not one.topic.startswith("unit:")}
    assert addressed == {clinic.tenant_id}
    assert Event.objects.using("owner").get(verb="registered").noun_id == str(need.id)


def test_nobody_is_found_by_a_number_outside_ones_own_region(clinic, person):
    elsewhere = acting(staff(Role.REFERRING_CLINICIAN, a_region("03").tenant))
    for by in (elsewhere, acting(staff(Role.NAVIGATOR, a_region("01").tenant))):
        with pytest.raises(PatientUnknown):
            written(by, clinic)
    assert not AccessLog.objects.using("owner").exists()


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ({"number": "190001019999"}, PatientUnknown),
        ({"care": "besok-hud"}, CareNotOffered),
        ({"issued_on": TODAY + timedelta(days=1)}, InvalidValue),
        ({"decided_on": TODAY}, NotATreatment),
        ({"care": KNEE, "decided_on": ago(1)}, InvalidValue),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_nothing(remittent, clinic, person, wrong, refusal):
    with pytest.raises(refusal):
        written(remittent, clinic, **wrong)
    assert not Referral.objects.using("owner").exists()


def test_a_decision_starts_the_treatment_guarantee(mottagning, remittent, clinic, person):
    need = written(remittent, clinic, care=KNEE, issued_on=ago(30))
    with acting_as(remittent):
        assert clocks_of([need], on=TODAY)[need.id] is None
    decided(mottagning, need, on=ago(10), priority=1)
    with acting_as(mottagning):
        clock = clocks_of([fresh(need)], on=TODAY)[need.id]
    assert clock.due == ago(10) + timedelta(days=90)
    assert fresh(need).priority == 1
    assert ClockEvent.objects.using("owner").get(referral=need).type == "decided"


def test_a_decision_whose_date_cannot_be_kept_opens_the_case(
    mottagning, remittent, clinic, person, owner
):
    a_slot(clinic, KNEE, starts_at=at(100), form="inpatient")
    need = written(remittent, clinic, care=KNEE)
    assert cases(need) == []
    decided(mottagning, need)
    assert [case.trigger for case in cases(need)] == ["forecast_after_due"]


def test_after_a_visit_the_decision_begins_a_need_of_its_own_on_the_same_remiss(
    mottagning, remittent, clinic, person
):
    visit = written(remittent, clinic, issued_on=ago(20))
    operation = fresh(decided(mottagning, visit))
    assert (operation.care_id, operation.guarantee) == (KNEE, "behandling")
    assert (operation.issued_on, operation.decided_on) == (ago(20), TODAY)
    assert fresh(visit).decided_on is None


def test_a_decision_counts_once(mottagning, remittent, clinic, person):
    visit = written(remittent, clinic)
    operation = decided(mottagning, visit)
    for need in (visit, operation):
        with pytest.raises(AlreadyDecided):
            decided(mottagning, need)


def test_only_the_clinic_that_the_need_waits_at_decides(remittent, clinic, person, owner):
    need = written(remittent, clinic)
    with pytest.raises(NotFound):
        decided(acting(staff(Role.CLINIC_STAFF, a_clinic().tenant)), need)
    for by in (remittent, acting(owner)):
        with pytest.raises(NotAllowed):
            decided(by, need)


def test_a_decision_is_about_a_treatment_on_a_day_that_can_be(
    mottagning, remittent, clinic, person
):
    need = written(remittent, clinic)
    with pytest.raises(NotATreatment):
        decided(mottagning, need, care=EYES)
    for day in (ago(1), TODAY + timedelta(days=1)):
        with pytest.raises(InvalidValue):
            decided(mottagning, need, on=day)


def test_a_need_without_a_clinic_is_nobodys_to_decide(mottagning, clinic, person):
    need = a_referral(person, addressed_to_id=clinic.tenant_id)
    with pytest.raises(NotAllowed):
        decided(mottagning, need)


def test_a_remiss_that_is_written_here_names_the_unit_that_wrote_it(person, remittent, clinic):
    assert written(remittent, clinic).issued_by_id == a_region("01").tenant_id
