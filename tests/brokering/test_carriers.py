"""Mail through a real mail server, SMS through a real gateway: what they say becomes the right outcome."""

import json
import socket
from datetime import UTC, datetime
from uuid import UUID

import pytest

from brokering.messaging.carriers import (
    Accepted,
    Addressed,
    Delivered,
    Postponed,
    Refused,
    Text,
    Unknown,
)
from brokering.messaging.signing import is_signed
from brokering.messaging.sms import SmsCarrier
from brokering.messaging.smtp import SmtpCarrier
from tests.brokering.reached import Post, gateway, mail_server

MESSAGE = Addressed(UUID("00000000-0000-4000-8000-00000000000a"), "alice@example.invalid")
TEXT = Text("Meddelande från Vårdbryggan", "Region Örebro län\n\nDu har fått ett erbjudande.\n")


@pytest.fixture
def port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture
def mail(settings, port):
    """Makes a carrier for a server on that port."""
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    made = []

    def carrier(*, has_receipts=False, timeout=2):
        sender = "Vårdbryggan <post@example.invalid>"
        made.append(SmtpCarrier(sender=sender, timeout=timeout, has_receipts=has_receipts))
        return made[-1]

    yield carrier
    for one in made:
        one.close()


def sms(url, *, timeout=2):
    return SmsCarrier(url=url, secret="hemligt", sender="Vardbryggan", timeout=timeout)


def test_a_mail_that_the_server_takes_is_delivered(mail, port):
    post = Post()
    with mail_server(post, port):
        assert mail().send(MESSAGE, TEXT) == Delivered()
    assert post.receivers == ["alice@example.invalid"]
    assert post.mails[0].get_payload(decode=True).decode() == TEXT.body.replace("\n", "\r\n")
    assert post.mails[0]["Message-ID"] == f"<{MESSAGE.id}@example.invalid>"


def test_a_server_that_only_passes_mail_on_has_accepted_it(mail, port):
    with mail_server(Post(), port):
        assert mail(has_receipts=True).send(MESSAGE, TEXT) == Accepted()


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ("550 No such user", Refused("address_refused")),
        ("450 Mailbox busy", Postponed("address_refused")),
    ],
    ids=["for good", "for now"],
)
def test_an_address_that_is_refused(mail, port, answer, outcome):
    post = Post()
    post.to_receiver = answer
    with mail_server(post, port):
        assert mail().send(MESSAGE, TEXT) == outcome


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ("554 Not wanted", Refused("mail_refused")),
        ("451 Try later", Postponed("mail_refused")),
    ],
    ids=["for good", "for now"],
)
def test_a_mail_that_is_refused(mail, port, answer, outcome):
    post = Post()
    post.to_mail = answer
    with mail_server(post, port):
        assert mail().send(MESSAGE, TEXT) == outcome
    assert post.mails == []


def test_a_server_that_is_not_there_may_be_tried_again(mail):
    assert mail().send(MESSAGE, TEXT) == Postponed("mail_unreachable")


def test_a_server_that_says_nothing_is_not_waited_for_long(mail, port):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", port))
        silent.listen()
        assert mail(timeout=0.2).send(MESSAGE, TEXT) == Postponed("mail_unreachable")


def test_a_line_that_breaks_while_the_mail_is_sent_leaves_it_unknown(mail, port):
    class Breaking(Post):
        async def handle_DATA(self, server, _session, _envelope):  # noqa: N802
            server.transport.abort()
            return "250 never said"

    with mail_server(Breaking(), port):
        assert mail().send(MESSAGE, TEXT) == Unknown()


def test_a_server_that_was_gone_and_is_back_gets_the_next_mail_on_a_new_connection(mail, port):
    first, second, carrier = Post(), Post(), mail()
    with mail_server(first, port):
        assert carrier.send(MESSAGE, TEXT) == Delivered()
    assert carrier.send(MESSAGE, TEXT) == Postponed("mail_unreachable")
    with mail_server(second, port):
        assert carrier.send(MESSAGE, TEXT) == Delivered()
    assert (len(first.mails), len(second.mails)) == (1, 1)


def test_two_mails_share_a_connection(mail, port):
    post, carrier = Post(), mail()
    with mail_server(post, port):
        carrier.send(MESSAGE, TEXT)
        carrier.send(MESSAGE, TEXT)
    assert post.sessions[0] is post.sessions[1]


def test_an_sms_that_the_gateway_takes_is_accepted_and_its_call_is_signed():
    with gateway() as server:
        assert sms(server.url).send(MESSAGE, TEXT) == Accepted()
    [(said, headers, body)] = server.asked
    assert said["reference"] == str(MESSAGE.id)
    assert json.loads(body)["text"] == TEXT.body
    assert is_signed(
        "hemligt", headers["X-Timestamp"], body, headers["X-Signature"], now=datetime.now(UTC)
    )


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (400, Refused("number_refused")),
        (429, Postponed("gateway_busy")),
        (503, Postponed("gateway_busy")),
        (500, Unknown()),
        (302, Unknown()),
        (0, Unknown()),
    ],
    ids=["no such number", "too many", "busy", "fault", "elsewhere", "line broke"],
)
def test_what_a_gateway_answers(status, outcome):
    with gateway() as server:
        server.status = status
        assert sms(server.url).send(MESSAGE, TEXT) == outcome


def test_a_gateway_that_is_not_there_may_be_tried_again(port):
    url = f"http://127.0.0.1:{port}/send"
    assert sms(url).send(MESSAGE, TEXT) == Postponed("gateway_unreachable")
