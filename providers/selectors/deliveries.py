"""What became of a delivery, row by row."""

from collections.abc import Iterator
from uuid import UUID

from django.db import connection

from accounts.errors import NotFound
from providers.errors import DeliveryForgotten
from providers.models import Delivery, StagedSlot

ROWS_AT_ONCE = 5000
PUBLISHED = ("created", "reopened", "unchanged")
"""Outcomes of a row that has a place; every other one is the code of a refusal."""

# The lines are made where the rows are: JSON of codes and ids alone, which need no escaping.
LINES = """
SELECT max(index), string_agg(line, '' ORDER BY index) FROM (
    SELECT index, CASE
        WHEN outcome = ANY(%s)
        THEN format('{"index":%%s,"outcome":"%%s","id":"%%s"}', index, outcome, slot_id)
        ELSE format('{"index":%%s,"outcome":"refused","code":"%%s"}', index, outcome)
        END || E'\\n' AS line
      FROM providers_stagedslot WHERE delivery_id = %s AND index > %s ORDER BY index LIMIT %s
) AS part
"""


def published_call(delivery: UUID) -> Delivery:
    """What a call to publish came to, of a tenant of the actor's; raises NotFound."""
    calls = Delivery.objects.filter(channel=Delivery.Channel.API, state=Delivery.State.APPLIED)
    found = calls.filter(id=delivery).first()
    if found is None:
        raise NotFound
    return found


def require_rows(delivery: Delivery) -> None:
    """Raises DeliveryForgotten unless every row of an applied call is still there."""
    kept = StagedSlot.objects.filter(delivery_id=delivery.id).count()
    if kept != sum(delivery.counts.values()):
        raise DeliveryForgotten(delivery=str(delivery.id), counts=delivery.counts)


def outcome_lines(delivery: UUID) -> Iterator[bytes]:
    """The outcome of each row as a line of JSON, in order, some thousands at a time."""
    last = -1
    while True:
        with connection.cursor() as cursor:
            cursor.execute(LINES, [list(PUBLISHED), delivery, last, ROWS_AT_ONCE])
            end, lines = cursor.fetchone()
        if lines is None:
            return
        last = end
        yield lines.encode()
