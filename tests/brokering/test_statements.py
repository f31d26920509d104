"""The clinic says that it cannot meet the date: the region has its case in the same moment."""

import pytest
import time_machine

from accounts.errors import NotAllowed, NotFound
from accounts.models import Change
from accounts.roles import Role
from accounts.tenancy import acting_as
from brokering.actions.statements import say_whether_date_is_met
from brokering.errors import WrongState
from brokering.models import ClockEvent, Referral, RerouteCase
from brokering.selectors.clocks import clocks_with_events
from brokering.selectors.need_profiles import profiles_of_care
from brokering.selectors.worklist import worklist
from brokering.states import CaseState
from brokering.tasks import watch_guarantees
from tests.brokering.desk import booked
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
    an_agreement,
    staff,
)

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def mottagning(clinic):
    return acting(staff(Role.CLINIC_STAFF, clinic.tenant))


@pytest.fixture
def owner(database):
    return staff(Role.NAVIGATOR, a_region("01").tenant)


@pytest.fixture
def need(clinic):
    return waiting_at(clinic)


def waiting_at(clinic, name="Alice", **also):
    return a_referral(
        a_patient(name), registered_at=clinic, addressed_to_id=clinic.tenant_id, **also
    )


def said(by, need, *, can=False):
    with acting_as(by):
        return say_whether_date_is_met(by=by, referral_id=need.id, can=can, now=NOW)


def cases(need):
    return list(RerouteCase.objects.using("owner").filter(referral=need))


def trail(need):
    rows = ClockEvent.objects.using("owner").filter(referral=need).order_by("recorded_at")
    return [row.type for row in rows]


def watched():
    with time_machine.travel(NOW, tick=False):
        watch_guarantees()


def test_the_case_opens_with_owner_and_next_date_in_the_same_moment(mottagning, need, owner):
    said(mottagning, need)
    (case,) = cases(need)
    assert (case.trigger, case.owner_id) == ("clinic_cannot", owner.id)
    assert case.next_on > TODAY
    assert trail(need) == ["clinic_cannot"]


def test_the_region_hears_of_it_and_sees_why_in_its_list(mottagning, need, owner):
    said(mottagning, need)
    told = Change.objects.using("owner").filter(topic="region:01").values_list("kind", flat=True)
    assert set(told) == {"clinic_cannot", "case_opened"}
    with acting_as(acting(owner)):
        (seen,) = worklist(region="01", now=NOW)
    assert seen.trigger == "clinic_cannot"


def test_saying_it_twice_is_saying_it_once(mottagning, need, owner):
    said(mottagning, need)
    said(mottagning, need)
    assert (trail(need), len(cases(need))) == (["clinic_cannot"], 1)
    said(mottagning, waiting_at(need.registered_at, "Bob"), can=True)
    assert ClockEvent.objects.using("owner").count() == 1


def test_what_is_taken_back_no_longer_alarms_and_the_case_stays_the_regions(
    mottagning, need, owner
):
    said(mottagning, need)
    said(mottagning, need, can=True)
    assert trail(need) == ["clinic_cannot", "clinic_can"]
    assert [case.state for case in cases(need)] == [CaseState.OPEN]
    with acting_as(acting(owner)):
        (seen,) = worklist(region="01", now=NOW)
    assert seen.trigger is None


def test_it_is_no_event_of_the_guarantee(mottagning, need, owner):
    said(mottagning, need)
    with acting_as(mottagning):
        found = clocks_with_events([need], on=TODAY)[need.id]
    assert found.events == ()
    (profile,) = profiles_of_care(EYES)
    assert profile.events == ()


def test_another_clinics_word_is_its_own(mottagning, need, owner):
    said(mottagning, need)
    RerouteCase.objects.using("owner").update(state="closed")
    other = a_clinic()
    Referral.objects.using("owner").update(registered_at=other, addressed_to=other.tenant)
    watched()
    assert [case.state for case in cases(need)] == [CaseState.CLOSED]


def test_a_word_that_came_while_nobody_could_own_a_case_is_acted_on_by_the_watch(mottagning, need):
    said(mottagning, need)
    assert cases(need) == []
    staff(Role.NAVIGATOR, a_region("01").tenant)
    watched()
    assert [case.trigger for case in cases(need)] == ["clinic_cannot"]


def test_a_case_that_the_clinic_cannot_see_is_not_opened_twice(mottagning, need, owner):
    other = a_clinic()
    said(mottagning, need)
    Referral.objects.using("owner").update(registered_at=other, addressed_to=other.tenant)
    said(acting(staff(Role.CLINIC_STAFF, other.tenant)), need)
    assert len(cases(need)) == 1


def test_without_a_guarantee_the_word_is_kept_and_no_case_opens(mottagning, clinic, owner):
    need = waiting_at(clinic, guarantee="none")
    said(mottagning, need)
    assert (trail(need), cases(need)) == (["clinic_cannot"], [])


def test_only_the_clinic_says_it_and_only_while_somebody_waits(mottagning, clinic, need, owner):
    with pytest.raises(NotFound):
        said(acting(staff(Role.CLINIC_STAFF, a_clinic().tenant)), need)
    for by in (acting(owner), acting(need.patient.subject)):
        with pytest.raises(NotAllowed):
            said(by, need)
    booked(a_slot(clinic), need, an_agreement(clinic))
    with pytest.raises(WrongState):
        said(mottagning, need)
    assert trail(need) == []
