"""What is left of caps right now, as a booking would find it, and which cares draw on the same ones."""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from django.db.models import Count, Q

from accounts.database.statements import tuples_of
from contracts.models import CapUse
from contracts.terms import Cap
from providers.models import Claim

CARRIED = """
    JOIN contracts_agreement a ON a.id = l.agreement_id AND a.state = 'active'
    JOIN contracts_lot_cares o ON o.lot_id = l.id
"""
LINKED = f"""
    SELECT array_agg(DISTINCT o.care_id::text) AS cares
    FROM contracts_cap i JOIN contracts_lot l ON l.id = i.lot_id {CARRIED}
    GROUP BY i.lineage HAVING count(DISTINCT o.care_id) > 1
    UNION
    SELECT array_agg(DISTINCT o.care_id::text)
    FROM contracts_regionquota i JOIN contracts_lot l ON l.clinic_id = i.clinic_id {CARRIED}
    WHERE (i.care_id IS NULL OR i.care_id = o.care_id)
    AND (i.valid_to IS NULL OR i.valid_to >= %(on)s)
    GROUP BY coalesce(i.counts_with, i.id) HAVING count(DISTINCT o.care_id) > 1
    ORDER BY cares
"""
Counted = tuple[UUID, date]
"""A cap's counter and the first day of a period."""


def used_of(caps: Iterable[Cap], *, now: datetime) -> dict[Counted, int]:
    """Places in use of each cap's periods; a hold whose time is past counts for nothing, tidied or not."""
    counters = {cap.counter for cap in caps}
    if not counters:
        return {}
    lapsed = Q(
        reservations__claim__state=Claim.State.HELD, reservations__claim__held_until__lte=now
    )
    rows = CapUse.objects.filter(counter__in=counters).annotate(
        lapsed=Count("reservations", filter=lapsed)
    )
    return {(use.counter, use.period): use.used - use.lapsed for use in rows}


def linked_cares(*, on: date) -> list[frozenset[str]]:
    """Sets of cares of which places are counted under one cap or quota, from a Swedish civil day on."""
    return [frozenset(cares) for (cares,) in tuples_of(LINKED, {"on": on})]
