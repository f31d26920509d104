"""How people are reached in the tests: contact points, a real mail server, a real gateway."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import Message as Mail
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope

from accounts.tenancy import acting_as
from brokering.actions.contact_points import Wanted, set_contact_point
from brokering.models import Channel, ContactPoint, ContactTask, Message, Patient
from tests.factories import NOW, acting

ADDRESSES = {"email": "alice@example.invalid", "sms": "070-174 06 05", "letter": ""}


def reached_by(patient: Patient, *channels: str, **also: Any) -> list[ContactPoint]:
    """The patient gives their contact points, the first is tried first."""
    by = acting(patient.subject)
    with acting_as(by):
        return [
            set_contact_point(
                by=by,
                wanted=Wanted(
                    **{"address": ADDRESSES[channel]} | also, channel=Channel(channel), rank=rank
                ),
                now=NOW,
            )
            for rank, channel in enumerate(channels, start=1)
        ]


def all_messages(**which: Any) -> list[Message]:
    """Every message there is, in the order in which they were laid down."""
    return list(Message.objects.using("owner").filter(**which).order_by("created_at", "id"))


def all_tasks(**which: Any) -> list[ContactTask]:
    """Every task to reach somebody."""
    return list(ContactTask.objects.using("owner").filter(**which).order_by("opened_at", "id"))


class Post:
    """What a mail server has taken, and how it answers the next mails."""

    def __init__(self) -> None:
        self.mails: list[Mail] = []
        self.receivers: list[str] = []
        self.sessions: list[Any] = []
        self.to_receiver = "250 OK"
        self.to_mail = "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, _server: Any, _session: Any, envelope: Envelope, to: str, _options: Any
    ) -> str:
        """The answer to an address."""
        if self.to_receiver.startswith("250"):
            envelope.rcpt_tos.append(to)
        return self.to_receiver

    async def handle_DATA(self, _server: Any, session: Any, envelope: Envelope) -> str:  # noqa: N802
        """The answer to a mail."""
        self.sessions.append(session)
        if self.to_mail.startswith("250"):
            assert isinstance(envelope.content, bytes)
            self.mails.append(message_from_bytes(envelope.content))
            self.receivers += envelope.rcpt_tos
        return self.to_mail


@contextmanager
def mail_server(post: Post, port: int) -> Iterator[None]:
    """A mail server on this machine."""
    server = Controller(post, hostname="127.0.0.1", port=port)
    server.start()
    try:
        yield
    finally:
        server.stop()


class Gateway(ThreadingHTTPServer):
    """An SMS gateway on this machine: what it was asked, and how it answers."""

    def __init__(self) -> None:
        self.asked: list[tuple[dict[str, Any], dict[str, str], bytes]] = []
        self.status = 202
        super().__init__(("127.0.0.1", 0), _Answering)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}/send"


class _Answering(BaseHTTPRequestHandler):
    server: Gateway

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append((json.loads(body), dict(self.headers), body))
        if self.server.status == 0:
            self.connection.close()
            return
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Nothing on the screen."""


@contextmanager
def gateway() -> Iterator[Gateway]:
    """A running gateway."""
    with Gateway() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
