"""SMS through a gateway: one signed HTTP call a message; receipts come back to us the same way."""

import json
import time

import urllib3

from brokering.messaging.carriers import (
    Accepted,
    Addressed,
    Outcome,
    Postponed,
    Refused,
    Text,
    Unknown,
)
from brokering.messaging.signing import signature

BUSY = frozenset({429, 503})
"""The gateway says that it has taken nothing."""


class SmsCarrier:
    """Posts to a gateway; `secret` signs the call."""

    def __init__(self, *, url: str, secret: str, sender: str, timeout: float) -> None:
        self._url, self._secret, self._sender = url, secret, sender
        limits = urllib3.Timeout(connect=timeout, read=timeout)
        self._pool = urllib3.PoolManager(timeout=limits, retries=False)

    def send(self, message: Addressed, text: Text) -> Outcome:
        """One call; what is not clearly a no may have been sent."""
        body = self._body(message, text)
        try:
            answer = self._pool.request(
                "POST", self._url, body=body, headers=self._headers(body), redirect=False
            )
        except (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError):
            return Postponed("gateway_unreachable")
        except urllib3.exceptions.HTTPError:
            return Unknown()
        return _outcome(answer.status)

    def close(self) -> None:
        """End kept connections."""
        self._pool.clear()

    def _body(self, message: Addressed, text: Text) -> bytes:
        said = {
            "reference": str(message.id),
            "from": self._sender,
            "to": message.address,
            "text": text.body,
        }
        return json.dumps(said, ensure_ascii=False).encode()

    def _headers(self, body: bytes) -> dict[str, str]:
        moment = str(int(time.time()))
        return {
            "Content-Type": "application/json",
            "X-Timestamp": moment,
            "X-Signature": signature(self._secret, moment, body),
        }


def _outcome(status: int) -> Outcome:
    if 200 <= status < 300:
        return Accepted()
    if status in BUSY:
        return Postponed("gateway_busy")
    if 400 <= status < 500:
        return Refused("number_refused")
    return Unknown()
