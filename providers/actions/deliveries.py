"""Deliveries: many places from a file, a call or a feed come in by one path.

`stage` copies the rows as they were read, `judge` writes each row's fate, `apply` carries it out: one
INSERT … SELECT, with the rules of `providers.actions.slots` told once more in SQL (a test compares the two).
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from accounts import topics
from accounts.actions.trail import record
from accounts.errors import NotFound
from accounts.news import News, tell
from accounts.tenancy import Actor
from providers.access import require_publisher
from providers.actions import delivery_sql as sql
from providers.errors import DeliveryClosed, DeliveryForgotten, TooMany
from providers.models import Clinic, Delivery
from providers.staging import StagedRow, storable

PROBLEMS_TOLD = 100
"""How many unreadable rows a delivery names one by one."""

MANY_ROWS = 1_000
"""From this many rows on it is cheaper to read a whole table than to look each row up in it."""

Counts = dict[str, int]
"""Rows by outcome: created, reopened, unchanged or the code of a refusal; of a whole feed also withdrawn,
and place_held and place_booked for the places that left the feed while somebody had them."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where a delivery comes from, and in whose name. What we fetch ourselves has a feed."""

    tenant: UUID
    channel: Delivery.Channel
    name: str = ""
    feed: UUID | None = None


def stage(*, by: Actor, source: Source, rows: Iterable[StagedRow], now: datetime) -> Delivery:
    """Copy rows in, a stream in constant memory; nothing is published yet.

    Raises NotAllowed, or TooMany above `settings.DELIVERY_ROWS_MAX` rows. What the rows themselves raise
    takes everything back.
    """
    require_publisher(source.tenant, by=by)
    with transaction.atomic():
        delivery = Delivery(
            tenant_id=source.tenant,
            channel=source.channel,
            feed_id=source.feed,
            name=source.name[: Delivery._meta.get_field("name").max_length],
            received_at=now,
            received_by_id=None if source.feed else by.id,
        )
        taken = _Taken(delivery.id)
        with connection.cursor() as cursor, cursor.copy(sql.COPY) as copy:
            for row in storable(rows):
                copy.write_row(taken.record_of(row))
        delivery.counts = {"staged": taken.count}
        delivery.problems = taken.problems
        delivery.save(force_insert=True)
    return delivery


def judge(*, by: Actor, delivery: Delivery, now: datetime) -> Counts:
    """Write what would become of each row now, and nothing else; rows by outcome.

    Raises NotAllowed, NotFound, DeliveryClosed (it was discarded) or DeliveryForgotten (its rows are gone).
    """
    with transaction.atomic():
        own = _locked(delivery, by)
        if own.state == Delivery.State.APPLIED:
            return dict(own.counts)
        counts = _judged(own, now)
        Delivery.objects.filter(id=own.id).update(counts=counts)
    return counts


def apply(*, by: Actor, delivery: Delivery, now: datetime, complete: bool = False) -> Counts:
    """Publish what may be published, all or nothing; rows by outcome. Applying again changes nothing.

    Every row is judged anew under the lock of its clinic. With `complete` the delivery is all that its feed
    has: what came from the feed before and is free is withdrawn. Raises as `judge` does.
    """
    with transaction.atomic():
        own = _locked(delivery, by)
        if own.state == Delivery.State.APPLIED:
            return dict(own.counts)
        clinics = _locked_clinics(own)
        counts = _judged(own, now)
        asked = _asked(own, now)
        with connection.cursor() as cursor:
            cursor.execute(sql.PUBLISH, asked)
            cursor.execute(sql.REOPEN, asked)
        gone = _withdrawn(own, asked) if complete and own.feed_id else {}
        _announce(own, clinics, gone, by=by, now=now)
        with connection.cursor() as cursor:
            # Last, because a patient who takes one of these places waits for it.
            cursor.execute(sql.CONFIRM, asked)
        counts |= {code: len(found) for code, found in gone.items() if found}
        Delivery.objects.filter(id=own.id).update(
            state=Delivery.State.APPLIED, applied_at=now, counts=counts
        )
    return counts


def discard(*, by: Actor, delivery: Delivery) -> None:
    """Drop a delivery that is not wanted after all; raises NotAllowed, NotFound or DeliveryClosed."""
    with transaction.atomic():
        own = _locked(delivery, by)
        if own.state == Delivery.State.APPLIED:
            raise DeliveryClosed
        Delivery.objects.filter(id=own.id).update(state=Delivery.State.DISCARDED)
        with connection.cursor() as cursor:
            cursor.execute(sql.DISCARD, {"delivery": own.id})


def forget_staged(*, before: datetime, calls_before: datetime) -> int:
    """Remove the rows of deliveries received before a moment, whoever's they are; how many.

    Those of calls stay until `calls_before`, for the answer to a retry is made of them.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT forget_staged_slots(%s, %s)", [before, calls_before])
        return int(cursor.fetchone()[0])


class _Taken:
    """What has been copied so far: how many rows, and the first that could not be read."""

    def __init__(self, delivery: UUID) -> None:
        self.delivery = str(delivery)
        self.count = 0
        self.problems: list[dict[str, Any]] = []

    def record_of(self, row: StagedRow) -> tuple[Any, ...]:
        """The row as the table's columns; raises TooMany."""
        self.count += 1
        if self.count > settings.DELIVERY_ROWS_MAX:
            raise TooMany(most=settings.DELIVERY_ROWS_MAX)
        if row.problem and len(self.problems) < PROBLEMS_TOLD:
            self.problems.append({"index": row.index, "code": row.problem})
        return (self.delivery, *row)


def _locked(delivery: Delivery, by: Actor) -> Delivery:
    """The delivery as it is, for this transaction alone; raises NotAllowed, NotFound or DeliveryClosed."""
    require_publisher(delivery.tenant_id, by=by)
    own = Delivery.objects.select_for_update().filter(id=delivery.id).first()
    if own is None:
        raise NotFound
    if own.state == Delivery.State.DISCARDED:
        raise DeliveryClosed
    return own


def _locked_clinics(delivery: Delivery) -> dict[UUID, Clinic]:
    """The clinics that the delivery speaks of, locked in order: one publisher at a time.

    A feed's clinics are among them when it no longer names them.
    """
    with connection.cursor() as cursor:
        cursor.execute(sql.CLINICS, {"delivery": delivery.id, "feed": delivery.feed_id})
        ids = [clinic for (clinic,) in cursor.fetchall()]
    own = Clinic.objects.filter(id__in=ids, tenant_id=delivery.tenant_id).order_by("id")
    return {clinic.id: clinic for clinic in own.select_for_update(no_key=True)}


def _judged(delivery: Delivery, now: datetime) -> Counts:
    with _row_sets_are_hashed(delivery), connection.cursor() as cursor:
        cursor.execute(sql.JUDGE, _asked(delivery, now))
        if cursor.rowcount != _rows_of(delivery):
            raise DeliveryForgotten
        cursor.execute(sql.COUNTS, {"delivery": delivery.id})
        return dict(cursor.fetchall())


@contextmanager
def _row_sets_are_hashed(delivery: Delivery) -> Iterator[None]:
    """Many rows are compared with a table by hashing it.

    Of a table that has just grown the planner may think that few places lie at a clinic, and then compares
    each row with all of them.
    """
    if _rows_of(delivery) < MANY_ROWS:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_nestloop = off")
        yield
        cursor.execute("SET LOCAL enable_nestloop = on")


def _rows_of(delivery: Delivery) -> int:
    return sum(delivery.counts.values())


def _asked(delivery: Delivery, now: datetime) -> dict[str, Any]:
    return {
        "delivery": delivery.id,
        "tenant": delivery.tenant_id,
        "feed": delivery.feed_id,
        "now": now,
        "short_notice": settings.SHORT_NOTICE,
    }


def _withdrawn(delivery: Delivery, asked: dict[str, Any]) -> dict[str, list[tuple[UUID, str]]]:
    """Withdraw the feed's free places that it has no more: clinic and care of each, by what became of it.

    The lock waits for holds under way; the next statement sees them.
    """
    found: dict[str, list[tuple[UUID, str]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(sql.LOCK_GONE, asked)
        slots = [slot for (slot,) in cursor.fetchall()]
        cursor.execute(sql.WITHDRAW, asked | {"slots": slots})
        for outcome, clinic, care in cursor.fetchall():
            found.setdefault(outcome, []).append((clinic, care))
    return found


@dataclass(frozen=True)
class _Change:
    """What a delivery changed for one clinic and care."""

    clinic: UUID
    care: str
    verb: str
    count: int


def _announce(
    delivery: Delivery,
    clinics: dict[UUID, Clinic],
    gone: dict[str, list[tuple[UUID, str]]],
    *,
    by: Actor,
    now: datetime,
) -> None:
    """One event per clinic, one change per topic and verb. A delivery confirms the clinics it speaks of."""
    changes = [*_published(delivery), *_counted_gone(gone.get("withdrawn", []))]
    for clinic in sorted({change.clinic for change in changes}):
        own = [change for change in changes if change.clinic == clinic]
        data: dict[str, Any] = {"clinic": str(clinic), **_by_verb(own)}
        record("delivery.applied", delivery.id, by=by, now=now, **data)
    Clinic.objects.filter(id__in=clinics).update(confirmed_at=now)
    tell(*_news(changes), now=now)


def _published(delivery: Delivery) -> Iterable[_Change]:
    with connection.cursor() as cursor:
        cursor.execute(sql.PUBLISHED, {"delivery": delivery.id})
        return [_Change(clinic, care, "published", count) for clinic, care, count in cursor]


def _counted_gone(gone: list[tuple[UUID, str]]) -> Iterable[_Change]:
    return [
        _Change(clinic, care, "withdrawn", gone.count((clinic, care)))
        for clinic, care in sorted(set(gone))
    ]


def _by_verb(changes: list[_Change]) -> Counts:
    return {verb: sum(one.count for one in changes if one.verb == verb) for verb in _verbs(changes)}


def _verbs(changes: Iterable[_Change]) -> list[str]:
    return sorted({change.verb for change in changes})


def _news(changes: list[_Change]) -> Iterable[News]:
    for verb in _verbs(changes):
        of_verb = [change for change in changes if change.verb == verb]
        for clinic in sorted({change.clinic for change in of_verb}):
            count = sum(one.count for one in of_verb if one.clinic == clinic)
            data = {"clinic": str(clinic), "count": count}
            yield News(topic=topics.clinic(clinic), kind=f"slots_{verb}", data=data)
        for care in sorted({change.care for change in of_verb}):
            count = sum(one.count for one in of_verb if one.care == care)
            yield News(topic=topics.care(care), kind=f"slots_{verb}", data={"count": count})
