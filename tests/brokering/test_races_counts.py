"""Many at once on a cap or a commitment: never more than agreed, and nothing is lost on the way back."""

from datetime import timedelta
from threading import Event
from uuid import uuid4

import pytest
from django.db import connections, transaction
from django.db.models import F

from accounts.actions.outcomes import Answer, once
from accounts.roles import Role
from accounts.tenancy import acting_as
from brokering.actions import holds
from brokering.actions.holds import end_lapsed
from brokering.law.facts import Route
from contracts.actions import caps
from contracts.models import LotUse
from tests.brokering.crowd import (
    CAP_CHECK,
    COMMITMENT_CHECK,
    WON,
    all_hold,
    at_once,
    people,
    without,
)
from tests.brokering.desk import (
    booked,
    fresh,
    held,
    lapsed,
    occupying,
    used,
)
from tests.factories import (
    NOW,
    a_clinic,
    a_commitment,
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


def a_capped_lot(clinic, cap, **also):
    return an_agreement(clinic, cap_places=cap, cap_period="year", **also)


def test_a_cap_of_five_lets_five_of_twelve_hold_at_once(clinic):
    lot = a_capped_lot(clinic, 5)
    slots = [a_slot(clinic, starts_at=at(10, 8, number)) for number in range(12)]
    assert all_hold(slots, lot, people(12)) == {WON: 5, "cap_full": 7}
    assert used(lot) == 5 == sum(map(occupying, slots))


def _unguarded_reserve(terms, *, on):
    """Look first, count up afterwards: what the one guarded statement prevents."""
    period = caps.cap_period_of(on, terms.cap_period)
    use, _ = LotUse.objects.get_or_create(
        lot_id=terms.lot, period=period, defaults={"cap": terms.cap_places}
    )
    if use.used >= terms.cap_places:
        raise caps.CapFull
    LotUse.objects.filter(id=use.id).update(used=F("used") + 1)
    return period


def test_without_guard_and_check_more_would_hold_than_the_cap_allows(clinic, monkeypatch):
    lot = a_capped_lot(clinic, 5)
    slots = [a_slot(clinic, starts_at=at(10, 8, number)) for number in range(12)]
    booked(a_slot(clinic), a_referral(a_patient("Bob")), lot)  # the count exists
    monkeypatch.setattr(holds, "reserve", _unguarded_reserve)
    with without(*CAP_CHECK):
        assert all_hold(slots, lot, people(12))[WON] > 4


def test_the_check_alone_keeps_the_cap_when_the_guard_is_gone(clinic, monkeypatch):
    lot = a_capped_lot(clinic, 5)
    slots = [a_slot(clinic, starts_at=at(10, 8, number)) for number in range(12)]
    booked(a_slot(clinic), a_referral(a_patient("Bob")), lot)
    monkeypatch.setattr(holds, "reserve", _unguarded_reserve)
    outcomes = all_hold(slots, lot, people(12))
    assert outcomes[WON] == 4
    assert used(lot) == 5


def test_a_cap_full_of_lapsed_holds_refuses_nobody_however_many_come_at_once(clinic):
    lot = a_capped_lot(clinic, 4)
    for number in range(4):
        lapsed(a_slot(clinic, starts_at=at(9, 8, number)), a_referral(a_patient("Bob")), lot)
    slots = [a_slot(clinic, starts_at=at(10, 8, number)) for number in range(8)]
    assert all_hold(slots, lot, people(8)) == {WON: 4, "cap_full": 4}
    assert used(lot) == 4


def inpatient_need(uses=1):
    """A need that the home region has promised to pay for somewhere else."""
    need = a_referral(a_patient(), "op-ortopedi", need_approved_on=NOW.date() - timedelta(days=5))
    payer = staff(Role.NAVIGATOR, a_region("01").tenant)
    return need, a_commitment(need, by=payer, uses_max=uses)


def inpatient_places(number):
    clinic = a_clinic("03", ["op-ortopedi"])
    return an_agreement(clinic), [
        a_slot(clinic, "op-ortopedi", starts_at=at(20, 8, one), form="inpatient")
        for one in range(number)
    ]


def all_hold_inpatient(slots, need, lot):
    by, route = acting(need.patient.subject), Route.INPATIENT_CHOICE
    return at_once((lambda slot=slot: held(slot, need, lot, by=by, route=route)) for slot in slots)


def test_a_commitment_for_two_visits_carries_two_of_eight_holds_at_once(database):
    need, commitment = inpatient_need(uses=2)
    lot, slots = inpatient_places(8)
    assert all_hold_inpatient(slots, need, lot) == {WON: 2, "commitment_used": 6}
    assert fresh(commitment).uses == 2


def test_the_check_alone_keeps_a_commitment_and_without_it_more_would_be_promised(
    database, monkeypatch
):
    need, commitment = inpatient_need(uses=2)
    lot, slots = inpatient_places(8)
    monkeypatch.setattr(holds, "_reserve_commitment", _promise_without_looking)
    assert all_hold_inpatient(slots[:4], need, lot)[WON] == 2
    with without(*COMMITMENT_CHECK):
        assert all_hold_inpatient(slots[4:], need, lot)[WON] == 4
        assert fresh(commitment).uses == 6
        _set_uses(commitment, 0)


def _promise_without_looking(referral, day, now):
    commitment = referral.commitments.get()
    holds.PaymentCommitment.objects.filter(id=commitment.id).update(uses=F("uses") + 1)
    return commitment.id


def _set_uses(commitment, uses):
    connections["default"].close()
    type(commitment).objects.using("owner").filter(id=commitment.id).update(uses=uses)


# Counters that meet


def crossing(by, first, second, met):
    """Takes two counters in an order; `met` makes sure that the other has its first one by then."""

    def work():
        LotUse.objects.filter(id=first.id).update(used=F("used") + 1)
        met(first)
        LotUse.objects.filter(id=second.id).update(used=F("used") + 1)
        return Answer(200, {})

    with acting_as(by):
        return once(by=by, key=str(uuid4()), request={}, now=NOW, work=work)


def test_two_requests_that_block_each_other_are_both_carried_out(clinic):
    period = NOW.date().replace(day=1)
    counts = [
        LotUse.objects.using("owner").create(lot=a_capped_lot(clinic, 9), period=period, cap=9)
        for _ in range(2)
    ]
    has = {count.id: Event() for count in counts}

    def met(mine):
        has[mine.id].set()
        for event in has.values():
            assert event.wait(30)

    (_, alice), (_, bob) = people(2)
    outcomes = at_once(
        [lambda: crossing(alice, *counts, met), lambda: crossing(bob, *reversed(counts), met)]
    )
    assert outcomes == {WON: 2}
    assert [fresh(count).used for count in counts] == [2, 2]


def test_many_who_end_lapsed_holds_at_once_give_each_place_back_once(clinic):
    lot = a_capped_lot(clinic, 6)
    for number in range(6):
        lapsed(a_slot(clinic, starts_at=at(9, 8, number)), a_referral(a_patient("Bob")), lot)
    _, by = people(1)[0]

    def sweep():
        with transaction.atomic(), acting_as(by):
            end_lapsed(now=NOW)

    assert at_once([sweep] * 6) == {WON: 6}
    assert used(lot) == 0
