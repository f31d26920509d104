"""E-mail by SMTP. A 250 for the whole message means that the server asked for has it."""

import smtplib
from contextlib import suppress
from uuid import UUID

from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend

from brokering.messaging.carriers import (
    Accepted,
    Addressed,
    Delivered,
    Outcome,
    Postponed,
    Refused,
    Text,
    Unknown,
)

ALIVE = 250
PERMANENT = 500
"""SMTP replies from here on are final; those below may be tried again."""


class SmtpCarrier:
    """Sends over one kept connection. `has_receipts`: the server tells later what arrived."""

    def __init__(self, *, sender: str, timeout: float, has_receipts: bool) -> None:
        self._sender = sender
        self._has_receipts = has_receipts
        self._backend = EmailBackend(timeout=timeout)

    def send(self, message: Addressed, text: Text) -> Outcome:
        """One mail to one address; a server's no is final; a line that broke midway is unknown."""
        mail = self._mail(message, text)
        try:
            self._connect()
        except smtplib.SMTPAuthenticationError:
            return self._postponed("mail_login")
        except (OSError, smtplib.SMTPException):
            return self._postponed("mail_unreachable")
        try:
            self._backend.send_messages([mail])
        except smtplib.SMTPRecipientsRefused as error:
            code = min(code for code, _ in error.recipients.values())
            return self._answered(code, "address_refused")
        except smtplib.SMTPResponseException as error:
            return self._answered(error.smtp_code, "mail_refused")
        except (OSError, smtplib.SMTPException):
            self.close()
            return Unknown()
        return Accepted() if self._has_receipts else Delivered()

    def close(self) -> None:
        """End the connection, however it stands."""
        connection, self._backend.connection = self._backend.connection, None
        if connection is not None:
            with suppress(OSError, smtplib.SMTPException):
                connection.close()

    def _connect(self) -> None:
        """A connection that answers: one that was kept may be dead, which must be known before its use."""
        if self._backend.connection is not None:
            try:
                code, _ = self._backend.connection.noop()
            except (OSError, smtplib.SMTPException):
                code = 0
            if code == ALIVE:
                return
            self.close()
        self._backend.open()

    def _answered(self, code: int, problem: str) -> Outcome:
        self.close()
        return Refused(problem) if code >= PERMANENT else Postponed(problem)

    def _postponed(self, problem: str) -> Outcome:
        self.close()
        return Postponed(problem)

    def _mail(self, message: Addressed, text: Text) -> EmailMessage:
        headers = {"Message-ID": message_id(message.id, self._sender)}
        headers |= {"Auto-Submitted": "auto-generated"}
        return EmailMessage(
            text.subject, text.body, self._sender, [message.address], headers=headers
        )


def message_id(message: UUID, sender: str) -> str:
    """The mail's own name, by which a server's receipt finds the message."""
    return f"<{message}@{sender.rpartition('@')[2].strip('<> ')}>"
