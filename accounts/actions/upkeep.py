"""Removes what has been kept as long as promised."""

from datetime import datetime

from django.contrib.sessions.models import Session
from django.db import connection


def forget_outcomes(*, before: datetime) -> int:
    """Remove the outcomes of idempotency keys made before a moment, whoever's they are; how many."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT forget_outcomes(%s)", [before])
        return int(cursor.fetchone()[0])


def forget_sessions(*, now: datetime) -> int:
    """Remove sessions that have ended, with what was said in them; how many."""
    ended, _ = Session.objects.filter(expire_date__lte=now).delete()
    return ended
