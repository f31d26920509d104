"""A clinic's published times against what became of them, read from places and claims; no person in them."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from brokering.law.cancellations import is_late, is_operation
from insight.measures import Count, Fate, Line, by_week
from providers.models import Care
from providers.patterns import SWEDEN, monday_of

WEEKS_BACK, WEEKS_AHEAD = 8, 4
BOOKED = (
    "(k.state = 'confirmed' OR k.ended_why IN ('fulfilled', 'missed', 'cancelled', 'taken_back'))"
)
"""A claim that somebody confirmed at some moment."""
CLAIMED = f"""
    FROM providers_slot s
    LEFT JOIN LATERAL (
        SELECT bool_or(k.state = 'confirmed') AS booked, bool_or(k.ended_why = 'fulfilled') AS given,
               bool_or(k.ended_why = 'missed') AS missed,
               bool_or(k.state = 'held' AND k.held_until > %(now)s) AS held,
               count(*) > 0 AS ever_held,
               bool_or({BOOKED}) AS ever_booked
        FROM providers_claim k WHERE k.slot_id = s.id) AS c ON true
    WHERE s.clinic_id = %(clinic)s AND s.starts_at >= %(begins)s AND s.starts_at < %(ends)s
"""
FATES = f"""
    SELECT date_trunc('week', s.starts_at AT TIME ZONE 'Europe/Stockholm')::date AS monday,
           s.care_id AS care,
           CASE WHEN c.given THEN 'given' WHEN c.missed THEN 'missed' WHEN c.booked THEN 'booked'
                WHEN s.state = 'withdrawn' THEN 'withdrawn' WHEN c.held THEN 'held'
                WHEN s.starts_at <= %(now)s THEN 'unused' ELSE 'free' END AS fate,
           count(*) AS number, count(*) FILTER (WHERE c.ever_held) AS ever_held,
           count(*) FILTER (WHERE c.ever_booked) AS ever_booked
    {CLAIMED} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""
CANCELLED = """
    SELECT date_trunc('week', s.starts_at AT TIME ZONE 'Europe/Stockholm')::date AS monday,
           s.care_id AS care, s.starts_at, k.changed_at
    FROM providers_claim k JOIN providers_slot s ON s.id = k.slot_id
    WHERE s.clinic_id = %(clinic)s AND s.starts_at >= %(begins)s AND s.starts_at < %(ends)s
      AND k.state = 'ended' AND k.ended_why IN ('cancelled', 'taken_back')
"""
WAITED = f"""
    SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY k.created_at - s.published_at) AS middle,
           count(*) AS number
    FROM providers_claim k JOIN providers_slot s ON s.id = k.slot_id
    WHERE s.clinic_id = %(clinic)s AND s.starts_at >= %(begins)s AND s.starts_at < %(ends)s
      AND (%(care)s = '' OR s.care_id = %(care)s)
      AND {BOOKED}
"""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """Some weeks of a clinic, for one care or all; `median` from publishing to the hold that was booked."""

    lines: tuple[Line, ...]
    total: Line
    median: timedelta | None
    bookings: int
    """How many bookings the median is of."""


def outcome_of(clinic: UUID, care: str, *, now: datetime) -> Outcome:
    """The weeks from WEEKS_BACK ago until WEEKS_AHEAD; every care of the clinic where `care` is empty.

    They begin with the first week that has a time, and not later than this week.
    """
    this = monday_of(now.astimezone(SWEDEN).date())
    mondays = [this + timedelta(weeks=at) for at in range(-WEEKS_BACK, WEEKS_AHEAD + 1)]
    asked = {
        "clinic": clinic,
        "care": care,
        "now": now,
        "begins": _midnight(mondays[0]),
        "ends": _midnight(mondays[-1] + timedelta(weeks=1)),
    }
    counts = [one for one in _counts(asked) if care in ("", one.care)]
    (waited,) = _rows(WAITED, asked)
    whole = [replace(one, monday=this) for one in counts]
    first = min([this, *(one.monday for one in counts)])
    return Outcome(
        lines=by_week(counts, [one for one in mondays if one >= first]),
        total=by_week(whole, [this])[0],
        median=waited["middle"],
        bookings=waited["number"],
    )


def _counts(asked: dict[str, Any]) -> list[Count]:
    rows = _rows(FATES, asked)
    operations = _operations({row["care"] for row in rows})
    late = Counter(
        (row["monday"], row["care"])
        for row in _rows(CANCELLED, asked)
        if is_late(planned_on=_day(row["starts_at"]), cancelled_at=row["changed_at"])
    )
    found = []
    for key in dict.fromkeys((row["monday"], row["care"]) for row in rows):
        mine = [row for row in rows if (row["monday"], row["care"]) == key]
        found.append(
            Count(
                monday=key[0],
                care=key[1],
                fates={Fate(row["fate"]): row["number"] for row in mine},
                ever_held=sum(row["ever_held"] for row in mine),
                ever_booked=sum(row["ever_booked"] for row in mine),
                late=late[key] if key[1] in operations else None,
            )
        )
    return found


def _operations(codes: set[str]) -> set[str]:
    """The cares whose cancellations can be late."""
    cares = Care.objects.filter(code__in=codes)
    return {care.code for care in cares if is_operation(kind=care.kind, form=care.form)}


def _day(moment: datetime) -> date:
    return moment.astimezone(SWEDEN).date()


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), SWEDEN)


def _rows(sql: str, asked: dict[str, Any]) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, asked)
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
