"""The region moves one of two times that are given together and keeps the other; REST and page."""

import re
from threading import Event
from uuid import uuid4

import pytest
from django.test import Client

from accounts.errors import Invalid
from accounts.roles import Role
from accounts.tenancy import acting_as
from brokering.actions import keeping
from brokering.actions.chains import NewPlace
from brokering.actions.moving import rebook
from brokering.errors import KeptTimeGone, NotInOrder
from brokering.models import Booking, RebookingTask, Referral
from brokering.selectors.invariants import CHAINS, broken
from tests.brokering.chained import (
    EYES,
    OPERATION,
    a_clinic_for_both,
    a_pair,
    closed,
    held_together,
    states,
)
from tests.brokering.crowd import HALF_A_CHAIN, WON, at_once, without
from tests.brokering.desk import cancelled, confirmed, fresh, held, occupying
from tests.factories import (
    NOW,
    a_clinic,
    a_patient,
    a_referral,
    a_region,
    a_slot,
    acting,
    an_agreement,
    at,
    staff,
)

pytestmark = pytest.mark.usefixtures("database")
MODEL_BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def clinic(database):
    return a_clinic_for_both()


@pytest.fixture
def old(clinic):
    """A visit on the tenth day, and what follows it on the thirtieth."""
    slots = a_slot(clinic), a_slot(clinic, OPERATION, starts_at=at(30))
    chain = held_together(slots, a_pair(follows_after=7), clinic.lot)
    confirmed(chain.first)
    return fresh(chain.first), fresh(chain.second)


@pytest.fixture
def task(clinic, old):
    """The clinic takes the first of both back."""
    closed(clinic, until=at(20, 0))
    return RebookingTask.objects.using("owner").get(booking=old[0])


@pytest.fixture
def navigator(database):
    return staff(Role.NAVIGATOR, a_region("01").tenant)


def moved(who, task, slot, **also):
    place = NewPlace(slot=slot.id, lot=slot.clinic.lot.id, keep_other=True, **also)
    with acting_as(by := acting(who)):
        return rebook(by=by, task_id=task.id, place=place, now=NOW)


def nothing_changed(old, task):
    return (
        states(old[0].chain) == ["booked", "booked"]
        and fresh(task).state == "open"
        and not broken_chains()
    )


def broken_chains():
    return {one.invariant.name for one in broken(now=NOW)} & {one.name for one in CHAINS}


def test_the_first_is_moved_and_what_follows_keeps_its_time(navigator, clinic, old, task):
    new = moved(navigator, task, a_slot(clinic, starts_at=at(22)))
    kept = fresh(old[1])
    assert (kept.state, kept.chain, fresh(new).state) == ("booked", new.chain, "booked")
    assert (fresh(old[0]).state, fresh(task).state) == ("cancelled", "rebooked")
    assert (states(new.chain), occupying(kept.claim.slot)) == (["booked", "booked"], 1)
    assert not broken_chains()


def test_the_second_is_moved_and_the_visit_before_it_keeps_its_time(navigator, clinic):
    slots = a_slot(clinic, starts_at=at(3)), a_slot(clinic, OPERATION, starts_at=at(10))
    chain = held_together(slots, a_pair(), clinic.lot)
    confirmed(chain.first)
    closed(clinic, until=at(20, 0))
    task = RebookingTask.objects.using("owner").get()
    new = moved(navigator, task, a_slot(clinic, OPERATION, starts_at=at(25)))
    assert (fresh(chain.first).chain, states(new.chain)) == (new.chain, ["booked", "booked"])
    cancelled(fresh(chain.first))
    assert states(new.chain) == ["cancelled", "cancelled"]


def test_a_place_with_too_few_days_before_what_is_kept_is_refused(navigator, clinic, old, task):
    slot = a_slot(clinic, starts_at=at(24))
    with pytest.raises(NotInOrder):
        moved(navigator, task, slot)
    assert (occupying(slot), nothing_changed(old, task)) == (0, True)


def test_a_place_at_another_clinic_does_not_go_with_what_is_kept(navigator, old, task):
    elsewhere = a_clinic(cares=(EYES, OPERATION))
    elsewhere.lot = an_agreement(elsewhere)
    with pytest.raises(NotInOrder):
        moved(navigator, task, a_slot(elsewhere, starts_at=at(22)))
    assert nothing_changed(old, task)


def test_a_time_that_is_to_be_moved_as_well_is_not_kept(navigator, clinic, old, task):
    closed(clinic, until=at(40, 0))
    with pytest.raises(KeptTimeGone):
        moved(navigator, task, a_slot(clinic, starts_at=at(22)))
    assert nothing_changed(old, task)


def test_to_keep_one_and_to_choose_what_follows_say_different_things(navigator, clinic, old, task):
    with pytest.raises(Invalid):
        moved(navigator, task, a_slot(clinic, starts_at=at(22)), follow=old[1].claim.slot_id)


# Many at once

A_MOMENT, AS_LONG_AS_IT_TAKES = 0.5, 30


def a_cancellation_meanwhile(monkeypatch, navigator, task, slot, patience=AS_LONG_AS_IT_TAKES):
    """The patient cancels both just when the region has read that the other one can stay.

    The region goes on when the patient has done, or after so many seconds: the patient may wait for it.
    """
    real, read, done = keeping.time_to_keep, Event(), Event()

    def reading(*args, **kwargs):
        kept = real(*args, **kwargs)
        read.set()
        done.wait(patience)
        return kept

    def cancelling():
        assert read.wait(30)
        cancelled(fresh(task.booking))
        done.set()

    monkeypatch.setattr(keeping, "time_to_keep", reading)
    return at_once([lambda: moved(navigator, task, slot), cancelling])


def test_who_cancels_while_one_is_moved_waits_and_is_told(
    monkeypatch, navigator, clinic, old, task
):
    slot = a_slot(clinic, starts_at=at(22))
    outcomes = a_cancellation_meanwhile(monkeypatch, navigator, task, slot, A_MOMENT)
    assert outcomes == {WON: 1, "wrong_state": 1}
    assert states(fresh(old[1]).chain) == ["booked", "booked"]
    assert not broken_chains()


def test_without_locking_both_needs_one_would_be_kept_of_two_that_are_no_more(
    monkeypatch, navigator, clinic, old, task
):
    slot = a_slot(clinic, starts_at=at(22))
    monkeypatch.setattr(keeping, "lock_needs", needs_unlocked)
    with without(*HALF_A_CHAIN):
        outcomes = a_cancellation_meanwhile(monkeypatch, navigator, task, slot)
        assert outcomes == {WON: 2}
        assert states(fresh(old[1]).chain) == ["booked", "cancelled"]


def test_and_without_that_lock_the_database_would_still_refuse_half_of_both(
    monkeypatch, navigator, clinic, old, task
):
    slot = a_slot(clinic, starts_at=at(22))
    monkeypatch.setattr(keeping, "lock_needs", needs_unlocked)
    outcomes = a_cancellation_meanwhile(monkeypatch, navigator, task, slot)
    assert outcomes == {WON: 1, "IntegrityError": 1}
    assert (states(old[0].chain), occupying(slot)) == (["cancelled", "cancelled"], 0)


def needs_unlocked(parts):
    return {one.referral_id: Referral.objects.get(id=one.referral_id) for one in parts}


def test_whatever_comes_at_once_with_the_move_of_one_leaves_two_or_none(
    navigator, clinic, old, task
):
    slot = a_slot(clinic, starts_at=at(22))
    bob = a_referral(a_patient("Bob"))
    outcomes = at_once(
        [
            lambda: moved(navigator, task, slot),
            lambda: cancelled(fresh(old[1])),
            lambda: closed(clinic, until=at(40, 0)),
            lambda: held(slot, bob, clinic.lot),
        ]
    )
    assert outcomes[WON] >= 1
    booked = Booking.objects.using("owner").filter(state="booked").count()
    assert (booked in {0, 2}, occupying(slot) <= 1) == (True, True)
    assert not broken_chains()


# Over REST


@pytest.fixture
def client(navigator):
    client = Client()
    client.force_login(navigator, backend=MODEL_BACKEND)
    return client


def post(client, task, slot, *, key=None, **also):
    body = {"slot": str(slot.id), "lot": str(slot.clinic.lot.id)} | also
    headers = {"Idempotency-Key": str(key or uuid4())}
    way = f"/api/v1/rebookings/{task.id}/rebook"
    answer = client.post(way, body, content_type="application/json", headers=headers)
    return answer.status_code, answer.json()


def test_over_the_wire_one_is_kept_and_a_retry_tells_the_same(client, clinic, old, task):
    key, slot = uuid4(), a_slot(clinic, starts_at=at(22))
    first = post(client, task, slot, key=key, keep_other=True)
    assert first[0] == 200
    assert first[1]["together"]["booking"] == str(old[1].id)
    assert post(client, task, slot, key=key, keep_other=True) == first
    assert Booking.objects.using("owner").filter(state="booked").count() == 2
    status, told = post(client, task, slot, key=key)
    assert (status, told["code"]) == (422, "idempotency_key_reused")


def test_over_the_wire_what_is_to_follow_is_named_and_a_retry_tells_the_same(client, clinic, task):
    key, slot = uuid4(), a_slot(clinic, starts_at=at(22))
    a_slot(clinic, OPERATION, starts_at=at(35))
    wanted = a_slot(clinic, OPERATION, starts_at=at(40))
    first = post(client, task, slot, key=key, follow=str(wanted.id))
    assert (first[0], first[1]["together"]["slot"]) == (200, str(wanted.id))
    assert post(client, task, slot, key=key, follow=str(wanted.id)) == first
    assert Booking.objects.using("owner").filter(state="booked").count() == 2


def test_over_the_wire_each_refusal_has_its_code_and_changes_nothing(client, clinic, old, task):
    slot, late = a_slot(clinic, starts_at=at(22)), a_slot(clinic, starts_at=at(26))
    operation = a_slot(clinic, OPERATION, starts_at=at(24))
    told = [
        post(client, task, slot, follow=str(operation.id)),
        post(client, task, operation),
        post(client, task, late, keep_other=True),
        post(client, task, slot, keep_other=True, follow=str(operation.id)),
    ]
    assert [(status, body["code"]) for status, body in told] == [
        (409, "slot_taken"),
        (422, "given_together"),
        (422, "not_in_order"),
        (422, "invalid"),
    ]
    assert nothing_changed(old, task)


def test_over_the_wire_nothing_that_may_follow_has_its_code(client, clinic, old, task):
    status, body = post(client, task, a_slot(clinic, starts_at=at(22)))
    assert (status, body["code"]) == (409, "no_follow_on")
    assert nothing_changed(old, task)


# On the page


def test_the_page_lists_what_goes_with_the_time_that_stays(client, clinic, old, task):
    wanted = a_slot(clinic, starts_at=at(22))
    late = a_slot(clinic, starts_at=at(26))
    page = client.get(f"/ombokning/{task.id}/").content.decode()
    assert "Flytta bara den ena tiden" in page
    assert (str(wanted.id) in page, str(late.id) in page) == (True, False)
    [value] = re.findall(r'name="plats" value="([^"]+)"', page)
    chosen = {"plats": value, "keep": "1", "key": str(uuid4())}
    client.post(f"/ombokning/{task.id}/valj/", chosen)
    assert fresh(old[1]).state == "booked"
    assert Booking.objects.using("owner").get(claim__slot=wanted).state == "booked"


def test_the_page_of_two_that_both_go_keeps_none(client, clinic, old, task):
    closed(clinic, until=at(40, 0))
    page = client.get(f"/ombokning/{task.id}/").content.decode()
    assert "Flytta bara den ena tiden" not in page
