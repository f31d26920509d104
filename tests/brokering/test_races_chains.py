"""Two times that are given together are given back in the one order: nobody waits in a circle."""

from contextlib import suppress
from dataclasses import replace
from threading import Barrier, BrokenBarrierError, Event

import pytest

from accounts.tenancy import acting_as
from brokering.actions import bookings, cancellations, confirmations, locking
from brokering.actions.chains import hold_together
from tests.brokering.chained import EYES, OPERATION, a_pair, held_together, together
from tests.brokering.crowd import WON, at_once
from tests.brokering.desk import cancelled, confirmed, fresh, released
from tests.factories import NOW, a_clinic, a_slot, acting, an_agreement, at

pytestmark = pytest.mark.usefixtures("database")
A_MOMENT, AS_LONG_AS_IT_TAKES = 0.5, 30
"""Who is kept out by a lock does not come; who is not may be slow."""


def meeting(monkeypatch, module, name, patience):
    """The first who has called a function waits so many seconds for somebody else who has called it too."""
    real, both, over = getattr(module, name), Barrier(2), Event()

    def called(*args, **kwargs):
        answer = real(*args, **kwargs)
        if not over.is_set():
            with suppress(BrokenBarrierError):
                both.wait(patience)
            over.set()
        return answer

    monkeypatch.setattr(module, name, called)


def crossed(turn):
    """Two chains under two caps: what comes first in the turn counts against one, then the other."""
    clinic = a_clinic(cares=(EYES, OPERATION))
    lots = [
        an_agreement(clinic, accepts_referrer_assessment=False, cap_places=50) for _ in range(2)
    ]
    chains = []
    for n, name in enumerate(("Alice", "Bob")):
        slots = (
            a_slot(clinic, starts_at=at(10 + n)),
            a_slot(clinic, OPERATION, starts_at=at(20 + n)),
        )
        pair = a_pair(name)
        wanted = together(slots, pair, lots[0])
        ids = [turn(part) for part in (wanted.first, wanted.second)]
        first, second = lots if (ids[0] < ids[1]) == (n == 0) else lots[::-1]
        parts = {
            "first": replace(wanted.first, lot=first.id),
            "second": replace(wanted.second, lot=second.id),
        }
        with acting_as(by := acting(pair[0].patient.subject)):
            chains.append(hold_together(by=by, wanted=replace(wanted, **parts), now=NOW))
    return chains


def both_cancelled(monkeypatch, patience):
    chains = crossed(lambda part: part.slot)
    for chain in chains:
        confirmed(chain.first)
    booked = [fresh(chain.first) for chain in chains]
    meeting(monkeypatch, cancellations, "end_claim", patience)
    return at_once((lambda one=one: cancelled(one)) for one in booked)


def both_released(monkeypatch, patience):
    chains = crossed(lambda part: part.referral)
    meeting(monkeypatch, bookings, "end_claim", patience)
    return at_once((lambda chain=chain: released(chain.first)) for chain in chains)


GIVEN_BACK = pytest.mark.parametrize(
    "given_back", [both_cancelled, both_released], ids=["cancelled", "released"]
)


@GIVEN_BACK
def test_two_chains_that_count_crosswise_are_given_back_at_once(monkeypatch, given_back):
    assert given_back(monkeypatch, A_MOMENT) == {WON: 2}


@GIVEN_BACK
def test_without_locking_what_they_count_first_they_would_wait_in_a_circle(monkeypatch, given_back):
    monkeypatch.setattr(bookings, "lock_parts", locking.lock_needs)
    outcomes = given_back(monkeypatch, AS_LONG_AS_IT_TAKES)
    assert outcomes == {WON: 1, "OperationalError": 1}


def a_no_and_a_letting_go(monkeypatch, needs_locked, patience):
    """The person needs neither any longer, said of the later need, and lets both times go meanwhile."""
    clinic = a_clinic(cares=(EYES, OPERATION))
    lot = an_agreement(clinic, accepts_referrer_assessment=False)
    pair = a_pair()
    slots = a_slot(clinic), a_slot(clinic, OPERATION, starts_at=at(20))
    chain = held_together(slots, pair, lot)
    by, later = acting(pair[0].patient.subject), max(need.id for need in pair)
    monkeypatch.setattr(confirmations, "lock_both", needs_locked)
    meeting(monkeypatch, locking, "locked_need", patience)

    def no():
        with acting_as(by):
            confirmations.answer_whether_needed(by=by, referral_id=later, is_needed=False, now=NOW)

    return at_once([no, lambda: released(chain.first)])


def test_a_no_locks_both_needs_in_their_order(monkeypatch):
    outcomes = a_no_and_a_letting_go(monkeypatch, locking.lock_both, A_MOMENT)
    assert outcomes in ({WON: 2}, {WON: 1, "wrong_state": 1})


def test_a_no_that_locked_its_own_need_first_would_wait_in_a_circle(monkeypatch):
    def own_first(need):
        return locking.locked_need(need)

    outcomes = a_no_and_a_letting_go(monkeypatch, own_first, AS_LONG_AS_IT_TAKES)
    assert outcomes["OperationalError"] == 1
