"""Everybody who is asked about a place answers at once: one has it, whatever else happens meanwhile."""

import pytest

from accounts.roles import Role
from accounts.tenancy import acting_as
from brokering.actions import invitations
from brokering.actions.invitations import end_batch
from brokering.models import Booking, Invitation
from brokering.states import InvitationState
from providers.actions.slots import withdraw
from providers.models import Slot
from tests.brokering.crowd import ONE_PATIENT, WON, Pause, at_once, people, someone_waits, without
from tests.brokering.desk import fresh, occupying
from tests.brokering.invited import batch, freed, says_no, says_yes, wants
from tests.factories import NOW, OWNER, a_slot, acting, at, staff

pytestmark = pytest.mark.usefixtures("database")
MANY = 20
ONE_YES = (
    "DROP INDEX one_yes_per_batch",
    (
        "CREATE UNIQUE INDEX one_yes_per_batch ON brokering_invitation (batch_id)"
        " WHERE state = 'accepted'"
    ),
)


@pytest.fixture
def publisher(clinic):
    return acting(staff(Role.CLINIC_STAFF, clinic.tenant))


@pytest.fixture
def asked(clinic, lot, settings):
    """A place about which some people are asked at once."""
    settings.OFFER_BATCH = MANY

    def ask(number):
        slot, crowd = a_slot(clinic, starts_at=at(2)), people(number)
        for need, by in crowd:
            wants(need, by=by)
        assert freed(slot)["asked"] == number
        return slot, crowd

    return ask


def all_say_yes(crowd):
    return at_once(lambda need=need, by=by: says_yes(need, by=by) for need, by in crowd)


def states():
    rows = Invitation.objects.using(OWNER).values_list("state", flat=True)
    return {state: list(rows).count(state) for state in rows}


def withdrawn(slot, by):
    with acting_as(by):
        outcome = withdraw(by=by, slots=[slot.id], now=NOW)
        if outcome.refused:
            raise outcome.refused[0].why


def test_of_twenty_who_say_yes_at_once_one_is_booked_and_nineteen_are_told(asked):
    slot, crowd = asked(MANY)
    assert all_say_yes(crowd) == {WON: 1, "invitation_over": MANY - 1}
    assert occupying(slot) == 1
    assert Booking.objects.using(OWNER).count() == 1
    assert states() == {InvitationState.ACCEPTED: 1, InvitationState.LATE: MANY - 1}


def unlocked(monkeypatch):
    """Answers no longer wait for each other at the batch."""
    real = invitations.Batch.objects.select_for_update
    monkeypatch.setattr(
        invitations.Batch.objects, "select_for_update", lambda **_: invitations.Batch.objects.all()
    )
    return real


def test_without_waiting_for_the_batch_still_one_has_the_place(asked, monkeypatch):
    slot, crowd = asked(6)
    unlocked(monkeypatch)
    outcomes = all_say_yes(crowd)
    assert (outcomes[WON], occupying(slot)) == (1, 1)


def test_without_lock_and_guards_several_would_have_it(asked, monkeypatch):
    slot, crowd = asked(6)
    unlocked(monkeypatch)
    pause = Pause(monkeypatch, invitations, "confirm")
    (one, first), (other, second) = crowd[:2]
    monkeypatch.setattr(invitations, "_over", lambda *_: None)
    with without(*ONE_PATIENT), without(*ONE_YES):
        works = [
            lambda: says_yes(one, by=first),
            pause.meanwhile(lambda: says_yes(other, by=second)),
        ]
        assert at_once(works) == {WON: 2}
        assert occupying(slot) == 2
        Invitation.objects.using(OWNER).update(state="sent")


def test_of_a_yes_and_a_withdrawal_at_once_exactly_one_happens(asked, publisher):
    for _ in range(4):
        slot, ((need, by),) = asked(1)
        outcomes = at_once(
            [
                lambda need=need, by=by: says_yes(need, by=by),
                lambda slot=slot: withdrawn(slot, publisher),
            ]
        )
        assert outcomes in ({WON: 1, "slot_withdrawn": 1}, {WON: 1, "place_booked": 1})
        assert (occupying(slot) == 1) == (fresh(slot).state == Slot.State.OPEN)


def test_a_yes_that_comes_while_the_batch_ends_is_too_late(asked, monkeypatch):
    slot, ((need, by),) = asked(1)
    pause = Pause(monkeypatch, invitations, "_open_to_everyone")
    over = batch(slot).answer_by

    def comes_second():
        assert pause.reached.wait(30)
        return says_yes(need, by=by)

    works = [
        lambda: end_batch(batch_id=batch(slot).id, now=over),
        comes_second,
        pause.meanwhile(someone_waits),
    ]
    assert at_once(works) == {WON: 2, "invitation_over": 1}
    assert occupying(slot) == 0
    assert states() == {InvitationState.LAPSED: 1}


def test_a_batch_that_ends_while_a_yes_is_under_way_finds_it_given(asked, monkeypatch):
    slot, ((need, by),) = asked(1)
    pause = Pause(monkeypatch, invitations, "confirm")
    outcomes = at_once(
        [
            lambda: says_yes(need, by=by),
            lambda: (
                pause.reached.wait(30),
                end_batch(batch_id=batch(slot).id, now=batch(slot).answer_by),
            ),
            pause.meanwhile(someone_waits),
        ]
    )
    assert outcomes == {WON: 3}
    assert states() == {InvitationState.ACCEPTED: 1}
    assert occupying(slot) == 1


def test_a_yes_and_the_noes_of_all_others_at_once_leave_one_booking(asked):
    slot, crowd = asked(6)
    (need, by), *others = crowd
    works = [lambda: says_yes(need, by=by)]
    works += [lambda other=other: says_no(other) for other, _ in others]
    outcomes = at_once(works)
    assert occupying(slot) == 1
    assert states()[InvitationState.ACCEPTED] == 1
    assert outcomes[WON] + outcomes["invitation_over"] == 6
