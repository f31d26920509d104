"""The deviation ledger on its page, as a file and over REST: reasons and counts, nobody, no small number."""

import re
from html import unescape
from uuid import uuid4

import pytest
from django.test import Client

from accounts.models import Event
from accounts.roles import Role
from accounts.selectors.actors import system_actor
from brokering.actions.bypasses import look_at_given
from brokering.models import Bypass
from insight.selectors import bypasses as selectors
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


@pytest.fixture
def unexplained(clinic):
    """A place that went past a greater need, and nothing says why."""
    lot, alice = an_agreement(clinic), a_referral(a_patient("Alice"))
    a_referral(a_patient("Bob"), priority=1)
    offered(a_slot(clinic), alice, lot, by=system_actor(alice.tenant_id))
    look_at_given(now=NOW)
    return Bypass.objects.using(OWNER).get(code="unexplained")


def test_somebody_says_why_where_the_ledger_could_not(unexplained, navigator):
    assert "1 avvikelse saknar skäl" in text(navigator.get("/avvikelser/"))
    said = navigator.post(
        f"/avvikelser/{unexplained.claim_id}/skal/", {"skal": "our_fault", "key": str(uuid4())}
    )
    assert said.status_code == 302
    assert navigator.get("/api/v1/bypasses").json()["items"][0]["code"] == "our_fault"
    assert navigator.get("/api/v1/bypasses").json()["unexplained"] == 0


def why(client, row, code="person_decided", key="first"):
    return client.post(
        f"/api/v1/bypasses/{row.claim_id}/reason",
        {"code": code},
        content_type="application/json",
        headers={"Idempotency-Key": key},
    )


def test_the_reason_is_given_over_rest_once(unexplained, navigator):
    assert why(navigator, unexplained, code="linked_gap").status_code == 422
    first, again = why(navigator, unexplained, key="a"), why(navigator, unexplained, key="a")
    assert (first.status_code, first.json()) == (200, again.json())
    assert why(navigator, unexplained, code="our_fault", key="b").status_code == 422
    [event] = Event.objects.using(OWNER).filter(noun="bypass", verb="settled")
    assert (event.noun_id, event.data["code"]) == (str(unexplained.claim_id), "person_decided")


def test_who_answers_for_nobody_in_it_gives_no_reason(unexplained, database):
    assert why(Client(), unexplained).status_code == 401
    clinic_staff = logged_in(Role.CLINIC_STAFF, a_region("01").tenant)
    assert why(clinic_staff, unexplained).status_code == 403
    elsewhere = logged_in(Role.NAVIGATOR, a_region("12").tenant)
    assert why(elsewhere, unexplained).status_code == 404


def test_every_line_stands_on_one_page(passed, unexplained, navigator, monkeypatch):
    monkeypatch.setattr(selectors, "MOST", 1)
    first = navigator.get("/api/v1/bypasses").json()
    second = navigator.get(f"/api/v1/bypasses?cursor={first['next_cursor']}").json()
    assert second["next_cursor"] is None
    ids = [line["id"] for page in (first, second) for line in page["items"]]
    assert ids == sorted({passed.id, unexplained.id}, reverse=True)
    assert navigator.get("/api/v1/bypasses?cursor=0").status_code == 422


def test_the_page_leads_to_every_file_that_its_lines_take(
    passed, unexplained, navigator, monkeypatch
):
    assert "Hämta som fil (CSV)" in text(navigator.get("/avvikelser/"))
    monkeypatch.setattr(selectors, "MOST_IN_A_FILE", 1)
    page = navigator.get("/avvikelser/?week=&code=").content.decode()
    addresses = re.findall(r'href="(/avvikelser/fil.csv[^"]*)"', page)
    files = [navigator.get(unescape(one)).content.decode().splitlines()[1:] for one in addresses]
    assert [[line.split(";")[3] for line in lines] for lines in files] == [
        ["unexplained"],
        ["free_choice_after_release"],
    ]
    assert "2 rader" in page


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
