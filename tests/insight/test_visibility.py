"""Why a time is not seen: the explainer and the search say the same, and each reason is the true one."""

import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from brokering.law.decision import Bookable
from brokering.selectors.search import search
from contracts.actions.caps import CapFull
from insight.selectors.visibility import Kind, Remedy, Why, seen_time, seen_week
from providers.models import CapacityRestriction, Clinic, Slot
from providers.patterns import monday_of
from tests.brokering.desk import booked, held, lapsed
from tests.brokering.test_search_oracle import CARE, a_world
from tests.factories import (
    NOW,
    TODAY,
    a_claim,
    a_clinic,
    a_feed,
    a_login,
    a_patient,
    a_referral,
    a_slot,
    an_agreement,
    at,
)

HOME = Kind(home_region="01", age=40, remiss=True)
STRANGER = Kind(home_region="12", age=40, remiss=True)


def why_of(slot: Slot, kind: Kind = HOME):
    found = seen_time(slot.id, kind, now=NOW)
    return found.why, found.remedy


def all_hits(kind: Kind):
    """Every free place by search: of a week's places the one that speaks for it."""
    return {
        hit.place.slot: hit
        for clinic in Clinic.objects.all()
        for hit in search(hits_at(kind, clinic), now=NOW).hits
    }


def hits_at(kind: Kind, clinic: Clinic):
    return replace(kind.query(CARE), clinic=clinic.id, size=100)


def everything_seen(kind: Kind):
    mondays = [monday_of(TODAY) + timedelta(weeks=number) for number in range(-1, 4)]
    return [
        one
        for clinic in Clinic.objects.all()
        for monday in mondays
        for one in seen_week(clinic, monday, kind, now=NOW).times
        if one.care == CARE
    ]


def week_of(one):
    """A clinic's week without named times, or nothing: one hit speaks for all of its places."""
    return (one.place.clinic, one.place.starts_at) if one.place.any_time else None


@pytest.mark.parametrize("seed", range(5))
def test_the_explainer_says_shown_of_exactly_what_search_shows(database, seed):
    dice = random.Random(seed)
    a_world(dice)
    kind = Kind(
        home_region=dice.choice([None, "01", "12"]),
        age=dice.choice([None, 12, 40]),
        remiss=dice.choice([True, False]),
    )
    hits, seen = all_hits(kind), everything_seen(kind)
    shown = [one for one in seen if one.shown]
    assert {one.place.slot for one in shown if not one.place.any_time} == {
        slot for slot, hit in hits.items() if not hit.place.any_time
    }
    assert Counter(map(week_of, shown)) == {
        week: sum(hit.place.places for hit in hits.values() if week_of(hit) == week)
        for week in {week_of(hit) for hit in hits.values()}
    }
    for one in seen:
        if one.place.slot in hits:
            assert one.bookable == hits[one.place.slot].bookable


def test_a_time_that_nothing_hinders_has_no_reason(database, clinic, lot):
    assert why_of(a_slot(clinic)) == (Why.NOTHING, Remedy.NOTHING)


def test_a_time_that_the_clinic_took_back_is_published_again_by_itself(database, clinic):
    assert why_of(a_slot(clinic, state="withdrawn")) == (Why.WITHDRAWN, Remedy.PUBLISH_AGAIN)


def test_a_time_that_a_decision_closed_names_the_decision(database, clinic):
    decision = CapacityRestriction(
        clinic=clinic,
        tenant=clinic.tenant,
        begins_at=NOW,
        ends_at=at(20),
        reason="staff",
        decision_reference="RS 2026-17",
        decided_by=a_login("Dana"),
        decided_at=NOW,
    )
    decision.save(using="owner")
    slot = a_slot(clinic, state="withdrawn", restriction_id=decision.id)
    found = seen_time(slot.id, HOME, now=NOW)
    assert (found.why, found.remedy, found.detail) == (Why.CLOSED, Remedy.DECISION, "RS 2026-17")


def test_a_held_time_says_until_when_and_a_booked_one_needs_nothing(database, clinic, lot):
    one, other = a_slot(clinic), a_slot(clinic)
    claim = a_claim(one, lot, state="held")
    a_claim(other, lot)
    assert seen_time(one.id, HOME, now=NOW).until == claim.held_until
    assert why_of(other) == (Why.BOOKED, Remedy.NOTHING)


def test_old_information_is_confirmed_by_the_clinic_or_mended_in_the_feed(database, clinic):
    old = {"confirmed_at": NOW - timedelta(days=20)}
    feed = a_feed(clinic, succeeded_at=NOW - timedelta(days=1))
    assert why_of(a_slot(clinic, **old)) == (Why.OUTDATED, Remedy.CONFIRM)
    assert why_of(a_slot(clinic, feed=feed, **old)) == (Why.OUTDATED, Remedy.MEND_FEED)


def test_what_a_probe_found_is_told_with_its_code(database, clinic, lot):
    found = seen_time(a_slot(clinic, hidden_why="cap_full").id, HOME, now=NOW)
    assert (found.why, found.detail, found.remedy) == (Why.HIDDEN, "cap_full", Remedy.VOLUME)


def test_a_clinic_without_an_agreement_needs_one(database, clinic):
    assert why_of(a_slot(clinic)) == (Why.ANSWER, Remedy.AGREEMENT)


def test_an_agreement_that_ends_before_the_day_is_no_agreement_then(database, clinic):
    an_agreement(clinic, valid_to=TODAY + timedelta(days=5))
    assert why_of(a_slot(clinic)) == (Why.ANSWER, Remedy.AGREEMENT)


def test_inpatient_care_of_a_closed_agreement_is_opened_by_the_region(database):
    clinic = a_clinic("01", ["op-ortopedi"])
    an_agreement(clinic, open_for_others="no")
    slot = a_slot(clinic, "op-ortopedi", form="inpatient")
    assert why_of(slot, STRANGER) == (Why.ANSWER, Remedy.OPEN_AGREEMENT)


def test_an_age_that_the_agreement_leaves_out_is_a_matter_of_its_terms(database, clinic):
    an_agreement(clinic, age_min=50)
    assert why_of(a_slot(clinic)) == (Why.ANSWER, Remedy.ELIGIBILITY)


def test_a_full_cap_is_told_before_hold_refuses_it(database, clinic, alice):
    lot = an_agreement(clinic, cap_places=1)
    booked(a_slot(clinic), alice, lot)
    slot = a_slot(clinic)
    assert why_of(slot) == (Why.CAP_FULL, Remedy.VOLUME)
    with pytest.raises(CapFull):
        held(slot, a_referral(a_patient("Bob")), lot)


def test_a_hold_that_ran_out_fills_no_cap(database, clinic, alice):
    lot = an_agreement(clinic, cap_places=1)
    lapsed(a_slot(clinic), alice, lot)
    slot = a_slot(clinic)
    assert why_of(slot) == (Why.NOTHING, Remedy.NOTHING)
    assert held(slot, a_referral(a_patient("Bob")), lot)


def test_a_time_that_opens_later_is_worth_waiting_for(database, clinic, lot):
    slot = a_slot(clinic, opens_at=NOW + timedelta(hours=2))
    found = seen_time(slot.id, HOME, now=NOW)
    assert (found.why, found.until) == (Why.NOT_OPEN, slot.opens_at)
    assert found.shown
    assert found.bookable == Bookable.NO


def test_the_week_counts_its_reasons_the_commonest_first(database, clinic, lot):
    monday = monday_of(TODAY) + timedelta(weeks=2)
    first = at((monday - TODAY).days)
    for hours, also in enumerate(
        [{}, {"state": "withdrawn"}, {"state": "withdrawn"}, {"hidden_why": "cap_full"}]
    ):
        a_slot(clinic, starts_at=first + timedelta(hours=hours), **also)
    week = seen_week(clinic, monday, HOME, now=NOW)
    assert (len(week.times), week.shown, week.bookable) == (4, 1, 1)
    assert [(one.example.why, one.number) for one in week.groups] == [
        (Why.WITHDRAWN, 2),
        (Why.HIDDEN, 1),
    ]
