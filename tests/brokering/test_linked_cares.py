"""Cares whose places are counted under one cap are planned together: it is never exceeded."""

import pytest

from accounts.selectors.actors import system_actor
from brokering.actions.national_rounds import begin, close, run_cares
from brokering.matching.engines import Engine
from brokering.matching.shards import groups
from brokering.models import NationalRound, Proposal, Referral, Round
from brokering.selectors.country.rounds import missing_cares
from contracts.models import Agreement
from contracts.selectors.caps import linked_cares
from tests.factories import (
    EYES,
    NOW,
    a_clinic,
    a_patient,
    a_referral,
    a_slot,
    an_agreement,
    at,
)

pytestmark = pytest.mark.usefixtures("database")
SKIN, HEART = "besok-hud", "besok-hjarta"
ALL = (EYES, SKIN, HEART)


@pytest.fixture
def one_cap(database):
    """A clinic has three places for eyes and three for skin, and may use three of them."""
    clinic, apart = a_clinic(cares=[EYES, SKIN]), a_clinic(cares=[HEART])
    an_agreement(clinic, cap_places=3), an_agreement(apart, cap_places=1)
    for care, where in ((EYES, clinic), (SKIN, clinic), (HEART, apart)):
        for hour in range(8, 11):
            a_slot(where, care, starts_at=at(10, hour))
    for number, priority in enumerate((4, 1, 3)):
        a_referral(a_patient(f"Eye{number}"), EYES, priority=priority)
        a_referral(a_patient(f"Skin{number}"), SKIN, priority=priority)
    a_referral(a_patient("Heart"), HEART)


def done(engine, *asked):
    national = begin(cares=ALL, engine=engine, now=NOW)
    for care in asked:
        run_cares(by=system_actor(), national=national, cares=[care], now=NOW)
    rows = Round.objects.using("owner").filter(national=national)
    return national, {row.care_id: row for row in rows}


def test_cares_under_one_cap_are_linked_and_no_others(one_cap):
    assert linked_cares(on=NOW.date()) == [frozenset({EYES, SKIN})]
    assert groups(ALL, linked_cares(on=NOW.date())) == ((HEART,), (SKIN, EYES))


@pytest.mark.parametrize("engine", list(Engine))
def test_the_cap_is_not_exceeded_and_goes_to_the_highest_need_of_both(one_cap, engine):
    national, _ = done(engine, EYES, SKIN)
    told = Proposal.objects.using("owner").filter(round__national=national)
    keys = told.values_list("need_key", flat=True)
    needs = Referral.objects.using("owner").filter(need_key__in=keys)
    assert sorted(needs.values_list("priority", flat=True)) == [1, 1, 3]


def test_who_is_asked_for_one_care_does_those_that_are_linked_with_it(one_cap):
    national, rounds = done(Engine.EXACT, SKIN)
    assert set(rounds) == {EYES, SKIN}
    assert missing_cares(rounds[EYES].national) == [HEART]


def test_a_round_keeps_to_the_links_that_there_were_when_it_began(one_cap):
    national = begin(cares=ALL, engine=Engine.GREEDY, now=NOW)
    Agreement.objects.using("owner").update(state="ended")
    assert linked_cares(on=NOW.date()) == []
    run_cares(by=system_actor(), national=national, cares=[SKIN], now=NOW)
    rows = Round.objects.using("owner").filter(national=national)
    assert set(rows.values_list("care_id", flat=True)) == {EYES, SKIN}


@pytest.mark.parametrize(("cut", "gap"), [(["a cap"], 4), ([], 6)], ids=["together", "each"])
def test_what_cares_lack_together_as_a_cap_cut_them_is_counted_once(one_cap, cut, gap):
    national, rounds = done(Engine.EXACT, *ALL)
    for row in rounds.values():
        row.summary |= {"gap": {"in_time_4": 2}, "caps_reached": cut if row.care_id == SKIN else []}
        row.save(using="owner")
    close(by=system_actor(), national=national, finished=NOW)
    told = NationalRound.objects.using("owner").get(id=national).summary
    assert told["gap"] == {"in_time_4": gap}


def test_of_linked_cares_it_is_told_what_is_proven_of_them_together(one_cap):
    _, rounds = done(Engine.EXACT, *ALL)
    eyes, skin, heart = (rounds[care].summary for care in (EYES, SKIN, HEART))
    assert eyes["linked"] == skin["linked"] == [SKIN, EYES]
    assert (eyes["proven"], eyes["gap"]) == (skin["proven"], skin["gap"])
    assert "treated_3" in eyes["proven"]
    assert heart["linked"] == []
    assert len(heart["proven"]) == 13
