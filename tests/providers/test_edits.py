"""A clinic moves, recasts and takes back its own times; what a patient has taken stays."""

from datetime import timedelta

import pytest

from accounts.errors import NotAllowed, NotFound
from accounts.roles import Role
from accounts.tenancy import acting_as
from providers.actions.edits import Change, change_places, take_back
from providers.actions.slots import NewSlot, publish, withdraw
from providers.errors import (
    CareNotOffered,
    FormMissing,
    PlaceBooked,
    PlaceHeld,
    PlaceOfFeed,
    PlaceOfWeek,
    TimePassed,
)
from providers.models import Clinic, Slot
from tests.factories import (
    EYES,
    NOW,
    a_claim,
    a_clinic,
    a_feed,
    a_slot,
    acting,
    an_agreement,
    at,
    places_in_week,
    staff,
)

SKIN, EITHER_FORM = "besok-hud", "op-ortopedi"
HALF_AN_HOUR = timedelta(minutes=30)


@pytest.fixture
def clinic(database):
    return a_clinic(cares=[EYES, SKIN, EITHER_FORM])


@pytest.fixture
def dana(clinic):
    return acting(staff(Role.CLINIC_STAFF, clinic.tenant))


def changed(by, clinic, *slots, **change):
    with acting_as(by):
        return change_places(
            by=by,
            clinic=clinic.id,
            slots=[one.id for one in slots],
            change=Change(**change),
            now=NOW,
        )


def undone(by, clinic, pairs):
    with acting_as(by):
        return take_back(by=by, clinic=clinic.id, pairs=pairs, now=NOW)


def published(by, clinic, starts, key="") -> Slot:
    new = NewSlot(care=EYES, starts_at=starts, ends_at=starts + HALF_AN_HOUR, source_key=key)
    with acting_as(by):
        done = publish(by=by, clinic=clinic.id, times=[new], now=NOW)
    return Slot.objects.get(id=next(iter(done.created.values())))


def open_times(clinic) -> list[tuple]:
    rows = Slot.objects.filter(clinic=clinic, state="open").order_by("starts_at", "care_id")
    return list(rows.values_list("care_id", "form", "starts_at"))


def test_a_moved_time_is_a_new_place_and_the_old_one_is_withdrawn(clinic, dana):
    old = a_slot(clinic, starts_at=at(10, 9))
    edited = changed(dana, clinic, old, minutes=45)
    assert open_times(clinic) == [(EYES, "open", at(10, 9, 45))]
    old.refresh_from_db()
    assert (old.state, edited.stay) == ("withdrawn", [])


def test_times_in_a_row_can_be_moved_into_each_others_place(clinic, dana):
    row = [published(dana, clinic, at(10, 9) + n * HALF_AN_HOUR, f"k{n}") for n in range(3)]
    assert changed(dana, clinic, *row, minutes=30).stay == []
    assert [when for _, _, when in open_times(clinic)] == [
        at(10, 9, 30),
        at(10, 10),
        at(10, 10, 30),
    ]


def test_moving_there_and_back_again_leaves_as_many_times(clinic, dana):
    old = published(dana, clinic, at(10, 9))
    for minutes in (30, -30, 30, -30):
        (pair,) = changed(dana, clinic, old, minutes=minutes).pairs
        old = Slot.objects.get(id=pair[1])
    assert open_times(clinic) == [(EYES, "open", at(10, 9))]


def test_a_time_can_be_given_to_another_care(clinic, dana):
    changed(dana, clinic, a_slot(clinic), care=SKIN)
    assert open_times(clinic) == [(SKIN, "open", at(10))]


def test_a_change_to_what_it_is_already_does_nothing(clinic, dana):
    assert changed(dana, clinic, a_slot(clinic), care=EYES).pairs == []
    assert Slot.objects.count() == 1


def test_what_a_patient_holds_or_has_booked_stays_and_the_others_are_changed(clinic, dana):
    lot = an_agreement(clinic)
    held, booked, free = (a_slot(clinic, starts_at=at(10, hour)) for hour in (9, 10, 11))
    a_claim(held, lot, state="held")
    a_claim(booked, lot)
    edited = changed(dana, clinic, held, booked, free, minutes=5)
    assert {type(why) for why in edited.stay} == {PlaceHeld, PlaceBooked}
    assert [when for _, _, when in open_times(clinic)] == [at(10, 9), at(10, 10), at(10, 11, 5)]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"minutes": -60 * 24 * 11}, TimePassed),
        ({"care": "besok-gyn"}, CareNotOffered),
        ({"care": EITHER_FORM}, FormMissing),
    ],
)
def test_what_publishing_refuses_leaves_the_old_time_open(clinic, dana, change, why):
    slot = a_slot(clinic)
    edited = changed(dana, clinic, slot, **change)
    assert [type(one) for one in edited.stay] == [why]
    assert open_times(clinic) == [(EYES, "open", at(10))]


def test_a_time_from_a_feed_or_of_a_week_is_changed_where_it_came_from(clinic, dana):
    fetched = a_slot(clinic, feed=a_feed(clinic))
    (of_week,) = places_in_week(clinic, places=1)
    edited = changed(dana, clinic, fetched, of_week, minutes=5)
    assert {type(one) for one in edited.stay} == {PlaceOfFeed, PlaceOfWeek}


def test_another_clinics_times_are_not_found_and_its_staff_may_not(clinic, dana):
    elsewhere = a_clinic()
    stranger = a_slot(elsewhere)
    assert [type(one) for one in changed(dana, clinic, stranger, minutes=5).stay] == [NotFound]
    with pytest.raises(NotAllowed):
        changed(dana, elsewhere, stranger, minutes=5)


def test_a_move_taken_back_is_as_if_it_had_not_been(clinic, dana):
    old = published(dana, clinic, at(10, 9), "k1")
    edited = changed(dana, clinic, old, minutes=30)
    undone(dana, clinic, edited.pairs)
    old.refresh_from_db()
    assert old.state == "open"
    assert open_times(clinic) == [(EYES, "open", at(10, 9))]


@pytest.mark.parametrize("key", ["k", ""], ids=["with-key", "without-key"])
def test_a_time_that_was_open_to_everyone_is_so_again_when_its_move_is_taken_back(
    clinic, dana, key
):
    Clinic.objects.using("owner").update(release_after=timedelta(days=1))
    old = a_slot(clinic, starts_at=at(10, 9), source_key=key)
    pairs = changed(dana, clinic, old, minutes=45).pairs
    assert Slot.objects.get(id=pairs[0][1]).opens_at > NOW
    undone(dana, clinic, pairs)
    assert Slot.objects.get(state="open").opens_at == NOW


def test_a_withdrawal_taken_back_opens_the_same_time(clinic, dana):
    slot = a_slot(clinic)
    with acting_as(dana):
        withdraw(by=dana, slots=[slot.id], now=NOW)
    undone(dana, clinic, [(slot.id, None)])
    assert open_times(clinic) == [(EYES, "open", at(10))]


def test_what_was_published_is_withdrawn_when_it_is_taken_back(clinic, dana):
    slot = published(dana, clinic, at(10, 9))
    assert undone(dana, clinic, [(None, slot.id)]).stay == []
    assert open_times(clinic) == []


def test_a_moved_time_that_somebody_has_booked_meanwhile_is_not_taken_back(clinic, dana):
    edited = changed(dana, clinic, published(dana, clinic, at(10, 9), "k1"), minutes=30)
    a_claim(Slot.objects.get(id=edited.pairs[0][1]), an_agreement(clinic))
    assert [type(one) for one in undone(dana, clinic, edited.pairs).stay] == [PlaceBooked]
    assert open_times(clinic) == [(EYES, "open", at(10, 9, 30))]


def test_taking_back_twice_changes_nothing_more(clinic, dana):
    edited = changed(dana, clinic, published(dana, clinic, at(10, 9), "k1"), minutes=30)
    for _ in range(2):
        undone(dana, clinic, edited.pairs)
    assert open_times(clinic) == [(EYES, "open", at(10, 9))]


def test_a_step_that_is_taken_back_twice_brings_a_place_without_a_key_back_once(clinic, dana):
    slot = published(dana, clinic, at(10))
    with acting_as(dana):
        withdraw(by=dana, slots=[slot.id], now=NOW)
    for _ in range(2):
        undone(dana, clinic, [(slot.id, None)])
    assert Slot.objects.filter(state="open").count() == 1


def test_a_moved_visit_by_video_stays_one_and_comes_back_as_one(clinic, dana):
    old = a_slot(clinic, starts_at=at(10, 9), mode="video")
    pairs = changed(dana, clinic, old, minutes=45).pairs
    assert Slot.objects.get(state="open").mode == "video"
    undone(dana, clinic, pairs)
    back = Slot.objects.get(state="open")
    assert (back.mode, back.starts_at) == ("video", at(10, 9))
