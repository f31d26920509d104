"""A clinic that has said no to a need is not asked again, and everybody is told so, until somebody looks."""

from datetime import timedelta
from functools import partial

import pytest

from accounts.roles import Role
from accounts.tenancy import acting_as
from brokering.actions import approvals
from brokering.actions.contact_tasks import close_contact_task
from brokering.errors import NotBookable
from brokering.models import ContactTask, Referral
from brokering.selectors.country.one_need import told_of_need
from brokering.tasks import matched
from tests.brokering.approving import KNEE, answered, browser
from tests.brokering.country import fast, told_fast, told_slow
from tests.brokering.desk import fresh, held
from tests.brokering.test_clinic_approvals import asked, place
from tests.factories import (
    NOW,
    OWNER,
    a_clinic,
    a_patient,
    a_referral,
    a_region,
    acting,
    an_agreement,
    staff,
)

pytestmark = pytest.mark.usefixtures("database")
cannot = partial(answered, approvals.refuse, reason="medical_assessment")


@pytest.fixture
def clinic(database):
    return a_clinic("01", cares=(KNEE,))


@pytest.fixture
def terms(clinic):
    return an_agreement(clinic, accepts_referrer_assessment=False)


@pytest.fixture
def bertil(database):
    return staff(Role.NAVIGATOR, a_region("01").tenant, "Bertil")


@pytest.fixture
def need(clinic, terms, bertil):
    """A need to which the clinic has said no."""
    found = a_referral(a_patient("Alice"), KNEE)
    question = asked(clinic, terms, found)
    cannot(question, by=staff(Role.CLINIC_STAFF, clinic.tenant))
    assert fresh(found).declined_by == [clinic.id]
    return fresh(found)


def proposed():
    return [str(one.need_key) for one in matched(KNEE, now=NOW).proposals]


def test_no_round_proposes_it_again_however_it_is_read_and_the_next_best_clinic_is(clinic, need):
    place(clinic, days=20)
    assert proposed() == []
    found, told = told_fast(fast(KNEE, NOW)), told_slow(KNEE, NOW)
    assert found == told
    assert found["pairs"] == [[]]
    other = a_clinic("01", cares=(KNEE,))
    an_agreement(other)
    place(other, days=40)
    assert proposed() == [str(need.need_key)]


def test_it_says_why_in_the_explanation_and_in_the_persons_own_search(clinic, need):
    slot = place(clinic, days=20)
    assert set(told_of_need(KNEE, need.need_key, now=NOW).removed) == {"clinic_said_no"}
    page = browser(need.patient.subject).get(f"/tid/{slot.id}/").content.decode()
    assert "Mottagningen har sagt nej till det här behovet" in page


def test_the_person_cannot_hold_it_for_that_need(clinic, terms, need):
    with pytest.raises(NotBookable) as refused:
        held(place(clinic, days=20), need, terms)
    assert refused.value.data["obstacles"] == ["clinic_said_no"]


def test_once_the_region_has_looked_it_may_be_asked_again(clinic, need, bertil):
    place(clinic, days=20)
    by = acting(bertil)
    task = ContactTask.objects.using(OWNER).get(referral=need)
    with acting_as(by):
        close_contact_task(by=by, task_id=task.id, now=NOW + timedelta(hours=1))
    assert proposed() == [str(need.need_key)]


@pytest.mark.parametrize(
    ("fact", "stands"), [({"bmi": 27}, []), ({"max_distance_km": 90}, None)], ids=["bmi", "a wish"]
)
def test_with_other_facts_it_may_be_asked_again_and_a_wish_is_none(clinic, need, fact, stands):
    Referral.objects.using(OWNER).filter(id=need.id).update(**fact)
    assert fresh(need).declined_by == ([clinic.id] if stands is None else stands)
