"""Which round is due, when one goes on and when it has stopped, and which plan the next one keeps to."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.db import connections
from django.utils import timezone

from accounts.selectors.actors import system_actor
from brokering.actions.national_rounds import LOCK, begin, close, run_cares
from brokering.matching.engines import Engine
from brokering.models import NationalRound, Proposal, Round
from brokering.selectors.country.rounds import dealt, engine_due, latest_rounds
from brokering.tasks import matched
from brokering.tasks.national import resume_national_rounds, run_national_round, run_shard
from tests.brokering.country import fast, told_fast, told_slow
from tests.factories import (
    EYES,
    NOW,
    SWEDEN,
    a_clinic,
    a_patient,
    a_referral,
    a_slot,
    an_agreement,
    at,
)

pytestmark = pytest.mark.usefixtures("database")
MANY = 400_000
SKIN = "besok-hud"


def when(hour, day=10):
    return datetime(2026, 3, day, hour, tzinfo=SWEDEN)


@pytest.fixture
def sent(monkeypatch):
    """The shards that were handed to workers."""
    found = []
    monkeypatch.setattr(
        "brokering.tasks.national.match_shard.delay", lambda *one: found.append(one)
    )
    return found


@pytest.fixture
def eyes(database):
    """Three wait for two places."""
    clinic = a_clinic()
    an_agreement(clinic)
    for number, priority in enumerate((2, 3, 4)):
        a_referral(a_patient(f"Eye{number}"), priority=priority)
    return clinic, [a_slot(clinic, starts_at=at(10, hour)) for hour in (8, 9)]


@pytest.mark.parametrize(
    ("waiting", "hour", "engine"),
    [(500, 12, "exact"), (MANY, 12, "auction"), (MANY, 2, "exact"), (MANY, 5, "auction")],
    ids=["small", "large by day", "large by night", "large in the morning"],
)
def test_the_proven_engine_is_due_wherever_there_is_time_for_it(waiting, hour, engine):
    assert engine_due(waiting, now=when(hour)) == engine


@pytest.mark.parametrize(
    ("begun", "state", "engine"),
    [(1, "done", "auction"), (1, "abandoned", "exact"), (0, "done", "exact")],
    ids=["done", "given up", "the night before"],
)
def test_a_large_country_has_one_exact_round_a_night(begun, state, engine):
    night = when(2) if begun else when(2, day=9)
    begin(cares=[EYES], engine=Engine.EXACT, now=night)
    NationalRound.objects.using("owner").update(state=state)
    assert engine_due(MANY, now=when(3)) == engine


@pytest.mark.parametrize("at_work", [True, False], ids=["at work", "died"])
def test_a_round_that_somebody_is_at_is_not_begun_again_however_long_it_takes(eyes, sent, at_work):
    long_ago = timezone.now() - timedelta(hours=2)
    national = begin(cares=[EYES], engine=Engine.EXACT, now=long_ago)
    with connections["owner"].cursor() as worker:
        if at_work:
            worker.execute(LOCK.replace("_xact", ""), [f"{national}/{EYES}"])
        taken_up = resume_national_rounds()
        worker.execute("SELECT pg_advisory_unlock_all()")
    assert (taken_up, len(sent)) == ((0, 0) if at_work else (1, 1))


def test_a_round_tells_that_it_stopped_was_taken_up_again_and_is_done(eyes, sent):
    begin(cares=[EYES], engine=Engine.GREEDY, now=NOW - timedelta(hours=1))
    told = [latest_rounds(now=NOW, most=1)[0].state]
    assert [resume_national_rounds(), resume_national_rounds()] == [1, 0]
    run_shard(UUID(sent[0][0]), [EYES], offers=0)
    [found] = latest_rounds(now=NOW, most=1)
    assert [*told, found.state] == ["stopped", "done"]
    assert (found.done, found.cares, found.resumed) == (1, 1, 1)


def test_a_round_that_lacks_nothing_is_done_also_where_a_later_one_has_begun(eyes, sent):
    earlier = NOW - timedelta(hours=1)
    national = begin(cares=[EYES], engine=Engine.EXACT, now=earlier)
    run_cares(by=system_actor(), national=national, cares=[EYES], now=earlier)
    begin(cares=[EYES], engine=Engine.GREEDY, now=NOW)
    resume_national_rounds()
    assert NationalRound.objects.using("owner").get(id=national).state == "done"


def test_a_worker_leaves_a_care_that_another_one_is_at(eyes):
    national = begin(cares=[EYES], engine=Engine.GREEDY, now=NOW)
    run = {"by": system_actor(), "national": national, "cares": [EYES], "now": NOW}
    with connections["owner"].cursor() as worker:
        worker.execute(LOCK.replace("_xact", ""), [f"{national}/{EYES}"])
        assert run_cares(**run) == []
        worker.execute("SELECT pg_advisory_unlock_all()")
    assert [one.proposals for one in run_cares(**run)] == [2]


def test_the_schedule_begins_no_round_while_one_goes_on_and_the_next_once_it_stopped(eyes, sent):
    first = run_national_round()
    assert run_national_round() == ""
    NationalRound.objects.using("owner").update(started_at=timezone.now() - timedelta(hours=1))
    assert run_national_round() not in {"", first}
    assert resume_national_rounds() == 0
    states = NationalRound.objects.using("owner").order_by("started_at")
    assert [one.state for one in states] == ["abandoned", "running"]


def test_what_a_freed_place_changed_is_part_of_the_plan_and_forgets_none_of_it(eyes):
    clinic, _ = eyes
    later = NOW + timedelta(minutes=1)
    national = begin(cares=[EYES], engine=Engine.GREEDY, now=NOW)
    run_cares(by=system_actor(), national=national, cares=[EYES], now=NOW)
    freed = a_slot(clinic, starts_at=at(11, 8))
    matched(EYES, now=later, slots=[freed.id])
    assert Proposal.objects.using("owner").count() > 2
    given = fast(EYES, later)
    assert told_fast(given)["previous"] == told_slow(EYES, later)["previous"]
    # Who comes first took the freed place; the place that it had is nobody's, the other one stays.
    assert given.problem.previous.tolist() == [1, 0, -1]


def test_cares_are_dealt_by_how_long_each_took_also_after_a_round_over_one_of_them(eyes):
    by = system_actor()
    clinic = a_clinic(cares=[SKIN])
    an_agreement(clinic)
    a_referral(a_patient("Skin"), care=SKIN)
    a_slot(clinic, care=SKIN)
    for number, cares in enumerate(((EYES, SKIN), (EYES,))):
        now = NOW + timedelta(minutes=number)
        national = begin(cares=cares, engine=Engine.GREEDY, now=now)
        run_cares(by=by, national=national, cares=cares, now=now)
        close(by=by, national=national, finished=now)
    slow = Round.objects.using("owner").filter(care=SKIN)
    slow.update(summary={**slow.get().summary, "solving_seconds": 900})
    first, *_ = dealt({EYES: 40_000, SKIN: 1}, Engine.GREEDY, workers=2, now=NOW)
    assert first == (SKIN,)
