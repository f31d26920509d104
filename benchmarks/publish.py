"""Publishing 100,000 places: by a call to a real server, by a feed, and by what both of them rest on.

The reference is the same staging path without HTTP and validation: COPY of rows that are ready, one UPDATE
that gives each its outcome, one INSERT … SELECT, commit. Beside it a bare COPY of the same rows into the
table of places. The ways take turns, so that what else the machine does meets all of them.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from time import perf_counter
from uuid import UUID, uuid4

from django.db import connection, connections, transaction

from accounts.roles import Role
from accounts.selectors.actors import system_actor
from accounts.tenancy import acting_as
from benchmarks.callers import Caller, served
from benchmarks.feeds import fed
from benchmarks.stage import tell_rate
from providers.actions import delivery_sql as sql
from providers.models import Care, Clinic, Delivery, Slot
from providers.staging import StagedRow

SIZE = 100_000
ROUNDS = 3
WARM_UP = 1000
NOW = datetime.now(UTC).replace(microsecond=0)
LONG = timedelta(minutes=20)
SLOT_COLUMNS = (
    "id, clinic_id, care_id, form, starts_at, ends_at, state, published_at, opens_at, confirmed_at,"
    " source_key, delivery_id, synthetic"
)
SAY_CREATED = """
UPDATE providers_stagedslot SET outcome = 'created', slot_id = gen_random_uuid()
 WHERE delivery_id = %(delivery)s
"""


def measure() -> None:
    """Places a second by a call and by a feed, and how they stand to the reference of the same round."""
    clinics = _clinics_of_the_largest_publisher()
    tenant = clinics[0].tenant_id
    with served() as address, fed(clinics[0]) as feed:
        caller = Caller(address, tenant, Role.CLINIC_STAFF)
        ways: dict[str, Callable[[list[StagedRow]], float]] = {
            "rest": partial(_by_call, caller),
            "feed": feed.polled,
            "staging_rest": partial(_staged_alone, tenant, None),
            "staging_feed": partial(_staged_alone, tenant, feed.id),
            "copy": _copied,
        }
        took = defaultdict(list)
        # The first call and the first poll find a server that has only just begun.
        for name in ("rest", "feed"):
            ways[name](list(_places(clinics))[:WARM_UP])
        _forget()
        for _ in range(ROUNDS):
            for name, way in ways.items():
                took[name].append(way(list(_places(clinics))))
                _forget()
    for name in ("rest", "feed"):
        _tell(name, took)


def _tell(name: str, took: dict[str, list[float]]) -> None:
    """One line of a way; the round whose ratio is the middle one speaks for all."""
    rounds = sorted(zip(took[name], took[f"staging_{name}"], took["copy"], strict=True), key=_ratio)
    own, staging, copy = (SIZE / seconds for seconds in rounds[len(rounds) // 2])
    reference = ("the same rows staged and inserted, without HTTP and validation", staging)
    more = {"bare_copy": round(copy), "to_copy": round(own / copy, 3)}
    tell_rate(f"publish.{name}", own, reference, SIZE, **more)


def _ratio(seconds: tuple[float, float, float]) -> float:
    return seconds[1] / seconds[0]


def _clinics_of_the_largest_publisher() -> list[Clinic]:
    by_tenant = defaultdict(list)
    for clinic in Clinic.objects.filter(cares__form=Care.Form.OPEN).distinct().order_by("id"):
        by_tenant[clinic.tenant_id].append(clinic)
    return max(by_tenant.values(), key=len)


def _places(clinics: list[Clinic]) -> Iterator[StagedRow]:
    """Places of open care, spread over the clinics and half a year, each with a key of its own."""
    cares = [
        (clinic.id, list(clinic.cares.filter(form=Care.Form.OPEN).values_list("code", flat=True)))
        for clinic in clinics
    ]
    for index in range(SIZE):
        clinic, codes = cares[index % len(cares)]
        starts = NOW + timedelta(days=20, minutes=20 * (index // len(cares)))
        care = codes[index % len(codes)]
        yield StagedRow(index, clinic, care, "", starts, starts + LONG, str(uuid4()))


def _by_call(caller: Caller, rows: list[StagedRow]) -> float:
    """From the first byte of the call to the last line of its answer."""
    blocks = list(_lines(rows))
    begun = perf_counter()
    counts = caller.publish(blocks)
    took = perf_counter() - begun
    assert counts == {"created": len(rows)}, counts
    return took


def _lines(rows: list[StagedRow]) -> Iterator[bytes]:
    """Lines as a publisher would send them, some hundred at a time."""
    for start in range(0, len(rows), 500):
        yield b"".join(_line(row) for row in rows[start : start + 500])


def _line(row: StagedRow) -> bytes:
    starts, ends = row.starts_at, row.ends_at
    assert starts
    assert ends
    told = {
        "clinic": str(row.clinic),
        "care": row.care,
        "starts_at": starts.isoformat(),
        "ends_at": ends.isoformat(),
        "source_key": row.source_key,
    }
    return json.dumps(told).encode() + b"\n"


def _staged_alone(tenant: UUID, feed: UUID | None, rows: list[StagedRow]) -> float:
    """A feed's places name it, so its reference does: one more column to check and to index."""
    delivery = Delivery(
        tenant_id=tenant, channel=Delivery.Channel.API, feed_id=feed, received_at=NOW
    )
    asked = {"delivery": delivery.id, "feed": feed, "now": NOW, "short_notice": timedelta(days=7)}
    key = str(delivery.id)
    begun = perf_counter()
    with acting_as(system_actor(tenant)), connection.cursor() as cursor:
        delivery.save(force_insert=True)
        with cursor.copy(sql.COPY) as copy:
            for row in rows:
                copy.write_row((key, *row[:3], "open", *row[4:]))
        cursor.execute(SAY_CREATED, asked)
        cursor.execute(sql.PUBLISH, asked)
    return perf_counter() - begun


def _copied(rows: list[StagedRow]) -> float:
    """As the owner, whom the row policies do not bind: COPY cannot write through them."""
    ready = [
        (
            *(uuid4(), row.clinic, row.care, "open", row.starts_at, row.ends_at, "open"),
            *(NOW, NOW, NOW, row.source_key, None, True),
        )
        for row in rows
    ]
    into = f"COPY providers_slot ({SLOT_COLUMNS}) FROM STDIN"
    begun = perf_counter()
    with (
        transaction.atomic(using="owner"),
        connections["owner"].cursor() as cursor,
        cursor.copy(into) as copy,
    ):
        for row in ready:
            copy.write_row(row)
    return perf_counter() - begun


def _forget() -> None:
    """Take the places back, so that every way meets the same table."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("DELETE FROM providers_slot WHERE confirmed_at >= %s", [NOW])
        cursor.execute("TRUNCATE providers_stagedslot")
    with connections["owner"].cursor() as cursor:
        cursor.execute("VACUUM providers_slot")
    assert not Slot.objects.filter(confirmed_at__gte=NOW).exists()
