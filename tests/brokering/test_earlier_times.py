"""Who has a time and would come earlier is asked about a freed one, after everybody who waits without."""

from datetime import timedelta

import numpy as np
import pytest
from django.db import connections

from accounts.errors import NotFound
from accounts.roles import Role
from accounts.tenancy import acting_as
from brokering.access import access_booking
from brokering.actions.short_notice import Manage, end_consent, want_earlier
from brokering.errors import SlotTaken, WrongState
from brokering.matching.seen import Seen
from brokering.models import Batch, Offer, ShortNotice
from brokering.states import BookingState, InvitationState
from brokering.tasks import freed as tasks
from brokering.tasks import sweep
from providers.models import Clinic, Slot
from tests.brokering.desk import booked, cancelled, fresh, held
from tests.brokering.invited import READY, freed, invitation, says_no, says_yes, wants
from tests.brokering.reached import all_messages, reached_by
from tests.brokering.test_freed_places import matched_again
from tests.factories import (
    NOW,
    OWNER,
    a_claim,
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
def later(clinic, lot, alice):
    """Alice has a time in thirty days."""
    return booked(a_slot(clinic, starts_at=at(30)), alice, lot)


@pytest.fixture
def free(clinic):
    return a_slot(clinic, starts_at=at(12))


def would_come_earlier(booking, *, by=None, hours=24, ready=READY, now=NOW):
    by = by or acting(booking.patient.subject)
    said = Manage(notice_hours=hours, max_distance_km=None, ready=ready)
    with acting_as(by):
        row = access_booking(booking.id, by=by, purpose="test", now=now)
        return want_earlier(by=by, booking=row, said=said, now=now)


def test_an_earlier_time_is_asked_about_and_a_yes_moves_the_visit(later, free, alice):
    would_come_earlier(later)
    assert freed(free) == {"proposals": 0, "offers": 0, "asked": 1}
    new = says_yes(alice)
    assert new.claim.slot_id == free.id
    assert [fresh(later).state, fresh(new).state] == [BookingState.CANCELLED, BookingState.BOOKED]
    assert fresh(later).cancel_reason == "rebooked"


def written_by(row):
    """The transaction that last wrote the row."""
    with connections[OWNER].cursor() as cursor:
        table = connections[OWNER].ops.quote_name(row._meta.db_table)
        cursor.execute(f"SELECT xmin::text::bigint FROM {table} WHERE id = %s", [row.pk])
        [(transaction,)] = cursor.fetchall()
    return transaction


def test_who_comes_while_others_are_looked_for_was_not_seen_by_the_question(
    later, free, monkeypatch
):
    would_come_earlier(later)
    looked_for, came = tasks.earlier_in_line, []

    def meanwhile(*args, **on):
        came.append(a_referral(a_patient("Bob")))
        return looked_for(*args, **on)

    monkeypatch.setattr(tasks, "earlier_in_line", meanwhile)
    assert freed(free)["asked"] == 1
    written = [written_by(later.referral), written_by(came[0])]
    seen = Seen.of(Batch.objects.using(OWNER).get().seen)
    assert seen.holds(np.array(written)).tolist() == [True, False]


def test_the_old_place_goes_to_whoever_waits(later, free, alice):
    would_come_earlier(later)
    freed(free)
    says_yes(alice)
    bob = a_referral(a_patient("Bob"))
    assert matched_again()["offers"] == 1
    given = Offer.objects.using(OWNER).select_related("booking__claim").get(referral=bob)
    assert given.booking.claim.slot_id == later.claim.slot_id


def test_a_no_or_silence_keeps_the_time_that_one_has(later, free, alice):
    would_come_earlier(later)
    freed(free)
    says_no(alice)
    assert fresh(later).state == BookingState.BOOKED
    assert fresh(free).opens_at <= NOW


@pytest.mark.parametrize("priority", [1, 4])
def test_whoever_waits_without_a_time_comes_first(later, free, priority):
    would_come_earlier(later)
    a_referral(a_patient("Bob"), priority=priority)
    assert freed(free) == {"proposals": 1, "offers": 1, "asked": 0}


def test_what_a_round_wants_and_has_not_offered_yet_is_asked_of_nobody(later, free, settings):
    would_come_earlier(later)
    settings.ROUND_OFFERS_MAX = 0
    a_referral(a_patient("Bob"))
    assert freed(free) == {"proposals": 1, "offers": 0, "asked": 0}


def test_at_short_notice_whoever_waits_and_wants_that_is_asked_alone(clinic, later):
    would_come_earlier(later)
    waiting = a_referral(a_patient("Bob"), priority=4)
    wants(waiting)
    near = a_slot(clinic, starts_at=at(3))
    assert freed(near)["asked"] == 1
    assert invitation(waiting).state == InvitationState.SENT


def test_the_highest_need_is_asked_first_and_as_many_as_the_region_says(
    clinic, lot, free, settings
):
    settings.OFFER_BATCH = 1
    needs = [a_referral(a_patient(f"P{number}"), priority=number) for number in (3, 1, 2)]
    for day, need in enumerate(needs):
        would_come_earlier(booked(a_slot(clinic, starts_at=at(30 + day)), need, lot))
    assert freed(free)["asked"] == 1
    assert [invitation(need) is not None for need in needs] == [False, True, False]


def test_nobody_is_asked_about_a_later_time_another_clinic_or_another_form(clinic, lot, later):
    there = a_clinic()
    an_agreement(there)
    would_come_earlier(later)
    for slot in (
        a_slot(clinic, starts_at=at(31)),
        a_slot(there, starts_at=at(12)),
        a_slot(clinic, starts_at=at(12), form="inpatient"),
    ):
        assert freed(slot)["asked"] == 0


@pytest.mark.parametrize(
    "said", [{"hours": 7 * 24}, {"ready": READY - {"gets_there"}}], ids=["too soon", "not ready"]
)
def test_who_cannot_come_is_not_asked(clinic, later, said):
    would_come_earlier(later, **said)
    assert freed(a_slot(clinic, starts_at=at(5)))["asked"] == 0


def test_who_may_not_move_their_time_any_longer_is_not_asked(clinic, lot, alice):
    Clinic.objects.using(OWNER).filter(id=clinic.id).update(cancel_until=timedelta(days=20))
    near = booked(a_slot(clinic, starts_at=at(15)), alice, lot)
    would_come_earlier(near)
    assert freed(a_slot(clinic, starts_at=at(5)))["asked"] == 0


def test_a_wish_ends_with_the_booking_that_it_is_about(later, free):
    would_come_earlier(later)
    cancelled(later)
    assert freed(free)["offers"] == 1
    assert ShortNotice.objects.using(OWNER).get().booking_id == later.id


def test_a_wish_that_was_taken_back_is_asked_nothing(later, free, alice):
    would_come_earlier(later)
    with acting_as(by := acting(alice.patient.subject)):
        end_consent(by=by, referral_id=alice.id, now=NOW)
    assert freed(free)["asked"] == 0


def test_who_only_holds_a_time_has_nothing_to_come_earlier_than(clinic, lot, alice):
    with pytest.raises(WrongState):
        would_come_earlier(held(a_slot(clinic, starts_at=at(30)), alice, lot))


def test_nobody_wishes_for_somebody_else(later):
    stranger = acting(a_patient("Mallory").subject)
    with pytest.raises(NotFound):
        would_come_earlier(later, by=stranger)


def test_a_vardlots_notes_the_wish_of_somebody_on_the_phone(later, free, alice):
    would_come_earlier(later, by=acting(staff(Role.NAVIGATOR, alice.tenant)))
    assert freed(free)["asked"] == 1


def test_where_the_place_is_gone_the_old_time_stands(later, free, lot, alice):
    would_come_earlier(later)
    freed(free)
    a_claim(free, lot)
    with pytest.raises(SlotTaken):
        says_yes(alice)
    assert fresh(later).state == BookingState.BOOKED


def test_when_the_clinic_takes_the_place_back_they_are_told(later, free, alice):
    reached_by(alice.patient, "letter")
    would_come_earlier(later)
    freed(free)
    Slot.objects.using(OWNER).filter(id=free.id).update(state=Slot.State.WITHDRAWN)
    assert sweep()["batches"] == 1
    assert invitation(alice).state == InvitationState.WITHDRAWN
    kinds = [one.kind for one in all_messages()]
    assert kinds == ["invited_earlier", "invitation_withdrawn"]
    assert fresh(later).state == BookingState.BOOKED
