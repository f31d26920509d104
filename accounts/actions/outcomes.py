"""Carries out a request once per Idempotency-Key and gives every retry the same answer."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, OperationalError, connection, transaction
from psycopg.errors import DeadlockDetected, LockNotAvailable

from accounts.errors import KeyInUse, KeyMissing, KeyReused, KeyTooLong, PastRefusal, Refusal
from accounts.models import Outcome
from accounts.tenancy import Actor

LONGEST_KEY = 128
TRIES = 3
"""How often work is begun that another request blocked; a savepoint that ends frees what it had locked."""


@dataclass(frozen=True)
class Sent:
    """An answer as it went out: its body, and the headers that a replay repeats."""

    text: str
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Answer:
    """What a request led to: an HTTP status and a JSON body; 400 and above is a refusal.

    `sent` is how a replayed answer went out the first time; None where that was not kept.
    """

    status: int
    body: dict[str, Any]
    replayed: bool = False
    sent: Sent | None = None

    def or_refuse(self) -> "Answer":
        """The answer itself; a stored refusal is raised, so that it is worded where all others are."""
        if self.status < 400:
            return self
        data = dict(self.body)
        raise PastRefusal(code=data.pop("code"), status=self.status, data=data)


def once(
    *,
    by: Actor,
    key: str | None,
    request: bytes | Mapping[str, Any],
    now: datetime,
    work: Callable[[], Answer],
) -> Answer:
    """Carry out `work` unless this principal's key already has an outcome; then answer that.

    The key is inserted before the work, so the unique constraint makes a concurrent retry wait, for
    `settings.OUTCOME_WAIT` at most. The work runs in a savepoint: a Refusal takes its writes back and is
    stored with the key. Any other exception is a bug; it takes the key back too, so a retry may succeed.
    `work` may be begun anew, so it fetches its rows itself. Raises KeyMissing, KeyTooLong, KeyReused, or
    KeyInUse while the first request with the key is still at work.
    """
    key = _usable(key)
    digest = digest_of(request)
    with transaction.atomic():
        if not _reserve(by, key, digest, now):
            return _earlier(by, key, digest)
        answer = _carry_out(work)
        _mine(by, key).update(status=answer.status, body=answer.body)
    return answer


def keep_sent(*, by: Actor, key: str, sent: Sent) -> None:
    """Keep how the answer to a key went out; in the transaction of its `once`, before it is sent."""
    _mine(by, key).update(text=sent.text, headers=dict(sent.headers))


def digest_of(request: bytes | Mapping[str, Any]) -> str:
    """Hex SHA-256 of a request; the order of the names in a JSON object does not matter."""
    if isinstance(request, bytes):
        return sha256(request).hexdigest()
    return sha256(json.dumps(request, sort_keys=True, default=str).encode()).hexdigest()


def _usable(key: str | None) -> str:
    if not key or not key.isprintable():
        raise KeyMissing
    if len(key) > LONGEST_KEY:
        raise KeyTooLong(longest=LONGEST_KEY)
    return key


def _reserve(by: Actor, key: str, digest: str, now: datetime) -> bool:
    _mine(by, key).filter(created_at__lte=now - settings.OUTCOME_KEPT).delete()
    try:
        with transaction.atomic():
            _run("SELECT set_config('lock_timeout', %s, true)", _wait())
            Outcome.objects.create(
                principal_id=by.id, key=key, digest=digest, status=0, created_at=now
            )
            _run("SET LOCAL lock_timeout TO DEFAULT")
    except IntegrityError:
        return False
    except OperationalError as error:
        if not isinstance(error.__cause__, LockNotAvailable):
            raise
        raise KeyInUse(retry_after=1) from error
    return True


def _wait() -> str:
    return f"{settings.OUTCOME_WAIT.total_seconds() * 1000:.0f}ms"


def _run(statement: str, *values: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)


def _earlier(by: Actor, key: str, digest: str) -> Answer:
    outcome = _mine(by, key).get()
    if outcome.digest != digest:
        raise KeyReused
    sent = Sent(outcome.text, outcome.headers) if outcome.headers else None
    return Answer(outcome.status, outcome.body, replayed=True, sent=sent)


def _carry_out(work: Callable[[], Answer]) -> Answer:
    try:
        answer = _unblocked(work)
    except Refusal as refusal:
        answer = Answer(refusal.status, {"code": refusal.code, **refusal.data})
    return replace(answer, body=_plain(answer.body))


def _unblocked(work: Callable[[], Answer], tries: int = TRIES) -> Answer:
    """Do the work in a savepoint; begin it again if the database ended it to free others (a deadlock)."""
    try:
        with transaction.atomic():
            return work()
    except OperationalError as error:
        if tries == 1 or not isinstance(error.__cause__, DeadlockDetected):
            raise
    return _unblocked(work, tries - 1)


def _plain(body: Mapping[str, Any]) -> dict[str, Any]:
    """The body as a later reader will find it: the first answer and its replay must be equal.

    A refusal may repeat what was sent; a NUL, which PostgreSQL cannot hold, is replaced.
    """
    text = json.dumps(body, cls=DjangoJSONEncoder).replace("\\u0000", "\\ufffd")
    plain: dict[str, Any] = json.loads(text)
    return plain


def _mine(by: Actor, key: str) -> Any:
    return Outcome.objects.filter(principal_id=by.id, key=key)
