"""Which channels this installation has, by its settings; one that is not set up does not exist."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

from brokering.messaging.carriers import Carrier
from brokering.messaging.folder import FolderCarrier
from brokering.messaging.sms import SmsCarrier
from brokering.messaging.smtp import SmtpCarrier

LETTER = "letter"
"""A person prints and posts it: always there."""


def set_up() -> frozenset[str]:
    """The channels by which somebody can be reached."""
    found = {LETTER}
    if settings.EMAIL_HOST or settings.HAS_MAILBOX:
        found.add("email")
    if settings.SMS_GATEWAY_URL or settings.HAS_MAILBOX:
        found.add("sms")
    return frozenset(found)


@contextmanager
def carriers() -> Iterator[dict[str, Carrier]]:
    """The carriers of the channels that need no person, for one run."""
    found = _made()
    try:
        yield found
    finally:
        for carrier in found.values():
            carrier.close()


def _made() -> dict[str, Carrier]:
    if settings.HAS_MAILBOX:
        return dict.fromkeys(("email", "sms"), FolderCarrier(settings.MAILBOX_FOLDER))
    found: dict[str, Carrier] = {}
    if settings.EMAIL_HOST:
        found["email"] = SmtpCarrier(
            sender=settings.MAIL_FROM,
            timeout=settings.EMAIL_TIMEOUT,
            has_receipts=settings.EMAIL_HAS_RECEIPTS,
        )
    if settings.SMS_GATEWAY_URL:
        found["sms"] = SmsCarrier(
            url=settings.SMS_GATEWAY_URL,
            secret=settings.SMS_GATEWAY_SECRET,
            sender=settings.SMS_SENDER,
            timeout=settings.SMS_TIMEOUT,
        )
    return found
