"""Freed places found through the queue's index: as greedy gives them to everyone, and never twice."""

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from brokering.matching.round import run
from brokering.models import Offer
from brokering.selectors import within_reach
from brokering.selectors.snapshots import round_input
from brokering.selectors.takers import greedily
from brokering.tasks import matched, offered, rematched_together
from tests.brokering.crowd import ONE_PATIENT, WON, at_once, without
from tests.brokering.desk import occupying
from tests.factories import (
    EYES,
    NOW,
    OWNER,
    TODAY,
    a_clinic,
    a_patient,
    a_referral,
    a_slot,
    ago,
    an_agreement,
    at,
)

pytestmark = pytest.mark.usefixtures("database")
CLIENTS = 8


def some_needs(dice, number):
    """Needs of every class, age and wish; some may not use what is there."""
    return [
        a_referral(
            a_patient(f"Person{one}", region=dice.choice(["01", "12"])),
            priority=dice.randint(1, 4),
            issued_on=ago(dice.randint(0, 150)),
            guarantee=dice.choice(["besok", "besok", "none"]),
            max_distance_km=dice.choice([None, None, 5, 700]),
            earliest_on=dice.choice([None, TODAY + timedelta(days=dice.randint(5, 20))]),
            accepts_other_regions=dice.random() < 0.5,
            wished_mode=dice.choice(["", "", "on_site", "video"]),
            wished_language=dice.choice(["", "", "fi"]),
        )
        for one in range(number)
    ]


def chosen_by_all(slots):
    """Who gets what when everyone who waits is asked in turn."""
    given = round_input(EYES, now=NOW, slots=slots)
    return {(one.need, one.slot_id) for one in run(given.snapshot, greedily(TODAY)).proposals}


def given_out():
    rows = Offer.objects.using(OWNER).select_related("referral", "booking__claim")
    return {(str(one.referral.need_key), str(one.booking.claim.slot_id)) for one in rows}


@pytest.mark.parametrize("seed", range(6))
def test_after_any_burst_everyone_has_what_a_full_run_over_the_same_rows_gives(
    database, monkeypatch, seed
):
    monkeypatch.setattr(within_reach, "FIRST_PAGE", 1)
    monkeypatch.setattr(within_reach, "LATER_PAGE", 3)
    dice = Random(seed)
    clinics = [
        a_clinic(region="01", name="One"),
        a_clinic(region="12", name="Two", languages=["fi"]),
    ]
    for clinic in clinics:
        an_agreement(clinic)
    some_needs(dice, 14)
    for burst in range(3):
        days = [dice.randint(6, 40) for _ in range(dice.randint(1, 4))]
        slots = [
            a_slot(
                dice.choice(clinics),
                starts_at=at(day, 9 + burst),
                mode=dice.choice(["on_site", "video"]),
            ).id
            for day in days
        ]
        before, whole = given_out(), chosen_by_all(slots)
        rematched_together(slots, now=NOW)
        assert given_out() - before == whole
    assert given_out()


def test_nobody_is_read_who_stands_behind_the_one_who_fits(clinic, lot, monkeypatch):
    monkeypatch.setattr(within_reach, "FIRST_PAGE", 1)
    first, *_ = [a_referral(a_patient(f"P{one}"), priority=one) for one in (1, 2, 3)]
    slot = a_slot(clinic, starts_at=at(20))
    outcome = matched(EYES, now=NOW, slots=[slot.id])
    assert [need.key for need in outcome.given.snapshot.needs] == [str(first.need_key)]


def proposals_for_one_place(clinic):
    """The same place proposed to as many people as there are clients."""
    slot = a_slot(clinic, starts_at=at(20))
    needs = [a_referral(a_patient(f"Person{one}")) for one in range(CLIENTS)]
    (proposed,) = matched(EYES, now=NOW, slots=[slot.id]).proposals
    return slot, [
        replace(proposed, need_key=need.need_key, tenant=need.tenant_id) for need in needs
    ]


def all_offer(proposals):
    made = []
    at_once((lambda one=one: made.append(offered(one, now=NOW))) for one in proposals)
    return sum(made)


def test_of_eight_who_offer_one_place_to_different_people_one_does(clinic, lot):
    slot, proposals = proposals_for_one_place(clinic)
    assert (all_offer(proposals), occupying(slot)) == (1, 1)


def test_without_one_patient_per_slot_more_than_one_would_be_offered_it(clinic, lot):
    with without(*ONE_PATIENT):
        slot, proposals = proposals_for_one_place(clinic)
        made = all_offer(proposals)
        assert made > 1
        assert occupying(slot) == made


def test_eight_clients_who_match_the_same_places_give_each_once_and_nobody_two(clinic, lot):
    slots = [a_slot(clinic, starts_at=at(20, 8 + hour)).id for hour in range(CLIENTS)]
    for one in range(CLIENTS):
        a_referral(a_patient(f"Person{one}"))
    outcomes = at_once([lambda: rematched_together(slots, now=NOW)] * CLIENTS)
    assert outcomes == {WON: CLIENTS}
    given = given_out()
    assert len(given) == len({need for need, _ in given}) == len({slot for _, slot in given})
    assert len(given) >= 1
