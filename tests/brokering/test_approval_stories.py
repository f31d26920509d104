"""Whatever order the events of an approval come in, silence blocks nobody and no place is lost or doubled."""

from datetime import datetime, timedelta
from uuid import UUID

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
from accounts.models import Membership
from accounts.roles import Role
from brokering.models import Approval, ContactTask, Referral
from brokering.states import ApprovalState, BookingState
from tests.brokering import test_clinic_approvals as clinics
from tests.brokering.approving import KNEE, asked, no, ward, watched, yes
from tests.brokering.desk import confirmed, fresh, occupying, released
from tests.factories import (
    NOW,
    OWNER,
    a_clinic,
    a_patient,
    a_referral,
    a_region,
    an_agreement,
    staff,
)

WAITS = ApprovalState.ASKED


def navigators(tenant: UUID) -> set[UUID]:
    """All of them, also of the stories told before: anyone may own what nobody answered."""
    known = Membership.objects.using(OWNER).filter(tenant=tenant, role=Role.NAVIGATOR)
    return set(known.values_list("user_id", flat=True))


class Approvals(RuleBasedStateMachine):
    """One need asks a clinic at home, another one its region about a hospital elsewhere; then time goes."""

    @initialize()
    def begin(self) -> None:
        # The database lets a hold run out by its own clock: the story lies before it.
        self.now: datetime = NOW - timedelta(days=39)
        self.bertil = staff(Role.NAVIGATOR, a_region("01").tenant)
        self.clinic, self.hospital = a_clinic("01", cares=(KNEE,)), a_clinic("03", cares=(KNEE,))
        own = an_agreement(self.clinic, accepts_referrer_assessment=False)
        self.doris = staff(Role.CLINIC_STAFF, self.clinic.tenant)
        of_clinic = clinics.asked(
            self.clinic, own, a_referral(a_patient("Alice"), KNEE), now=self.now
        )
        need = a_referral(a_patient("Bo"), KNEE)
        of_region = asked(
            ward(self.hospital, days=40), need, an_agreement(self.hospital), now=self.now
        )
        self.questions = {"clinic": of_clinic, "region": of_region}
        self.answers = {
            "clinic": (clinics.yes, clinics.cannot, self.doris),
            "region": (yes, no, self.bertil),
        }

    which = st.sampled_from(["clinic", "region"])

    def question(self, which: str) -> Approval:
        return fresh(self.questions[which])

    def tried(self, work) -> bool:
        """Whether it could be done; what cannot be is refused politely."""
        try:
            work()
        except Refusal:
            return False
        return True

    @rule(hours=st.sampled_from([1, 20, 30, 60, 100]))
    def time_goes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule()
    def the_watch_looks(self) -> None:
        watched(self.questions["clinic"].tenant_id, self.now)
        for one in map(self.question, self.questions):
            if one.state == WAITS:
                assert fresh(one.booking.claim).held_until > self.now
                assert one.answer_by > self.now or one.owner_id in navigators(one.tenant_id)
                is_far = one.answer_by - self.now > timedelta(days=1)
                assert is_far or one.reminded_at is not None or one.escalated_at is not None

    @rule(which=which, says_yes=st.booleans(), by_the_right=st.booleans())
    def somebody_answers(self, which: str, says_yes: bool, by_the_right: bool) -> None:
        agrees, refuses, who = self.answers[which]
        wrong = self.doris if who == self.bertil else self.bertil
        asked_of, act = self.question(which), agrees if says_yes else refuses
        is_open = asked_of.state == WAITS and fresh(asked_of.booking.claim).held_until > self.now
        done = self.tried(lambda: act(asked_of, by=who if by_the_right else wrong, now=self.now))
        assert done == (is_open and by_the_right)
        if done:
            expected = ApprovalState.GRANTED if says_yes else ApprovalState.REFUSED
            assert self.question(which).state == expected

    @rule(which=which)
    def the_patient_lets_go(self, which: str) -> None:
        booking = fresh(self.question(which).booking)
        self.tried(lambda: released(booking, now=self.now))

    @rule(which=which)
    def the_patient_confirms(self, which: str) -> None:
        asked_of = self.question(which)
        if self.tried(lambda: confirmed(fresh(asked_of.booking), now=self.now)):
            assert asked_of.state == ApprovalState.GRANTED

    @invariant()
    def no_place_is_lost_or_doubled(self) -> None:
        for one in map(self.question, getattr(self, "questions", {})):
            booking = fresh(one.booking)
            takes = booking.state in {BookingState.HELD, BookingState.BOOKED}
            assert occupying(booking.claim.slot) == takes
            if one.state in {ApprovalState.REFUSED, ApprovalState.LAPSED, ApprovalState.WITHDRAWN}:
                assert not takes
            if one.state == ApprovalState.LAPSED:
                assert ContactTask.objects.using(OWNER).filter(referral=booking.referral).exists()
            if one.state == ApprovalState.REFUSED and one.asked == Approval.Asked.CLINIC:
                need = Referral.objects.using(OWNER).get(id=booking.referral_id)
                assert need.declined_by == [self.clinic.id]

    def teardown(self) -> None:
        """Silence never blocks: long after, nothing waits and nothing is kept for anybody."""
        if hasattr(self, "questions"):
            self.now = NOW
            self.the_watch_looks()
            assert all(self.question(which).state != WAITS for which in self.questions)
        connections["default"].close()


def test_any_order_of_events_ends_with_an_answer_or_a_free_place(database):
    run_state_machine_as_test(
        Approvals,
        settings=settings(
            max_examples=12,
            stateful_step_count=8,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
