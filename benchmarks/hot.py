"""Many people at one clinic: whose places share a volume cap, or who all want the same place."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from django.db import connections

from benchmarks.cast import Pair, judged, people_of, places_of, with_logins
from brokering.models import Referral
from contracts.models import Cap

CLINICS = """
    SELECT s.clinic_id, m.region_id, s.care_id FROM providers_slot s
      JOIN providers_clinic c ON c.id = s.clinic_id
      JOIN providers_municipality m ON m.code = c.municipality_id
      JOIN providers_care k ON k.code = s.care_id AND k.form = 'open'
     WHERE s.state = 'open' AND s.opens_at <= %(now)s AND s.starts_at > %(now)s + interval '5 days'
     GROUP BY 1, 2, 3
     ORDER BY least(count(*), (SELECT count(*) FROM brokering_referral r WHERE r.state = 'waiting'
              AND r.home_region_id = m.region_id AND r.care_id = s.care_id)) DESC, 1, 3 LIMIT 20
"""


def capped_pairs(number: int, *, places: int, now: datetime) -> list[Pair]:
    """So many people with distinct places of one clinic; one cap counts all of them."""
    found = _of_one_clinic(number, now)
    Cap.objects.using("owner").filter(lot=found[0].lot).delete()
    Cap.objects.using("owner").create(
        lot_id=found[0].lot, region=None, places=places, period=Cap.Period.WHOLE
    )
    return with_logins(found)


def rivals(number: int, *, now: datetime) -> tuple[list[Pair], list[UUID]]:
    """So many people of one region, and the clinic's free places that each of them may book."""
    found = _of_one_clinic(number, now)
    return with_logins(found), [pair.slot for pair in found]


def _of_one_clinic(number: int, now: datetime) -> list[Pair]:
    with connections["owner"].cursor() as cursor:
        cursor.execute(CLINICS, {"now": now})
        clinics = cursor.fetchall()
    for clinic, region, care in clinics:
        # A few more than wanted: not everyone may book every place.
        needs = people_of(region, care, 2 * number)
        slots = places_of(region, care, 2 * number, now=now, clinic=clinic)
        found = list(_lawful(needs, slots, number, clinic, now=now))
        if len(found) == number:
            return found
    raise AssertionError("no clinic has so many people and places")


def _lawful(
    needs: list[Referral], slots: list[UUID], number: int, clinic: UUID, *, now: datetime
) -> Iterator[Pair]:
    """All under the lot of the first."""
    lot, count = None, 0
    for need, slot in zip(needs, slots, strict=False):
        verdict = judged(need, slot, now=now)
        if (
            verdict is None
            or verdict.terms is None
            or (lot or verdict.terms.lot) != verdict.terms.lot
        ):
            continue
        lot, count = verdict.terms.lot, count + 1
        yield Pair(need, slot, lot, verdict.route, clinic)
        if count == number:
            return
