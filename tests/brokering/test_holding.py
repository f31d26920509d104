"""While a place is held: more time once, given up soon when its page is left, never too many at a time."""

from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import uuid4

import pytest
from django.test import Client

from accounts.errors import NotAllowed
from accounts.roles import Role
from accounts.selectors.actors import system_actor
from accounts.tenancy import acting_as
from brokering.access import access_booking
from brokering.actions import holding, holds
from brokering.actions.bookings import release
from brokering.errors import AlreadyExtended, HoldLapsed, TooManyHolds, WrongState
from brokering.forms import CONSEQUENCE_VERSION
from brokering.states import BookingState
from tests.brokering import crowd, desk
from tests.brokering.crowd import WON, at_once
from tests.brokering.desk import booked, confirmed, fresh, offered
from tests.factories import NOW, a_patient, a_referral, a_slot, acting, at, staff

pytestmark = pytest.mark.usefixtures("database")
LENGTH = timedelta(minutes=10)
SOON = timedelta(minutes=1)
held = partial(desk.held, held_until=NOW + LENGTH)


def done(act, booking, *, by=None, now=NOW):
    by = by or acting(booking.patient.subject)
    with acting_as(by):
        act(by=by, booking=access_booking(booking.id, by=by, purpose="test", now=now), now=now)


def until(booking):
    return fresh(fresh(booking).claim).held_until


def test_a_hold_is_made_longer_once_by_the_same_length(clinic, lot, alice):
    booking = held(a_slot(clinic), alice, lot)
    done(holding.extend, booking, now=NOW + timedelta(minutes=9))
    assert until(booking) == NOW + 2 * LENGTH
    with pytest.raises(AlreadyExtended):
        done(holding.extend, booking, now=NOW + timedelta(minutes=11))
    confirmed(booking, now=NOW + timedelta(minutes=15))
    assert fresh(booking).state == BookingState.BOOKED


def test_a_hold_that_ran_out_is_not_made_longer_and_nothing_is_kept_of_the_attempt(
    clinic, lot, alice
):
    booking = held(a_slot(clinic), alice, lot)
    with pytest.raises(HoldLapsed):
        done(holding.extend, booking, now=NOW + LENGTH)
    assert fresh(booking).extended_at is None


def test_no_hold_lasts_longer_than_until_the_visit_begins(clinic, lot, alice):
    slot = a_slot(clinic, starts_at=NOW + timedelta(minutes=14))
    booking = held(slot, alice, lot)
    done(holding.extend, booking)
    assert until(booking) == slot.starts_at


def test_an_offer_has_a_time_of_its_own_and_is_not_made_longer_as_a_click_is(clinic, lot, alice):
    offer = offered(a_slot(clinic), alice, lot, by=system_actor(alice.tenant_id))
    with pytest.raises(WrongState):
        done(holding.extend, offer.booking, by=acting(alice.patient.subject))


def test_a_hold_is_made_longer_by_who_holds_it_and_not_by_the_clinic(clinic, lot, alice):
    booking = held(a_slot(clinic), alice, lot)
    type(booking).objects.using("owner").filter(id=booking.id).update(addressed_to=clinic.tenant)
    with pytest.raises(NotAllowed):
        done(holding.extend, booking, by=acting(staff(Role.CLINIC_STAFF, clinic.tenant)))


def test_of_two_at_once_one_makes_the_hold_longer(clinic, lot, alice):
    booking = held(a_slot(clinic), alice, lot)
    outcomes = at_once([partial(done, holding.extend, booking)] * 2)
    assert outcomes == {WON: 1, "already_extended": 1}
    assert until(booking) == NOW + 2 * LENGTH


def test_a_page_that_is_left_lets_the_place_go_soon(clinic, lot, alice):
    booking = held(a_slot(clinic), alice, lot)
    done(holding.leave, booking)
    assert until(booking) == NOW + SOON


def test_who_comes_back_in_time_has_the_place_as_before(clinic, lot, alice):
    booking = held(a_slot(clinic), alice, lot)
    done(holding.extend, booking)
    done(holding.leave, booking)
    done(holding.come_back, booking, now=NOW + timedelta(seconds=50))
    assert until(booking) == NOW + 2 * LENGTH


def test_who_comes_back_too_late_finds_it_gone(clinic, lot, alice):
    booking = held(a_slot(clinic), alice, lot)
    done(holding.leave, booking)
    done(holding.come_back, booking, now=NOW + SOON)
    assert until(booking) == NOW + SOON


def test_leaving_never_makes_a_hold_longer_nor_touches_a_booking_or_an_offer(clinic, lot, alice):
    booking = held(a_slot(clinic), alice, lot)
    done(holding.leave, booking, now=NOW + timedelta(minutes=9, seconds=30))
    assert until(booking) == NOW + LENGTH
    confirmed(booking)
    done(holding.leave, booking)
    assert fresh(booking).state == BookingState.BOOKED
    bob = a_referral(a_patient("Bob"))
    offer = offered(a_slot(clinic), bob, lot, by=system_actor(bob.tenant_id))
    done(holding.leave, offer.booking, by=acting(bob.patient.subject))
    assert until(offer.booking) == offer.answer_by


def test_a_person_holds_three_times_at_once_and_one_that_is_let_go_makes_room(clinic, lot, alice):
    mine = [held(a_slot(clinic, starts_at=at(10, hour)), alice, lot) for hour in (9, 10, 11)]
    fourth = a_slot(clinic, starts_at=at(10, 12))
    with pytest.raises(TooManyHolds):
        held(fourth, alice, lot)
    done(release, mine[0])
    assert held(fourth, alice, lot).state == BookingState.HELD


def test_holds_that_ran_out_bookings_and_what_the_region_holds_are_not_counted(clinic, lot, alice):
    then = NOW - timedelta(hours=1)
    for hour in (9, 10, 11):
        held(a_slot(clinic, starts_at=at(10, hour)), alice, lot, now=then, held_until=then + LENGTH)
    booked(a_slot(clinic, starts_at=at(10, 12)), alice, lot)
    held(a_slot(clinic, starts_at=at(10, 13)), alice, lot, by=system_actor(alice.tenant_id))
    mine = [held(a_slot(clinic, starts_at=at(11, hour)), alice, lot) for hour in (9, 10, 11)]
    assert {booking.state for booking in mine} == {BookingState.HELD}


def many_at_once(clinic, lot, need):
    slots = [a_slot(clinic, starts_at=at(10, hour)) for hour in range(8, 16)]
    return at_once([partial(held, slot, need, lot) for slot in slots])


def test_eight_clicks_at_once_hold_three_places(clinic, lot, alice):
    assert many_at_once(clinic, lot, alice) == {WON: 3, "too_many_holds": 5}


def test_without_the_lock_on_the_person_more_are_held(clinic, lot, alice, monkeypatch):
    for hour in (8, 9):
        held(a_slot(clinic, starts_at=at(10, hour)), alice, lot)
    monkeypatch.setattr(holds, "_lock_person", lambda referral: None)
    pause = crowd.Pause(monkeypatch, holds, "claim_one")
    third, fourth = (a_slot(clinic, starts_at=at(10, hour)) for hour in (10, 11))
    late = pause.meanwhile(partial(held, fourth, alice, lot))
    assert at_once([partial(held, third, alice, lot), late]) == {WON: 2}


def held_now(*args):
    """A hold of this very moment: pages and requests read the clock."""
    now = datetime.now(UTC).replace(microsecond=0)
    return held(*args, now=now, held_until=now + LENGTH)


def browser(user):
    client = Client()
    client.force_login(user)
    return client


def test_the_page_of_a_hold_gives_more_time_once_and_says_so(clinic, lot, alice):
    booking = held_now(a_slot(clinic), alice, lot)
    client, page = browser(alice.patient.subject), f"/bokning/{booking.id}/"
    assert "Ge mig 10 minuter till" in client.get(page).content.decode()
    answer = client.post(f"{page}mer-tid/", {"key": uuid4()}, follow=True).content.decode()
    assert "Ge mig 10 minuter till" not in answer
    assert "Du har fått mer tid en gång." in answer
    again = client.post(f"{page}mer-tid/", {"key": uuid4()}, follow=True).content.decode()
    assert "Du har redan fått mer tid en gång" in again


def test_leaving_the_page_needs_the_token_of_the_form_and_coming_back_is_a_look_at_it(
    clinic, lot, alice
):
    booking = held_now(a_slot(clinic), alice, lot)
    whole = until(booking)
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice.patient.subject)
    assert strict.post(f"/bokning/{booking.id}/lamna/").status_code == 403
    client = browser(alice.patient.subject)
    assert client.post(f"/bokning/{booking.id}/lamna/").status_code == 204
    assert until(booking) < whole - timedelta(minutes=5)
    client.get(f"/bokning/{booking.id}/")
    assert until(booking) == whole


def test_a_fourth_hold_is_refused_with_what_to_do(clinic, lot, alice):
    for hour in (9, 10, 11):
        held_now(a_slot(clinic, starts_at=at(10, hour)), alice, lot)
    said = {
        "lot": lot.id,
        "route": "own_region",
        "referral": alice.id,
        "version": CONSEQUENCE_VERSION,
        "key": uuid4(),
    }
    page = browser(alice.patient.subject).post(f"/tid/{a_slot(clinic).id}/hall/", said)
    assert page.status_code == 409
    assert "Bekräfta eller släpp en av dem först" in page.content.decode()


def test_the_api_makes_a_hold_longer_once(clinic, lot, alice):
    booking = held_now(a_slot(clinic), alice, lot)
    whole = until(booking)
    client, address = browser(alice.patient.subject), f"/api/v1/bookings/{booking.id}/extend"
    first = client.post(address, "{}", "application/json", headers={"Idempotency-Key": "one"})
    assert first.json()["held_until"] == (whole + LENGTH).isoformat()
    again = client.post(address, "{}", "application/json", headers={"Idempotency-Key": "two"})
    assert (again.status_code, again.json()["code"]) == (409, "already_extended")
