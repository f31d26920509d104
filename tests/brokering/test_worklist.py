"""The vårdlots's list and the daily watch: who is at risk, on which day, and whose case it becomes."""

from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from structlog.testing import capture_logs

from accounts.roles import Role
from accounts.tenancy import acting_as
from brokering.law.deadline import Basis
from brokering.models import Referral, RerouteCase
from brokering.selectors.need_profiles import profiles_of_care
from brokering.selectors.snapshots import round_input
from brokering.selectors.worklist import Waiting, worklist
from brokering.states import CaseState
from brokering.tasks import watch_guarantees
from brokering.templatetags.worklist import worklist_row
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
    ago,
    an_agreement,
    at,
    staff,
)

NEAR = TODAY + timedelta(days=5)


@pytest.fixture
def vardlots(database):
    return acting(staff(Role.NAVIGATOR, a_region("01").tenant))


def a_need(name: str = "Alice", **also) -> Referral:
    return a_referral(a_patient(name), **also)


def listed(by) -> dict[str, Waiting]:
    with acting_as(by):
        return {one.referral.patient.name: one for one in worklist(region="01", now=NOW)}


def watched() -> list[RerouteCase]:
    with time_machine.travel(NOW, tick=False):
        watch_guarantees()
    return list(RerouteCase.objects.using("owner").order_by("opened_on", "id"))


def test_highest_need_stands_first_then_fewest_days_left(vardlots):
    a_need("Bob", priority=2, issued_on=ago(10))
    a_need("Alice", priority=2, issued_on=ago(80))
    a_need("Charlie", priority=1, issued_on=ago(1))
    assert list(listed(vardlots)) == ["Charlie", "Alice", "Bob"]


def test_a_nearer_target_date_is_the_day_that_counts(vardlots):
    a_need("Alice", medical_target_on=NEAR)
    a_need("Bob")
    seen = listed(vardlots)
    assert list(seen) == ["Alice", "Bob"]
    assert (seen["Alice"].days_left, seen["Alice"].risk) == (5, "soon")
    assert seen["Alice"].deadline.basis == Basis.MEDICAL_TARGET
    assert (seen["Bob"].days_left, seen["Bob"].risk) == (70, "running")
    assert worklist_row(seen["Alice"])["risk_words"] == "Måldatum: 5 dagar kvar"
    assert worklist_row(seen["Alice"])["due"] == NEAR


def test_a_passed_target_date_is_a_risk_without_any_guarantee(vardlots):
    a_need("Alice", guarantee="none", medical_target_on=TODAY - timedelta(days=2))
    alice = listed(vardlots)["Alice"]
    assert (alice.risk, alice.days_left, alice.trigger) == ("passed", -2, None)
    assert worklist_row(alice)["risk_words"] == "Måldatum: 2 dagar över"


def test_a_round_counts_with_the_target_date_too(vardlots):
    a_slot(a_clinic())
    a_need("Alice", medical_target_on=NEAR)
    assert len(profiles_of_care(EYES)) == 1
    assert [need.due for need in round_input(EYES, now=NOW).snapshot.needs] == [NEAR]


@pytest.mark.parametrize(("waited", "is_listed"), [(85, True), (20, False)])
def test_a_time_at_home_is_listed_where_it_is_too_late(vardlots, waited, is_listed):
    clinic = a_clinic()
    need = a_need(issued_on=ago(waited))
    booked(a_slot(clinic, starts_at=at(10)), need, an_agreement(clinic))
    seen = listed(vardlots)
    assert ("Alice" in seen) is is_listed
    if is_listed:
        assert seen["Alice"].trigger == "booked_after_due"


def test_the_watch_gives_each_case_an_owner_and_a_next_date_once(vardlots):
    need = a_need(issued_on=ago(70))
    a_need("Bob", issued_on=ago(5))
    assert [case.id for case in watched()] == [case.id for case in watched()]
    (case,) = watched()
    assert (case.referral_id, case.owner_id, case.state) == (need.id, vardlots.id, CaseState.OPEN)
    assert (case.trigger, case.next_on) == ("lead_time_reached", TODAY + timedelta(days=1))


def test_a_guarantee_that_was_broken_before_any_alarm_is_said_aloud(vardlots):
    a_need(issued_on=ago(120))
    with capture_logs() as said:
        assert [case.trigger for case in watched()] == ["due_date_passed"]
    assert [(one["log_level"], one["region"], one["needs"]) for one in said] == [("error", "01", 1)]


def test_a_guarantee_that_is_broken_after_an_alarm_is_not(vardlots):
    need = a_need(issued_on=ago(70))
    watched()
    RerouteCase.objects.using("owner").update(state=CaseState.CLOSED)
    Referral.objects.using("owner").filter(id=need.id).update(issued_on=ago(120))
    with capture_logs() as said:
        assert {case.trigger for case in watched()} == {"lead_time_reached", "due_date_passed"}
    assert said == []


def test_the_watch_closes_the_case_of_a_need_that_has_its_time(vardlots):
    clinic = a_clinic()
    need = a_need(issued_on=ago(85))
    (case,) = watched()
    booked(a_slot(clinic, starts_at=at(2)), need, an_agreement(clinic))
    assert [one.state for one in watched()] == [CaseState.CLOSED]
    assert case.state == CaseState.OPEN


def test_a_longer_list_of_more_cares_asks_the_database_no_more(vardlots):
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            listed(vardlots)
        return len(asked)

    a_need(registered_at=a_clinic())
    few = queries()
    for number, care in enumerate(("besok-hud", "besok-onh", "op-ortopedi")):
        a_need(f"Bob {number}", care=care, registered_at=a_clinic("01", [care]))
    assert queries() == few


def looked_at_on(need: Referral):
    return Referral.objects.using("owner").get(id=need.id).look_on


def test_a_need_without_a_running_clock_is_looked_at_again_all_the_same(vardlots):
    need = a_need(guarantee="none")
    Referral.objects.using("owner").update(look_on=ago(1))
    watched()
    assert looked_at_on(need) == TODAY + settings.LOOK_EVERY


@pytest.mark.parametrize(
    ("also", "days"),
    [
        ({"issued_on": ago(50)}, 10),
        ({"guarantee": "none", "watch_until": TODAY + timedelta(days=7)}, 7),
        ({"issued_on": ago(200)}, settings.LOOK_EVERY.days),
    ],
    ids=["the lead time begins", "a planned wait ends", "the date has passed"],
)
def test_the_watch_looks_again_when_something_begins(vardlots, also, days):
    need = a_need(**also)
    watched()
    assert looked_at_on(need) == TODAY + timedelta(days=days)


def test_a_day_that_has_not_come_stands(vardlots):
    need = a_need()
    Referral.objects.using("owner").update(look_on=NEAR)
    watched()
    assert looked_at_on(need) == NEAR


def test_somebody_without_a_home_region_is_on_the_list_of_the_region_that_cares(vardlots):
    a_referral(a_patient("Bob", region=None, responsibility="none"), guarantee="none")
    assert list(listed(vardlots)) == ["Bob"]


@pytest.mark.parametrize(
    ("asked", "status"),
    [("vard=%00", 400), ("vard=drakar", 422), ("region=%00", 400), ("region=01", 404)],
)
def test_a_list_that_is_not_ones_own_or_cannot_be_is_refused(database, asked, status):
    a_region("01")
    client = Client()
    client.force_login(staff(Role.NAVIGATOR, a_region("14").tenant))
    assert client.get(f"/vantande/?{asked}").status_code == status
