"""Freed places found through the queue's index: as greedy gives them to everyone, and never twice."""

from dataclasses import replace
from datetime import date, timedelta
from random import Random

import pytest

from brokering.matching.round import run
from brokering.models import Offer
from brokering.selectors import within_reach
from brokering.selectors.country.replay import replays
from brokering.selectors.snapshots import PlacesNow, round_input
from brokering.selectors.takers import greedily
from brokering.tasks import matched, offered, rematched_together
from contracts.models import ReferralRule, RuleCompleteness
from tests.brokering.crowd import ONE_PATIENT, WON, at_once, without
from tests.brokering.desk import a_rerouted_need, occupying
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
        days = [dice.randint(6, 14) for _ in range(dice.randint(1, 7))]
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


def asked_of_law(monkeypatch):
    """The numbers of law that law and terms are asked about, one by one."""
    asked, ways = [], PlacesNow.ways

    def noted(self, profile, law):
        asked.append(law)
        return ways(self, profile, law)

    monkeypatch.setattr(PlacesNow, "ways", noted)
    return asked


def test_what_is_open_to_one_is_not_asked_about_again_for_those_whom_law_says_the_same(
    clinic, lot, monkeypatch
):
    asked = asked_of_law(monkeypatch)
    people = [a_referral(a_patient(f"P{one}"), priority=one) for one in (1, 2)]
    for day, need in zip((20, 21), people, strict=True):
        rematched_together([(slot := a_slot(clinic, starts_at=at(day)).id)], now=NOW)
        assert (str(need.need_key), str(slot)) in given_out()
    assert len(asked) == 1


def test_where_a_cap_counts_whoever_comes_each_is_asked_about(clinic, monkeypatch):
    an_agreement(clinic, cap_places=1)
    asked = asked_of_law(monkeypatch)
    for one in (1, 2):
        a_referral(a_patient(f"P{one}"), priority=one)
        rematched_together([a_slot(clinic, starts_at=at(19 + one)).id], now=NOW)
    assert (len(asked), len(given_out())) == (2, 1)


def test_a_place_that_somebody_leaves_for_a_better_one_goes_on_down_the_queue(clinic, lot):
    far, near = [a_slot(clinic, starts_at=at(day)).id for day in (40, 10)]
    first, second = [a_referral(a_patient(f"P{one}"), priority=one) for one in (1, 2)]
    rematched_together([far, near], now=NOW)
    assert given_out() == {(str(first.need_key), str(near)), (str(second.need_key), str(far))}


def test_nobody_is_read_who_stands_behind_the_one_who_fits(clinic, lot, monkeypatch):
    monkeypatch.setattr(within_reach, "FIRST_PAGE", 1)
    first, *_ = [a_referral(a_patient(f"P{one}"), priority=one) for one in (1, 2, 3)]
    slot = a_slot(clinic, starts_at=at(20))
    outcome = matched(EYES, now=NOW, slots=[slot.id])
    assert [need.key for need in outcome.given.snapshot.needs] == [str(first.need_key)]


def test_who_is_shut_out_by_age_shuts_out_nobody_who_is_younger(database):
    clinic = a_clinic("06")
    an_agreement(clinic)
    alike = {"issued_on": None, "contact_on": ago(20)}
    a_referral(a_patient("Grown", region="06"), priority=1, **alike)
    young = [a_patient(f"Child{one}", region="06", born=date(2020, 1, 1)) for one in range(2)]
    children = {str(a_referral(one, priority=2, **alike).need_key) for one in young}
    for slot in [a_slot(clinic, starts_at=at(day)).id for day in (20, 21)]:
        before, whole = given_out(), chosen_by_all([slot])
        rematched_together([slot], now=NOW)
        assert given_out() - before == whole
    assert {need for need, _ in given_out()} == children


@pytest.fixture
def pages(monkeypatch):
    """How many each page of the queue told of; a page asks for three."""
    read, rows_of = [], within_reach.rows_of

    def counted(*args, **also):
        found = rows_of(*args, **also)
        read.append(len(found))
        return found

    monkeypatch.setattr(within_reach, "rows_of", counted)
    monkeypatch.setattr(within_reach, "FIRST_PAGE", 3)
    monkeypatch.setattr(within_reach, "LATER_PAGE", 3)
    return read


def test_the_queue_is_not_read_on_for_a_place_that_suits_nobody(clinic, lot, pages):
    abroad = a_clinic("12")
    an_agreement(abroad, open_for_others="no")
    for one in range(12):
        a_referral(a_patient(f"Person{one}"))
    slots = [a_slot(clinic, starts_at=at(20)).id, a_slot(abroad, starts_at=at(20)).id]
    assert len(matched(EYES, now=NOW, slots=slots).proposals) == 1
    assert sum(pages) <= 6


def given_to(slot):
    """Opaque keys of those who get a freed place."""
    return [one.need_key for one in matched(EYES, now=NOW, slots=[slot.id]).proposals]


@pytest.fixture
def inpatient(clinic, lot):
    """A place to which free choice does not lead."""
    return a_slot(clinic, starts_at=at(20), form="inpatient")


def test_nobody_is_read_whose_route_the_law_shuts_to_everyone(inpatient, pages):
    for one in range(12):
        a_referral(a_patient(f"Person{one}", region="12"), priority=1)
    at_home = a_referral(a_patient("Alice"), priority=4)
    assert given_to(inpatient) == [at_home.need_key]
    assert pages == [1]


def test_where_no_rule_is_known_those_are_read_whom_a_region_sends_and_nobody_else(database, pages):
    ReferralRule.objects.using(OWNER).filter(region="01").delete()
    RuleCompleteness.objects.using(OWNER).filter(region="01").delete()
    clinic = a_clinic("01")
    an_agreement(clinic)
    one, other = (a_slot(clinic, starts_at=at(day)) for day in (20, 21))
    for number in range(12):
        a_referral(a_patient(f"Person{number}"), priority=1)
    assert (given_to(one), pages) == ([], [0])
    sent = a_rerouted_need(priority=4)
    assert (given_to(other), pages) == ([sent.need_key], [0, 1])


@pytest.mark.parametrize("number", [1, 3], ids=["one place", "three places"])
def test_the_queue_is_not_read_on_under_a_cap_that_is_full(database, pages, number):
    clinic = a_clinic("01")
    an_agreement(clinic, cap_places=number - 1)
    for one in range(12):
        a_referral(a_patient(f"Person{one}"))
    slots = [a_slot(clinic, starts_at=at(20, 8 + hour)).id for hour in range(number)]
    assert len(matched(EYES, now=NOW, slots=slots).proposals) == number - 1
    assert sum(pages) <= 6


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


@pytest.mark.parametrize("number", [1, 5], ids=["one place", "five places"])
def test_what_a_round_over_freed_places_was_solved_from_gives_the_same_answer_again(
    clinic, lot, number
):
    dice = Random(number)
    some_needs(dice, 9)
    slots = [a_slot(clinic, starts_at=at(20 + one // 2)).id for one in range(number)]
    outcome = matched(EYES, now=NOW, slots=slots)
    [again] = replays(outcome.id)
    assert outcome.proposals
    assert (again.stored, again.same_input, again.same_figures, again.same_pairs) == (True,) * 4


@pytest.mark.parametrize("freed", [True, False], ids=["freed places", "the whole care"])
def test_a_round_that_a_cap_has_cut_is_solved_again_to_the_same_answer(database, freed):
    clinic = a_clinic("01")
    an_agreement(clinic, cap_places=2)
    for one in range(6):
        a_referral(a_patient(f"Person{one}"))
    slots = [a_slot(clinic, starts_at=at(20 + one)).id for one in range(4)]
    outcome = matched(EYES, now=NOW, slots=slots if freed else None)
    [again] = replays(outcome.id)
    assert len(outcome.proposals) == 2
    assert bool(outcome.result.caps_reached) is not freed
    assert (again.stored, again.same_input, again.same_figures, again.same_pairs) == (True,) * 4


def test_a_round_over_freed_places_that_suit_nobody_is_kept_too(clinic, lot):
    [again] = replays(matched(EYES, now=NOW, slots=[a_slot(clinic, starts_at=at(20)).id]).id)
    assert (again.stored, again.is_same) == (True, True)
