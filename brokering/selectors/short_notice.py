"""Who wants to be asked at short notice, and who is asked about one freed place, in which order."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connections

from brokering.law.cancellations import is_operation
from brokering.matching.invitations import Consent, line
from brokering.matching.readiness import missing
from brokering.models import ShortNotice
from brokering.selectors.need_profiles import MATCHER
from brokering.selectors.offer_policies import offer_policy_of
from brokering.selectors.places import is_any_time, swedish_day
from brokering.selectors.snapshots import Narrowed, lot_of, round_input
from providers.models import Care, Slot

COLUMNS = "need_key, notice_hours, max_distance_km, ready"
NO_TIME = timedelta(0)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Somebody who is asked about a place, by an opaque key, and how they would get it."""

    need_key: UUID
    tenant: UUID
    lot: UUID
    route: str


@dataclass(frozen=True, kw_only=True)
class MyConsent:
    """A consent as its patient sees it, and what is not ticked off yet."""

    row: ShortNotice
    missing: tuple[str, ...]


def is_short_notice(slot: Slot, *, now: datetime) -> bool:
    """Whether a place begins so soon that those are asked who want that; a week's place has no time yet."""
    return now < slot.starts_at <= now + settings.SHORT_NOTICE and not is_any_time(slot)


def first_in_line(slot: Slot, *, now: datetime) -> list[Asked]:
    """Whom to ask about a place (with its care fetched) at once, best first.

    How many is decided by the home region of the first. Nobody is asked twice about a place, or about two
    at once. Empty where nobody may have it, or it is no longer free.
    """
    consents = _consents(slot)
    narrowed = Narrowed(needs=frozenset(UUID(one.need) for one in consents), notice=NO_TIME)
    if not consents:
        return []
    given = round_input(slot.care_id, now=now, slots=[slot.id], narrowed=narrowed)
    found = line(given.snapshot, consents, left=slot.starts_at - now)
    regions = {need.key: need.home_region for need in given.snapshot.needs}
    most = offer_policy_of(regions[found[0].need], on=swedish_day(now)).batch if found else 0
    return [
        Asked(
            need_key=UUID(one.need),
            tenant=given.tenants[one.need],
            lot=lot_of(one.lot),
            route=one.route,
        )
        for one in found[:most]
    ]


def consents_of(referrals: list[UUID]) -> dict[UUID, MyConsent]:
    """The consents in force of some needs, by need."""
    rows = ShortNotice.objects.filter(referral_id__in=referrals, ended_at__isnull=True)
    return {
        row.referral_id: MyConsent(row=row, missing=_missing(row.ready, row.referral.care))
        for row in rows.select_related("referral__care")
    }


def _consents(slot: Slot) -> list[Consent]:
    """As the matching role: everybody who has consented for the slot's care and was not asked about it."""
    with connections[MATCHER].cursor() as cursor:
        cursor.execute(
            f"SELECT {COLUMNS} FROM short_notice_profile"
            " WHERE care_id = %s AND NOT %s = ANY(asked) ORDER BY need_key",
            [slot.care_id, slot.id],
        )
        rows = cursor.fetchall()
    return [
        Consent(
            str(key),
            notice=timedelta(hours=hours),
            max_distance_km=far,
            is_ready=not _missing(_codes(ready), slot.care),
        )
        for key, hours, far, ready in rows
    ]


def _missing(ready: list[str], care: Care) -> tuple[str, ...]:
    return missing(ready, operation=is_operation(kind=care.kind, form=care.form))


def _codes(ready: list[str] | str) -> list[str]:
    """JSON comes as text from a plain cursor."""
    return json.loads(ready) if isinstance(ready, str) else ready
