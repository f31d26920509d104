"""Whatever frees a place, it is matched again: the database notes it, so no way to free one can forget it."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.db import connections, transaction
from django.utils import timezone
from redis import RedisError

from accounts.roles import Role
from accounts.tenancy import acting_as
from brokering import tasks
from brokering.actions.restrictions import Closure, lift, restrict
from brokering.models import Offer
from brokering.states import BookingState
from brokering.tasks import match_again, matched, rematch_freed, rematched_together
from brokering.tasks.freed import WOKEN_FOR
from config.celery import app
from providers.actions import freed
from providers.actions.freed import KEPT_BY_A_WORKER, Freed, forget_freed, take_freed
from providers.codes import RestrictionReason
from providers.models import Claim, FreedPlace, Slot
from tests.brokering.crowd import at_once
from tests.brokering.desk import booked, cancelled, confirmed, fresh, held, released
from tests.brokering.invited import invitation, wants
from tests.factories import (
    NOW,
    OWNER,
    a_claim,
    a_patient,
    a_referral,
    a_slot,
    acting,
    at,
    staff,
)

pytestmark = pytest.mark.usefixtures("database")

FREES = {
    Claim.Why.RELEASED: True,
    Claim.Why.CANCELLED: True,
    Claim.Why.TAKEN_BACK: True,
    Claim.Why.LAPSED: True,
    # The visit was to have been by then: there is nothing to give to anybody.
    Claim.Why.FULFILLED: False,
    Claim.Why.MISSED: False,
}


def noted():
    return list(FreedPlace.objects.using(OWNER).order_by("id").values_list("slot_id", flat=True))


def matched_again(now=NOW):
    """What `rematch_freed` does with one care, at a moment of the test's."""
    return match_again(take_freed(now=now), now=now)


def offered():
    return {
        (one.referral_id, one.booking.claim.slot_id)
        for one in Offer.objects.using(OWNER).select_related("booking__claim")
    }


def opened(*slots):
    rows = Slot.objects.using(OWNER).filter(id__in=[slot.id for slot in slots])
    for state in ("withdrawn", "open"):
        rows.update(state=state)


def meanwhile(happens):
    """A round after which something happens before its first offer; the next one is only a round."""
    left = [happens]

    def after(*args, **also):
        outcome = matched(*args, **also)
        if left:
            left.pop()()
        return outcome

    return after


def once(work, *, then):
    """Does the work the first time; the next time this happens."""
    left = [work]

    def done(*args, **also):
        if not left:
            raise then
        return left.pop()(*args, **also)

    return done


@pytest.fixture
def bob(database):
    return a_referral(a_patient("Bob"))


@pytest.mark.parametrize("why", Claim.Why, ids=str)
@pytest.mark.parametrize("was", Claim.OCCUPYING, ids=str)
def test_every_end_of_a_claim_is_noted_or_says_why_not(clinic, lot, why, was):
    assert set(FREES) == set(Claim.Why)
    also = {"held_until": NOW + timedelta(days=1)} if was == Claim.State.HELD else {}
    claim = a_claim(slot := a_slot(clinic), lot, state=was, **also)
    Claim.objects.using(OWNER).filter(id=claim.id).update(state="ended", ended_why=why)
    assert noted() == ([slot.id] if FREES[why] else [])


@pytest.mark.parametrize(
    "was", [{"state": "withdrawn"}, {"hidden_why": "no_usable_terms"}], ids=str
)
def test_a_place_that_opens_is_noted_whoever_opens_it(clinic, was):
    slot = a_slot(clinic)
    rows = Slot.objects.using(OWNER).filter(id=slot.id)
    rows.update(**was)
    assert noted() == []
    rows.update(state="open", hidden_why="")
    assert noted() == [slot.id]
    rows.update(state="open", hidden_why="", form=slot.form)
    assert noted() == [slot.id]


def test_no_face_has_to_know_of_it():
    assert app.conf.beat_schedule["places that became free"]["task"] == rematch_freed.name
    with connections[OWNER].cursor() as cursor:
        cursor.execute("SELECT tgname FROM pg_trigger WHERE tgenabled = 'O' AND NOT tgisinternal")
        assert {"place_is_freed", "place_is_opened"} <= {row[0] for row in cursor.fetchall()}


def test_the_old_place_of_a_rebooking_goes_to_whoever_waits(clinic, lot, alice, bob):
    old, new = a_slot(clinic, starts_at=at(20)), a_slot(clinic, starts_at=at(30))
    booked(old, bob, lot)
    booked(new, bob, lot)
    assert matched_again()["offers"] == 1
    assert offered() == {(alice.id, old.id)}


def test_a_place_released_on_the_way_goes_to_whoever_waits(clinic, lot, alice, bob):
    slot = a_slot(clinic, starts_at=at(20))
    released(held(slot, bob, lot))
    assert matched_again()["offers"] == 1


def test_the_offered_place_that_somebody_leaves_for_another_goes_to_the_next(clinic, lot, bob):
    slot, other = a_slot(clinic, starts_at=at(20)), a_slot(clinic, starts_at=at(30))
    rematched_together([slot.id], now=NOW)
    alice = a_referral(a_patient("Alice"))
    booked(other, bob, lot)
    assert matched_again()["offers"] == 1
    assert (alice.id, slot.id) in offered()


def test_places_that_a_lifted_decision_gives_back_go_to_those_who_wait(clinic, lot, alice, bob):
    slots = [a_slot(clinic, starts_at=at(20, hour)) for hour in (9, 10)]
    by = acting(staff(Role.CLINIC_STAFF, clinic.tenant))
    closure = Closure(
        clinic=clinic.id,
        begins_at=NOW,
        ends_at=at(40),
        reason=RestrictionReason.STAFFING,
        decision_reference="RS 1",
    )
    with acting_as(by):
        decided = restrict(by=by, closure=closure, now=NOW)
    assert matched_again()["offers"] == 0
    with acting_as(by):
        assert lift(by=by, restriction_id=decided.restriction.id, now=NOW) == 2
    assert matched_again()["offers"] == 2
    assert {slot for _, slot in offered()} == {slot.id for slot in slots}


def test_at_short_notice_those_are_asked_who_wanted_that(clinic, lot, alice, bob):
    slot = a_slot(clinic, starts_at=at(2))
    booking = booked(slot, bob, lot)
    wants(alice)
    cancelled(booking)
    assert matched_again() == {"proposals": 0, "offers": 0, "asked": 1}
    assert invitation(alice).batch.slot_id == slot.id


def test_what_somebody_else_has_by_then_is_left_alone(clinic, lot, alice, bob):
    slot = a_slot(clinic, starts_at=at(20))
    released(held(slot, bob, lot))
    confirmed(held(slot, bob, lot))
    assert matched_again() == {"proposals": 0, "offers": 0, "asked": 0}
    assert noted() == []


def test_what_is_undone_was_never_free(clinic, lot, bob):
    booking = held(a_slot(clinic), bob, lot)
    with acting_as(acting(bob.patient.subject)):
        Claim.objects.filter(id=booking.claim_id).update(state="ended", ended_why="released")
        transaction.set_rollback(True)
    assert noted() == []
    assert fresh(booking).state == BookingState.HELD


def test_what_became_free_while_it_was_matched_is_matched_once_more(clinic, lot, bob):
    slot = a_slot(clinic, starts_at=at(20))
    released(held(slot, bob, lot))
    taken = take_freed(now=NOW)
    released(held(slot, bob, lot))
    forget_freed(taken)
    assert noted() == [slot.id]


def test_a_worker_that_died_is_followed_by_another(clinic, lot, bob):
    released(held(a_slot(clinic), bob, lot))
    assert len(take_freed(now=NOW)) == 1
    assert take_freed(now=NOW + KEPT_BY_A_WORKER) == []
    assert len(take_freed(now=NOW + KEPT_BY_A_WORKER + timedelta(seconds=1))) == 1


def test_a_round_that_fails_keeps_its_place_for_the_next_try(clinic, lot, alice, bob, monkeypatch):
    slot = a_slot(clinic, starts_at=at(20))
    released(held(slot, bob, lot))
    with monkeypatch.context() as broken:
        broken.setattr("brokering.tasks.freed.matched", lambda *_, **__: 1 // 0)
        assert matched_again()["offers"] == 0
    assert noted() == [slot.id]
    assert matched_again(NOW + KEPT_BY_A_WORKER + timedelta(seconds=1))["offers"] == 1
    assert noted() == []


def test_what_begins_soonest_is_taken_first_and_the_oldest_is_never_passed_over(
    clinic, lot, bob, monkeypatch
):
    monkeypatch.setattr(freed, "MOST_AT_ONCE", 3)
    monkeypatch.setattr(freed, "OLDEST_AT_ONCE", 1)
    slots = [a_slot(clinic, starts_at=at(day)) for day in (90, 60, 50, 20, 10)]
    for slot in slots:
        released(held(slot, bob, lot))
    taken = [one.slot for one in take_freed(now=NOW)]
    assert taken == [slots[4].id, slots[3].id, slots[0].id]
    assert [one.slot for one in take_freed(now=NOW)] == [slots[2].id, slots[1].id]


def test_two_workers_never_take_the_same(clinic, lot, bob):
    for hour in range(8, 16):
        released(held(a_slot(clinic, starts_at=at(20, hour)), bob, lot))
    taken: list[int] = []
    at_once([lambda: taken.extend(one.note for one in take_freed(now=NOW))] * 4)
    assert len(taken) == len(set(taken)) == 8


def test_the_application_cannot_invent_a_freed_place(clinic):
    with pytest.raises(Exception, match="permission denied"):
        FreedPlace.objects.create(slot=a_slot(clinic))


def test_one_care_is_taken_at_a_time_that_of_the_place_that_has_waited_longest(clinic, lot, bob):
    elsewhere = a_slot(clinic, care="besok-hud", starts_at=at(20))
    slots = [a_slot(clinic, starts_at=at(day)) for day in (30, 20)]
    opened(slots[0])
    opened(elsewhere, slots[1])
    taken = [one.slot for one in take_freed(now=NOW)]
    assert set(taken) == {slot.id for slot in slots}
    assert [one.slot for one in take_freed(now=NOW)] == [elsewhere.id]
    assert take_freed(now=NOW) == []


def test_who_gets_another_time_while_a_place_is_meant_for_them_leaves_it_to_the_next(
    clinic, lot, monkeypatch
):
    slot, other = [a_slot(clinic, starts_at=at(day)) for day in (20, 30)]
    first, second = [a_referral(a_patient(f"P{one}"), priority=one) for one in (1, 2)]
    monkeypatch.setattr(
        "brokering.tasks.freed.matched", meanwhile(lambda: booked(other, first, lot))
    )
    assert rematched_together([slot.id], now=NOW) == {"proposals": 1, "offers": 1, "asked": 0}
    assert offered() == {(second.id, slot.id)}


def test_what_a_worker_that_was_killed_half_way_had_not_offered_is_offered_by_the_next(
    clinic, lot, monkeypatch
):
    opened(*[a_slot(clinic, starts_at=at(day)) for day in (20, 21, 22)])
    for one in range(3):
        a_referral(a_patient(f"P{one}"))
    with monkeypatch.context() as killed:
        killed.setattr("brokering.tasks.freed.offered", once(tasks.offered, then=SystemExit))
        with pytest.raises(SystemExit):
            matched_again()
    assert (len(offered()), len(noted())) == (1, 3)
    assert matched_again(NOW + KEPT_BY_A_WORKER + timedelta(seconds=1))["offers"] == 2
    assert len({need for need, _ in offered()}) == len({slot for _, slot in offered()}) == 3
    assert noted() == []


def test_eight_workers_who_look_for_eight_places_at_once_give_each_once(clinic, lot):
    slots = [a_slot(clinic, starts_at=at(20, 8 + hour)) for hour in range(8)]
    for one in range(8):
        a_referral(a_patient(f"P{one}"))
    opened(*slots)
    at_once([matched_again] * 8)
    assert len({need for need, _ in offered()}) == len({slot for _, slot in offered()}) == 8
    assert noted() == []


@pytest.fixture
def messages(monkeypatch):
    """How often a worker is sent a message."""
    sent = []
    monkeypatch.setattr("brokering.tasks.rematch_freed.delay", lambda: sent.append("woken"))
    return sent


def test_a_burst_of_freed_places_is_one_message_until_a_worker_begins(database, messages):
    at_once([tasks.rematch_when_committed] * 8)
    assert messages == ["woken"]
    tasks.rematch_freed()
    tasks.rematch_when_committed()
    assert messages == ["woken"] * 2


def test_what_is_freed_after_a_worker_has_begun_wakes_another(clinic, lot, messages, monkeypatch):
    def frees_one_more(**_also):
        tasks.rematch_when_committed()
        return []

    tasks.rematch_when_committed()
    monkeypatch.setattr("brokering.tasks.freed.take_freed", frees_one_more)
    tasks.rematch_freed()
    assert messages == ["woken"] * 2


def test_what_a_run_leaves_wakes_another(messages, monkeypatch):
    monkeypatch.setattr("brokering.tasks.freed.MOST_TAKEN", 1)
    assert not tasks.rematch_freed()["offers"]
    assert messages == []
    monkeypatch.setattr("brokering.tasks.freed.take_freed", lambda **_also: [Freed(1, uuid4())])
    tasks.rematch_freed()
    assert messages == ["woken"]


def test_without_valkey_what_is_free_is_matched_all_the_same(clinic, lot, bob, monkeypatch):
    def gone(*_args, **_kwargs):
        raise RedisError

    slot = a_slot(clinic, starts_at=timezone.now() + timedelta(days=30))
    opened(slot)
    monkeypatch.setattr(cache, "delete", gone)
    assert tasks.rematch_freed()["offers"] == 1


def test_a_message_that_got_lost_keeps_others_away_for_no_longer_than_until_the_next_look(database):
    every = app.conf.beat_schedule["places that became free"]["schedule"]
    assert every >= WOKEN_FOR


def test_what_is_undone_wakes_nobody(database, messages):
    with transaction.atomic():
        tasks.rematch_when_committed()
        transaction.set_rollback(True)
    assert messages == []
