"""Signatures between us and a gateway: HMAC-SHA-256 of a moment and a body under a shared secret."""

import hmac
from datetime import datetime, timedelta
from hashlib import sha256

TOLERANCE = timedelta(minutes=5)
"""How far a signature's moment may lie from our clock, either way."""


def signature(secret: str, moment: str, body: bytes) -> str:
    """Hex digest; `moment` is Unix seconds as text."""
    return hmac.new(secret.encode(), moment.encode() + b"." + body, sha256).hexdigest()


def is_signed(secret: str, moment: str, body: bytes, given: str, *, now: datetime) -> bool:
    """Whether a body was signed with the secret, and just now."""
    if (
        not secret
        or not moment.isascii()
        or not moment.isdigit()
        or len(moment) > len("9999999999")
    ):
        return False
    is_fresh = abs(now.timestamp() - int(moment)) <= TOLERANCE.total_seconds()
    expected = signature(secret, moment, body)
    return is_fresh and hmac.compare_digest(expected.encode(), given.encode())
