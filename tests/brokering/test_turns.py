"""Whose turn it is: an index that the database keeps, equal to the slow computation after every change."""

from datetime import date, timedelta
from itertools import chain

import pytest

from brokering.actions import turns
from brokering.actions.turns import work_out
from brokering.matching.arrays import problem_of
from brokering.matching.candidates import Candidates
from brokering.matching.queue import queue
from brokering.matching.ranking import turn
from brokering.matching.snapshot import Settings, WithinClass
from brokering.models import ClockEvent, Patient, Referral, Turn
from brokering.selectors.snapshots import round_input
from brokering.selectors.turning import OVERDUE
from brokering.selectors.turns import AWAY, away
from brokering.selectors.within_reach import Reach, within_reach
from brokering.tasks import work_out_turns
from tests.factories import EYES, NOW, OWNER, TODAY, a_patient, a_referral, ago

pytestmark = pytest.mark.usefixtures("database")

REGIONS = ("01", "12")
EVERYBODY = Reach(
    last_begins=date.max, first_day=date.min, spots=(), own=REGIONS, away=REGIONS, routes=away(AWAY)
)


def rows():
    return {one.need_key: one for one in Turn.objects.using(OWNER).all()}


def the_queue(within):
    """The opaque keys of those who wait, in the order of `matching.queue`."""
    snapshot = round_input(EYES, now=NOW, slots=()).snapshot
    needs = sorted(snapshot.needs, key=turn)
    order = queue(problem_of(Candidates(snapshot), needs), Settings(within), TODAY.toordinal())
    return [needs[row].key for row in order]


@pytest.fixture
def crowd(database):
    """Thirty needs of every class, some in time, some overdue, some without a last day."""
    return [
        a_referral(
            a_patient(f"Person{number}"),
            priority=number % 4 + 1,
            issued_on=ago(number * 11 % 140),
            guarantee="none" if number % 5 == 0 else "besok",
            medical_target_on=TODAY + timedelta(days=number) if number % 7 == 0 else None,
        )
        for number in range(30)
    ]


@pytest.mark.parametrize("within", WithinClass, ids=str)
def test_the_index_streams_the_queue(crowd, within):
    work_out(EYES, now=NOW)
    pages = list(within_reach(EYES, lambda: (EVERYBODY, ()), on=TODAY, within=within))
    assert [str(one.profile.need_key) for one in chain(*pages)] == the_queue(within)


def test_who_does_not_wait_or_has_no_class_has_no_turn(crowd):
    gone, unset, *others = crowd
    needs = Referral.objects.using(OWNER)
    needs.filter(id=gone.id).update(state="removed")
    needs.filter(id=unset.id).update(priority=None)
    assert rows().keys() == {need.need_key for need in others}
    needs.filter(id=unset.id).update(priority=1)
    assert rows()[unset.need_key].priority == 1


@pytest.mark.parametrize(
    "change",
    [{"issued_on": ago(50)}, {"medical_target_on": TODAY}, {"guarantee": "none"}],
    ids=lambda change: next(iter(change)),
)
def test_what_moves_the_last_day_asks_for_it_to_be_worked_out_anew(alice, change):
    work_out(EYES, now=NOW)
    before = rows()[alice.need_key]
    Referral.objects.using(OWNER).filter(id=alice.id).update(**change)
    assert rows()[alice.need_key].stands_until is None
    work_out(EYES, now=NOW)
    assert rows()[alice.need_key].due != before.due


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"accepts_other_regions": False}, "routes"),
        ({"max_distance_km": 7}, "reach"),
        ({"latest_on": TODAY}, "latest"),
        ({"watch_until": TODAY + timedelta(days=30)}, "is_matched"),
        ({"issuer": "psykolog"}, "law"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_lets_places_pass_somebody_by_is_kept_true(alice, change, column):
    work_out(EYES, now=NOW)
    before = rows()[alice.need_key]
    Referral.objects.using(OWNER).filter(id=alice.id).update(**change)
    work_out(EYES, now=NOW)
    assert getattr(rows()[alice.need_key], column) != getattr(before, column)


def test_where_somebody_moves_moves_their_turn(alice):
    work_out(EYES, now=NOW)
    Patient.objects.using(OWNER).filter(id=alice.patient_id).update(municipality=None)
    assert rows()[alice.need_key].stands_until is None


def test_a_last_day_that_has_passed_asks_for_the_turn_anew(alice):
    work_out(EYES, now=NOW)
    row = rows()[alice.need_key]
    assert row.stands_until <= row.due
    work_out(EYES, now=NOW + (row.due - TODAY) + timedelta(days=1))
    assert rows()[alice.need_key].chooses_on == OVERDUE


def test_the_schedule_works_out_every_care(alice):
    assert work_out_turns() == 1
    assert rows()[alice.need_key].stands_until is not None


def paused(need, on):
    ClockEvent.objects.using(OWNER).create(
        tenant_id=need.tenant_id,
        subject_id=need.subject_id,
        referral=need,
        type="medical_pause_start",
        on=on,
        recorded_at=NOW,
    )


def test_an_event_in_the_trail_moves_the_last_day(alice):
    work_out(EYES, now=NOW)
    assert rows()[alice.need_key].due is not None
    paused(alice, TODAY)
    work_out(EYES, now=NOW)
    assert rows()[alice.need_key].due is None


def test_an_event_that_lies_ahead_counts_from_its_day_on(alice):
    paused(alice, TODAY + timedelta(days=2))
    work_out(EYES, now=NOW)
    row = rows()[alice.need_key]
    assert (row.due is not None, row.stands_until) == (True, TODAY + timedelta(days=1))
    work_out(EYES, now=NOW + timedelta(days=2))
    assert rows()[alice.need_key].due is None


def test_what_changed_while_it_was_worked_out_is_not_overwritten(alice, monkeypatch):
    real = turns.brief_profiles

    def read_then_changed(care, among):
        found = real(care, among)
        paused(alice, TODAY)
        return found

    monkeypatch.setattr(turns, "brief_profiles", read_then_changed)
    assert work_out(EYES, now=NOW) == 0
    assert rows()[alice.need_key].stands_until is None
