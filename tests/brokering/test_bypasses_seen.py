"""What whoever chose had not seen yet explains a bypass; what they had seen does not."""

from datetime import timedelta

import numpy as np
import pytest
from django.db import connections

from accounts.selectors.actors import system_actor
from accounts.tenancy import acting_as
from brokering.access import access_booking
from brokering.actions.bypasses import look_at_given
from brokering.actions.national_rounds import begin, run_cares
from brokering.actions.rematching import rematch
from brokering.actions.rounds import Only, run_round
from brokering.actions.short_notice import Manage, want_earlier
from brokering.actions.turns import work_out
from brokering.matching.engines import Engine
from brokering.matching.seen import Seen
from brokering.models import Bypass, Referral
from brokering.selectors.country import bypasses
from brokering.selectors.takers import greedily, takers
from brokering.tasks import offered as offer_made
from tests.brokering.desk import booked
from tests.brokering.invited import READY, freed, says_yes
from tests.factories import (
    EYES,
    NOW,
    OWNER,
    TODAY,
    a_clinic,
    a_patient,
    a_referral,
    a_slot,
    acting,
    an_agreement,
    at,
)

TEXT = "100:110:102,105"


@pytest.fixture
def bob(clinic, lot, alice):
    """He waits for the same, longer than Alice and with less need."""
    return a_referral(a_patient("Bob"), priority=4)


def ledger():
    look_at_given(now=NOW)
    rows = Bypass.objects.using(OWNER).order_by("id")
    return [(one.care_id, one.code, one.passed, one.higher) for one in rows]


def worse(need):
    """A clinician finds that the need is the greatest of all."""
    Referral.objects.using(OWNER).filter(id=need.id).update(priority=1)


def of_freed(slot):
    return rematch(by=system_actor(), care=EYES, slots=[slot.id], now=NOW, finished=NOW).proposals


def of_a_round(slot):
    national = begin(cares=[EYES], engine=Engine.EXACT, now=NOW)
    [done] = run_cares(by=system_actor(), national=national, cares=[EYES], now=NOW, explained=1)
    return done.first


def test_what_a_reading_had_seen_is_what_the_database_says(database):
    stamps = list(range(98, 113))
    with connections["default"].cursor() as cursor:
        sql = "SELECT pg_visible_in_snapshot(x::text::xid8, %s::pg_snapshot) FROM unnest(%s) x"
        cursor.execute(sql, [TEXT, stamps])
        told = [visible for (visible,) in cursor.fetchall()]
    assert Seen.of(TEXT).holds(np.array(stamps)).tolist() == told


@pytest.mark.parametrize("chosen", [of_freed, of_a_round], ids=["freed place", "national round"])
def test_a_need_that_grew_after_the_choice_is_weighed_in_the_next_round(clinic, alice, bob, chosen):
    [one] = chosen(a_slot(clinic))
    worse(bob)
    assert offer_made(one, now=NOW)
    assert ledger() == [(EYES, "before_next_round", 1, 1)]


def test_a_need_that_was_as_great_when_the_choice_was_made_is_not_explained(clinic, alice, bob):
    slot = a_slot(clinic)
    work_out(EYES, now=NOW)
    stale = takers(EYES, [slot.id], now=NOW).given
    worse(bob)
    only = Only([slot.id], given=stale, engine=greedily(TODAY))
    done = run_round(by=system_actor(), care=EYES, now=NOW, finished=NOW, only=only)
    assert [offer_made(one, now=NOW) for one in done.proposals] == [True]
    assert ledger() == [(EYES, "unexplained", 1, 1)]


def test_who_came_after_others_were_asked_about_a_place_waits_for_the_next_round(
    clinic, lot, alice
):
    later, slot = booked(a_slot(clinic, starts_at=at(30)), alice, lot), a_slot(clinic)
    assert ledger() == []
    by, said = (
        acting(alice.patient.subject),
        Manage(notice_hours=24, max_distance_km=None, ready=READY),
    )
    with acting_as(by):
        row = access_booking(later.id, by=by, purpose="test", now=NOW)
        want_earlier(by=by, booking=row, said=said, now=NOW)
    assert freed(slot)["asked"] == 1
    a_referral(a_patient("Cleo"), priority=1, created_at=NOW - timedelta(seconds=1))
    says_yes(alice)
    assert ledger() == [(EYES, "before_next_round", 1, 1)]


@pytest.mark.parametrize(
    ("then", "passed"), [(NOW, 1), (NOW - timedelta(days=1), 0)], ids=["today", "before"]
)
def test_a_place_is_looked_at_by_the_day_on_which_it_was_given(clinic, lot, alice, then, passed):
    a_referral(a_patient("Bob"), priority=1, watch_until=TODAY)
    booked(a_slot(clinic), alice, lot, now=then, held_until=then + timedelta(hours=1))
    assert len(ledger()) == passed


def test_a_care_that_cannot_be_read_stops_no_other(clinic, lot, alice, monkeypatch):
    skin = "besok-hud"
    there = a_clinic(cares=[skin])
    their_lot, whole = an_agreement(there), bypasses._everyone
    for care, at_clinic, by_lot in ((EYES, clinic, lot), (skin, there, their_lot)):
        a_referral(a_patient("Bob"), care=care, priority=1)
        booked(a_slot(at_clinic, care=care), a_referral(a_patient("Ann"), care=care), by_lot)

    def everyone(shard, care, given):
        assert care != EYES, "cannot be read"
        return whole(shard, care, given)

    monkeypatch.setattr(bypasses, "_everyone", everyone)
    assert [row[0] for row in ledger()] == [skin]
    monkeypatch.setattr(bypasses, "_everyone", whole)
    assert sorted(row[0] for row in ledger()) == sorted([skin, EYES])
