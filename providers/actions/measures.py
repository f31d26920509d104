"""Measures publishers, and tells open screens what time alone changes. Only the system acts here."""

from collections import defaultdict
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction

from accounts import topics
from accounts.actions.trail import record
from accounts.news import News, tell
from accounts.tenancy import Actor
from providers.freshness import FEED, PLACE, Standing, Told
from providers.models import Feed, Slot, Watched
from providers.patterns import SWEDEN
from providers.reliability import SILENT_AFTER_DAYS
from providers.selectors.words import ADVERTISED_NOW

RECOUNTED_DAYS = 30
"""Visits of so many days are counted anew each time: a clinic may report late."""
WATCH = "freshness"
CHANGED = {Standing.DEMOTED: "slots_demoted", Standing.WITHDRAWN: "slots_outdated"}
"""The kind of news for places that have become so."""

AGES = f"""
INSERT INTO providers_clinicday AS d (clinic_id, day, samples, late, gone, age_seconds, oldest_seconds,
    probed, unheld, kept, taken_back, unreported)
SELECT clinic_id, %(day)s, 1, late::int, gone::int, age, age, 0, 0, 0, 0, 0 FROM (
    SELECT s.clinic_id, max(extract(epoch FROM {PLACE.age("%(now)s")}))::bigint AS age,
           bool_or({PLACE.stands(Standing.DEMOTED, now="%(now)s")}) AS late,
           bool_or({PLACE.stands(Standing.WITHDRAWN, now="%(now)s")}) AS gone
    {ADVERTISED_NOW} GROUP BY s.clinic_id
) AS measured
ON CONFLICT (clinic_id, day) DO UPDATE SET
    samples = d.samples + 1, late = d.late + excluded.late, gone = d.gone + excluded.gone,
    age_seconds = d.age_seconds + excluded.age_seconds,
    oldest_seconds = greatest(d.oldest_seconds, excluded.oldest_seconds)
"""
FORGOTTEN = """
UPDATE providers_clinicday SET kept = 0, taken_back = 0, unreported = 0
 WHERE day >= %(first)s AND (kept > 0 OR taken_back > 0 OR unreported > 0)
"""
VISITS = """
INSERT INTO providers_clinicday (clinic_id, day, samples, late, gone, age_seconds, oldest_seconds,
    probed, unheld, kept, taken_back, unreported)
SELECT clinic_id, day, 0, 0, 0, 0, 0, 0, 0, sum(kept), sum(taken_back), sum(unreported) FROM (
    SELECT s.clinic_id, (s.starts_at AT TIME ZONE 'Europe/Stockholm')::date AS day,
           (k.ended_why IN ('fulfilled', 'missed'))::int AS kept, 0 AS taken_back,
           (k.state = 'confirmed')::int AS unreported
      FROM providers_claim k JOIN providers_slot s ON s.id = k.slot_id
     WHERE s.starts_at >= %(begins)s AND s.starts_at < %(now)s
       AND (k.ended_why IN ('fulfilled', 'missed')
            OR k.state = 'confirmed' AND s.ends_at < %(silent)s)
    UNION ALL
    SELECT s.clinic_id, (k.changed_at AT TIME ZONE 'Europe/Stockholm')::date, 0, 1, 0
      FROM providers_claim k JOIN providers_slot s ON s.id = k.slot_id
     WHERE k.ended_why = 'taken_back' AND k.changed_at >= %(begins)s
) AS found GROUP BY clinic_id, day
ON CONFLICT (clinic_id, day) DO UPDATE SET
    kept = excluded.kept, taken_back = excluded.taken_back, unreported = excluded.unreported
"""
CROSSED = f"""
SELECT s.clinic_id, s.care_id, count(*)
  FROM providers_slot s JOIN providers_clinic c ON c.id = s.clinic_id {FEED}
 WHERE s.state = 'open' AND s.starts_at > %(now)s
"""


def measure_ages(*, by: Actor, now: datetime) -> int:
    """Note for every clinic with unbooked places ahead how old its oldest word on them is; how many."""
    day = now.astimezone(SWEDEN).date()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(AGES, {"now": now, "day": day})
        measured = cursor.rowcount
        record("freshness.measured", day.isoformat(), by=by, now=now, clinics=measured)
    return int(measured)


def count_visits(*, by: Actor, now: datetime) -> int:
    """Count anew what was kept, taken back and left unreported of RECOUNTED_DAYS; rows written."""
    today = now.astimezone(SWEDEN)
    midnight = today.replace(hour=0, minute=0, second=0, microsecond=0)
    begins = midnight - timedelta(days=RECOUNTED_DAYS)
    silent = now - timedelta(days=SILENT_AFTER_DAYS)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(FORGOTTEN, {"first": begins.date()})
        cursor.execute(VISITS, {"now": now, "begins": begins, "silent": silent})
        counted = cursor.rowcount
        record("reliability.counted", begins.date().isoformat(), by=by, now=now, rows=counted)
    return int(counted)


def tell_crossings(*, by: Actor, now: datetime) -> dict[str, int]:
    """Tell of places that have become older than promised since the last time; how many by kind of news.

    Each crossing is told once: the moment of the last time is kept, and locked while this one runs. Nothing
    rests on it but open screens; what is shown and held is decided by the age itself.
    """
    told: dict[str, int] = {}
    with transaction.atomic():
        last, is_first = Watched.objects.select_for_update().get_or_create(
            name=WATCH, defaults={"until": now}
        )
        if is_first or last.until >= now:
            return told
        for standing, kind in CHANGED.items():
            told[kind] = _tell_crossed(standing, kind, last.until, by=by, now=now)
        Watched.objects.filter(name=WATCH).update(until=now)
    return told


def tell_fed(*, by: Actor, feed: Feed, before: datetime | None, now: datetime) -> bool:
    """Tell that a feed's places are back when its last success was too old to carry them; whether it told.

    `before` is when it had succeeded last; the feed itself has succeeded `now`.
    """
    told = Told(confirmed_at=before or feed.added_at, promised_age=feed.promised_age, fed_at=before)
    if told.standing(now) == Standing.FRESH:
        return False
    found = Slot.objects.filter(feed=feed, state=Slot.State.OPEN, starts_at__gt=now)
    pairs = found.order_by().values_list("clinic_id", "care_id").distinct()
    cares: dict[UUID, set[str]] = defaultdict(set)
    for clinic, care in pairs:
        cares[clinic].add(care)
    for clinic in sorted(cares):
        record("clinic.fed_again", clinic, by=by, now=now, feed=str(feed.id))
    tell(*_news(cares, "capacity_confirmed"), now=now)
    return True


def _tell_crossed(
    standing: Standing, kind: str, since: datetime, *, by: Actor, now: datetime
) -> int:
    then, at = PLACE.stands(standing, now="%(since)s"), PLACE.stands(standing, now="%(now)s")
    with connection.cursor() as cursor:
        cursor.execute(
            f"{CROSSED} AND {at} AND NOT {then} GROUP BY s.clinic_id, s.care_id",
            {"since": since, "now": now},
        )
        rows = cursor.fetchall()
    cares: dict[UUID, set[str]] = defaultdict(set)
    counts: dict[UUID, int] = defaultdict(int)
    for clinic, care, count in rows:
        cares[clinic].add(care)
        counts[clinic] += count
    for clinic in sorted(cares):
        record(f"clinic.{standing}", clinic, by=by, now=now, count=counts[clinic])
    tell(*_news(cares, kind), now=now)
    return sum(counts.values())


def _news(cares: dict[UUID, set[str]], kind: str) -> list[News]:
    """One change for each clinic and for each care, however many places."""
    told = [topics.clinic(clinic) for clinic in sorted(cares)]
    told += [topics.care(care) for care in sorted(set().union(*cares.values()))]
    return [News(topic=one, kind=kind) for one in told]
