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
from brokering.actions import reserving
from brokering.actions.claims import end_lapsed
from brokering.law.facts import Route
from contracts.actions import caps
from contracts.models import CapUse, RegionQuota, Reservation
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
    a_cap,
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


def _unguarded(cap, on):
    """Look first, count up afterwards: what the one guarded statement prevents."""
    use, _ = CapUse.objects.get_or_create(
        counter=cap.counter, period=cap.first_day(on), defaults={"limit": cap.places}
    )
    if use.used >= cap.places:
        raise caps.CapFull
    CapUse.objects.filter(id=use.id).update(used=F("used") + 1)
    return use.id


def test_without_guard_and_check_more_would_hold_than_the_cap_allows(clinic, monkeypatch):
    lot = a_capped_lot(clinic, 5)
    slots = [a_slot(clinic, starts_at=at(10, 8, number)) for number in range(12)]
    booked(a_slot(clinic), a_referral(a_patient("Bob")), lot)  # the count exists
    monkeypatch.setattr(caps, "_raised", _unguarded)
    with without(*CAP_CHECK):
        assert all_hold(slots, lot, people(12))[WON] > 4


def test_the_check_alone_keeps_the_cap_when_the_guard_is_gone(clinic, monkeypatch):
    lot = a_capped_lot(clinic, 5)
    slots = [a_slot(clinic, starts_at=at(10, 8, number)) for number in range(12)]
    booked(a_slot(clinic), a_referral(a_patient("Bob")), lot)
    monkeypatch.setattr(caps, "_raised", _unguarded)
    outcomes = all_hold(slots, lot, people(12))
    assert outcomes[WON] == 4
    assert used(lot) == 5


# Several caps at once


def test_each_buyer_has_its_own_share_and_all_together_no_more_than_the_lot(clinic):
    lot = an_agreement(clinic, buyers=["01", "03"], cap_places=5)
    a_cap(lot, 2, region=a_region("03"))
    slots = [a_slot(clinic, starts_at=at(10, 8, number)) for number in range(12)]
    needs = [*people(6), *people(6, region="03")]
    outcomes = all_hold(slots, lot, needs)
    assert outcomes == {WON: 5, "cap_full": 7}
    assert share_of("03") <= 2
    assert sum(map(occupying, slots)) == 5


def test_a_refusal_by_one_cap_leaves_nothing_on_another(clinic):
    lot = an_agreement(clinic, buyers=["01", "03"], cap_places=9)
    a_cap(lot, 0, region=a_region("03"))
    slots = [a_slot(clinic, starts_at=at(10, 8, number)) for number in range(4)]
    assert all_hold(slots, lot, people(4, region="03")) == {"cap_full": 4}
    assert used(lot) == 0 == Reservation.objects.count()


def test_a_quota_for_another_region_binds_inpatient_care_and_not_open_care(database):
    lot, slots = inpatient_places(6)
    clinic = slots[0].clinic
    quota = a_quota(clinic, "01", 2)
    needs = [inpatient_need()[0] for _ in range(6)]
    route = Route.INPATIENT_CHOICE
    outcomes = at_once(
        (lambda s=s, n=n: held(s, n, lot, by=acting(n.patient.subject), route=route))
        for s, n in zip(slots, needs, strict=True)
    )
    assert outcomes == {WON: 2, "cap_full": 4}
    assert CapUse.objects.get(counter=quota.id).used == 2


def test_a_quota_counts_nobody_in_open_care(database):
    clinic = a_clinic("03")
    lot, slots = an_agreement(clinic), [a_slot(clinic, starts_at=at(10, 8, n)) for n in range(3)]
    a_quota(clinic, "01", 0)
    needs = [a_referral(a_patient()) for _ in slots]
    for slot, need in zip(slots, needs, strict=True):
        held(slot, need, lot, route=Route.FREE_CHOICE, consequence_version="1")
    assert not CapUse.objects.exists()


def share_of(region):
    return sum(CapUse.objects.filter(region=region).values_list("used", flat=True))


def a_quota(clinic, region, places):
    return RegionQuota.objects.using("owner").create(
        clinic=clinic,
        tenant=clinic.tenant,
        region_id=region,
        places=places,
        period="year",
        valid_from=NOW.date(),
        set_by=staff(Role.CLINIC_STAFF, clinic.tenant),
        set_at=NOW,
    )


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
    database, monkeypatch, settings
):
    settings.HOLDS_MOST = 8
    need, commitment = inpatient_need(uses=2)
    lot, slots = inpatient_places(8)
    monkeypatch.setattr(reserving, "reserve_commitment", _promise_without_looking)
    assert all_hold_inpatient(slots[:4], need, lot)[WON] == 2
    with without(*COMMITMENT_CHECK):
        assert all_hold_inpatient(slots[4:], need, lot)[WON] == 4
        assert fresh(commitment).uses == 6
        _set_uses(commitment, 0)


def _promise_without_looking(referral, day, now):
    commitment = referral.commitments.get()
    reserving.PaymentCommitment.objects.filter(id=commitment.id).update(uses=F("uses") + 1)
    return commitment.id


def _set_uses(commitment, uses):
    connections["default"].close()
    type(commitment).objects.using("owner").filter(id=commitment.id).update(uses=uses)


# Counters that meet


def crossing(by, first, second, met):
    """Takes two counters in an order; `met` makes sure that the other has its first one by then."""

    def work():
        CapUse.objects.filter(id=first.id).update(used=F("used") + 1)
        met(first)
        CapUse.objects.filter(id=second.id).update(used=F("used") + 1)
        return Answer(200, {})

    with acting_as(by):
        return once(by=by, key=str(uuid4()), request={}, now=NOW, work=work)


def test_two_requests_that_block_each_other_are_both_carried_out(database):
    period = NOW.date().replace(day=1)
    counts = [
        CapUse.objects.using("owner").create(counter=uuid4(), period=period, limit=9)
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
