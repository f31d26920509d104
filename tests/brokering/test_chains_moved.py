"""The region moves somebody who has, or waits for, two times that are given together: both, or neither."""

from dataclasses import replace
from datetime import timedelta

import pytest

from accounts.roles import Role
from accounts.tenancy import acting_as
from brokering.actions import reroutes
from brokering.actions.chains import NewPlace
from brokering.actions.moving import rebook
from brokering.errors import GivenTogether, NoFollowOn, SlotTaken
from brokering.law.facts import Route
from brokering.models import Booking, RebookingTask, Referral, RerouteCase
from brokering.selectors import follow_ons
from tests.brokering.chained import EYES, OPERATION, a_pair, closed, held_together, states
from tests.brokering.crowd import WON, at_once
from tests.brokering.desk import confirmed, fresh, occupying
from tests.factories import (
    NOW,
    a_clinic,
    a_region,
    a_slot,
    acting,
    an_agreement,
    at,
    staff,
)

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def clinic(database):
    return a_clinic(cares=(EYES, OPERATION))


@pytest.fixture
def away(database):
    """A clinic of another region."""
    clinic = a_clinic("03", cares=(EYES, OPERATION))
    clinic.lot = an_agreement(clinic, accepts_referrer_assessment=False)
    return clinic


@pytest.fixture
def new(away):
    return a_slot(away), a_slot(away, OPERATION, starts_at=at(30))


@pytest.fixture
def pair(database):
    return a_pair()


@pytest.fixture
def navigator(database):
    return acting(staff(Role.NAVIGATOR, a_region("01").tenant))


def place(slots, **also):
    return NewPlace(slot=slots[0].id, lot=slots[0].clinic.lot.id, **also)


def clicked(by, need, chosen):
    with acting_as(by):
        return reroutes.hold_for_reroute(by=by, referral_id=need.id, place=chosen, now=NOW)


def sent(by, booking):
    with acting_as(by):
        return reroutes.send_reroute(by=by, booking_id=booking.id, now=NOW)


def moved(by, task, chosen, now=NOW):
    with acting_as(by):
        return rebook(by=by, task_id=task.id, place=chosen, now=now)


@pytest.fixture
def old(clinic, pair):
    lot = an_agreement(clinic, accepts_referrer_assessment=False)
    slots = a_slot(clinic), a_slot(clinic, OPERATION, starts_at=at(20))
    chain = held_together(slots, pair, lot)
    confirmed(chain.first)
    return fresh(chain.first), fresh(chain.second)


@pytest.fixture
def task(clinic, old):
    """The clinic closes on the days of both times."""
    closed(clinic, until=at(25, 0))
    return RebookingTask.objects.using("owner").get(booking=old[1])


@pytest.mark.parametrize("part", [0, 1], ids=["first", "second"])
def test_two_clicks_reroute_both_whichever_of_them_was_opened(navigator, pair, new, part):
    booking = clicked(navigator, pair[part], place(new))
    assert (booking.referral_id, states(booking.chain)) == (pair[part].id, ["held", "held"])
    sent(navigator, booking)
    assert states(booking.chain) == ["booked", "booked"]
    routes = Booking.objects.using("owner").values_list("route", flat=True)
    assert set(routes) == {Route.GUARANTEE_REROUTE}
    cases = RerouteCase.objects.using("owner").values_list("referral", "state")
    assert set(cases) == {(need.id, "rerouted") for need in pair}


def test_the_place_that_is_to_follow_is_the_one_that_was_chosen(navigator, away, pair, new):
    later = a_slot(away, OPERATION, starts_at=at(40))
    booking = clicked(navigator, pair[0], place(new, follow=later.id))
    assert Booking.objects.using("owner").get(referral=pair[1]).claim.slot_id == later.id
    assert occupying(new[1]) == 0
    assert booking.chain


def test_a_place_for_what_follows_is_no_place_to_begin_with(navigator, pair, new):
    with pytest.raises(GivenTogether):
        clicked(navigator, pair[1], replace(place(new), slot=new[1].id))
    assert not RerouteCase.objects.using("owner").exists()


def test_where_nothing_can_follow_nothing_is_held(navigator, pair, new):
    wish = {"latest_on": at(25).date()}
    type(pair[1]).objects.using("owner").filter(id=pair[1].id).update(**wish)
    with pytest.raises(NoFollowOn):
        clicked(navigator, pair[0], place(new))
    with pytest.raises(SlotTaken):
        clicked(navigator, pair[0], place(new, follow=new[1].id))
    assert occupying(new[0]) == 0


def test_both_times_that_a_decision_took_back_are_moved_by_one_click(navigator, old, task, new):
    booking = moved(navigator, task, place(new))
    assert states(booking.chain) == ["booked", "booked"]
    assert states(old[0].chain) == ["cancelled", "cancelled"]
    assert (fresh(task).state, fresh(task).new_booking_id) == ("rebooked", booking.id)
    assert booking.referral_id == old[1].referral_id
    assert not RebookingTask.objects.using("owner").filter(state="open").exists()


def test_where_the_pair_cannot_be_moved_both_old_times_stand(navigator, old, task, away):
    alone = a_slot(away), a_slot(away, starts_at=at(30))
    with pytest.raises(NoFollowOn):
        moved(navigator, task, place(alone))
    assert states(old[0].chain) == ["booked", "booked"]
    assert occupying(alone[0]) == 0


def test_once_the_first_visit_has_begun_the_second_is_rerouted_alone(navigator, old, away):
    then = old[0].claim.slot.starts_at + timedelta(hours=1)
    chosen = NewPlace(slot=a_slot(away, OPERATION, starts_at=at(40)).id, lot=away.lot.id)
    with acting_as(navigator):
        booking = reroutes.hold_for_reroute(
            by=navigator, referral_id=old[1].referral_id, place=chosen, now=then
        )
    assert booking.chain is None
    assert fresh(old[0]).state == "booked"


def test_two_who_move_the_same_pair_at_once_leave_one_pair(navigator, old, task, away, new):
    others = a_slot(away, starts_at=at(12)), a_slot(away, OPERATION, starts_at=at(31))
    outcomes = at_once(
        (lambda one=one: moved(navigator, task, place(one, follow=one[1].id)))
        for one in (new, others)
    )
    assert outcomes == {WON: 1, "wrong_state": 1}
    assert Booking.objects.using("owner").filter(state="booked").count() == 2
    assert sum(map(occupying, (*new, *others))) == 2


def test_two_who_reroute_one_pair_from_either_end_at_once_hold_it_once(navigator, pair, new):
    clicks = (
        (lambda need=need: clicked(navigator, need, place(new, follow=new[1].id))) for need in pair
    )
    assert at_once(clicks) == {WON: 1, "slot_taken": 1}
    assert states(Booking.objects.using("owner").first().chain) == ["held", "held"]
    assert RerouteCase.objects.using("owner").count() == 2


def test_what_the_person_wishes_is_asked_before_only_some_places_are_looked_at(
    navigator, pair, new, away, monkeypatch
):
    monkeypatch.setattr(follow_ons, "LOOKED_AT", 1)
    later = a_slot(away, OPERATION, starts_at=at(40))
    Referral.objects.using("owner").filter(id=pair[1].id).update(earliest_on=at(35).date())
    held = clicked(navigator, pair[1], place(new))
    assert fresh(held).claim.slot_id == later.id


def test_a_place_that_is_to_follow_a_need_given_by_itself_is_refused(navigator, pair, new):
    Referral.objects.using("owner").filter(id=pair[1].id).update(follows=None, follows_after=None)
    with pytest.raises(NoFollowOn):
        clicked(navigator, pair[0], place(new, follow=new[1].id))


@pytest.fixture
def half_guaranteed(pair):
    """Only the first of the two needs has a guarantee."""
    Referral.objects.using("owner").filter(id=pair[1].id).update(guarantee="")
    return pair


def test_of_two_of_which_one_has_a_guarantee_that_one_alone_is_rerouted(
    navigator, half_guaranteed, clinic
):
    lot = an_agreement(clinic, accepts_referrer_assessment=False)
    here = a_slot(clinic), a_slot(clinic, OPERATION, starts_at=at(30))
    chosen = NewPlace(slot=here[0].id, lot=lot.id)
    sent(navigator, clicked(navigator, half_guaranteed[0], chosen))
    routes = dict(Booking.objects.using("owner").values_list("referral", "route"))
    first, second = (need.id for need in half_guaranteed)
    assert routes == {first: Route.GUARANTEE_REROUTE, second: Route.OWN_REGION}
    assert [one.referral_id for one in RerouteCase.objects.using("owner").all()] == [first]


def test_where_the_one_without_a_guarantee_could_not_come_neither_is_sent(
    navigator, half_guaranteed, new
):
    with pytest.raises(NoFollowOn):
        clicked(navigator, half_guaranteed[0], place(new))
    assert not Booking.objects.using("owner").exists()
