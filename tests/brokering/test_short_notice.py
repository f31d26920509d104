"""A freed place at short notice goes to the first yes among those who wanted to be asked, need first."""

from datetime import timedelta

import pytest

from accounts.errors import NotFound
from accounts.models import Change, Event
from accounts.roles import Role
from accounts.tenancy import acting_as
from brokering.actions.invitations import InvitationOver
from brokering.actions.short_notice import Manage, consent, end_consent
from brokering.errors import ConsequenceNotSeen, InvalidValue, NotReleased, SlotWithdrawn
from brokering.models import Booking, ClockEvent, Offer, Round, ShortNotice
from brokering.selectors.queries import Query
from brokering.selectors.search import search
from brokering.states import BookingState, InvitationState, ReferralState
from brokering.tasks import offer_round, sweep
from providers.actions.freed import take_freed
from providers.models import Slot
from tests.brokering.desk import booked, cancelled, fresh, held, lapsed
from tests.brokering.invited import READY, batch, freed, invitation, says_no, says_yes, wants
from tests.brokering.reached import all_messages, reached_by
from tests.factories import (
    EYES,
    NOW,
    OWNER,
    a_clinic,
    a_patient,
    a_referral,
    a_slot,
    acting,
    an_agreement,
    at,
    staff,
)

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def slot(clinic, lot):
    return a_slot(clinic, starts_at=at(2))


@pytest.fixture
def navigator(alice):
    return acting(staff(Role.NAVIGATOR, alice.tenant))


def people(*priorities, **also):
    return [
        a_referral(a_patient(f"Person{number}"), priority=priority, **also)
        for number, priority in enumerate(priorities)
    ]


def everybody(*needs, **also):
    for need in needs:
        wants(need, **also)


def states(*needs):
    return [invitation(need).state if invitation(need) else None for need in needs]


def shown(slot):
    """Whether the search shows the place as one that can be had now."""
    hits = search(Query(care=EYES, home_region="01"), now=NOW).hits
    return {hit.place.slot: hit.released for hit in hits}.get(slot.id, False)


def test_a_place_too_near_for_a_round_is_offered_to_those_who_want_to_be_asked(slot, alice):
    wants(alice)
    assert freed(slot) == {"proposals": 0, "offers": 0, "asked": 1}
    assert states(alice) == [InvitationState.SENT]
    assert fresh(alice).state == ReferralState.WAITING
    assert not Round.objects.using(OWNER).exists()


def test_nobody_is_asked_who_has_not_consented_or_has_taken_it_back(slot, alice):
    ended = people(2)[0]
    wants(ended)
    with acting_as(by := acting(ended.patient.subject)):
        end_consent(by=by, referral_id=ended.id, now=NOW)
    assert freed(slot)["asked"] == 0
    assert shown(slot)


def test_as_many_as_the_region_says_are_asked_highest_need_first(slot, settings):
    settings.OFFER_BATCH = 2
    needs = people(4, 1, 3, 2)
    everybody(*needs)
    freed(slot)
    assert states(*needs) == [None, InvitationState.SENT, None, InvitationState.SENT]


def test_a_place_that_can_be_offered_in_the_ordinary_way_is_offered_so(clinic, lot, alice):
    wants(alice)
    assert freed(a_slot(clinic, starts_at=at(6))) == {"proposals": 1, "offers": 1, "asked": 0}


def test_of_a_far_away_place_nobody_is_asked(clinic, lot, alice):
    wants(a_referral(alice.patient, watch_until=at(1).date()))
    wants(people(1, watch_until=at(100).date())[0])
    assert freed(a_slot(clinic, starts_at=at(12)))["asked"] == 0


def test_who_must_know_longer_beforehand_is_not_asked(slot, alice):
    wants(alice, hours=7 * 24)
    assert freed(slot)["asked"] == 0


def test_who_has_something_left_to_tick_off_is_not_asked(slot, alice):
    wants(alice, ready=READY - {"gets_there"})
    assert freed(slot)["asked"] == 0


def test_what_only_an_operation_asks_for_stops_nobody_from_a_visit(slot, alice):
    wants(alice, ready=frozenset({"gets_there", "can_be_called"}))
    assert freed(slot)["asked"] == 1


def test_nobody_is_asked_where_the_agreement_does_not_allow_it(clinic, alice):
    an_agreement(clinic, age_min=90)
    wants(alice)
    assert freed(a_slot(clinic, starts_at=at(2)))["asked"] == 0


def test_while_people_are_asked_no_one_else_gets_or_sees_the_place(slot, alice, lot):
    other, region = people(1)[0], acting(staff(Role.NAVIGATOR, alice.tenant))
    wants(alice)
    assert shown(slot)
    freed(slot)
    assert not shown(slot)
    for by, also in ((None, {}), (region, {"before_release": True})):
        with pytest.raises(NotReleased):
            held(slot, other, lot, by=by, **also)


def test_a_round_gives_out_no_place_about_which_people_are_asked(slot, alice, settings):
    wants(alice)
    freed(slot)
    settings.MATCH_NOTICE = timedelta(0)
    people(1)
    assert offer_round(EYES, now=NOW) == {"proposals": 0, "offers": 0}


def test_a_freed_place_is_asked_about_once_at_a_time(slot, alice):
    wants(alice)
    other = people(1)[0]
    assert freed(slot)["asked"] == 1
    wants(other)
    assert freed(slot)["asked"] == 0


def test_the_answer_is_due_within_half_of_the_time_that_is_left(slot, alice):
    wants(alice)
    freed(slot)
    left = slot.starts_at - NOW
    assert NOW < batch(slot).answer_by <= NOW + left / 2
    assert fresh(slot).opens_at == batch(slot).answer_by


def test_the_first_yes_has_the_place_and_the_others_are_told(slot, lot):
    first, second = people(1, 2)
    for need in (first, second):
        reached_by(need.patient, "letter")
    everybody(first, second)
    freed(slot)
    booking = says_yes(second)
    assert states(first, second) == [InvitationState.LATE, InvitationState.ACCEPTED]
    assert fresh(booking).state == BookingState.BOOKED
    assert invitation(second).booking_id == booking.id
    assert [fresh(first).state, fresh(second).state] == ["waiting", "booked"]
    late = [one.referral_id for one in all_messages(kind="invitation_late")]
    assert late == [first.id]


def test_all_are_told_at_once_on_screen_and_by_message_and_names_stand_nowhere(slot, alice):
    reached_by(alice.patient, "letter")
    wants(alice)
    freed(slot)
    assert [one.kind for one in all_messages()] == ["invited"]
    told = Change.objects.using(OWNER).filter(kind="invited")
    assert {one.topic for one in told} == {f"person:{alice.subject_id}", "region:01"}
    assert not [one for one in told if alice.patient.name in str(one.data)]


def test_a_yes_after_somebody_elses_is_refused_and_changes_nothing(slot):
    first, second = people(1, 2)
    everybody(first, second)
    freed(slot)
    says_yes(first)
    with pytest.raises(InvitationOver):
        says_yes(second)
    assert Booking.objects.using(OWNER).count() == 1


def test_a_yes_when_the_time_is_out_is_refused(slot, alice):
    wants(alice)
    freed(slot)
    with pytest.raises(InvitationOver):
        says_yes(alice, now=batch(slot).answer_by)


def test_a_no_touches_no_clock_and_the_last_one_opens_the_place_to_everyone(slot):
    first, second = people(1, 2)
    everybody(first, second)
    freed(slot)
    says_no(first)
    assert not shown(slot)
    says_no(second)
    assert shown(slot)
    assert batch(slot).ended_at == NOW
    assert not ClockEvent.objects.using(OWNER).exists()
    assert not Offer.objects.using(OWNER).exists()


def test_silence_touches_no_clock_and_the_place_opens_when_the_time_is_out(slot, alice):
    wants(alice)
    freed(slot, now=NOW - timedelta(days=1))
    assert fresh(slot).opens_at <= NOW
    assert sweep()["batches"] == 1
    assert states(alice) == [InvitationState.LAPSED]
    assert not ClockEvent.objects.using(OWNER).exists()
    assert sweep()["batches"] == 0


def test_nobody_is_asked_twice_about_the_same_place(slot, alice):
    wants(alice)
    freed(slot)
    says_no(alice)
    assert freed(slot)["asked"] == 0


def test_nobody_is_asked_about_two_places_at_once(clinic, slot, alice):
    wants(alice)
    freed(slot)
    assert freed(a_slot(clinic, starts_at=at(3)))["asked"] == 0
    says_no(alice)
    assert freed(a_slot(clinic, starts_at=at(3, 10)))["asked"] == 1


def test_who_is_asked_while_the_clinic_takes_the_place_back_is_refused(slot, alice):
    wants(alice)
    freed(slot)
    Slot.objects.using(OWNER).filter(id=slot.id).update(state=Slot.State.WITHDRAWN)
    with pytest.raises(SlotWithdrawn):
        says_yes(alice)
    assert sweep()["batches"] == 1
    assert states(alice) == [InvitationState.WITHDRAWN]


def test_a_cancelled_visit_becomes_a_place_at_short_notice(slot, lot, alice):
    leaving = people(1)[0]
    wants(alice)
    cancelled(booked(slot, leaving, lot))
    assert freed(slot)["asked"] == 1
    assert says_yes(alice).claim.slot_id == slot.id


def test_a_click_that_ran_out_frees_a_place_at_short_notice(slot, lot, alice):
    lapsed(slot, people(1)[0], lot)
    sweep()
    assert slot.id in {freed.slot for freed in take_freed(now=NOW)}


def test_who_would_lose_the_guarantee_by_a_yes_reads_so_first(alice):
    there = a_clinic("03")
    an_agreement(there)
    mobile = a_referral(a_patient("Bob"), accepts_other_regions=True)
    wants(mobile)
    assert freed(a_slot(there, starts_at=at(2)))["asked"] == 1
    with pytest.raises(ConsequenceNotSeen):
        says_yes(mobile)
    assert says_yes(mobile, consequence_version="2026-1").consequence_version == "2026-1"


def test_a_new_consent_takes_the_place_of_the_old_one(alice):
    wants(alice, hours=48)
    wants(alice, hours=4, km=50)
    rows = ShortNotice.objects.using(OWNER).order_by("notice_hours")
    assert [(row.notice_hours, row.ended_at is None) for row in rows] == [(4, True), (48, False)]


def test_a_vardlots_notes_what_a_patient_says_by_phone(slot, alice, navigator):
    wants(alice, by=navigator)
    event = Event.objects.using(OWNER).get(noun="shortnotice")
    assert (event.actor_id, event.subject_id) == (navigator.id, alice.subject_id)
    assert freed(slot)["asked"] == 1


def test_a_vardlots_says_yes_for_a_patient_on_the_phone(slot, alice, navigator):
    wants(alice)
    freed(slot)
    assert says_yes(alice, by=navigator).state == BookingState.BOOKED


def test_a_clinic_consents_for_nobody(clinic, alice):
    by = acting(staff(Role.CLINIC_STAFF, clinic.tenant))
    with pytest.raises(NotFound):
        wants(alice, by=by)


@pytest.mark.parametrize(
    "wrong",
    [{"notice_hours": 0}, {"notice_hours": 169}, {"max_distance_km": 0}, {"ready": {"diagnosis"}}],
    ids=lambda wrong: next(iter(wrong)),
)
def test_what_makes_no_sense_is_refused(alice, wrong):
    usual = {"notice_hours": 24, "max_distance_km": None, "ready": READY}
    by = acting(alice.patient.subject)
    with acting_as(by), pytest.raises(InvalidValue):
        consent(by=by, referral_id=alice.id, said=Manage(**usual | wrong), now=NOW)


def test_nobody_answers_for_somebody_else(slot, alice):
    wants(alice)
    freed(slot)
    stranger = acting(people(1)[0].patient.subject)
    with pytest.raises(NotFound):
        says_yes(alice, by=stranger)
