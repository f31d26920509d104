"""Carries out a request once per Idempotency-Key and gives every retry the same answer."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import OperationalError, transaction
from psycopg.errors import DeadlockDetected, LockNotAvailable

from accounts.database.rows import change
from accounts.database.statements import tuples_of
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


@dataclass(frozen=True)
class Worded:
    """Work with how its answer, or what refuses it, is said to whoever asked."""

    work: Callable[[], Answer]
    said: Callable[[Answer], Sent]

    def __call__(self) -> Answer:
        """Do the work."""
        return self.work()


NOTHING_SENT = Sent("", {})
RESERVE = """
    INSERT INTO accounts_outcome (principal_id, key, digest, status, body, text, headers, created_at)
    SELECT %(by)s, %(key)s, %(digest)s, 0, '{}', '', '{}', %(now)s
    FROM (SELECT set_config('lock_timeout', %(wait)s, true)) AS patience
    ON CONFLICT DO NOTHING RETURNING set_config('lock_timeout', NULL, true)
"""
"""Waits for another request with the key, no longer than told; the work after it waits as usual."""
WAIT_AS_USUAL = "SELECT set_config('lock_timeout', NULL, true)"


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
    `work` may be begun anew, so it fetches its rows itself; where it is `Worded`, its answer is kept as it
    goes out. Raises KeyMissing, KeyTooLong, KeyReused, or KeyInUse while the first request with the key is
    still at work.
    """
    key = _usable(key)
    digest = digest_of(request)
    # What is worded asks the database for nothing more: its whole request may be taken back.
    with transaction.atomic(savepoint=not isinstance(work, Worded)):
        earlier = _taken(by, key, digest, now)
        if earlier is not None:
            return _repeated(earlier, digest)
        answer = _carry_out(work)
        if isinstance(work, Worded):
            # Its text is all there is to keep: whoever asks again gets that.
            _keep(by, key, Answer(answer.status, {}), work.said(answer))
        else:
            answer = replace(answer, body=_plain(answer.body))
            _keep(by, key, answer, NOTHING_SENT)
    return answer


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


def _taken(by: Actor, key: str, digest: str, now: datetime) -> Outcome | None:
    """None where the key is this request's now; otherwise what it led to before."""
    while not _reserve(by, key, digest, now):
        kept = _kept(by, key, now)
        if kept is not None:
            return kept
    return None


def _reserve(by: Actor, key: str, digest: str, now: datetime) -> bool:
    """Insert the key; False when it is taken. Whoever waits for another request does so for a while only."""
    wait = f"{settings.OUTCOME_WAIT.total_seconds() * 1000:.0f}ms"
    said = {"by": by.id, "key": key, "digest": digest, "now": now, "wait": wait}
    try:
        return bool(tuples_of(RESERVE, said))
    except OperationalError as error:
        if not isinstance(error.__cause__, LockNotAvailable):
            raise
        raise KeyInUse(retry_after=1) from error


def _kept(by: Actor, key: str, now: datetime) -> Outcome | None:
    """The outcome of a key that is taken; None, and the key is free, when it is too old to be kept."""
    tuples_of(WAIT_AS_USUAL, ())
    outcome: Outcome = Outcome.objects.get(principal_id=by.id, key=key)
    if outcome.created_at > now - settings.OUTCOME_KEPT:
        return outcome
    outcome.delete()
    return None


def _keep(by: Actor, key: str, answer: Answer, sent: Sent) -> None:
    change(
        Outcome,
        {"principal_id": by.id, "key": key},
        {
            "status": answer.status,
            "body": answer.body,
            "text": sent.text,
            "headers": dict(sent.headers),
        },
    )


def _repeated(outcome: Outcome, digest: str) -> Answer:
    if outcome.digest != digest:
        raise KeyReused
    sent = Sent(outcome.text, outcome.headers) if outcome.headers else None
    return Answer(outcome.status, outcome.body, replayed=True, sent=sent)


def _carry_out(work: Callable[[], Answer]) -> Answer:
    try:
        return _unblocked(work)
    except Refusal as refusal:
        return Answer(refusal.status, {"code": refusal.code, **refusal.data})


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
