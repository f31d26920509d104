"""The tables of states are whole, and any order of events leaves one patient a place and true counts."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import chain

import pytest
from django.db import connections
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from accounts.errors import Refusal
from accounts.roles import Role
from accounts.selectors.actors import system_actor
from accounts.tenancy import acting_as
from brokering.actions.claims import end_lapsed
from brokering.actions.moves import STATES
from brokering.actions.offers import expire_booking
from brokering.law.facts import Route
from brokering.models import Booking
from brokering.states import (
    FHIR_APPOINTMENT,
    WAYS,
    ApprovalState,
    BookingState,
    CaseState,
    ContactState,
    InvitationState,
    MessageState,
    OfferState,
    Party,
    ReferralState,
    TaskState,
    WatchState,
    may_move,
    ways,
)
from contracts.models import Reservation
from providers.models import Claim
from tests.brokering.desk import cancelled, confirmed, fresh, held, released, used
from tests.factories import (
    NOW,
    a_clinic,
    a_commitment,
    a_patient,
    a_referral,
    a_region,
    a_slot,
    acting,
    an_agreement,
    at,
    staff,
)

MACHINES = (
    ReferralState,
    BookingState,
    OfferState,
    CaseState,
    TaskState,
    ApprovalState,
    MessageState,
    ContactState,
    WatchState,
    InvitationState,
)
FIRST = {
    ReferralState: ReferralState.WAITING,
    BookingState: BookingState.HELD,
    OfferState: OfferState.SENT,
    CaseState: CaseState.OPEN,
    TaskState: TaskState.OPEN,
    ApprovalState: ApprovalState.ASKED,
    MessageState: MessageState.WAITING,
    ContactState: ContactState.OPEN,
    WatchState: WatchState.OPEN,
    InvitationState: InvitationState.SENT,
}
FHIR_STATUSES = {"pending", "booked", "fulfilled", "noshow", "cancelled"}


def test_every_kind_has_a_table_and_every_state_a_row_in_it():
    assert set(WAYS) == set(MACHINES) == set(STATES.values())
    assert all(list(WAYS[machine]) == list(machine) for machine in MACHINES)


@pytest.mark.parametrize("machine", MACHINES)
def test_every_state_can_be_reached_and_no_way_leads_out_of_its_own_table(machine):
    reached, todo = {FIRST[machine]}, [FIRST[machine]]
    while todo:
        for way in ways(todo.pop()):
            assert type(way.to) is machine
            if way.to not in reached:
                reached.add(way.to)
                todo.append(way.to)
    assert reached == set(machine)


def test_every_way_has_somebody_who_may_take_it_and_leads_somewhere_else():
    for machine in MACHINES:
        for state, out in WAYS[machine].items():
            assert all(way.by and way.by <= set(Party) and way.to != state for way in out)
            assert len({way.to for way in out}) == len(out)


@pytest.mark.parametrize("machine", MACHINES)
def test_a_way_is_open_to_its_parties_and_to_nobody_else(machine):
    for was in machine:
        for to in machine:
            named = frozenset(chain.from_iterable(way.by for way in ways(was) if way.to == to))
            for party in Party:
                assert may_move(was, to, frozenset({party})) == (party in named)


def test_nobody_in_no_capacity_moves_anything():
    assert not any(
        may_move(was, to, frozenset()) for machine in MACHINES for was in machine for to in machine
    )


def test_states_of_one_name_and_two_kinds_keep_their_own_ways():
    names = [state.value for machine in MACHINES for state in machine]
    shared = {name for name in names if names.count(name) > 1}
    assert shared == {
        "booked",
        "closed",
        "open",
        "withdrawn",
        "waiting",
        "sent",
        "accepted",
        "declined",
        "lapsed",
    }
    assert may_move(ReferralState.BOOKED, ReferralState.WAITING, frozenset({Party.PATIENT}))
    assert may_move(BookingState.BOOKED, BookingState.CANCELLED, frozenset({Party.PATIENT}))
    assert not may_move(BookingState.BOOKED, ReferralState.WAITING, frozenset(Party))


def test_every_booking_state_has_a_code_that_fhir_knows():
    assert set(FHIR_APPOINTMENT) == set(BookingState)
    assert set(FHIR_APPOINTMENT.values()) <= FHIR_STATUSES


def test_the_database_stores_every_state_of_the_tables_and_no_other():
    for model, machine in STATES.items():
        stored = {value for value, _ in model._meta.get_field("state").choices}
        assert stored == {state.value for state in machine}


def test_patients_rows_are_moved_by_no_machine_where_a_person_decides():
    decided = [
        (BookingState.HELD, BookingState.BOOKED),
        (BookingState.BOOKED, BookingState.CANCELLED),
        (OfferState.SENT, OfferState.ACCEPTED),
        (OfferState.SENT, OfferState.DECLINED),
    ]
    assert not any(may_move(was, to, frozenset({Party.SYSTEM})) for was, to in decided)


# Any order of events


class Kind(StrEnum):
    """What the model says of a booking."""

    HELD = "held"
    BOOKED = "booked"
    CANCELLED = "cancelled"
    RELEASED = "released"
    EXPIRED = "expired"


@dataclass(frozen=True)
class Expected:
    """What the model knows of a booking: whose, where, how it stands, and until when it was held."""

    need: int
    place: int
    kind: Kind
    until: datetime


CARE, CAP, HOLD = "op-ortopedi", 2, timedelta(minutes=10)
MOST = 3
"""So many places one person holds at once: asked before anything is said of the place."""
OWN, AWAY = (0, 1, 2), (3, 4)
"""Two kinds of place: at home under a cap, and inpatient elsewhere on the payer's commitment."""
START = NOW - timedelta(days=20)
"""The database ends holds by its own clock too, so the story is told in the past."""


class Brokerage(RuleBasedStateMachine):
    """Three needs and five places; a plain list of what should have happened beside the real thing."""

    @initialize()
    def open(self) -> None:
        early = {"published_at": START, "opens_at": START}
        home, away = a_clinic("01", [CARE]), a_clinic("03", [CARE])
        self.lots = {
            0: an_agreement(home, cap_places=CAP, cap_period="year"),
            3: an_agreement(away),
        }
        self.slots = [
            *(a_slot(home, CARE, starts_at=at(10, 9, one), **early) for one in OWN),
            *(
                a_slot(away, CARE, starts_at=at(9, 9, one), form="inpatient", **early)
                for one in AWAY
            ),
        ]
        approved = (START - timedelta(days=1)).date()
        self.needs = [a_referral(a_patient(), CARE, need_approved_on=approved) for _ in range(3)]
        payer = staff(Role.NAVIGATOR, a_region("01").tenant)
        self.commitments = [
            a_commitment(need, by=payer, granted_on=approved) for need in self.needs[:2]
        ]
        self.actors = [acting(need.patient.subject) for need in self.needs]
        self.system = system_actor(a_region("01").tenant_id)
        self.bookings: list[Booking] = []
        self.model: list[Expected] = []
        self.now = START

    # What should happen

    def live(self, one: Expected) -> bool:
        return one.kind == Kind.BOOKED or (one.kind == Kind.HELD and one.until > self.now)

    def why_not_hold(self, need: int, place: int) -> str:
        live = [one for one in self.model if self.live(one)]
        if sum(one.need == need and one.kind == Kind.HELD for one in live) >= MOST:
            return "too_many_holds"
        if any(one.place == place for one in live):
            return "slot_taken"
        if place in OWN:
            return "cap_full" if sum(one.place in OWN for one in live) >= CAP else ""
        promised = need < len(self.commitments)
        taken = any(one.place in AWAY and one.need == need for one in live)
        return "commitment_used" if taken or not promised else ""

    def said(self, work) -> str:
        try:
            work()
        except Refusal as refusal:
            return refusal.code
        return ""

    def put(self, which: int, **change) -> None:
        self.model[which] = replace(self.model[which], **change)

    # What happens

    @rule(minutes=st.integers(1, 8))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(need=st.integers(0, 2), place=st.integers(0, 4))
    def hold(self, need: int, place: int) -> None:
        route = Route.OWN_REGION if place in OWN else Route.INPATIENT_CHOICE
        lot = self.lots[0 if place in OWN else 3]
        until = self.now + HOLD
        made: list[Booking] = []

        def work() -> None:
            slot, row = self.slots[place], self.needs[need]
            also = {"by": self.actors[need], "now": self.now, "held_until": until}
            made.append(held(slot, row, lot, route=route, **also))

        expected = self.why_not_hold(need, place)
        assert self.said(work) == expected
        if not expected:
            self.bookings += made
            self.model.append(Expected(need, place, Kind.HELD, until))

    @rule(data=st.data())
    def confirm(self, data: st.DataObject) -> None:
        which, one = self.any_booking(data)
        if one is None:
            return
        expected = {Kind.HELD: "" if self.live(one) else "hold_lapsed"}.get(one.kind, "wrong_state")
        assert self.said(lambda: confirmed(self.bookings[which], **self.by(one))) == expected
        if not expected:
            for other, earlier in enumerate(self.model):
                if earlier.kind == Kind.BOOKED and earlier.need == one.need:
                    self.put(other, kind=Kind.CANCELLED)
            self.put(which, kind=Kind.BOOKED)

    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        which, one = self.any_booking(data)
        if one is None:
            return
        expected = "" if one.kind == Kind.HELD else "wrong_state"
        assert self.said(lambda: released(self.bookings[which], **self.by(one))) == expected
        if not expected:
            self.put(which, kind=Kind.RELEASED)

    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        which, one = self.any_booking(data)
        if one is None:
            return
        expected = "" if one.kind == Kind.BOOKED else "wrong_state"
        assert self.said(lambda: cancelled(self.bookings[which], **self.by(one))) == expected
        if not expected:
            self.put(which, kind=Kind.CANCELLED)

    @rule()
    def sweep_claims(self) -> None:
        with acting_as(self.system):
            end_lapsed(now=self.now)

    @rule(data=st.data())
    def tidy(self, data: st.DataObject) -> None:
        which, one = self.any_booking(data)
        if one is None or one.kind != Kind.HELD:
            return
        with acting_as(self.system):
            row = Booking.objects.get(id=self.bookings[which].id)
            expire_booking(by=self.system, booking=row, now=self.now)
        if not self.live(one):
            self.put(which, kind=Kind.EXPIRED)

    def any_booking(self, data: st.DataObject) -> tuple[int, Expected | None]:
        if not self.model:
            return 0, None
        which = data.draw(st.integers(0, len(self.model) - 1))
        return which, self.model[which]

    def by(self, one: Expected) -> dict:
        return {"by": self.actors[one.need], "now": self.now}

    # What always holds

    @invariant()
    def one_patient_a_place(self) -> None:
        for place, slot in enumerate(self.slots):
            rows = Claim.objects.filter(slot=slot, state__in=Claim.OCCUPYING)
            live = [
                claim for claim in rows if claim.state == "confirmed" or claim.held_until > self.now
            ]
            expected = [one for one in self.model if one.place == place and self.live(one)]
            assert len(rows) <= 1
            assert len(live) == len(expected)

    @invariant()
    def counts_are_what_occupying_claims_reserved(self) -> None:
        home = Claim.objects.filter(lot_id=self.lots[0].id, state__in=Claim.OCCUPYING)
        reserved = Reservation.objects.filter(claim__lot_id=self.lots[0].id).count()
        assert used(self.lots[0]) == reserved == home.count() <= CAP
        for commitment in self.commitments:
            row = fresh(commitment)
            taken = Claim.objects.filter(commitment_id=row.id, state__in=Claim.OCCUPYING).count()
            assert row.uses == taken <= row.uses_max

    @invariant()
    def bookings_stand_as_the_model_says(self) -> None:
        stored = Booking.objects.using("owner").in_bulk([row.id for row in self.bookings])
        for row, one in zip(self.bookings, self.model, strict=True):
            assert stored[row.id].state == one.kind

    @invariant()
    def a_need_is_booked_when_it_has_a_booking(self) -> None:
        for number, need in enumerate(self.needs):
            has = sum(one.need == number and one.kind == Kind.BOOKED for one in self.model)
            assert has <= 1
            assert (fresh(need).state == ReferralState.BOOKED) == bool(has)

    def teardown(self) -> None:
        connections["default"].close()


@pytest.mark.slow
def test_any_order_of_events_leaves_one_patient_a_place_and_true_counts(database):
    run_state_machine_as_test(
        Brokerage,
        settings=settings(
            max_examples=30,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
