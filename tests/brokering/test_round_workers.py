"""Rounds over the country by real workers: shared, killed half-way and gone on with, two at a time."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from threading import Barrier, BrokenBarrierError

import pytest
from django.db import connections, transaction

from accounts.selectors.actors import system_actor
from brokering.actions import national_rounds
from brokering.actions.national_rounds import begin, run_cares
from brokering.matching.engines import Engine
from brokering.models import NationalRound, Offer, Proposal, Round
from brokering.tasks.national import match_shard
from config.celery import app
from config.launcher.places import ROOT
from tests.brokering.crowd import WON, at_once, someone_waits
from tests.factories import EYES, NOW, a_clinic, a_patient, a_referral, a_slot, an_agreement, at

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.xdist_group("round_workers")]
SKIN = "besok-hud"
PATIENCE = 90.0
ONE_ROUND = (
    "DROP INDEX one_round_per_care_of_a_national_one",
    (
        "CREATE UNIQUE INDEX one_round_per_care_of_a_national_one ON brokering_round"
        " (national_id, care_id) WHERE national_id IS NOT NULL"
    ),
)


@pytest.fixture(scope="module")
def workers(baseline):
    """Celery as in production, two at a time, on the queue of the rounds; the parent of both."""
    app.set_default()
    command = [sys.executable, "-m", "celery", "-A", "config.celery", "worker", "-Q", "rounds"]
    few = ["--without-gossip", "--without-mingle", "-c", "2", "-l", "ERROR"]
    process = subprocess.Popen([*command, *few], cwd=ROOT, stdout=subprocess.DEVNULL)
    yield process.pid
    process.terminate()
    process.wait()


@pytest.fixture
def two_cares(database):
    """Four wait for three places of one care, two for one place of another."""
    for care, places, people in ((EYES, 3, 4), (SKIN, 1, 2)):
        clinic = a_clinic(cares=[care])
        an_agreement(clinic)
        for hour in range(8, 8 + places):
            a_slot(clinic, care, starts_at=at(10, hour))
        for number in range(people):
            a_referral(a_patient(f"{care} {number}"), care, priority=1 + number)


def begun():
    return begin(cares=(EYES, SKIN), engine=Engine.GREEDY, now=NOW)


def done(*nationals):
    """Return once the rounds are done and what they propose is offered."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        rows = NationalRound.objects.using("owner").filter(id__in=nationals, state="done")
        if len(rows) == len(nationals) and Offer.objects.using("owner").count() == 4:
            return
        time.sleep(0.05)
    raise AssertionError("the workers did not finish")


def pairs(national):
    rows = Proposal.objects.using("owner").filter(round__national=national)
    return set(rows.values_list("need_key", "slot_id"))


def at_work(parent):
    """The processes of the pool."""
    return Path(f"/proc/{parent}/task/{parent}/children").read_text().split()


def test_workers_share_a_round_and_give_what_one_process_gives(two_cares, workers):
    alone, shared = begun(), begun()
    run_cares(by=system_actor(), national=alone, cares=(EYES, SKIN), now=NOW)
    for care in (EYES, SKIN):
        match_shard.delay(str(shared), care)
    done(shared)
    assert pairs(shared) == pairs(alone)
    assert len(pairs(shared)) == 4


def test_a_round_goes_on_though_every_worker_at_it_is_killed_half_way(two_cares, workers):
    national = begun()
    with transaction.atomic(using="owner"), connections["owner"].cursor() as other:
        other.execute("LOCK brokering_proposal IN SHARE MODE")
        match_shard.delay(str(national), f"{EYES},{SKIN}")
        someone_waits()
        for pid in at_work(workers):
            with suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
        assert Round.objects.using("owner").filter(national=national).count() == 0
    done(national)
    assert len(pairs(national)) == 4


def test_two_rounds_at_once_offer_each_place_and_each_need_once(two_cares, workers):
    nationals = [begun(), begun()]
    for national in nationals:
        match_shard.delay(str(national), f"{EYES},{SKIN}")
    done(*nationals)
    rows = Offer.objects.using("owner").values_list("referral", "booking__claim__slot")
    assert [len(set(column)) for column in zip(*rows, strict=True)] == [4, 4]


@pytest.fixture
def at_one_care(two_cares, monkeypatch):
    """Two workers who both begin a care of one round before either has written it; the rounds it has then.

    The first of them waits so many seconds for the other.
    """
    national, solve, both = begun(), national_rounds.solved, Barrier(2)
    patience: list[float] = []

    def together(*asked):
        with suppress(BrokenBarrierError):
            both.wait(patience.pop())
        return solve(*asked)

    monkeypatch.setattr(national_rounds, "solved", together)
    run = {"by": system_actor(), "national": national, "cares": [EYES], "now": NOW}

    def written(waits):
        patience.extend([waits] * 2)
        assert at_once([lambda: run_cares(**run)] * 2) == {WON: 2}
        return Round.objects.using("owner").filter(national=national)

    return written


def test_two_workers_at_one_care_of_a_round_write_it_once(at_one_care):
    assert at_one_care(0.5).count() == 1


def test_without_lock_and_constraint_both_would_write_it(at_one_care, monkeypatch):
    monkeypatch.setattr(national_rounds, "LOCK", "SELECT %s <> ''")
    with connections["owner"].cursor() as owner:
        owner.execute(ONE_ROUND[0])
        written = at_one_care(30)
        assert written.count() == 2
        written.all().delete()
        owner.execute(ONE_ROUND[1])
