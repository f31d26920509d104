"""A round over many cares is one record, whoever runs its parts; each place and need is given once."""

from datetime import timedelta
from io import StringIO
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from accounts.selectors.actors import system_actor
from brokering.actions import national_rounds
from brokering.actions.forgetting import forget_rounds
from brokering.actions.national_rounds import begin, close, run_cares, write_cares
from brokering.errors import RoundInputOutdated
from brokering.matching.engines import Engine
from brokering.matching.explain import Explanations
from brokering.matching.round import run as solve_slowly
from brokering.models import NationalRound, Offer, Proposal, Referral, Round, RoundStore
from brokering.selectors.country.one_place import told_of_place
from brokering.selectors.country.replay import replays
from brokering.selectors.country.rounds import missing_cares
from brokering.selectors.snapshots import round_input
from brokering.states import ReferralState
from brokering.tasks import offered
from brokering.tasks.national import (
    match_shard,
    resume_national_rounds,
    run_national_round,
)
from providers.models import Slot
from tests.brokering.crowd import WON, at_once
from tests.brokering.desk import booked
from tests.factories import EYES, NOW, a_clinic, a_patient, a_referral, a_slot, an_agreement, at

pytestmark = pytest.mark.usefixtures("database")
SKIN = "besok-hud"


@pytest.fixture
def two_cares(database):
    """Five wait for eyes and two for skin; there are three and two places."""
    eyes, skin = a_clinic(), a_clinic(cares=[SKIN])
    lots = an_agreement(eyes), an_agreement(skin)
    for hour in range(8, 11):
        a_slot(eyes, starts_at=at(10, hour))
    for hour in range(8, 10):
        a_slot(skin, SKIN, starts_at=at(12, hour))
    for number, priority in enumerate((3, 1, 2, 4, 4)):
        a_referral(a_patient(f"Eye{number}"), priority=priority)
    for number in range(2):
        a_referral(a_patient(f"Skin{number}"), SKIN)
    return lots


def a_round(*cares):
    return begin(cares=cares or (EYES, SKIN), engine=Engine.GREEDY, now=NOW)


def run(national, *cares, explained=0):
    return run_cares(
        by=system_actor(), national=national, cares=cares, now=NOW, explained=explained
    )


def pairs(national):
    rows = Proposal.objects.using("owner").filter(round__national=national)
    return set(rows.values_list("need_key", "slot_id", "lot_id", "route"))


def record(national):
    return NationalRound.objects.using("owner").get(id=national)


def long_ago():
    """As if everything so far had been an hour ago."""
    then = NOW - timedelta(hours=1)
    NationalRound.objects.using("owner").update(started_at=then)
    Round.objects.using("owner").update(started_at=then, finished_at=then)


def test_a_national_round_is_one_record_with_a_round_for_each_care(two_cares):
    national = a_round()
    done = run(national, EYES, SKIN)
    assert close(by=system_actor(), national=national, finished=NOW)
    assert {one.care: one.proposals for one in done} == {EYES: 3, SKIN: 2}
    row = record(national)
    assert (row.state, row.summary["proposals"], row.summary["needs"]) == ("done", 5, 7)
    assert row.summary["classes"]["1"] == {"waiting": 1, "treated": 1, "in_time": 1}
    assert len(row.fingerprint) == 64


def test_the_answer_is_the_same_in_one_shard_or_in_many_and_in_any_order(two_cares):
    together, apart = a_round(), a_round()
    run(together, EYES, SKIN)
    run(apart, SKIN)
    run(apart, EYES)
    assert pairs(together) == pairs(apart)
    assert len(pairs(together)) == 5


@pytest.mark.parametrize("engine", list(Engine))
def test_every_engine_gives_each_place_once_and_is_solved_again_to_the_same(two_cares, engine):
    national = begin(cares=(EYES, SKIN), engine=engine, now=NOW)
    run(national, EYES, SKIN)
    assert len({slot for _, slot, _, _ in pairs(national)}) == len(pairs(national)) == 5
    assert all(one.is_same for one in replays(national))


def test_rows_that_lie_in_another_order_in_the_database_change_nothing(two_cares):
    before, after = a_round(EYES), a_round(EYES)
    run(before, EYES)
    with connections["owner"].cursor() as cursor:
        for table in ("brokering_referral", "providers_slot"):
            # What is written anew lies last.
            cursor.execute(
                f"UPDATE {table} SET synthetic = synthetic"
                f" WHERE id IN (SELECT id FROM {table} ORDER BY id LIMIT 2)"
            )
    run(after, EYES)
    assert pairs(before) == pairs(after)


def test_a_care_that_is_done_is_not_done_again(two_cares):
    national = a_round()
    run(national, EYES)
    assert run(national, EYES) == []
    assert missing_cares(record(national)) == [SKIN]
    assert not close(by=system_actor(), national=national, finished=NOW)


def test_two_workers_on_one_care_write_it_once(two_cares):
    national = a_round(EYES)
    assert at_once([lambda: run(national, EYES)] * 4) == {WON: 4}
    assert Round.objects.using("owner").filter(national=national).count() == 1
    assert len(pairs(national)) == 3


def test_two_rounds_at_once_offer_each_place_and_each_need_once(two_cares):
    rounds = [a_round(EYES) for _ in range(3)]
    works = [lambda one=one: match_shard(str(one), EYES) for one in rounds]
    assert at_once(works) == {WON: 3}
    booked_once = Offer.objects.using("owner").values_list("booking__claim__slot", flat=True)
    assert len(booked_once) == len(set(booked_once)) == 3
    assert all(record(one).state == "done" for one in rounds)


def test_a_round_that_died_half_way_left_whole_cares_and_is_taken_up_again(two_cares, monkeypatch):
    national, write = a_round(), national_rounds._write_proposals

    def dies(found, done, why):
        if found.given.care == SKIN:
            raise MemoryError
        write(found, done, why)

    monkeypatch.setattr(national_rounds, "_write_proposals", dies)
    with pytest.raises(MemoryError):
        run(national, EYES, SKIN)
    assert missing_cares(record(national)) == [SKIN]
    assert len(pairs(national)) == 3
    monkeypatch.undo()
    monkeypatch.setattr("brokering.tasks.national.match_shard.delay", match_shard)
    long_ago()
    assert resume_national_rounds() == 1
    assert (record(national).state, len(pairs(national))) == ("done", 5)


def test_the_schedule_begins_a_round_and_not_another_one_while_it_runs(two_cares, monkeypatch):
    begun = []
    monkeypatch.setattr(
        "brokering.tasks.national.match_shard.delay", lambda *asked: begun.append(asked)
    )
    national = run_national_round()
    assert begun == [(national, EYES), (national, SKIN)]
    assert run_national_round() == ""


def test_what_is_offered_is_told_with_the_reasons_that_a_snapshot_tells(two_cares):
    needs = Referral.objects.using("owner").filter(care=EYES).values_list("need_key", flat=True)
    snapshot = round_input(EYES, now=NOW).snapshot
    slowly = Explanations(snapshot, solve_slowly(snapshot))
    told = {need: slowly.need(str(need)) for need in needs}
    national = a_round(EYES)
    run(national, EYES, explained=20)
    written = Proposal.objects.using("owner").filter(round__national=national)
    assert {one.need_key for one in written} == {x for x in needs if told[x].proposal}
    for one in written:
        slow = told[one.need_key]
        assert one.rank["in_time"] == slow.proposal.in_time
        assert one.why["removed"] == dict(slow.removed)
        assert one.why["code"] in {"best_for_person", "best_left_in_time"}


def test_what_was_taken_meanwhile_waits_for_the_next_round(two_cares):
    national = a_round(EYES)
    [done] = run(national, EYES, explained=20)
    slot = Slot.objects.get(id=done.first[0].slot)
    booked(slot, a_referral(a_patient("Bob")), two_cares[0])
    assert [offered(one, now=NOW) for one in done.first] == [False, True, True]
    waiting = Referral.objects.using("owner").get(need_key=done.first[0].need_key)
    assert waiting.state == ReferralState.WAITING


def test_a_round_is_solved_again_to_the_same_answer_from_what_was_stored(two_cares):
    national = a_round()
    run(national, EYES, SKIN)
    again = replays(national)
    assert [(one.care, one.stored, one.is_same) for one in again] == [
        (SKIN, True, True),
        (EYES, True, True),
    ]


def test_a_round_whose_answer_was_changed_says_so(two_cares):
    national = a_round(EYES)
    run(national, EYES)
    Proposal.objects.using("owner").first().delete()
    [found] = replays(national)
    assert (found.same_input, found.same_pairs) == (True, None)
    Round.objects.using("owner").update(digest="0" * 64)
    [found] = replays(national)
    assert not found.is_same


def test_an_input_that_another_release_stored_says_that_it_cannot_be_solved_again(two_cares):
    national = a_round(EYES)
    [done] = run(national, EYES, explained=1)
    RoundStore.objects.using("owner").update(body=b"as it once was")
    assert [(one.stored, one.readable) for one in replays(national)] == [(True, False)]
    with pytest.raises(RoundInputOutdated):
        told_of_place(done.round, done.first[0].slot)
    said = StringIO()
    call_command("match", replay=str(national), stdout=said)
    assert "earlier release" in said.getvalue()


def test_a_worker_that_dies_before_it_has_stored_the_input_leaves_proposals_and_says_so(two_cares):
    national = a_round(EYES)
    write_cares(by=system_actor(), national=national, cares=[EYES], now=NOW)
    assert len(pairs(national)) == 3
    assert [one.stored for one in replays(national)] == [False]


def test_a_round_counts_why_some_got_no_place(two_cares):
    a_referral(a_patient("Near"), priority=4, latest_on=(NOW + timedelta(days=5)).date())
    national = a_round(EYES)
    [done] = run(national, EYES)
    told = Round.objects.using("owner").get(id=done.round).summary
    assert told["unmatched_by_first_reason"] == {"no_capacity": 2, "outside_wished_period": 1}


def test_stored_inputs_and_overtaken_proposals_go_and_what_was_offered_stays(two_cares):
    first, second = a_round(EYES), a_round(EYES)
    run(first, EYES, explained=1)
    Round.objects.using("owner").update(started_at=NOW - timedelta(days=9))
    RoundStore.objects.using("owner").update(stored_at=NOW - timedelta(days=9))
    run(second, EYES)
    assert forget_rounds(now=NOW) == 2
    assert (len(pairs(first)), len(pairs(second))) == (1, 3)
    assert [one.stored for one in replays(first)] == [False]


def test_the_command_runs_a_round_over_the_country_and_solves_it_again(two_cares):
    said = StringIO()
    call_command("match", all=True, engine="greedy", json=True, stdout=said)
    national = NationalRound.objects.using("owner").get()
    assert f'"id": "{national.id}"' in said.getvalue()
    assert Offer.objects.using("owner").count() == 5
    call_command("match", replay=str(national.id), stdout=said)
    assert "input the same, figures the same, proposals the same" in said.getvalue()
    with pytest.raises(CommandError):
        call_command("match", replay=str(UUID(int=1)))
