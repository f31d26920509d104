"""What forecasts rest on: a care's past weeks, queues and published places, read as the matching role."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connections

from brokering.forecast import CLASSES, HISTORY_WEEKS, Known, Share, Week, class_of
from brokering.selectors.alternatives import free_slots
from brokering.selectors.need_profiles import MATCHER
from brokering.selectors.places import swedish_day
from providers.patterns import monday_of

PROMISE_LASTS = 7
"""Days for which a forecast is what somebody who joins the queue was told."""
RECORD_DAYS = 365

BEGAN = """
    SELECT clinic_id, min(day) FROM (
        SELECT clinic_id, min(day) AS day FROM place_history
            WHERE care_id = %(care)s AND day < %(on)s GROUP BY 1
        UNION ALL
        SELECT clinic_id, min(joined_on) FROM queue_history WHERE care_id = %(care)s GROUP BY 1) AS known
    GROUP BY 1
"""
SERVED = """
    SELECT clinic_id, day, published_before, count(*) FROM place_history
    WHERE care_id = %(care)s AND day >= %(first)s AND day < %(monday)s AND fate = 'served'
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""
USED = """
    SELECT clinic_id, count(*) FILTER (WHERE fate = 'served'), count(*) FROM place_history
    WHERE care_id = %(care)s AND day >= %(first)s AND day < %(monday)s GROUP BY 1
"""
JOINED = """
    SELECT clinic_id, joined_on, priority, count(*) FROM queue_history
    WHERE care_id = %(care)s AND joined_on >= %(first)s AND joined_on < %(monday)s
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""
WAITING = """
    SELECT clinic_id, priority, count(*) FROM queue_history
    WHERE care_id = %(care)s AND state IN ('waiting', 'offered')
      AND (watch_until IS NULL OR watch_until <= %(on)s) GROUP BY 1, 2
"""
LEFT = """
    SELECT clinic_id, count(*) FILTER (WHERE visit_on IS NULL), count(*) FROM queue_history
    WHERE care_id = %(care)s AND joined_on >= %(first)s AND state IN ('booked', 'closed') GROUP BY 1
"""
CANCELLED = """
    SELECT s.clinic_id, count(*) FILTER (WHERE k.ended_why IN ('cancelled', 'taken_back')), count(*)
    FROM providers_claim k JOIN providers_slot s ON s.id = k.slot_id
    WHERE s.care_id = %(care)s AND s.starts_at >= %(first)s AND s.starts_at < %(monday)s
      AND (k.state = 'confirmed' OR k.ended_why IN ('cancelled', 'taken_back', 'fulfilled', 'missed'))
    GROUP BY 1
"""
BOOKED = """
    SELECT s.clinic_id, (s.starts_at AT TIME ZONE 'Europe/Stockholm')::date, count(*)
    FROM providers_claim k JOIN providers_slot s ON s.id = k.slot_id
    WHERE s.care_id = %(care)s AND s.starts_at > %(now)s AND k.state = 'confirmed' GROUP BY 1, 2
"""


@dataclass
class Facts:
    """Of one care, by clinic: answers of the questions above."""

    on: date
    began: dict[UUID, date]
    served: dict[UUID, dict[date, list[tuple[int, int]]]]
    joined: dict[UUID, dict[date, list[int]]]
    waiting: dict[UUID, list[int]]
    shares: dict[str, dict[UUID, Share]]
    free: dict[UUID, dict[date, int]]
    booked: dict[UUID, dict[date, int]]

    def known(self, clinic: UUID) -> Known:
        """Everything that is known of one clinic; weeks before it began are left out."""
        monday = monday_of(self.on)
        first = max(
            monday - timedelta(weeks=HISTORY_WEEKS),
            monday_of(self.began.get(clinic, self.on) + timedelta(days=6)),
        )
        mondays = [first + timedelta(weeks=n) for n in range(max(0, (monday - first).days // 7))]
        return Known(
            on=self.on,
            weeks=tuple(self._week(clinic, one) for one in mondays),
            waiting=tuple(self.waiting.get(clinic, [0] * CLASSES)),
            free=self._by_day(self.free.get(clinic, {})),
            booked=self._by_day(self.booked.get(clinic, {})),
            used=self.shares["used"].get(clinic, Share(0, 0)),
            cancelled=self.shares["cancelled"].get(clinic, Share(0, 0)),
            leave=self.shares["leave"].get(clinic, Share(0, 0)),
        )

    def _week(self, clinic: UUID, monday: date) -> Week:
        served = self.served.get(clinic, {}).get(monday, [])
        arrivals = self.joined.get(clinic, {}).get(monday, [0] * CLASSES)
        return Week(tuple(served), tuple(arrivals))

    def _by_day(self, counts: dict[date, int]) -> tuple[int, ...]:
        last = max(counts, default=self.on)
        days = range(1, (last - self.on).days + 1)
        return tuple(counts.get(self.on + timedelta(days=n), 0) for n in days)


def facts_of(care: str, *, now: datetime) -> Facts:
    """What is known of every clinic that gives a care or has somebody waiting for it."""
    on = swedish_day(now)
    monday = monday_of(on)
    asked = {
        "care": care,
        "on": on,
        "now": now,
        "monday": monday,
        "first": monday - timedelta(weeks=HISTORY_WEEKS),
    }
    shares = {"used": USED, "cancelled": CANCELLED, "leave": LEFT}
    return Facts(
        on=on,
        began=dict(_rows(BEGAN, asked)),
        served=_served(_rows(SERVED, asked)),
        joined=_joined(_rows(JOINED, asked)),
        waiting=_waiting(_rows(WAITING, asked)),
        shares={
            name: {clinic: Share(hits, of) for clinic, hits, of in _rows(sql, asked)}
            for name, sql in shares.items()
        },
        free=_free(care, now),
        booked=_days(_rows(BOOKED, asked)),
    )


def cares_with_queues() -> list[str]:
    """Cares for which anybody has ever joined a clinic's queue."""
    rows = _rows("SELECT DISTINCT care_id FROM queue_history ORDER BY 1", {})
    return [code for (code,) in rows]


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What came of a clinic's promises that have run out; waits in days, None where nobody had a time.

    `judged` are those who got a time there or still wait past the interval; who left without is not counted.
    """

    clinic: UUID
    judged: int
    earlier: int
    """Before the interval."""
    first_half: int
    """In it, before the middle day or on it."""
    second_half: int
    later: int
    """After it, or not yet."""
    promised: float | None
    waited: float | None

    @property
    def held(self) -> int:
        """In the interval."""
        return self.first_half + self.second_half


RECORD = """
    SELECT q.clinic_id AS clinic, count(*) AS judged,
           count(*) FILTER (WHERE q.visit_on < f.early) AS earlier,
           count(*) FILTER (WHERE q.visit_on BETWEEN f.early AND f.middle) AS first_half,
           count(*) FILTER (WHERE q.visit_on > f.middle AND q.visit_on <= f.late) AS second_half,
           count(*) FILTER (WHERE q.visit_on IS NULL OR q.visit_on > f.late) AS later,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY f.middle - q.joined_on) AS promised,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY q.visit_on - q.joined_on) AS waited
    FROM queue_history q JOIN LATERAL (
        SELECT early, middle, late FROM brokering_forecast f
        WHERE f.clinic_id = q.clinic_id AND f.care_id = q.care_id AND f.made_on <= q.joined_on
          AND f.made_on > q.joined_on - %(lasts)s ORDER BY f.made_on DESC LIMIT 1) AS f ON true
    WHERE q.care_id = %(care)s AND q.joined_on >= %(since)s AND f.late < %(on)s
      AND (q.visit_on IS NOT NULL OR q.state IN ('waiting', 'offered'))
      AND (%(clinics)s::uuid[] IS NULL OR q.clinic_id = ANY(%(clinics)s::uuid[]))
    GROUP BY 1
"""


def record_of(care: str, *, on: date, clinics: Iterable[UUID] | None = None) -> dict[UUID, Kept]:
    """By clinic, what came of the promises of the last year for one care."""
    asked: dict[str, Any] = {
        "care": care,
        "on": on,
        "since": on - timedelta(days=RECORD_DAYS),
        "lasts": PROMISE_LASTS,
        "clinics": None if clinics is None else list(clinics),
    }
    with connections[MATCHER].cursor() as cursor:
        cursor.execute(RECORD, asked)
        names = [column.name for column in cursor.description or ()]
        found = [Kept(**dict(zip(names, row, strict=True))) for row in cursor.fetchall()]
    return {one.clinic: one for one in found}


def _rows(sql: str, asked: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connections[MATCHER].cursor() as cursor:
        cursor.execute(sql, asked)
        return cursor.fetchall()


def _served(rows: Iterable[tuple[Any, ...]]) -> dict[UUID, dict[date, list[tuple[int, int]]]]:
    found: dict[UUID, dict[date, list[tuple[int, int]]]] = defaultdict(lambda: defaultdict(list))
    for clinic, day, before, number in rows:
        found[clinic][monday_of(day)] += [(day.weekday(), before)] * number
    return found


def _joined(rows: Iterable[tuple[Any, ...]]) -> dict[UUID, dict[date, list[int]]]:
    found: dict[UUID, dict[date, list[int]]] = defaultdict(
        lambda: defaultdict(lambda: [0] * CLASSES)
    )
    for clinic, day, priority, number in rows:
        found[clinic][monday_of(day)][class_of(priority)] += number
    return found


def _waiting(rows: Iterable[tuple[Any, ...]]) -> dict[UUID, list[int]]:
    found: dict[UUID, list[int]] = defaultdict(lambda: [0] * CLASSES)
    for clinic, priority, number in rows:
        found[clinic][class_of(priority)] += number
    return found


def _free(care: str, now: datetime) -> dict[UUID, dict[date, int]]:
    """Free places by the day on which they end: one in a week counts on the week's last day."""
    places = free_slots(care, now=now).values_list("clinic_id", "ends_at")
    found: dict[UUID, dict[date, int]] = defaultdict(lambda: defaultdict(int))
    for clinic, ends_at in places.iterator():
        found[clinic][swedish_day(ends_at - timedelta(minutes=1))] += 1
    return found


def _days(rows: Iterable[tuple[Any, ...]]) -> dict[UUID, dict[date, int]]:
    found: dict[UUID, dict[date, int]] = defaultdict(dict)
    for clinic, day, number in rows:
        found[clinic][day] = number
    return found
