"""The deviation ledger: a place that went past somebody says why, and counts people without naming them."""

from datetime import timedelta
from itertools import product
from uuid import UUID

import numpy as np
import pytest
from django.conf import settings
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from accounts.errors import Invalid, NotAllowed
from accounts.roles import Role
from accounts.selectors.actors import system_actor
from accounts.tenancy import acting_as
from brokering.actions.bypasses import look_at_given, settle
from brokering.actions.forgetting import forget_bypasses
from brokering.actions.national_rounds import begin, run_cares
from brokering.forms import CONSEQUENCE_VERSION
from brokering.law.facts import Route
from brokering.matching.bypasses import Handing, Passed, codes, reasons, settling
from brokering.matching.candidates import POSSIBLE, Candidates
from brokering.matching.engines import Engine
from brokering.models import Bypass, GivenPlace
from brokering.selectors.snapshots import round_input
from brokering.tasks import offered as offer_made
from tests.brokering.desk import booked, held, offered, released
from tests.factories import (
    EYES,
    NOW,
    OWNER,
    TODAY,
    a_cap,
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

FACTS = ("is_moved", "is_chosen", "is_soon", "has_round", "is_capped", "is_proven")
EVERYBODY = Passed(
    **{
        name: np.arange(16) >> bit & 1 == 1
        for bit, name in enumerate(("same_class", "changed", "planned", "unseen"))
    }
)


def ledger():
    """What a look writes, as (code, how many, how many with a greater need)."""
    look_at_given(now=NOW)
    rows = Bypass.objects.using(OWNER).order_by("id")
    return [(one.code, one.passed, one.higher) for one in rows]


def waiting(name, **also):
    return a_referral(a_patient(name), **also)


def system():
    return system_actor(a_region("01").tenant_id)


def test_a_place_chosen_freely_before_a_greater_need_says_so(clinic, lot, alice):
    waiting("Bob", priority=1)
    waiting("Cleo", priority=4)
    booked(a_slot(clinic), alice, lot)
    assert ledger() == [("free_choice_after_release", 1, 1)]
    [row] = Bypass.objects.using(OWNER).all()
    assert (row.need_class, row.highest, row.waited_days, row.in_time) == (3, 1, 20, 1)
    assert row.regions == {"01": 1}


def test_a_longer_wait_with_the_same_need_is_counted_and_is_no_greater_need(clinic, lot, alice):
    waiting("Bob", issued_on=ago(40))
    waiting("Cleo", issued_on=ago(10))
    booked(a_slot(clinic), alice, lot)
    assert ledger() == [("free_choice_after_release", 1, 0)]


def test_a_place_that_nobody_before_could_have_used_is_no_bypass(clinic, lot, alice):
    waiting("Bob", priority=1, latest_on=TODAY)
    waiting("Cleo", priority=None)
    booked(a_slot(clinic), alice, lot)
    assert ledger() == []
    assert not GivenPlace.objects.using(OWNER).exists()


def test_each_place_is_looked_at_once(clinic, lot, alice):
    waiting("Bob", priority=1)
    booked(a_slot(clinic), alice, lot)
    assert [look_at_given(now=NOW), look_at_given(now=NOW)] == [1, 0]
    assert Bypass.objects.using(OWNER).count() == 1


def test_a_place_that_was_given_back_stays_in_the_ledger(clinic, lot, alice):
    waiting("Bob", priority=1)
    released(held(a_slot(clinic), alice, lot))
    assert ledger() == [("free_choice_after_release", 1, 1)]


def test_the_last_place_of_a_cap_was_free_before_it_was_given(clinic, lot, alice):
    a_cap(lot, 1)
    waiting("Bob", priority=1)
    booked(a_slot(clinic), alice, lot)
    assert ledger() == [("free_choice_after_release", 1, 1)]


def test_a_place_that_two_agreements_carry_is_looked_at_too(clinic, lot, alice):
    an_agreement(clinic)
    waiting("Bob", priority=1)
    booked(a_slot(clinic), alice, lot)
    assert ledger() == [("free_choice_after_release", 1, 1)]


def test_who_came_after_the_place_was_given_is_not_passed(clinic, lot, alice):
    booked(a_slot(clinic), alice, lot)
    waiting("Bob", priority=1, created_at=NOW + timedelta(seconds=1))
    assert ledger() == []


def test_whose_need_changed_after_the_place_was_given_waits_for_the_next_round(clinic, lot, alice):
    booked(a_slot(clinic), alice, lot)
    waiting("Bob", priority=1)
    assert ledger() == [("before_next_round", 1, 1)]


def test_a_round_passes_nobody_whom_it_could_have_placed(clinic, lot):
    for name, priority in (("Alice", 1), ("Bob", 2), ("Cleo", 4)):
        waiting(name, priority=priority)
    for day in (9, 10):
        a_slot(clinic, starts_at=at(day))
    national = begin(cares=[EYES], engine=Engine.EXACT, now=NOW)
    [done] = run_cares(by=system_actor(), national=national, cares=[EYES], now=NOW, explained=9)
    # Only whoever comes second is told, as where others are left for the next run.
    assert offer_made(done.first[1], now=NOW)
    assert ledger() == [("placed_in_plan", 1, 1)]


def test_within_a_class_the_published_order_decides(clinic, lot):
    waiting("Alice", issued_on=ago(20))
    waiting("Bob", issued_on=ago(200))
    a_slot(clinic)
    national = begin(cares=[EYES], engine=Engine.EXACT, now=NOW)
    [done] = run_cares(by=system_actor(), national=national, cares=[EYES], now=NOW, explained=9)
    assert [offer_made(one, now=NOW) for one in done.first] == [True]
    assert ledger() == [("order_within_class", 1, 0)]


def test_an_offer_that_no_round_explains_is_unexplained_until_somebody_says_why(clinic, lot, alice):
    waiting("Bob", priority=1)
    offered(a_slot(clinic), alice, lot, by=system())
    assert ledger() == [("unexplained", 1, 1)]
    navigator = acting(staff(Role.NAVIGATOR, a_region("01").tenant))
    with acting_as(navigator):
        [row] = Bypass.objects.all()
        with pytest.raises(Invalid):
            settle(by=navigator, bypass=row, code="free_choice_after_release", now=NOW)
        settle(by=navigator, bypass=row, code="person_decided", now=NOW)
        with pytest.raises(Invalid):
            settle(by=navigator, bypass=row, code="our_fault", now=NOW)
        assert Bypass.objects.get().settled_code == "person_decided"


def test_what_is_old_is_forgotten_but_not_what_nobody_has_explained(clinic, lot, alice):
    waiting("Bob", priority=1)
    booked(a_slot(clinic), alice, lot)
    offered(a_slot(clinic, starts_at=at(12)), waiting("Cleo", priority=4), lot, by=system())
    assert {code for code, *_ in ledger()} == {"free_choice_after_release", "unexplained"}
    assert forget_bypasses(now=NOW + settings.LEDGER_KEPT) == 0
    assert forget_bypasses(now=NOW + settings.LEDGER_KEPT + timedelta(days=1)) == 1
    assert [one.code for one in Bypass.objects.using(OWNER).all()] == ["unexplained"]


def test_a_region_that_has_nobody_in_it_neither_sees_nor_settles_it(clinic, lot, alice):
    waiting("Bob", priority=1)
    offered(a_slot(clinic), alice, lot, by=system())
    look_at_given(now=NOW)
    elsewhere = acting(staff(Role.NAVIGATOR, a_region("12").tenant))
    with acting_as(elsewhere):
        assert not Bypass.objects.exists()
        row = Bypass.objects.using(OWNER).get()
        with pytest.raises(NotAllowed):
            settle(by=elsewhere, bypass=row, code="our_fault", now=NOW)


def test_a_reroute_is_the_regions_own_duty():
    how = Handing(route=Route.GUARANTEE_REROUTE, is_chosen=True)
    assert set(reasons(how, EVERYBODY)) == {"region_reroute", "before_next_round"}


def test_everybody_has_one_reason_and_each_is_a_code_of_the_ledger():
    found = set()
    for route, *facts in product(Route, *[(False, True)] * len(FACTS)):
        told = reasons(Handing(route=route, **dict(zip(FACTS, facts, strict=True))), EVERYBODY)
        assert (sum(people.astype(int) for people in told.values()) == 1).all()
        found |= set(told)
    assert found | set(settling()) == set(codes())


PERSON = st.fixed_dictionaries(
    {
        "priority": st.sampled_from((1, 2, 3, 4, None)),
        "issued_on": st.sampled_from((ago(10), ago(40), ago(200))),
        "latest_on": st.sampled_from((None, TODAY, TODAY + timedelta(days=30))),
        "asa": st.sampled_from((None, 1, 3)),
        "max_distance_km": st.sampled_from((None, 1, 900)),
        "accepts_other_regions": st.booleans(),
    }
)


@pytest.fixture
def anew(database, baseline):
    """As it was before each example, and after the last."""
    return baseline.put_back


@examples(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_the_ledger_finds_whom_a_plain_look_at_everyone_finds(anew, data):
    anew()
    clinic = a_clinic(data.draw(st.sampled_from(("01", "12")), "region"))
    lot, slot = an_agreement(clinic, asa_max=2), a_slot(clinic)
    needs = [waiting(f"P{n}", **data.draw(PERSON)) for n in range(data.draw(st.integers(1, 6)))]
    whoever = waiting("Alice", priority=data.draw(st.sampled_from((2, 4))), asa=1)
    before = plainly_passed(slot, whoever)
    route = Route.OWN_REGION if clinic.municipality.region_id == "01" else Route.FREE_CHOICE
    booked(slot, whoever, lot, route=route, consequence_version=CONSEQUENCE_VERSION)
    assert sum(people for _, people, _ in ledger()) == len(before & {n.need_key for n in needs})


def plainly_passed(slot, got):
    """Everyone of a greater need, or of the same and a longer wait, who may have the place: one by one."""
    snapshot = round_input(EYES, now=NOW).snapshot
    candidates = Candidates(snapshot)
    [offer] = [j for j, one in enumerate(candidates.offers) if str(slot.id) in one.slots]
    rank = (got.priority, got.issued_on)
    return {
        UUID(need.key)
        for need in snapshot.needs
        if (need.priority, need.waiting_since) < rank
        and candidates.reasons(need)[offer] == POSSIBLE
    }
