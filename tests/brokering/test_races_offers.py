"""The first answer to an offer counts, by whatever channel it comes and whoever takes the place away."""

from datetime import timedelta
from functools import partial

import pytest

from accounts.roles import Role
from accounts.selectors.actors import system_actor
from accounts.tenancy import acting_as
from brokering.actions import offers, restrictions
from brokering.actions.seeking import seek
from brokering.models import Offer
from brokering.states import OfferState, ReferralState
from providers.codes import RestrictionReason
from tests.brokering.crowd import WON, at_once
from tests.brokering.desk import answered, fresh, occupying, offered, released
from tests.factories import (
    NOW,
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
HOUR = timedelta(hours=1)
DAYS_AGO = NOW - timedelta(days=4)
POLITE = {WON, "wrong_state", "hold_lapsed", "slot_withdrawn", "offer_lapsed"}
ENDED = {OfferState.DECLINED, OfferState.WITHDRAWN, OfferState.LAPSED}


@pytest.fixture
def lot(clinic):
    return an_agreement(clinic, cap_places=50, cap_period="year")


@pytest.fixture
def system(database):
    return system_actor(a_region("01").tenant_id)


@pytest.fixture
def nils(database):
    return acting(staff(Role.NAVIGATOR, a_region("01").tenant, "Nils"))


@pytest.fixture
def dana(clinic):
    return acting(staff(Role.CLINIC_STAFF, clinic.tenant))


def sent(clinic, lot, system, number, day, now=NOW):
    need = a_referral(a_patient(f"Person{number}"), priority=2)
    offer = offered(a_slot(clinic, starts_at=at(day)), need, lot, by=system, now=now)
    offer.patient = acting(need.patient.subject)
    return offer


def patient(offer):
    return offer.patient


def yes(offer, by):
    answered(offer, offers.accept_offer, by=by)


def no(offer, by):
    answered(offer, offers.decline_offer, by=by, informed="2026-1")


def let_go(offer, by):
    released(offer.booking, by=by)


def lapse(offer, system):
    with acting_as(system):
        row = Offer.objects.select_related("booking__claim__slot", "referral").get(id=offer.id)
        offers.lapse_offer(by=system, offer=row, now=NOW)


def closed(clinic, by):
    why = {"reason": RestrictionReason.STAFFING, "decision_reference": "RS 2026-1"}
    closure = restrictions.Closure(clinic=clinic.id, begins_at=at(5, 0), ends_at=at(40, 0), **why)
    with acting_as(by):
        restrictions.restrict(by=by, closure=closure, now=NOW)


def agree(offer):
    """Offer, booking, place and need say the same."""
    state, slot = fresh(offer).state, fresh(offer.booking.claim.slot)
    taken = state == OfferState.ACCEPTED
    assert taken or state in ENDED
    assert occupying(slot) == int(taken)
    assert fresh(offer.booking).state == ("booked" if taken else "released")
    wanted = ReferralState.BOOKED if taken else ReferralState.WAITING
    assert fresh(offer.referral).state == wanted


@pytest.mark.parametrize("other", [yes, no, let_go], ids=["a_yes", "a_no", "letting_go"])
def test_a_yes_and_another_answer_by_telephone_at_once_are_one_answer(
    clinic, lot, system, nils, other
):
    for number, day in enumerate(range(10, 14)):
        offer = sent(clinic, lot, system, number, day)
        own, told = partial(yes, offer, patient(offer)), partial(other, offer, nils)
        outcomes = at_once([own, told])
        assert outcomes[WON] == 1
        assert set(outcomes) <= POLITE
        agree(offer)


def test_a_yes_and_the_clinics_decision_to_close_at_once_leave_no_place_half_taken(
    clinic, lot, system, dana
):
    made = [sent(clinic, lot, system, number, day) for number, day in enumerate(range(10, 14))]
    works = [partial(yes, offer, patient(offer)) for offer in made]
    outcomes = at_once([*works, partial(closed, clinic, dana)])
    assert set(outcomes) <= POLITE
    for offer in made:
        agree(offer)


def test_an_offer_whose_place_the_clinic_takes_back_is_withdrawn_and_the_person_waits_on(
    clinic, lot, system, dana
):
    offer = sent(clinic, lot, system, 1, 10)
    closed(clinic, dana)
    assert fresh(offer).state == OfferState.WITHDRAWN
    agree(offer)


def test_two_sweeps_and_a_late_yes_at_once_end_an_offer_once(clinic, lot, system):
    for number, day in enumerate(range(20, 23)):
        offer = sent(clinic, lot, system, number, day, now=DAYS_AGO)
        late = partial(yes, offer, patient(offer))
        outcomes = at_once([late, partial(lapse, offer, system), partial(lapse, offer, system)])
        assert outcomes == {WON: 1, "wrong_state": 1, "offer_lapsed": 1}
        assert fresh(offer).state == OfferState.LAPSED
        assert occupying(offer.booking.claim.slot) == 0


def test_a_letter_and_a_yes_at_once_leave_a_booking(clinic, lot, system):
    for number, day in enumerate(range(30, 33)):
        offer = sent(clinic, lot, system, number, day, now=NOW - 55 * HOUR)
        for hours in (18, 36):
            with acting_as(system):
                then = NOW + (hours - 55) * HOUR
                seek(by=system, offer_id=offer.id, now=then)

        def write(offer=offer):
            with acting_as(system):
                seek(by=system, offer_id=offer.id, now=NOW)

        assert at_once([partial(yes, offer, patient(offer)), write]) == {WON: 2}
        agree(offer)


def test_without_comparing_states_two_answers_would_both_be_taken(
    clinic, lot, system, nils, monkeypatch
):
    """The negative control: without the lock and the swap the races above would find both."""

    def unguarded(row, to, **also):
        type(row).objects.filter(pk=row.pk).update(state=to)

    monkeypatch.setattr(offers, "lock_needs", lambda parts: {})
    monkeypatch.setattr(offers, "move", unguarded)
    monkeypatch.setattr(offers, "confirm", lambda **also: None)
    offer = sent(clinic, lot, system, 1, 10)
    own, told = partial(yes, offer, patient(offer)), partial(yes, offer, nils)
    assert at_once([own, told]) == {WON: 2}
