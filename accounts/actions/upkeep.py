"""Removes what has been kept as long as promised."""

from datetime import datetime

from django.db import connection


def forget_outcomes(*, before: datetime) -> int:
    """Remove the outcomes of idempotency keys made before a moment, whoever's they are; how many."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT forget_outcomes(%s)", [before])
        return int(cursor.fetchone()[0])
