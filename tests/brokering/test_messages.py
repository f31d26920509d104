"""What a patient is told is laid down once, sent once by the first way that works, or seen to by a person."""

from datetime import timedelta

import pytest

from accounts.selectors.actors import system_actor
from accounts.tenancy import acting_as
from brokering.actions.messages import About, queue_message
from brokering.actions.sending import take_next
from brokering.messaging.folder import written
from brokering.messaging.kinds import MessageKind
from brokering.models import ContactPoint
from brokering.tasks import send_messages, watch_messages
from tests.brokering.desk import fresh
from tests.brokering.reached import all_messages, all_tasks, reached_by
from tests.factories import NOW, a_patient, a_referral, a_region, acting

pytestmark = pytest.mark.usefixtures("database")
KIND = MessageKind.BOOKING_CANCELLED


@pytest.fixture(autouse=True)
def mailbox(settings, tmp_path):
    settings.EMAIL_HOST = settings.SMS_GATEWAY_URL = ""
    settings.HAS_MAILBOX = True
    settings.MAILBOX_FOLDER = tmp_path / "mailbox"
    settings.QUIET_BEGINS = settings.QUIET_ENDS
    return settings.MAILBOX_FOLDER


@pytest.fixture
def system(database):
    return system_actor(a_region("01").tenant_id)


def told(need, kind=KIND, *, now=NOW, **about):
    with acting_as(acting(need.patient.subject)):
        return queue_message(kind, About(patient=need.patient, referral=need, **about), now=now)


def test_a_message_goes_by_the_first_way_that_the_patient_named(alice, mailbox):
    reached_by(alice.patient, "sms", "email")
    message = told(alice)
    assert send_messages() == 1
    assert (fresh(message).channel, fresh(message).state) == ("sms", "delivered")
    assert "Region Stockholm" in written(mailbox, message.id)


def test_the_same_thing_is_told_once(alice):
    reached_by(alice.patient, "email")
    assert told(alice).id == told(alice).id
    assert told(alice, mark="2").id != told(alice).id
    assert len(all_messages()) == 2


def test_the_same_thing_is_told_once_even_when_the_patient_has_changed_the_way_meanwhile(alice):
    reached_by(alice.patient, "email")
    first = told(alice)
    reached_by(alice.patient, "sms")
    assert told(alice).id == first.id


def test_what_must_reach_somebody_without_any_way_is_a_task(alice):
    assert told(alice) is None
    [task] = all_tasks()
    assert (task.why, task.referral_id, task.state) == ("no_contact_point", alice.id, "open")


def test_what_one_may_miss_is_no_task(alice):
    assert told(alice, MessageKind.BOOKING_CONFIRMED) is None
    assert all_tasks() == []


def test_a_channel_that_is_not_set_up_does_not_exist(alice, settings):
    reached_by(alice.patient, "email", "sms")
    settings.HAS_MAILBOX, settings.SMS_GATEWAY_URL = False, "http://127.0.0.1:9/"
    assert told(alice).channel == "sms"


def test_a_channel_given_up_before_it_was_used_leads_to_the_next(alice, system):
    reached_by(alice.patient, "email", "sms")
    told(alice, now=NOW - timedelta(hours=1))
    ContactPoint.objects.using("owner").filter(channel="email").update(ended_at=NOW)
    send_messages()
    assert [(m.channel, m.state) for m in all_messages()] == [
        ("email", "failed"),
        ("sms", "delivered"),
    ]


def test_a_message_that_was_taken_is_never_taken_again_whoever_died(alice, system):
    reached_by(alice.patient, "email")
    message = told(alice)
    with acting_as(system):
        assert take_next(by=system, now=NOW)
    assert send_messages() == 0
    assert fresh(message).state == "sent"


def test_a_message_whose_sender_died_goes_by_the_next_way_after_a_while(alice, system, settings):
    reached_by(alice.patient, "email", "sms")
    then = NOW - settings.RECEIPT_WAIT
    told(alice, now=then)
    with acting_as(system):
        take_next(by=system, now=then)
    watch_messages()
    send_messages()
    assert [(m.channel, m.state) for m in all_messages()] == [
        ("email", "failed"),
        ("sms", "delivered"),
    ]


def test_what_did_not_arrive_by_any_way_is_a_task(alice, system, settings):
    reached_by(alice.patient, "email")
    message = told(alice, now=NOW - settings.RECEIPT_WAIT)
    with acting_as(system):
        take_next(by=system, now=NOW - settings.RECEIPT_WAIT)
    watch_messages()
    [task] = all_tasks()
    assert (task.why, task.message_id) == ("not_delivered", message.id)


def test_two_workers_take_different_messages(alice, system):
    reached_by(alice.patient, "email")
    both = {told(alice, mark="1").id, told(alice, mark="2").id}
    with acting_as(system):
        taken = {take_next(by=system, now=NOW).message.id for _ in both}
    assert taken == both


def test_at_night_nothing_is_taken(alice, system, settings):
    reached_by(alice.patient, "email")
    told(alice)
    settings.QUIET_BEGINS, settings.QUIET_ENDS = settings.QUIET_ENDS.min, settings.QUIET_ENDS.max
    with acting_as(system):
        assert take_next(by=system, now=NOW) is None


def test_one_region_does_not_see_what_another_tells(alice):
    reached_by(alice.patient, "email")
    told(alice)
    elsewhere = system_actor(a_region("03").tenant_id)
    with acting_as(elsewhere):
        assert take_next(by=elsewhere, now=NOW) is None


def test_a_person_without_a_need_is_told_too(database):
    bob = a_patient("Bob")
    reached_by(bob, "email")
    with acting_as(acting(bob.subject)):
        assert queue_message(KIND, About(patient=bob), now=NOW).referral_id is None


def test_who_has_heard_nothing_for_long_is_told_so_once(alice, settings):
    reached_by(alice.patient, "email")
    old = a_referral(alice.patient, created_at=NOW - timedelta(days=settings.SILENCE_DAYS + 1))
    assert watch_messages()["silence"] == 1
    assert watch_messages()["silence"] == 0
    [message] = all_messages()
    assert (message.kind, message.referral_id) == ("nothing_happened", old.id)
