"""Who wants to be asked at short notice, and who is asked about one freed place, in which order."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connections

from brokering.law.cancellations import is_operation
from brokering.matching.invitations import Consent, line
from brokering.matching.readiness import missing
from brokering.messaging.hours import quiet_for
from brokering.messaging.timing import time_to_answer
from brokering.models import ShortNotice
from brokering.selectors.need_profiles import MATCHER
from brokering.selectors.offer_policies import offer_policy_of
from brokering.selectors.places import is_any_time, swedish_day
from brokering.selectors.snapshots import Narrowed, lot_of, round_input
from providers.models import Care, Slot

COLUMNS = "need_key, notice_hours, max_distance_km, ready, late_evenings"
NO_TIME = timedelta(0)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Somebody who is asked about a place, by an opaque key, and how they would get it.

    `answer_by`: what time they need to answer, the hours left out in which they are not woken. `instead_of`:
    the booking that ends if they say yes; None for who waits without a time.
    """

    need_key: UUID
    tenant: UUID
    lot: UUID
    route: str
    answer_by: datetime
    late_evenings: bool = False
    instead_of: UUID | None = None


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
    ends = _ends(slot, now)
    consents, late = _consents(slot, ends, now)
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
            answer_by=ends[one.need in late],
            late_evenings=one.need in late,
        )
        for one in found[:most]
    ]


def consents_of(referrals: list[UUID]) -> dict[UUID, MyConsent]:
    """The consents in force of some needs, by need; of those who wait, not of who would come earlier."""
    rows = ShortNotice.objects.filter(
        referral_id__in=referrals, ended_at__isnull=True, booking__isnull=True
    )
    return {
        row.referral_id: MyConsent(row=row, missing=missing_of(row.ready, row.referral.care))
        for row in rows.select_related("referral__care")
    }


def _consents(
    slot: Slot, ends: Mapping[bool, datetime], now: datetime
) -> tuple[list[Consent], frozenset[str]]:
    """As the matching role: who has consented for the slot's care and was not asked about it.

    And the keys of those among them who may be told late in the evening.
    """
    with connections[MATCHER].cursor() as cursor:
        cursor.execute(
            f"SELECT {COLUMNS} FROM short_notice_profile"
            " WHERE care_id = %s AND NOT %s = ANY(asked) ORDER BY need_key",
            [slot.care_id, slot.id],
        )
        rows = cursor.fetchall()
    asleep = {late: quiet_for(late_evenings=late).earliest(now) - now for late in (False, True)}
    consents = [
        Consent(
            str(key),
            notice=timedelta(hours=hours),
            max_distance_km=far,
            is_ready=late in ends and not missing_of(_codes(ready), slot.care),
            asleep=asleep[late],
        )
        for key, hours, far, ready, late in rows
    ]
    return consents, frozenset(str(row[0]) for row in rows if row[4])


def time_to_answer_about(slot: Slot, *, late_evenings: bool, now: datetime) -> datetime | None:
    """By when somebody must answer who is asked now; None where it is too late to ask them."""
    return time_to_answer(
        quiet_for(late_evenings=late_evenings),
        now=now,
        length=settings.INVITATION_ANSWER,
        begins=slot.starts_at,
    )


def _ends(slot: Slot, now: datetime) -> dict[bool, datetime]:
    """By when who may not (False) or may (True) be told late must answer; left out where it is too late."""
    found = {
        late: time_to_answer_about(slot, late_evenings=late, now=now) for late in (False, True)
    }
    return {late: end for late, end in found.items() if end is not None}


def missing_of(ready: list[str], care: Care) -> tuple[str, ...]:
    """What a visit for a care asks for and is not ticked off."""
    return missing(ready, operation=is_operation(kind=care.kind, form=care.form))


def _codes(ready: list[str] | str) -> list[str]:
    """JSON comes as text from a plain cursor."""
    return json.loads(ready) if isinstance(ready, str) else ready
