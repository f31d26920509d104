"""A no to an offer: its evidence, the one way in which it pauses the guarantee, and how it is taken back."""

from datetime import timedelta

import pytest
from django.conf import settings
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as st

from accounts.models import Event
from accounts.roles import Role
from accounts.selectors.actors import system_actor
from accounts.tenancy import acting_as
from brokering.access import access_referral
from brokering.actions import offers
from brokering.actions.refusals import want_care_again
from brokering.errors import AlreadyOffered, NoStands, NotRefraining, SlotTaken
from brokering.law.clock import ClockEvent as Fact
from brokering.law.clock_facts import ClockEventType
from brokering.models import ClockEvent, Offer
from brokering.selectors.answers import (
    NO_GUARANTEE,
    NOT_OF_THE_GUARANTEE,
    consequences_of,
)
from brokering.selectors.clocks import Dates, clock_of, clocks_of
from brokering.states import OfferState, ReferralState
from brokering.tasks import sweep
from contracts.models import OfferPolicy
from tests.brokering.desk import answered, booked, cancelled, fresh, held, offered, released
from tests.factories import (
    NOW,
    OWNER,
    TODAY,
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
READ = "2026-1"
DAY = timedelta(days=1)
T = ClockEventType


@pytest.fixture
def lot(clinic):
    return an_agreement(clinic, cap_places=50, cap_period="year")


@pytest.fixture
def slot(clinic):
    return a_slot(clinic)


@pytest.fixture
def alice(database):
    return a_referral(a_patient("Alice"), priority=2)


@pytest.fixture
def bob(database):
    return a_referral(a_patient("Bob"), priority=3)


@pytest.fixture
def region(database):
    return system_actor(a_region("01").tenant_id)


@pytest.fixture(autouse=True)
def rematched(monkeypatch):
    sent = []
    monkeypatch.setattr("brokering.tasks.rematch_freed.delay", lambda: sent.append("woken"))
    return sent


def patient(need):
    return acting(need.patient.subject)


def decline(offer, need, informed=READ, **also):
    also = {"by": patient(need)} | also
    answered(offer, offers.decline_offer, informed=informed, **also)


def regret(offer, need, **also):
    answered(offer, offers.regret_no, by=patient(need), **also)


def clock(need, on=TODAY):
    with acting_as(patient(need)):
        return clocks_of([need], on=on)[need.id]


def evidence(offer):
    return Event.objects.using(OWNER).get(noun="offer", verb="refused", noun_id=str(offer.id)).data


def facts(need):
    rows = ClockEvent.objects.using(OWNER).filter(referral=need).order_by("recorded_at", "id")
    return [row.type for row in rows]


def told(offer, need):
    with acting_as(patient(need)):
        row = Offer.objects.select_related("booking__claim__slot", "referral").get(id=offer.id)
        return consequences_of(row, on=TODAY)


def test_the_regions_own_decision_says_how_long_there_is_to_answer(clinic, alice, lot, region):
    figures = {"answer_days": 7, "attempts": 1, "letter_days": 1, "decision_reference": "RS 1"}
    ada = staff(Role.REGION_ADMINISTRATOR, a_region("01").tenant)
    row = {"tenant": a_region("01").tenant, "valid_from": TODAY, "set_by": ada, "set_at": NOW}
    OfferPolicy.objects.using(OWNER).create(region=a_region("01"), **row, **figures)
    offer = offered(a_slot(clinic, starts_at=at(40)), alice, lot, by=region)
    assert offer.answer_by == NOW + 7 * DAY
    sent = Event.objects.using(OWNER).get(noun="offer", verb="sent")
    assert sent.data == {"answer_days": 7, "decided_by": "RS 1"}


def test_a_no_keeps_what_was_told_offered_and_answered(slot, alice, lot, region):
    offer = offered(slot, alice, lot, by=region)
    due = clock(alice).due
    decline(offer, alice)
    care_on = slot.starts_at.date()
    assert evidence(offer) == {
        "text": READ,
        "told": "home_region",
        "spoken_for": False,
        "pauses": True,
        "missing": "",
        "offered_on": TODAY.isoformat(),
        "care_on": care_on.isoformat(),
        "due_when_offered": due.isoformat(),
    }
    no = ClockEvent.objects.using(OWNER).get(referral=alice, type=T.DECLINED)
    assert (no.on, no.offer_on) == (TODAY, TODAY)


def test_a_no_by_telephone_says_who_spoke_for_whom_and_pauses_only_what_was_read_out(
    slot, alice, lot, region
):
    nils = acting(staff(Role.NAVIGATOR, a_region("01").tenant, "Nils"))
    offer = offered(slot, alice, lot, by=region)
    decline(offer, alice, informed="", by=nils)
    assert evidence(offer)["spoken_for"] is True
    assert evidence(offer)["missing"] == "refusal_not_informed"
    assert not clock(alice).paused


def test_what_is_told_before_a_no_is_what_the_clock_says_after_it(slot, alice, lot, region):
    offer = offered(slot, alice, lot, by=region)
    before = told(offer, alice)
    assert (before.if_declined.pauses, before.if_accepted.in_time) == (True, True)
    decline(offer, alice)
    assert clock(alice).paused


def test_a_time_after_the_last_day_can_be_turned_down_without_any_pause(clinic, bob, lot, region):
    alice = a_referral(a_patient("Alice"), issued_on=TODAY - 80 * DAY)
    offer = offered(a_slot(clinic, starts_at=at(20)), alice, lot, by=region)
    before = told(offer, alice)
    assert (before.if_declined.pauses, before.if_accepted.in_time) == (False, False)
    assert before.if_declined.missing == "refusal_of_late_offer"
    decline(offer, alice)
    assert not clock(alice).paused


def test_a_place_that_would_end_the_guarantee_can_be_turned_down_without_a_trace(alice, region):
    away = a_clinic("03")
    offer = offered(a_slot(away), alice, an_agreement(away), by=region, route="free_choice")
    assert told(offer, alice).if_declined.missing == NOT_OF_THE_GUARANTEE
    assert told(offer, alice).if_accepted.effect == "excluded"
    decline(offer, alice)
    assert facts(alice) == []


def test_care_without_a_guarantee_has_nothing_to_pause(clinic, lot, slot, region):
    alice = a_referral(a_patient("Alice"), guarantee="none")
    offer = offered(slot, alice, lot, by=region)
    assert told(offer, alice).if_declined.missing == NO_GUARANTEE
    decline(offer, alice)
    assert T.DECLINED not in facts(alice)


def lapse(offer, need):
    Offer.objects.using(OWNER).filter(id=offer.id).update(answer_by=NOW - DAY)
    sweep()


OTHER_WAYS = {
    "silence": lapse,
    "letting_go_by_the_places_own_page": lambda offer, need: released(offer.booking),
    "a_no_that_was_not_explained": lambda offer, need: decline(offer, need, informed=""),
    "a_yes_and_then_a_cancellation": lambda offer, need: (
        answered(offer, offers.accept_offer, by=patient(need)),
        cancelled(offer.booking),
    ),
    "a_no_that_was_regretted": lambda offer, need: (decline(offer, need), regret(offer, need)),
}


@pytest.mark.parametrize("way", OTHER_WAYS.values(), ids=OTHER_WAYS)
def test_nothing_but_an_explained_no_to_a_timely_offer_pauses_the_guarantee(
    slot, alice, lot, region, way
):
    way(offered(slot, alice, lot, by=region), alice)
    assert not clock(alice).paused
    assert not clock(alice, on=TODAY + 30 * DAY).paused


def test_taking_another_place_than_the_offered_one_pauses_nothing(clinic, slot, alice, lot, region):
    offered(slot, alice, lot, by=region)
    booked(a_slot(clinic, starts_at=at(20)), alice, lot)
    assert not clock(alice).paused


def test_a_no_by_mistake_gives_the_offer_back_until_the_same_moment(slot, alice, lot, region):
    offer = offered(slot, alice, lot, by=region)
    decline(offer, alice)
    regret(offer, alice, now=NOW + timedelta(minutes=5))
    again = Offer.objects.using(OWNER).get(referral=alice, state=OfferState.SENT)
    assert (again.answer_by, again.booking.claim.slot_id) == (offer.answer_by, slot.id)
    assert fresh(alice).state == ReferralState.OFFERED
    assert not clock(alice).paused


def test_a_second_no_the_same_day_counts_as_the_first_would_have(slot, alice, lot, region):
    offer = offered(slot, alice, lot, by=region)
    decline(offer, alice)
    regret(offer, alice)
    decline(Offer.objects.using(OWNER).get(referral=alice, state=OfferState.SENT), alice)
    assert clock(alice).paused


def test_who_regrets_after_somebody_else_has_the_place_is_told_so(slot, alice, bob, lot, region):
    offer = offered(slot, alice, lot, by=region)
    decline(offer, alice)
    held(slot, bob, lot)
    with pytest.raises(SlotTaken):
        regret(offer, alice)
    assert fresh(alice).state == ReferralState.WAITING
    assert clock(alice).paused


def test_a_no_stands_once_its_time_is_over_or_something_else_is_offered(
    clinic, slot, alice, lot, region
):
    offer = offered(slot, alice, lot, by=region)
    decline(offer, alice)
    with pytest.raises(NoStands):
        regret(offer, alice, now=NOW + settings.NO_REGRETTED_WITHIN)
    offered(a_slot(clinic, starts_at=at(20)), alice, lot, by=region)
    with pytest.raises(AlreadyOffered):
        regret(offer, alice)


def test_only_a_no_can_be_regretted(slot, alice, lot, region):
    offer = offered(slot, alice, lot, by=region)
    with pytest.raises(NoStands):
        regret(offer, alice)


def again(need, now=NOW):
    by = patient(need)
    with acting_as(by):
        row = access_referral(need.id, by=by, purpose="test", now=now)
        want_care_again(by=by, referral=row, now=now)


def test_whoever_wants_the_care_again_has_the_days_counted_from_that_day(slot, alice, lot, region):
    decline(offered(slot, alice, lot, by=region), alice)
    due = clock(alice, on=TODAY - DAY).due
    again(alice, now=NOW + 10 * DAY)
    found = clock(alice, on=TODAY + 10 * DAY)
    assert not found.paused
    assert found.due == due + 10 * DAY


def test_whoever_has_refused_nothing_has_nothing_to_take_back(alice):
    with pytest.raises(NotRefraining):
        again(alice)


DATES = Dates(
    guarantee="besok", region="01", issued_on=TODAY - 10 * DAY, contact_on=None, decided_on=None
)


@how(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.integers(0, 9))
def test_of_all_that_was_said_in_turn_in_a_day_the_last_word_counts(words):
    """No, yes please, no again: each takes back the one before."""
    offer = Fact(T.OFFERED, TODAY, care_on=TODAY + 30 * DAY)
    said = [T.REGRETTED if turn % 2 else T.DECLINED for turn in range(words)]
    facts = [Fact(one, TODAY, offer=TODAY if one == T.DECLINED else None) for one in said]
    found = clock_of(DATES, [Fact(T.INFORMED, TODAY), offer, *facts], on=TODAY)
    assert found.paused == (said[-1:] == [T.DECLINED])
