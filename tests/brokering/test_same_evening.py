"""A place freed in the evening for tomorrow is offered the same evening; nobody has to answer asleep."""

from datetime import datetime, timedelta

import pytest

from accounts.selectors.actors import system_actor
from accounts.tenancy import acting_as
from brokering.actions.invitations import InvitationOver
from brokering.actions.sending import take_next
from brokering.models import Message
from tests.brokering.desk import fresh
from tests.brokering.invited import batch, freed, invitation, says_yes, wants
from tests.brokering.reached import reached_by
from tests.factories import OWNER, SWEDEN, TODAY, a_patient, a_referral, a_slot

pytestmark = pytest.mark.usefixtures("database")
TOMORROW = TODAY + timedelta(days=1)


def clock(text: str, day=TODAY) -> datetime:
    hours, minutes = map(int, text.split(":"))
    return datetime(day.year, day.month, day.day, hours, minutes, tzinfo=SWEDEN)


@pytest.fixture
def morning(clinic, lot):
    """Tomorrow at 10:00, published long ago."""
    then = clock("09:00", TODAY - timedelta(days=9))
    said = {"published_at": then, "opens_at": then, "confirmed_at": clock("12:00")}
    return a_slot(clinic, starts_at=clock("10:00", TOMORROW), **said)


def told_at(need):
    return Message.objects.using(OWNER).get(referral=need, kind="invited").not_before


def leaves(now):
    """Whether a message leaves at a moment."""
    system = system_actor(a_referral(a_patient("Nobody")).tenant_id)
    with acting_as(system):
        return take_next(by=system, now=now) is not None


@pytest.mark.parametrize("freed_at", ["16:59", "17:00", "19:45"])
def test_in_the_evening_people_are_asked_at_once_and_answer_the_same_evening(
    morning, alice, freed_at
):
    reached_by(alice.patient, "email")
    wants(alice, hours=6)
    assert freed(morning, now=clock(freed_at))["asked"] == 1
    assert told_at(alice) == clock(freed_at)
    assert batch(morning).answer_by == clock(freed_at) + timedelta(hours=1)


def test_an_answer_that_would_be_due_at_night_is_due_in_the_morning(morning, alice):
    reached_by(alice.patient, "email")
    wants(alice, hours=6)
    freed(morning, now=clock("20:30"))
    assert told_at(alice) == clock("20:30")
    assert batch(morning).answer_by == clock("08:30", TOMORROW)


def test_late_in_the_evening_whoever_sleeps_is_told_in_the_morning_and_has_time_then(
    morning, alice
):
    reached_by(alice.patient, "email")
    wants(alice, hours=2)
    assert freed(morning, now=clock("21:30"))["asked"] == 1
    assert told_at(alice) == clock("08:00", TOMORROW)
    assert batch(morning).answer_by == clock("09:00", TOMORROW)
    assert not leaves(clock("21:31"))
    assert leaves(clock("08:00", TOMORROW))


def test_late_in_the_evening_whoever_has_agreed_to_it_is_told_then(morning, alice):
    reached_by(alice.patient, "email")
    wants(alice, hours=6, late=True)
    assert freed(morning, now=clock("21:30"))["asked"] == 1
    assert told_at(alice) == clock("21:30")
    assert leaves(clock("21:31"))
    assert batch(morning).answer_by == clock("08:30", TOMORROW)


def test_after_ten_nobody_at_all_is_told(morning, alice):
    reached_by(alice.patient, "email")
    wants(alice, hours=2, late=True)
    freed(morning, now=clock("22:15"))
    assert told_at(alice) == clock("08:00", TOMORROW)
    assert not leaves(clock("22:16"))


def test_what_was_laid_down_in_the_late_evening_and_not_sent_waits_for_the_morning(morning, alice):
    reached_by(alice.patient, "email")
    wants(alice, hours=2, late=True)
    freed(morning, now=clock("21:50"))
    assert not leaves(clock("22:05"))
    assert leaves(clock("08:00", TOMORROW))


def test_what_waits_since_the_day_does_not_leave_at_night(morning, alice):
    reached_by(alice.patient, "email")
    wants(alice, hours=2)
    freed(morning, now=clock("20:59"))
    assert not leaves(clock("21:05"))


def test_who_must_know_longer_beforehand_than_the_morning_leaves_is_not_asked_at_night(
    morning, alice
):
    wants(alice, hours=6)
    assert freed(morning, now=clock("21:30"))["asked"] == 0


@pytest.mark.parametrize(("late", "asked"), [(False, 0), (True, 1)], ids=["asleep", "reached late"])
def test_early_tomorrow_only_those_can_have_who_are_told_tonight(clinic, lot, alice, late, asked):
    early = a_slot(clinic, starts_at=clock("08:20", TOMORROW), confirmed_at=clock("12:00"))
    wants(alice, hours=2, late=late)
    assert freed(early, now=clock("21:10"))["asked"] == asked


def test_before_dawn_nobody_is_woken(clinic, lot, alice):
    noon = a_slot(clinic, starts_at=clock("13:00"), confirmed_at=clock("05:00"))
    reached_by(alice.patient, "email")
    wants(alice, hours=2, late=True)
    assert freed(noon, now=clock("06:00"))["asked"] == 1
    assert told_at(alice) == clock("08:00")
    assert batch(noon).answer_by == clock("09:00")


def test_the_place_is_kept_for_them_through_the_night_and_opens_when_their_time_is_out(
    morning, alice
):
    wants(alice, hours=2)
    freed(morning, now=clock("21:30"))
    assert fresh(morning).opens_at == clock("09:00", TOMORROW)
    with pytest.raises(InvitationOver):
        says_yes(alice, now=clock("09:00", TOMORROW))


def test_who_is_told_tonight_may_take_it_before_the_others_wake(morning, alice):
    reached_by(alice.patient, "email")
    bob = a_referral(a_patient("Bob"), priority=3)
    wants(bob, hours=6, late=True)
    wants(alice, hours=2)
    freed(morning, now=clock("21:30"))
    says_yes(bob, now=clock("21:40"))
    assert invitation(alice).state == "late"
    while leaves(clock("08:00", TOMORROW)):
        pass
    question = Message.objects.using(OWNER).get(referral=alice, kind="invited")
    assert (question.state, question.problem) == ("dropped", "no_longer_true")
