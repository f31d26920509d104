"""A place that the home region must approve: asked, answered, escalated when nobody answers, never stuck."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.errors import NotAllowed
from accounts.models import Change
from accounts.roles import Role
from accounts.tenancy import acting_as
from brokering.actions import approvals, bookings, questions
from brokering.errors import (
    AwaitsApproval,
    CommitmentUsed,
    HoldLapsed,
    InvalidValue,
    NotBookable,
    TooLateToAsk,
    WrongState,
)
from brokering.models import Approval, ContactTask, PaymentCommitment
from brokering.selectors.alternatives import free_slots
from brokering.selectors.approvals import (
    to_approve,
    working_days_after,
)
from brokering.states import ApprovalState, BookingState
from brokering.tasks import watch_approvals
from providers.actions.freed import take_freed
from providers.models import Claim
from tests.brokering.approving import (
    KNEE,
    asked,
    browser,
    no,
    ward,
    watched,
    yes,
)
from tests.brokering.crowd import WON, Pause, at_once, moved_unseen
from tests.brokering.desk import confirmed, fresh, occupying, released
from tests.factories import (
    NOW,
    OWNER,
    SWEDEN,
    TODAY,
    a_clinic,
    a_patient,
    a_referral,
    a_region,
    a_slot,
    acting,
    an_agreement,
    staff,
)

pytestmark = pytest.mark.usefixtures("database")
EARLY = datetime(2024, 1, 1, tzinfo=UTC)


@pytest.fixture
def hospital(database):
    return a_clinic("03", cares=(KNEE,))


@pytest.fixture
def terms(hospital):
    return an_agreement(hospital)


@pytest.fixture
def need(database):
    return a_referral(a_patient("Alice"), KNEE)


@pytest.fixture
def bertil(database):
    return staff(Role.NAVIGATOR, a_region("01").tenant, "Bertil")


def test_a_question_holds_the_place_until_past_the_answer_and_uses_no_promise_to_pay(
    hospital, terms, need
):
    slot = ward(hospital)
    approval = asked(slot, need, terms)
    assert approval.answer_by == working_days_after(NOW, 3)
    assert fresh(approval.booking.claim).held_until == working_days_after(approval.answer_by, 1)
    assert approval.booking.receipt["bookable"] == "approval"
    assert slot not in free_slots(KNEE, now=NOW)
    assert not PaymentCommitment.objects.using(OWNER).exists()


def test_the_place_is_not_held_past_the_day_before_and_too_late_is_too_late(hospital, terms, need):
    soon = a_slot(hospital, KNEE, form="inpatient", starts_at=NOW + timedelta(hours=30))
    assert asked(soon, need, terms).answer_by <= soon.starts_at - timedelta(days=1)
    with pytest.raises(TooLateToAsk):
        asked(a_slot(hospital, KNEE, starts_at=NOW + timedelta(hours=23)), need, terms)


def test_where_no_approval_is_needed_there_is_nothing_to_ask(hospital, terms, bertil):
    need = a_referral(a_patient("Bob"), KNEE, need_approved_on=TODAY)
    with pytest.raises((CommitmentUsed, WrongState)):
        asked(ward(hospital), need, terms)
    assert not Approval.objects.using(OWNER).exists()


def test_nobody_confirms_what_has_not_been_approved(hospital, terms, need):
    approval = asked(ward(hospital), need, terms)
    with pytest.raises(AwaitsApproval):
        confirmed(approval.booking)
    assert fresh(approval.booking).state == BookingState.HELD


def test_a_yes_decides_the_law_again_and_the_patient_confirms(hospital, terms, need, bertil):
    approval = asked(ward(hospital), need, terms)
    yes(approval, by=bertil)
    assert fresh(approval.booking).receipt["bookable"] == "yes"
    confirmed(approval.booking)
    promise = PaymentCommitment.objects.using(OWNER).get(referral=need)
    assert (promise.uses, promise.granted_by_id) == (1, bertil.id)
    assert fresh(approval).state == ApprovalState.GRANTED
    assert fresh(approval.booking).state == BookingState.BOOKED


def test_a_yes_gives_the_patient_as_long_as_an_offer_and_the_promise_goes_back_with_the_hold(
    hospital, terms, need, bertil
):
    approval = asked(ward(hospital), need, terms)
    yes(approval, by=bertil)
    assert fresh(approval.booking.claim).held_until >= NOW + timedelta(hours=72)
    released(approval.booking)
    assert PaymentCommitment.objects.using(OWNER).get(referral=need).uses == 0


def test_a_yes_that_the_law_no_longer_allows_is_refused_and_leaves_nothing(
    hospital, terms, need, bertil
):
    approval = asked(ward(hospital), need, terms)
    type(terms.agreement).objects.using(OWNER).filter(id=terms.agreement_id).update(state="ended")
    with pytest.raises(NotBookable):
        yes(approval, by=bertil)
    assert fresh(approval).state == ApprovalState.ASKED
    assert fresh(need).need_approved_on is None
    assert not PaymentCommitment.objects.using(OWNER).exists()


def test_a_no_frees_the_place_at_once_and_tells_the_patient(hospital, terms, need, bertil):
    slot = ward(hospital)
    approval = asked(slot, need, terms)
    no(approval, by=bertil)
    assert slot in free_slots(KNEE, now=NOW)
    assert (fresh(approval).state, fresh(approval).reason) == ("refused", "care_at_home")
    assert fresh(approval.booking).state == BookingState.RELEASED
    person = f"person:{need.subject_id}"
    told = Change.objects.using(OWNER).filter(topic=person, kind="approval_refused")
    assert told.exists()


def test_only_a_vardlots_of_the_home_region_answers(hospital, terms, need):
    approval = asked(ward(hospital), need, terms)
    with pytest.raises(NotAllowed):
        yes(approval, by=need.patient.subject)
    elsewhere = staff(Role.NAVIGATOR, a_region("03").tenant)
    assert browser(elsewhere).get(f"/godkannanden/{approval.id}/").status_code == 404


@pytest.mark.parametrize(
    ("act", "said"),
    [(yes, {"valid_to": TODAY}), (no, {"reason": "made_up"})],
    ids=["a promise that ends before the visit", "an unknown reason"],
)
def test_an_answer_that_cannot_be_is_refused(hospital, terms, need, bertil, act, said):
    approval = asked(ward(hospital), need, terms)
    with pytest.raises(InvalidValue):
        act(approval, by=bertil, **said)
    assert fresh(approval).state == ApprovalState.ASKED


def test_a_late_answer_gets_an_owner_who_can_still_say_yes(hospital, terms, need, bertil):
    approval = asked(ward(hospital), need, terms)
    late = approval.answer_by + timedelta(minutes=1)
    watched(need.tenant_id, late)
    assert (fresh(approval).owner_id, fresh(approval).escalated_at) == (bertil.id, late)
    yes(approval, by=bertil, now=late)
    assert fresh(approval).state == ApprovalState.GRANTED


def test_silence_gives_the_place_back_and_the_region_a_task(hospital, terms, need, bertil):
    slot, then = ward(hospital), NOW - timedelta(days=20)
    approval = asked(slot, need, terms, now=then)
    watched(need.tenant_id, NOW)
    assert (fresh(approval).state, fresh(approval).owner_id) == (ApprovalState.LAPSED, bertil.id)
    assert fresh(approval.booking).state == BookingState.EXPIRED
    assert occupying(slot) == 0
    task = ContactTask.objects.using(OWNER).get(referral=need, why="no_approval")
    assert task.owner_id == bertil.id
    with pytest.raises((WrongState, HoldLapsed)):
        yes(approval, by=bertil)


def test_the_watch_runs_for_every_region_and_matches_the_freed_place_anew(
    hospital, terms, need, bertil
):
    slot = ward(hospital)
    approval = asked(slot, need, terms, now=NOW - timedelta(days=20))
    assert watch_approvals()["ended"] == 1
    assert fresh(approval).state == ApprovalState.LAPSED
    assert watch_approvals() == {"near": 0, "late": 0, "ended": 0}
    assert slot.id in {freed.slot for freed in take_freed(now=NOW)}


def test_who_lets_the_place_go_withdraws_the_question(hospital, terms, need, bertil):
    approval = asked(ward(hospital), need, terms)
    released(approval.booking)
    assert fresh(approval).state == ApprovalState.WITHDRAWN
    with acting_as(acting(bertil)):
        assert to_approve(by=acting(bertil)) == []


def test_a_yes_a_no_and_letting_go_at_once_have_one_outcome(hospital, terms, bertil):
    for hour in (8, 9, 10, 11):
        need = a_referral(a_patient("Alice"), KNEE)
        approval = asked(ward(hospital, hour=hour), need, terms)
        outcomes = at_once(
            [
                partial(yes, approval, by=bertil),
                partial(no, approval, by=bertil),
                partial(released, approval.booking),
            ]
        )
        state = fresh(approval).state
        assert state in {ApprovalState.GRANTED, ApprovalState.REFUSED, ApprovalState.WITHDRAWN}
        assert set(outcomes) <= {WON, "already_answered", "wrong_state", "hold_lapsed"}
        held = fresh(approval.booking).state == BookingState.HELD
        promised = sum(
            PaymentCommitment.objects.using(OWNER)
            .filter(referral=need)
            .values_list("uses", flat=True)
        )
        assert promised == held


def refused_while_it_is_granted(hospital, terms, bertil, monkeypatch):
    """A no has read the open question; before it is written, the yes is."""
    approval = asked(ward(hospital, hour=8), a_referral(a_patient("Alice"), KNEE), terms)
    pause = Pause(monkeypatch, approvals, "open_question")
    outcomes = at_once(
        [
            partial(no, approval, by=bertil),
            pause.meanwhile(partial(yes, approval, by=bertil)),
        ]
    )
    return outcomes, fresh(approval).state


def test_of_a_yes_and_a_no_that_was_on_its_way_the_first_counts(
    hospital, terms, bertil, monkeypatch
):
    outcome = refused_while_it_is_granted(hospital, terms, bertil, monkeypatch)
    assert outcome == ({WON: 1, "already_answered": 1}, ApprovalState.GRANTED)


def test_without_comparing_the_state_what_was_granted_would_be_refused(
    hospital, terms, bertil, monkeypatch
):
    monkeypatch.setattr(questions, "move", moved_unseen)
    monkeypatch.setattr(bookings, "move", moved_unseen)
    outcome = refused_while_it_is_granted(hospital, terms, bertil, monkeypatch)
    assert outcome == ({WON: 2}, ApprovalState.REFUSED)


def test_whatever_the_clock_no_late_question_is_without_an_owner_and_none_outlives_its_hold(
    hospital, terms, bertil
):
    moments = [0, 1, 30, 71, 73, 80, 97, 121, 145, 169, 200, 300, 600]
    then = NOW - timedelta(hours=600)
    needs = [a_referral(a_patient(), KNEE) for _ in range(3)]
    for number, need in enumerate(needs):
        asked(ward(hospital, hour=8 + number), need, terms, now=then + timedelta(hours=number * 7))
    for hours in moments:
        now = then + timedelta(hours=hours)
        watched(needs[0].tenant_id, now)
        open_ones = Approval.objects.using(OWNER).filter(state=ApprovalState.ASKED)
        assert not open_ones.filter(answer_by__lte=now, owner=None).exists()
        assert not open_ones.filter(booking__claim__held_until__lte=now).exists()
    assert not Claim.objects.using(OWNER).filter(state="held").exists()


@given(
    st.integers(0, 6 * 365 * 24 * 60).map(lambda minutes: EARLY + timedelta(minutes=minutes)),
    st.integers(1, 10),
)
def test_a_working_day_is_no_weekend_and_no_red_day_and_keeps_the_swedish_clock(moment, number):
    after = working_days_after(moment, number)
    local, before = after.astimezone(SWEDEN), moment.astimezone(SWEDEN)
    assert local.weekday() < 5
    assert (local.date() - before.date()).days >= number
    assert working_days_after(moment, number + 1) > after


def test_christmas_is_no_time_to_answer():
    moment = datetime(2026, 12, 23, 12, tzinfo=SWEDEN)
    assert working_days_after(moment, 1).date().isoformat() == "2026-12-28"
