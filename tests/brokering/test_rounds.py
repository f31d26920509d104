"""A round proposes by need and tells nobody; offers follow, one by one, decided anew."""

from datetime import timedelta

import pytest
from django.conf import settings

from accounts.errors import Refusal
from accounts.models import AccessLog, Change, Event
from accounts.selectors.actors import system_actor
from accounts.tenancy import acting_as
from brokering.actions import offers
from brokering.models import Booking, Offer, Proposal, Round
from brokering.states import ReferralState
from brokering.tasks import matched, offer_round, rematch_freed
from providers.models import Slot
from tests.brokering.desk import booked, fresh, held
from tests.factories import (
    EYES,
    NOW,
    TODAY,
    a_patient,
    a_referral,
    a_slot,
    at,
)

pytestmark = pytest.mark.usefixtures("database")


def needs(*priorities, **also):
    return [
        a_referral(a_patient(f"Person{number}"), priority=priority, **also)
        for number, priority in enumerate(priorities)
    ]


def states(*found):
    return [fresh(need).state for need in found]


def test_one_place_goes_to_the_highest_need_however_long_the_others_waited(clinic, lot):
    a_slot(clinic)
    low, high = needs(4, 1)
    assert offer_round(EYES, now=NOW) == {"proposals": 1, "offers": 1}
    assert states(high, low) == [ReferralState.OFFERED, ReferralState.WAITING]


def test_a_place_that_free_booking_has_not_opened_is_given_out_by_a_round(clinic, lot):
    slot = a_slot(clinic, opens_at=NOW + timedelta(days=1))
    (need,) = needs(2)
    offer_round(EYES, now=NOW)
    assert fresh(need).state == ReferralState.OFFERED
    assert Booking.objects.using("owner").get().claim.slot_id == slot.id


def test_a_round_writes_proposals_with_opaque_keys_and_touches_nobody(clinic, lot):
    slot, (need,) = a_slot(clinic), needs(2)
    outcome = matched(EYES, now=NOW)
    proposal = Proposal.objects.using("owner").get(round=outcome.id)
    assert (proposal.need_key, proposal.slot_id) == (need.need_key, slot.id)
    assert fresh(need).state == ReferralState.WAITING
    assert not Booking.objects.using("owner").exists()
    assert set(Change.objects.using("owner").values_list("topic", flat=True)) == {f"round:{EYES}"}
    assert not AccessLog.objects.using("owner").exists()


def test_the_same_rows_give_the_same_proposals(clinic, lot):
    for hour in range(8, 12):
        a_slot(clinic, starts_at=at(10, hour))
    needs(1, 2, 3, 3, 4, 4)
    found = [matched(EYES, now=NOW) for _ in range(3)]
    plans = [{(one.need_key, one.slot) for one in each.proposals} for each in found]
    assert plans[0] == plans[1] == plans[2]
    assert len(plans[0]) == 4
    assert found[1].result.digest == found[2].result.digest


def test_who_holds_or_has_a_place_is_not_matched_again(clinic, lot):
    holding, having, waiting = needs(1, 1, 4)
    held(a_slot(clinic), holding, lot)
    booked(a_slot(clinic), having, lot)
    a_slot(clinic)
    offer_round(EYES, now=NOW)
    assert states(holding, having, waiting) == ["waiting", "booked", "offered"]


def test_who_has_no_need_class_waits_for_a_clinician_and_is_counted(clinic, lot):
    a_slot(clinic)
    (unset,) = needs(None)
    outcome = matched(EYES, now=NOW)
    assert (outcome.proposals, list(outcome.given.left_out.values())) == ((), ["no_priority"])
    assert fresh(unset).state == ReferralState.WAITING


def test_a_place_at_too_short_notice_is_not_given_out(clinic, lot):
    a_slot(clinic, starts_at=NOW + settings.MATCH_NOTICE - timedelta(hours=1))
    needs(1)
    assert offer_round(EYES, now=NOW) == {"proposals": 0, "offers": 0}


def test_a_proposal_whose_place_was_taken_meanwhile_is_left_for_the_next_round(clinic, lot):
    slot, (need,) = a_slot(clinic), needs(2)
    outcome = matched(EYES, now=NOW)
    booked(slot, a_referral(a_patient("Bob")), lot)
    actor = system_actor(need.tenant_id)
    with acting_as(actor), pytest.raises(Refusal) as refused:
        offers.send_offer(by=actor, proposed=outcome.proposals[0], now=NOW)
    assert refused.value.code == "slot_taken"
    assert fresh(need).state == ReferralState.WAITING


def test_an_agreement_that_ended_meanwhile_is_not_offered(clinic, lot):
    a_slot(clinic)
    (need,) = needs(2)
    outcome = matched(EYES, now=NOW)
    type(lot.agreement).objects.using("owner").update(valid_to=TODAY - timedelta(days=1))
    actor = system_actor(need.tenant_id)
    with acting_as(actor), pytest.raises(Refusal) as refused:
        offers.send_offer(by=actor, proposed=outcome.proposals[0], now=NOW)
    assert refused.value.code == "not_bookable"


def test_two_rounds_for_one_care_offer_each_place_and_each_need_once(clinic, lot):
    for hour in range(8, 11):
        a_slot(clinic, starts_at=at(10, hour))
    needs(1, 2, 3)
    assert offer_round(EYES, now=NOW)["offers"] == 3
    assert offer_round(EYES, now=NOW)["offers"] == 0
    assert Offer.objects.using("owner").count() == 3


def test_a_round_sends_no_more_offers_than_is_set_and_the_highest_needs_first(
    clinic, lot, settings
):
    settings.ROUND_OFFERS_MAX = 1
    for hour in range(8, 11):
        a_slot(clinic, starts_at=at(10, hour))
    low, high, middle = needs(4, 1, 2)
    assert offer_round(EYES, now=NOW) == {"proposals": 3, "offers": 1}
    assert states(high, middle, low) == ["offered", "waiting", "waiting"]


def test_a_freed_place_is_given_to_the_highest_need_that_may_use_it(clinic, lot):
    slot = a_slot(clinic)
    a_slot(clinic, starts_at=at(12))
    _, high = needs(3, 1)
    for state in ("withdrawn", "open"):
        Slot.objects.using("owner").filter(id=slot.id).update(state=state)
    assert rematch_freed()["offers"] == 1
    assert fresh(high).state == ReferralState.OFFERED
    assert Booking.objects.using("owner").get().claim.slot_id == slot.id


def test_where_no_place_became_free_there_is_nothing_to_do(clinic):
    a_slot(clinic)
    nothing = {"proposals": 0, "offers": 0, "asked": 0, "batches": 0}
    assert rematch_freed() == nothing


def test_a_round_leaves_an_event_and_says_what_it_did_and_for_whom_nothing(clinic, lot):
    a_slot(clinic)
    needs(1, 2)
    outcome = matched(EYES, now=NOW)
    assert Event.objects.using("owner").get(noun="round").data == {"care": EYES, "proposals": 1}
    summary = Round.objects.using("owner").get(id=outcome.id).summary
    assert (summary["needs"], summary["proposals"]) == (2, 1)
