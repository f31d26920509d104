"""Where one is reached, on the page and over REST; the region's tasks and letters; receipts of gateways."""

import json
import time
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client

from accounts.actions import outcomes
from accounts.actions.outcomes import digest_of
from accounts.roles import Role
from accounts.selectors.actors import system_actor
from accounts.tenancy import acting_as
from brokering.actions.contact_tasks import open_contact_task
from brokering.actions.messages import About, queue_letter, queue_message
from brokering.actions.sending import note_outcome, take_next
from brokering.messaging.carriers import Accepted, Delivered
from brokering.messaging.kinds import ContactWhy, MessageKind
from brokering.messaging.signing import signature
from brokering.models import ContactPoint
from brokering.tasks import send_messages
from tests.brokering.desk import fresh
from tests.brokering.reached import all_messages, all_tasks, reached_by
from tests.factories import NOW, TODAY, a_patient, a_region, staff

pytestmark = pytest.mark.usefixtures("database")
SECRET = "gemensam hemlighet"
PAGE = "/mina-kontaktvagar/"


@pytest.fixture(autouse=True)
def mailbox(settings, tmp_path):
    settings.EMAIL_HOST = settings.SMS_GATEWAY_URL = ""
    settings.HAS_MAILBOX, settings.MAILBOX_FOLDER = True, tmp_path
    settings.QUIET_BEGINS = settings.QUIET_ENDS
    settings.RECEIPTS_SECRET = SECRET


@pytest.fixture
def system(database):
    return system_actor(a_region("01").tenant_id)


@pytest.fixture
def navigator(database):
    return staff(Role.NAVIGATOR, a_region("01").tenant)


def browser(user):
    client = Client()
    client.force_login(user)
    return client


def filled(**said):
    return {"key": uuid4(), "channel": "email", "rank": 1, "language": "sv"} | said


def points():
    return ContactPoint.objects.using("owner").order_by("created_at")


def sent(alice, system):
    """A message that is under way."""
    reached_by(alice.patient, "email", "sms")
    with acting_as(system):
        message = queue_message(
            MessageKind.BOOKING_CANCELLED, About(patient=alice.patient, referral=alice), now=NOW
        )
        take_next(by=system, now=NOW)
    return message


def receipt(body, *, secret=SECRET, moment=None):
    raw = json.dumps(body).encode()
    moment = moment or str(int(time.time()))
    return Client().post(
        "/api/v1/messages/receipts",
        data=raw,
        content_type="application/json",
        headers={"X-Timestamp": moment, "X-Signature": signature(secret, moment, raw)},
    )


def test_a_patient_says_where_they_want_to_be_reached(alice):
    client = browser(alice.patient.subject)
    answer = client.post(PAGE, filled(address="alice@example.invalid"), follow=True)
    assert "alice@example.invalid" in answer.content.decode()


def test_the_address_is_encrypted_and_stands_in_no_outcome(alice):
    browser(alice.patient.subject).post(PAGE, filled(address="alice@example.invalid"))
    assert b"alice" not in bytes(points().get().address_encrypted)


@pytest.mark.parametrize(
    ("channel", "address"),
    [("email", "alice"), ("email", ""), ("sms", "08-123"), ("sms", "070-12"), ("sms", "")],
    ids=["no mail", "no address", "too short", "cut", "no number"],
)
def test_an_address_that_cannot_be_is_said_at_its_field(alice, channel, address):
    answer = browser(alice.patient.subject).post(PAGE, filled(channel=channel, address=address))
    assert answer.status_code == 422
    assert 'id="id_address_error"' in answer.content.decode()
    assert not points().exists()


def test_a_new_number_takes_the_place_of_the_old(alice):
    client = browser(alice.patient.subject)
    for number in ("070-174 06 05", "+46701740606"):
        client.post(PAGE, filled(channel="sms", address=number))
    page = client.get(PAGE).content.decode()
    assert "+46701740606" in page
    assert "+46701740605" not in page


def test_a_way_is_given_up_by_its_owner_alone(alice):
    [point] = reached_by(alice.patient, "email")
    address = f"{PAGE}{point.id}/ta-bort/"
    stranger = a_patient("Charlie")
    assert browser(stranger.subject).post(address, {"key": uuid4()}).status_code == 404
    assert browser(alice.patient.subject).post(address, {"key": uuid4()}).status_code == 302
    assert fresh(point).ended_at is not None


def test_a_patient_reads_what_they_were_told_and_in_the_demo_its_text(alice, system):
    reached_by(alice.patient, "email")
    with acting_as(system):
        queue_message(MessageKind.OFFER_SENT, About(patient=alice.patient), now=NOW)
        queue_message(MessageKind.BOOKING_CANCELLED, About(patient=alice.patient), now=NOW)
    send_messages()
    page = browser(alice.patient.subject).get(PAGE).content.decode()
    assert "Inställd tid" in page
    assert "Framme" in page
    assert "Meddelanden (demo)" in page
    assert "Skriv adressen själv i webbläsaren" in page


def test_contact_points_over_rest(alice):
    client = browser(alice.patient.subject)
    body = {"channel": "sms", "address": "070-174 06 05", "rank": 2, "language": "en"}
    headers = {"Idempotency-Key": "k1"}
    made = client.post("/api/v1/contact-points", body, "application/json", headers=headers)
    again = client.post("/api/v1/contact-points", body, "application/json", headers=headers)
    assert made.status_code == again.status_code == 201
    assert made.content == again.content
    shown = client.get("/api/v1/contact-points").json()
    assert shown == [made.json() | {"address": "+46701740605"}]


def test_the_stored_answer_holds_no_address(alice):
    client = browser(alice.patient.subject)
    body = {"channel": "email", "address": "alice@example.invalid"}
    client.post(
        "/api/v1/contact-points", body, "application/json", headers={"Idempotency-Key": "k"}
    )
    assert "alice@" not in client.get("/api/v1/outcomes/k").content.decode()


@pytest.fixture
def hashed(monkeypatch):
    """Everything that the digest of a request is made of, as it is hashed."""
    seen = []

    def digest(request):
        seen.append(json.dumps(request, default=str))
        return digest_of(request)

    monkeypatch.setattr(outcomes, "digest_of", digest)
    return seen


@pytest.mark.parametrize(
    ("body", "plain"),
    [
        ({"channel": "email", "address": "alice@example.invalid"}, "alice@"),
        ({"channel": "sms", "address": "070-174 06 05"}, "174"),
        ({"channel": "email", "adress": "alice@example.invalid"}, "alice@"),
        (["alice@example.invalid"], "alice@"),
    ],
    ids=["mail", "number", "under a misspelt name", "no object"],
)
def test_no_plain_address_goes_into_the_digest_of_a_request(alice, hashed, body, plain):
    client = browser(alice.patient.subject)
    headers = {"Idempotency-Key": "k"}
    client.post("/api/v1/contact-points", body, "application/json", headers=headers)
    assert len(hashed) == 1
    assert plain not in hashed[0]


@pytest.mark.parametrize(
    ("channel", "address", "plain"),
    [("email", "alice@example.invalid", "alice@"), ("sms", "070-174 06 05", "174")],
    ids=["mail", "number"],
)
def test_no_plain_address_goes_into_the_digest_of_a_press(alice, hashed, channel, address, plain):
    browser(alice.patient.subject).post(PAGE, filled(channel=channel, address=address))
    assert len(hashed) == 1
    assert plain not in hashed[0]


def test_one_key_with_another_address_is_refused_and_the_first_stays(alice):
    client = browser(alice.patient.subject)
    body = {"channel": "email", "address": "alice@example.invalid"}
    other = body | {"address": "bob@example.invalid"}
    headers = {"Idempotency-Key": "k"}
    client.post("/api/v1/contact-points", body, "application/json", headers=headers)
    again = client.post("/api/v1/contact-points", other, "application/json", headers=headers)
    assert again.json()["code"] == "idempotency_key_reused"
    assert points().count() == 1


def test_another_address_under_the_button_of_an_old_page_is_not_called_saved(alice):
    client = browser(alice.patient.subject)
    first = filled(address="alice@example.invalid")
    client.post(PAGE, first)
    again = client.post(PAGE, first | {"address": "bob@example.invalid"})
    assert again.status_code == 422
    assert points().count() == 1


def test_a_task_is_listed_looked_at_later_and_done(alice, system, navigator):
    with acting_as(system):
        task = open_contact_task(alice, why=ContactWhy.NO_CONTACT_POINT, by=system, now=NOW)
    client = browser(navigator)
    assert "Alice" in client.get("/kontakt/").content.decode()
    later = {"key": uuid4(), "next_on": (TODAY + timedelta(days=3)).isoformat()}
    client.post(f"/kontakt/{task.id}/senare/", later)
    assert fresh(task).next_on == TODAY + timedelta(days=3)
    client.post(f"/kontakt/{task.id}/klart/", {"key": uuid4()})
    assert fresh(task).state == "done"
    assert "Alice" not in client.get("/kontakt/").content.decode()


def test_tasks_over_rest(alice, system, navigator):
    with acting_as(system):
        task = open_contact_task(alice, why=ContactWhy.NO_ANSWER, by=system, now=NOW)
    client = browser(navigator)
    [shown] = client.get("/api/v1/contact-tasks").json()
    assert (shown["id"], shown["why"]) == (str(task.id), "no_answer")
    address = f"/api/v1/contact-tasks/{task.id}/done"
    done = client.post(address, {}, "application/json", headers={"Idempotency-Key": "d"})
    assert (done.status_code, done.json()["state"]) == (200, "done")
    assert client.get("/api/v1/contact-tasks").json() == []


def test_another_region_sees_no_task_and_no_letter(alice, system):
    with acting_as(system):
        task = open_contact_task(alice, why=ContactWhy.NO_ANSWER, by=system, now=NOW)
        letter = queue_letter(MessageKind.OFFER_SENT, About(patient=alice.patient), now=NOW)
    client = browser(staff(Role.NAVIGATOR, a_region("03").tenant))
    assert "Alice" not in client.get("/kontakt/").content.decode()
    assert client.post(f"/kontakt/{task.id}/klart/", {"key": uuid4()}).status_code == 404
    assert client.get(f"/kontakt/brev/{letter.id}/").status_code == 404


def test_a_letter_is_printed_and_marked_as_posted(alice, system, navigator):
    with acting_as(system):
        letter = queue_letter(MessageKind.OFFER_SENT, About(patient=alice.patient), now=NOW)
    client = browser(navigator)
    assert "Alice" in client.get("/kontakt/brev/").content.decode()
    page = client.get(f"/kontakt/brev/{letter.id}/").content.decode()
    assert "Du har fått ett erbjudande" in page
    client.post(f"/kontakt/brev/{letter.id}/postat/", {"key": uuid4()})
    assert fresh(letter).state == "sent"
    assert "Alice" not in client.get("/kontakt/brev/").content.decode()


def test_no_machine_sends_a_letter(alice, system):
    with acting_as(system):
        queue_letter(MessageKind.BOOKING_CANCELLED, About(patient=alice.patient), now=NOW)
    assert send_messages() == 0


def test_a_receipt_that_it_arrived(alice, system):
    message = sent(alice, system)
    with acting_as(system):
        note_outcome(message.id, Accepted(), by=system, now=NOW)
    answer = receipt({"reference": str(message.id), "outcome": "delivered"})
    assert (answer.status_code, answer.json()) == (200, {"changed": True})
    assert fresh(message).state == "delivered"


def test_a_receipt_twice_changes_nothing_more(alice, system):
    message = sent(alice, system)
    body = {"reference": str(message.id), "outcome": "delivered"}
    moment = str(int(time.time()))
    first, again = receipt(body, moment=moment), receipt(body, moment=moment)
    assert (first.json(), again.json()) == ({"changed": True}, {"changed": False})


def test_a_bounce_after_the_delivery_leads_to_the_next_way_once(alice, system):
    message = sent(alice, system)
    with acting_as(system):
        note_outcome(message.id, Delivered(), by=system, now=NOW)
    for _ in range(2):
        receipt({"reference": str(message.id), "outcome": "failed"})
    receipt({"reference": str(message.id), "outcome": "delivered"})
    assert sorted((m.channel, m.state) for m in all_messages()) == [
        ("email", "failed"),
        ("sms", "waiting"),
    ]
    assert all_tasks() == []


@pytest.mark.parametrize(
    "forged",
    [{"secret": "fel"}, {"moment": "1"}, {"moment": "9999999999"}, {"moment": "nu"}],
    ids=["another secret", "long ago", "ahead", "no moment"],
)
def test_a_receipt_that_is_forged_or_old_changes_nothing(alice, system, forged):
    message = sent(alice, system)
    answer = receipt({"reference": str(message.id), "outcome": "delivered"}, **forged)
    assert (answer.status_code, answer.json()["code"]) == (401, "receipt_not_signed")
    assert fresh(message).state == "sent"


def test_without_a_secret_no_receipt_is_taken(alice, system, settings):
    settings.RECEIPTS_SECRET = ""
    message = sent(alice, system)
    body = {"reference": str(message.id), "outcome": "delivered"}
    assert receipt(body, secret="").status_code == 401


def test_a_receipt_of_nothing_is_told_so():
    assert receipt({"reference": str(uuid4()), "outcome": "delivered"}).status_code == 404
