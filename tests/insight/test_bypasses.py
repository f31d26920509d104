"""The deviation ledger on its page, as a file and over REST: reasons and counts, nobody, no small number."""

from uuid import uuid4

import pytest

from accounts.roles import Role
from accounts.selectors.actors import system_actor
from brokering.actions.bypasses import look_at_given
from brokering.models import Bypass
from tests.brokering.desk import booked, offered
from tests.factories import NOW, OWNER, a_patient, a_referral, a_region, a_slot, an_agreement
from tests.insight.test_visibility_pages import logged_in, text

MANY = 11


@pytest.fixture
def passed(clinic):
    """A place chosen freely that went past many of a greater need, and one more of the same."""
    lot, alice = an_agreement(clinic), a_referral(a_patient("Alice"))
    for _ in range(MANY):
        a_referral(a_patient("Bob", with_login=False), priority=1)
    booked(a_slot(clinic), alice, lot)
    look_at_given(now=NOW)
    return Bypass.objects.using(OWNER).get()


@pytest.fixture
def navigator(database):
    return logged_in(Role.NAVIGATOR, a_region("01").tenant)


def test_the_page_the_file_and_rest_say_the_same_and_name_nobody(passed, navigator):
    page = text(navigator.get("/avvikelser/"))
    body = navigator.get("/api/v1/bypasses").json()
    assert (body["places"], body["by_code"]) == (1, {"free_choice_after_release": 1})
    [item] = body["items"]
    assert (item["passed"], item["passed_with_greater_need"]) == (MANY, MANY)
    assert item["sentence"] in page
    assert "9 kap. 1 § patientlagen" in page
    file = navigator.get("/avvikelser/fil.csv").content.decode()
    assert f";1;{MANY};{MANY};" in file
    assert not any(name in page + file for name in ("Alice", "Bob"))


@pytest.mark.parametrize(
    ("asked", "many"),
    [("region=01", 1), ("region=12", 0), ("code=linked_cap", 0), ("week=2020-W01", 0)],
    ids=str,
)
def test_the_ledger_is_asked_by_region_reason_and_week(passed, navigator, asked, many):
    assert len(navigator.get(f"/api/v1/bypasses?{asked}").json()["items"]) == many


@pytest.mark.parametrize("week", ["2021-W60", "9999-W52", "0001-W01"])
def test_a_week_that_is_none_is_said(navigator, database, week):
    assert navigator.get(f"/api/v1/bypasses?week={week}").status_code == 422
    assert navigator.get(f"/avvikelser/?week={week}").status_code == 422


def test_fewer_than_ten_are_not_counted_on_any_face(clinic, navigator):
    lot, alice = an_agreement(clinic), a_referral(a_patient("Alice"))
    a_referral(a_patient("Bob"), priority=1)
    booked(a_slot(clinic), alice, lot)
    look_at_given(now=NOW)
    [item] = navigator.get("/api/v1/bypasses").json()["items"]
    assert (item["passed"], item["passed_with_greater_need"]) == (None, None)
    assert item["highest_passed"] is None
    assert "högst behov" not in text(navigator.get("/avvikelser/"))


def test_nobody_learns_by_asking_where_a_few_of_another_region_live(clinic, navigator):
    lot, alice = an_agreement(clinic), a_referral(a_patient("Alice"))
    a_referral(a_patient("Bob", region="12", municipality="1280"), priority=1)
    booked(a_slot(clinic), alice, lot)
    look_at_given(now=NOW)
    assert len(navigator.get("/api/v1/bypasses").json()["items"]) == 1
    assert navigator.get("/api/v1/bypasses?region=12").json()["items"] == []


def test_somebody_says_why_where_the_ledger_could_not(clinic, navigator):
    lot, alice = an_agreement(clinic), a_referral(a_patient("Alice"))
    a_referral(a_patient("Bob"), priority=1)
    offered(a_slot(clinic), alice, lot, by=system_actor(alice.tenant_id))
    look_at_given(now=NOW)
    row = Bypass.objects.using(OWNER).get()
    assert "1 avvikelse saknar skäl" in text(navigator.get("/avvikelser/"))
    said = navigator.post(
        f"/avvikelser/{row.claim_id}/skal/", {"skal": "our_fault", "key": str(uuid4())}
    )
    assert said.status_code == 302
    assert navigator.get("/api/v1/bypasses").json()["items"][0]["code"] == "our_fault"
    assert navigator.get("/api/v1/bypasses").json()["unexplained"] == 0


def test_other_regions_and_patients_see_nothing_of_it(passed, database):
    elsewhere = logged_in(Role.NAVIGATOR, a_region("12").tenant)
    assert elsewhere.get("/api/v1/bypasses").json()["items"] == []
    assert (
        elsewhere.post(
            f"/avvikelser/{passed.claim_id}/skal/", {"skal": "our_fault", "key": str(uuid4())}
        ).status_code
        == 404
    )
    clinic_staff = logged_in(Role.CLINIC_STAFF, a_region("01").tenant)
    assert clinic_staff.get("/avvikelser/").status_code == 403
