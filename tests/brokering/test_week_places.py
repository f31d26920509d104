"""Places in a week without a named time: as many as the clinic says, each drawn once, then given a time."""

from datetime import date, timedelta

import pytest

from accounts.errors import NotAllowed
from accounts.models import Change
from accounts.roles import Role
from accounts.selectors.actors import system_actor
from accounts.tenancy import acting_as
from brokering.access import access_booking
from brokering.actions.naming import name_time
from brokering.errors import OutsideTheWeek, SlotTaken, TimeAlreadyNamed, WrongState
from brokering.models import ClockEvent
from brokering.selectors.places import place_of
from brokering.selectors.queries import Query
from brokering.selectors.search import search
from brokering.selectors.snapshots import round_input
from providers.actions.week_places import WeekPlaces, state_places
from providers.errors import BelowTaken, CareNotOffered, FormMissing, TimePassed, TooMany
from providers.models import Claim, Slot
from providers.patterns import monday_of
from providers.selectors.week_places import statements_of
from providers.week_places import possible_days, week_span
from tests.brokering.crowd import ONE_PATIENT, WON, all_hold, at_once, people, without
from tests.brokering.desk import booked, cancelled, fresh, held, offered, released
from tests.factories import (
    EYES,
    NOW,
    TODAY,
    a_clinic,
    a_patient,
    a_referral,
    acting,
    an_agreement,
    places_in_week,
    staff,
)

pytestmark = pytest.mark.usefixtures("database")
WEEK = monday_of(TODAY) + timedelta(weeks=2)
HOME = Query(care=EYES, home_region="01")


@pytest.fixture
def dana(clinic):
    return acting(staff(Role.CLINIC_STAFF, clinic.tenant))


def says(by, clinic, places, week=WEEK, **also):
    with acting_as(by):
        stated = WeekPlaces(**({"care": EYES, "week": week, "places": places} | also))
        return state_places(by=by, clinic=clinic.id, stated=stated, now=NOW)


def open_slots():
    return Slot.objects.filter(state="open")


def named(booking, by, starts_at, minutes=60, now=NOW):
    with acting_as(by):
        row = access_booking(booking.id, by=by, purpose="test", now=now)
        ends_at = starts_at + timedelta(minutes=minutes)
        return name_time(by=by, booking=row, starts_at=starts_at, ends_at=ends_at, now=now)


# Saying how many


def test_the_places_follow_the_number_that_the_clinic_says(clinic, dana):
    for number, added, withdrawn in ((8, 8, 0), (8, 0, 0), (5, 0, 3), (7, 2, 0), (0, 0, 7)):
        outcome = says(dana, clinic, number)
        assert (outcome.added, outcome.withdrawn) == (added, withdrawn)
        assert open_slots().count() == number
    assert Slot.objects.count() == 8


def test_a_place_that_the_probe_had_hidden_is_shown_when_the_clinic_states_it_again(clinic, dana):
    says(dana, clinic, 1)
    open_slots().update(hidden_why="no_usable_terms")
    says(dana, clinic, 0)
    says(dana, clinic, 1)
    assert open_slots().get().hidden_why == ""


def test_a_place_spans_the_swedish_week_also_when_the_clock_changes(clinic, dana):
    says(dana, clinic, 1, week=date(2027, 3, 22))
    slot = Slot.objects.get()
    assert slot.ends_at - slot.starts_at == timedelta(days=7) - timedelta(hours=1)
    days = possible_days(True, slot.starts_at, slot.ends_at)
    assert days == (date(2027, 3, 22), date(2027, 3, 28))


def test_what_somebody_has_stays_and_fewer_than_that_is_refused_with_the_number(
    clinic, lot, dana, alice
):
    says(dana, clinic, 3)
    booked(open_slots()[0], alice, lot)
    held(open_slots().exclude(claims__isnull=False)[0], a_referral(a_patient("Bob")), lot)
    with pytest.raises(BelowTaken) as refused:
        says(dana, clinic, 1)
    assert refused.value.data == {"taken": 2, "places": 1}
    assert open_slots().count() == 3
    assert says(dana, clinic, 2).withdrawn == 1
    [card] = statements_of(clinic.id, now=NOW)
    assert (card.said, card.taken, card.free) == (2, 2, 0)


def test_it_is_refused_for_what_is_not_offered_for_a_begun_week_and_for_too_many(clinic, dana):
    with pytest.raises(CareNotOffered):
        says(dana, clinic, 1, care="op-hoft")
    with pytest.raises(TimePassed):
        says(dana, clinic, 1, week=monday_of(TODAY))
    with pytest.raises(TooMany):
        says(dana, clinic, 501)
    other = a_clinic(cares=["op-ortopedi"])
    with pytest.raises(FormMissing):
        says(acting(staff(Role.CLINIC_STAFF, other.tenant)), other, 1, care="op-ortopedi")
    with pytest.raises(NotAllowed):
        says(dana, a_clinic(), 1)
    assert not Slot.objects.exists()


# Finding


def test_search_shows_one_hit_for_the_week_with_how_many_are_left(clinic, lot, dana, alice):
    says(dana, clinic, 8)
    [hit] = search(HOME, now=NOW).hits
    assert (hit.place.any_time, hit.place.places) == (True, 8)
    assert hit.place.days == (WEEK, WEEK + timedelta(days=6))
    held(Slot.objects.get(id=hit.place.slot), alice, lot)
    assert [one.place.places for one in search(HOME, now=NOW).hits] == [7]


def test_a_week_is_found_when_all_of_it_lies_within_the_days_asked_for(clinic, lot):
    places_in_week(clinic)
    sunday = WEEK + timedelta(days=6)
    asked = {(0, 0): 1, (1, 0): 0, (0, -1): 0, (-1, 1): 1}
    for (first, last), hits in asked.items():
        days = {"first": WEEK + timedelta(days=first), "last": sunday + timedelta(days=last)}
        assert len(search(Query(care=EYES, home_region="01", **days), now=NOW).hits) == hits


def test_terms_must_hold_on_the_weeks_first_day_and_on_its_last(clinic, alice):
    sunday = WEEK + timedelta(days=6)
    for from_, to, bookable in (
        (WEEK, sunday, "yes"),
        (WEEK, sunday - timedelta(days=1), "no"),
        (WEEK + timedelta(days=1), None, "no"),
    ):
        other = a_clinic()
        an_agreement(other, valid_from=min(from_, TODAY) if from_ == WEEK else from_, valid_to=to)
        places_in_week(other)
        query = Query(care=EYES, home_region="01", clinic=other.id, remiss=True)
        assert search(query, now=NOW).hits[0].bookable == bookable


def test_a_week_counts_by_its_last_day_where_a_last_day_matters(clinic, lot):
    slot = places_in_week(clinic)[0]
    row = Slot.objects.select_related("clinic__municipality", "care").get(id=slot.id)
    assert place_of(row).day == WEEK + timedelta(days=6)
    places = round_input(EYES, now=NOW).snapshot.places
    assert {(one.begins_on, one.day) for one in places} == {(WEEK, WEEK + timedelta(days=6))}


def test_an_offer_of_a_week_counts_by_the_weeks_last_day(clinic, lot, alice):
    slot = places_in_week(clinic)[0]
    offered(slot, alice, lot, by=system_actor(alice.tenant_id))
    event = ClockEvent.objects.using("owner").get(referral=alice, type="offered")
    assert event.care_on == WEEK + timedelta(days=6)


# Drawing


def test_of_many_who_want_a_place_of_the_week_as_many_get_one_as_there_are(clinic, lot):
    first, *_ = places_in_week(clinic, places=3)
    assert all_hold(first, lot, people(30)) == {WON: 3, "slot_taken": 27}
    assert Claim.objects.values("slot").distinct().count() == 3


def test_without_the_guard_more_would_get_one(clinic, lot):
    first, *_ = places_in_week(clinic, places=2)
    crowd = people(20)
    with without(*ONE_PATIENT):
        assert all_hold(first, lot, crowd)[WON] > 2


def test_nobody_is_refused_while_a_place_is_left(clinic, lot):
    first, *_ = places_in_week(clinic, places=12)
    assert all_hold(first, lot, people(12)) == {WON: 12}


def test_holds_and_fewer_places_at_once_leave_no_withdrawn_place_with_a_patient(clinic, lot, dana):
    says(dana, clinic, 6)
    first, crowd = open_slots()[0], people(6)
    works = [lambda one=one: held(first, one[0], lot, by=one[1]) for one in crowd]
    outcomes = at_once([*works, lambda: says(dana, clinic, 2)])
    taken = Claim.objects.filter(state="held")
    assert set(outcomes) <= {WON, "slot_taken", "below_taken", "slot_withdrawn"}
    assert not taken.filter(slot__state="withdrawn").exists()
    assert taken.count() <= open_slots().count()


def test_a_place_that_is_let_go_can_be_drawn_again(clinic, lot, alice):
    slot = places_in_week(clinic, places=1)[0]
    released(held(slot, alice, lot))
    bob = a_referral(a_patient("Bob"))
    held(slot, bob, lot)
    with pytest.raises(SlotTaken):
        held(slot, a_referral(a_patient("Charlie")), lot)


# Naming the time


def test_the_clinic_names_the_time_once_and_the_patient_is_told(clinic, lot, dana, alice):
    booking = booked(places_in_week(clinic)[0], alice, lot)
    starts_at = week_span(WEEK)[0] + timedelta(days=3, hours=9)
    slot = named(booking, dana, starts_at)
    assert (slot.starts_at, slot.ends_at) == (starts_at, starts_at + timedelta(hours=1))
    topics = set(
        Change.objects.using("owner").filter(kind="time_named").values_list("topic", flat=True)
    )
    assert topics == {"region:01", f"person:{alice.subject_id}"}
    with pytest.raises(TimeAlreadyNamed):
        named(booking, dana, starts_at + timedelta(hours=2))


def test_a_time_outside_the_week_or_longer_than_a_day_is_refused(clinic, lot, dana, alice):
    booking = booked(places_in_week(clinic)[0], alice, lot)
    begins, ends = week_span(WEEK)
    for starts_at, minutes in (
        (begins - timedelta(minutes=30), 60),
        (ends - timedelta(minutes=30), 60),
        (begins, 24 * 60 + 1),
        (begins, -5),
    ):
        with pytest.raises(OutsideTheWeek):
            named(booking, dana, starts_at, minutes)


def test_only_the_clinic_names_a_time_and_only_of_what_is_booked(clinic, lot, dana, alice):
    slot = places_in_week(clinic)[0]
    starts_at = slot.starts_at + timedelta(hours=9)
    booking = booked(slot, alice, lot)
    with pytest.raises(NotAllowed):
        named(booking, acting(alice.patient.subject), starts_at)
    cancelled(booking)
    with pytest.raises(WrongState):
        named(booking, dana, starts_at)


def test_a_named_time_that_is_cancelled_is_free_as_that_time(clinic, lot, dana, alice):
    booking = booked(places_in_week(clinic, places=2)[0], alice, lot)
    starts_at = week_span(WEEK)[0] + timedelta(days=1, hours=9)
    named(booking, dana, starts_at)
    cancelled(fresh(booking))
    hits = [hit.place for hit in search(HOME, now=NOW).hits]
    assert [(one.any_time, one.places) for one in hits] == [(True, 1), (False, 1)]
    assert hits[1].starts_at == starts_at
