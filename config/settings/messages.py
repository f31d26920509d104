"""How patients are told things: which channels there are (empty: none), when, how often it is tried."""

from datetime import time, timedelta
from pathlib import Path

from config.settings.apps import BASE_DIR
from config.settings.environment import DEBUG, flag, number, text

EMAIL_HOST = text("EMAIL_HOST", "")
"""The mail server. Without one there is no e-mail channel (but see MAILBOX_FOLDER)."""
EMAIL_PORT = number("EMAIL_PORT", 25)
EMAIL_HOST_USER = text("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = text("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = flag("EMAIL_USE_TLS")
EMAIL_TIMEOUT = 15
EMAIL_HAS_RECEIPTS = flag("EMAIL_HAS_RECEIPTS")
"""The mail server passes mail on and posts receipts: then its 250 is not yet a delivery."""
MAIL_FROM = text("MAIL_FROM", "vardbryggan@example.invalid")
"""The one sender of every mail."""

SMS_GATEWAY_URL = text("SMS_GATEWAY_URL", "")
SMS_GATEWAY_SECRET = text("SMS_GATEWAY_SECRET", "")
"""Signs our calls to the gateway."""
SMS_SENDER = text("SMS_SENDER", "Vardbryggan")
SMS_TIMEOUT = 10

RECEIPTS_SECRET = text("RECEIPTS_SECRET", "")
"""Signs the receipts that gateway and mail server post; without it none is accepted."""
MAILBOX_FOLDER = Path(text("MAILBOX_FOLDER", str(BASE_DIR / ".data" / "mailbox") if DEBUG else "."))
"""Where messages are written instead of sent."""
HAS_MAILBOX = DEBUG and not EMAIL_HOST and not SMS_GATEWAY_URL
"""The demo: nothing leaves the machine."""

QUIET_BEGINS = time(number("QUIET_BEGINS_HOUR", 21))
QUIET_ENDS = time(number("QUIET_ENDS_HOUR", 8))
"""Between these, on the Swedish clock, nobody gets an e-mail or SMS."""
EVENING_ENDS = time(number("EVENING_ENDS_HOUR", 22))
"""Until then those are told of a freed place who have agreed to be reached late."""
MESSAGE_TRIES = number("MESSAGE_TRIES", 8)
"""How often one channel is tried before the next: eight tries take about two hours."""
MESSAGES_AT_ONCE = number("MESSAGES_AT_ONCE", 200)
"""How many messages one run sends at most."""
RECEIPT_WAIT = timedelta(hours=number("RECEIPT_HOURS", 6))
"""How long a message may be under way without a receipt before the next channel is tried."""
REMIND_BEFORE = timedelta(days=number("REMIND_DAYS", 2))
"""How long before the visit a reminder is sent."""
SILENCE_DAYS = number("SILENCE_DAYS", 30)
"""After so many days without anything said a waiting person is told so."""
