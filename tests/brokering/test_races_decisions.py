"""A decision and everybody else at once: nothing is left open in what it closes, nobody is forgotten."""

from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
from django.db.models import Count, Q

from accounts.actions.outcomes import Answer, once
from accounts.roles import Role
from accounts.tenancy import acting_as
from brokering.access import access_booking
from brokering.actions import cancellations, holds, restrictions
from brokering.models import Booking
from providers.actions import deliveries, events, slots
from providers.codes import RestrictionReason
from providers.models import Claim, Delivery, Slot
from providers.staging import StagedRow
from tests.brokering.crowd import (
    CLAIM_TRIGGERS,
    WON,
    Pause,
    at_once,
    people,
    someone_waits,
    without,
)
from tests.brokering.desk import booked, cancelled, confirmed, fresh, held
from tests.factories import EYES, NOW, OWNER, a_region, a_slot, acting, at, staff

pytestmark = pytest.mark.usefixtures("database")
LATER = NOW + timedelta(seconds=1)
BEGINS, ENDS = at(5, 0), at(20, 0)
POLITE = {WON, "slot_withdrawn", "hold_lapsed", "wrong_state"}


@pytest.fixture
def dana(clinic):
    return acting(staff(Role.CLINIC_STAFF, clinic.tenant))


def asked(work, by):
    """A request as it comes in: with a key of its own, so that a deadlock begins it again."""

    def answer():
        return Answer(200, {"done": bool(work())})

    with acting_as(by):
        once(by=by, key=str(uuid4()), request={}, now=NOW, work=answer).or_refuse()


def closed(clinic, by, begins=BEGINS, ends=ENDS):
    why = {"reason": RestrictionReason.STAFFING, "decision_reference": "RS 2021-0815"}
    closure = restrictions.Closure(clinic=clinic.id, begins_at=begins, ends_at=ends, **why)
    with acting_as(by):
        restrictions.restrict(by=by, closure=closure, now=NOW)


def begun(clinic, by):
    region = acting(staff(Role.REGION_ADMINISTRATOR, a_region("01").tenant))
    said = {"reason": "Översvämning", "decision_reference": "RS 2021-0900"}
    with acting_as(region):
        events.begin_event(by=region, region="01", now=NOW, **said)


def free_inside(clinic):
    """Open places within the closed period that nobody has booked."""
    inside = Q(starts_at__lt=ENDS, ends_at__gt=BEGINS)
    rows = Slot.objects.using(OWNER).filter(inside, clinic=clinic, state=Slot.State.OPEN)
    return rows.exclude(claims__state=Claim.State.CONFIRMED).count()


def tasks_by_booking(clinic):
    """How many open tasks each confirmed booking has."""
    rows = Booking.objects.using(OWNER).filter(claim__slot__clinic=clinic, state="booked")
    tasks = Count("rebookings", filter=Q(rebookings__state="open"))
    return set(rows.annotate(tasks=tasks).values_list("tasks", flat=True))


def a_rush(clinic, lot, day):
    """Three free places wanted, three held and about to be confirmed, one booked, one unwanted."""
    places = [a_slot(clinic, starts_at=at(day, 8 + hour)) for hour in range(8)]
    crowd = people(7)
    booked(places[6], crowd[6][0], lot, by=crowd[6][1])
    holding = zip(places[:3], crowd[:3], strict=True)
    works = [(partial(held, place, need, lot, by=by), by) for place, (need, by) in holding]
    for place, (need, by) in zip(places[3:6], crowd[3:6], strict=True):
        works.append((partial(confirmed, held(place, need, lot, by=by), by=by), by))
    return [partial(asked, work, by) for work, by in works]


def test_a_decision_among_holds_and_confirmations_forgets_nobody(clinic, lot, dana):
    for day in range(6, 14):
        decision = partial(closed, clinic, dana, at(day, 0), at(day + 1, 0))
        outcomes = at_once([*a_rush(clinic, lot, day), partial(asked, decision, dana)])
        assert set(outcomes) <= POLITE
        assert free_inside(clinic) == 0
        assert not Claim.objects.filter(slot__clinic=clinic, state=Claim.State.HELD).exists()
        assert tasks_by_booking(clinic) == {1}


def closed_around_two(clinic, lot, dana, monkeypatch):
    """Bob's hold slips in when the needs have been read, and he confirms when the places are locked."""
    (alice, _), (bob, his) = people(2)
    held(a_slot(clinic, starts_at=at(7)), alice, lot)
    wanted, got = a_slot(clinic, starts_at=at(8)), []
    needs = Pause(monkeypatch, restrictions, "locked_need", after=True)
    places = Pause(monkeypatch, restrictions, "affected_by")
    hold = needs.meanwhile(lambda: got.append(held(wanted, bob, lot, by=his)))

    def confirms():
        assert places.reached.wait(30)
        confirmed(got[0], by=his)

    return at_once([partial(closed, clinic, dana), hold, confirms, places.meanwhile(someone_waits)])


def test_whoever_slips_in_while_a_clinic_is_closed_is_locked_in_order(
    clinic, lot, dana, monkeypatch
):
    outcomes = closed_around_two(clinic, lot, dana, monkeypatch)
    assert set(outcomes) <= POLITE
    assert free_inside(clinic) == 0
    assert not Claim.objects.filter(slot__clinic=clinic, state=Claim.State.HELD).exists()


def test_without_reading_the_needs_once_more_the_two_would_wait_for_each_other(
    clinic, lot, dana, monkeypatch
):
    monkeypatch.setattr(restrictions, "_slipped_in", lambda *_: False)
    assert closed_around_two(clinic, lot, dana, monkeypatch)["OperationalError"] == 1


def closed_under_a_hold(clinic, lot, dana, monkeypatch):
    """A hold has read an open place; before it is written, the clinic is closed."""
    slot, (need, by) = a_slot(clinic), people(1)[0]
    pause = Pause(monkeypatch, holds, "_decide", after=True)
    decision = pause.meanwhile(partial(closed, clinic, dana))
    outcomes = at_once([partial(held, slot, need, lot, by=by), decision])
    claims = Claim.objects.filter(slot=slot, state=Claim.State.HELD).count()
    return outcomes, fresh(slot).state, claims


def test_a_hold_decided_before_the_clinic_was_closed_is_refused_by_the_triggers_alone(
    clinic, lot, dana, monkeypatch
):
    guarded = closed_under_a_hold(clinic, lot, dana, monkeypatch)
    assert guarded == ({WON: 1, "slot_withdrawn": 1}, "withdrawn", 0)
    with without(*CLAIM_TRIGGERS):
        bare = closed_under_a_hold(clinic, lot, dana, monkeypatch)
        assert bare == ({WON: 2}, "withdrawn", 1)


def one_by_one(clinic, by, lot):
    time = slots.NewSlot(care=EYES, starts_at=at(12), ends_at=at(12, 10))
    return partial(slots.publish, by=by, clinic=clinic.id, times=[time], now=LATER)


def many(clinic, by, lot):
    source = deliveries.Source(tenant=clinic.tenant_id, channel=Delivery.Channel.FILE)
    rows = [StagedRow(n, clinic.id, EYES, "", at(12, 8 + n), at(12, 9 + n)) for n in range(3)]
    with acting_as(by):
        delivery = deliveries.stage(by=by, source=source, rows=rows, now=NOW)
    return partial(deliveries.apply, by=by, delivery=delivery, now=LATER)


def free_after_all(clinic, by, lot):
    """The clinic says that somebody else can have the time of a booking that it cancelled."""
    booking = booked(a_slot(clinic), people(1)[0][0], lot)
    cancelled(booking, by=by, reason="workup_incomplete")
    with acting_as(by):
        row = access_booking(booking.id, by=by, purpose="test", now=NOW)
    return partial(cancellations.say_whether_free, by=by, booking=row, free=True, now=LATER)


WAYS = {
    one_by_one: (slots, "_sorted_out"),
    many: (deliveries, "_judged"),
    free_after_all: (cancellations, "kept_back"),
}
"""The ways by which a place comes to be open, and where each has just judged it."""
DECISIONS = {closed: (restrictions, "_locked"), begun: (events, "_lock_clinics")}
"""The decisions, and where each locks the clinics' rows."""


def came_in(clinic):
    """Open places of the clinic of which somebody said after the decision that they are free."""
    rows = Slot.objects.using(OWNER).filter(clinic=clinic, state=Slot.State.OPEN)
    return rows.filter(confirmed_at__gt=NOW).count()


def stopped(first, second, pause, locked):
    """The first is stopped half-way; the second comes, and waits for it if there is a lock."""

    def comes_second():
        assert pause.reached.wait(30)
        return second()

    waiting = [comes_second, pause.meanwhile(someone_waits)]
    return at_once([first, *(waiting if locked else [pause.meanwhile(second)])])


@pytest.fixture(params=[True, False], ids=["locked", "without the lock"])
def locked(request, monkeypatch):
    if not request.param:
        for module, name in DECISIONS.values():
            monkeypatch.setattr(module, name, lambda row: row)
    return request.param


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("decision", DECISIONS)
def test_whoever_opens_a_place_while_it_is_decided_finds_the_decision_by_the_lock_alone(
    clinic, lot, dana, monkeypatch, decision, way, locked
):
    work = partial(asked, way(clinic, dana, lot), dana)
    pause = Pause(monkeypatch, DECISIONS[decision][0], "_tell")
    outcomes = stopped(partial(decision, clinic, dana), work, pause, locked)
    assert set(outcomes) <= {WON, "restricted_period", "serious_event"}
    assert (came_in(clinic) == 0) == locked


@pytest.mark.parametrize("way", WAYS)
def test_a_decision_finds_the_places_that_were_being_opened_by_the_lock_alone(
    clinic, lot, dana, monkeypatch, way, locked
):
    work = partial(asked, way(clinic, dana, lot), dana)
    pause = Pause(monkeypatch, *WAYS[way], after=True)
    assert stopped(work, partial(closed, clinic, dana), pause, locked)[WON] >= 2
    assert (free_inside(clinic) == 0) == locked
