"""A free place can be withdrawn; one that a patient holds or has booked cannot."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import IntegrityError, connections, transaction

from accounts.errors import NotAllowed
from accounts.models import Change, Event
from accounts.roles import Role
from accounts.tenancy import acting_as
from providers.actions.slots import withdraw
from providers.models import Claim, Slot
from tests.factories import EYES, NOW, a_claim, a_clinic, a_slot, acting, an_agreement, at, staff


@pytest.fixture
def clinic(database):
    return a_clinic()


@pytest.fixture
def lot(clinic):
    return an_agreement(clinic)


@pytest.fixture
def dana(clinic):
    return acting(staff(Role.CLINIC_STAFF, clinic.tenant))


def withdraw_as(actor, *slots):
    with acting_as(actor):
        return withdraw(by=actor, slots=slots, now=NOW)


def stored(slot) -> str:
    return Slot.objects.get(id=slot.id).state


def test_a_free_place_is_withdrawn_with_an_event_and_news(clinic, dana):
    slot = a_slot(clinic)
    assert withdraw_as(dana, slot.id).withdrawn == [slot.id]
    assert stored(slot) == "withdrawn"
    assert Event.objects.get(noun="slot").verb == "withdrawn"
    assert set(Change.objects.values_list("topic", "kind")) == {
        (f"care:{EYES}", "slots_withdrawn"),
        (f"clinic:{clinic.id}", "slots_withdrawn"),
    }


@pytest.mark.parametrize(("state", "code"), [("held", "place_held"), ("confirmed", "place_booked")])
def test_an_occupied_place_stays_and_the_free_ones_go(clinic, lot, dana, state, code):
    free, taken = a_slot(clinic), a_slot(clinic, starts_at=at(11))
    a_claim(taken, lot, state=state)
    done = withdraw_as(dana, free.id, taken.id)
    assert (done.withdrawn, done.refused[0].why.code, stored(taken)) == ([free.id], code, "open")


def test_a_hold_that_has_run_out_does_not_keep_a_place(clinic, lot, dana):
    slot = a_slot(clinic)
    a_claim(slot, lot, state="held", held_until=NOW - timedelta(seconds=1))
    assert withdraw_as(dana, slot.id).withdrawn == [slot.id]


def test_withdrawing_twice_changes_nothing_the_second_time(clinic, dana):
    slot = a_slot(clinic)
    withdraw_as(dana, slot.id)
    done = withdraw_as(dana, slot.id)
    assert (done.withdrawn, done.unchanged) == ([], [slot.id])


def test_a_place_that_does_not_exist_is_refused_alone(clinic, dana):
    slot = a_slot(clinic)
    done = withdraw_as(dana, uuid4(), slot.id)
    assert (done.withdrawn, done.refused[0].index) == ([slot.id], 0)
    assert done.refused[0].why.code == "not_found"


def test_staff_of_another_clinic_cannot_withdraw_and_nothing_is_withdrawn(clinic):
    elsewhere = a_clinic()
    other = acting(staff(Role.CLINIC_STAFF, elsewhere.tenant))
    mine, theirs = a_slot(elsewhere), a_slot(clinic)
    with pytest.raises(NotAllowed):
        withdraw_as(other, mine.id, theirs.id)
    assert stored(mine) == stored(theirs) == "open"


def test_the_database_refuses_to_withdraw_a_booked_place(clinic, lot, dana):
    slot = a_slot(clinic)
    a_claim(slot, lot)
    with pytest.raises(IntegrityError, match="slot is taken"), acting_as(dana):
        Slot.objects.filter(id=slot.id).update(state="withdrawn")


def test_withdrawing_and_claiming_at_once_never_leaves_a_patient_at_a_withdrawn_place(
    clinic, lot, dana
):
    slots = [a_slot(clinic, starts_at=at(10, 8, minute)) for minute in range(20)]
    for slot in slots:
        _race(lambda slot=slot: withdraw_as(dana, slot.id), lambda slot=slot: _claim(slot, lot))
    withdrawn = Slot.objects.filter(state="withdrawn")
    assert not Claim.objects.filter(slot__in=withdrawn).exists()
    assert withdrawn.count() + Claim.objects.count() == len(slots)


def _claim(slot: Slot, lot) -> None:
    with transaction.atomic(using="owner"):
        Claim.objects.using("owner").create(
            slot=slot, lot_id=lot.id, state="confirmed", created_at=NOW, changed_at=NOW
        )


def _race(*sides) -> None:
    start = Barrier(len(sides))

    def run(side) -> None:
        start.wait()
        try:
            side()
        except IntegrityError:
            assert side is not sides[0]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(sides)) as pool:
        list(pool.map(run, sides))
