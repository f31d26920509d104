"""What a round has seen when it begins to read: later changes can be told from what it weighed."""

from django.db import connections

from brokering.selectors.need_profiles import MATCHER

SEEN = "seen"
"""Where a round keeps it, among its settings."""


def seen_now() -> str:
    """Which transactions are over, as `brokering.matching.seen` reads it."""
    with connections[MATCHER].cursor() as cursor:
        cursor.execute("SELECT pg_current_snapshot()::text")
        [(text,)] = cursor.fetchall()
    return str(text)
