"""The deviation ledger: whom each given place went past, and what a person says of the unexplained."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, datetime

import structlog
from django.db import connections, transaction

from accounts.actions.trail import record
from accounts.errors import Invalid, NotAllowed
from accounts.roles import Permission
from accounts.tenancy import Actor
from brokering.matching.bypasses import UNEXPLAINED, settling
from brokering.models import Bypass
from brokering.selectors.country.bypasses import GivenNow, WentPast, given_places, went_past
from brokering.selectors.need_profiles import MATCHER
from brokering.selectors.places import swedish_day

log = structlog.get_logger(__name__)

MOST_AT_ONCE = 5_000
CARES_AT_ONCE = 8
"""Read together: what is the same for all of them is read once."""
LOOKED_AT = "DELETE FROM brokering_givenplace WHERE id = ANY(%s) RETURNING id"


def look_at_given(*, now: datetime) -> int:
    """Write down whom the places given since the last look went past; how many were looked at.

    A care that cannot be read keeps its notes for the next look, and stops no other.
    """
    by_day: dict[date, list[GivenNow]] = defaultdict(list)
    for one in given_places(MOST_AT_ONCE):
        by_day[swedish_day(one.given_at)].append(one)
    # Law, terms and wishes are those of the day on which a place was given, where the look comes later.
    return sum(
        _looked_in_turn(those, now if day >= swedish_day(now) else max(x.given_at for x in those))
        for day, those in sorted(by_day.items())
    )


def settle(*, by: Actor, bypass: Bypass, code: str, now: datetime) -> None:
    """Say why a place went past somebody where the ledger could not. Raises NotAllowed, Invalid."""
    if not any(by.may_in(tenant, Permission.RUN_ROUND) for tenant in bypass.tenants):
        raise NotAllowed(permission=Permission.RUN_ROUND.value)
    if code not in settling():
        raise Invalid(fields={"code": code})
    with transaction.atomic():
        said = {"settled_code": code, "settled_at": now, "settled_by_id": by.id}
        open_still = Bypass.objects.filter(id=bypass.id, code=UNEXPLAINED, settled_code="")
        if not open_still.update(**said):
            raise Invalid(fields={"code": code})
        record("bypass.settled", bypass.claim_id, by=by, now=now, code=code)


def _looked_in_turn(given: Iterable[GivenNow], now: datetime) -> int:
    """How many places were looked at, as it was then, some cares at a time."""
    by_care: dict[str, list[GivenNow]] = defaultdict(list)
    for one in sorted(given, key=lambda one: (one.care, one.note)):
        by_care[one.care].append(one)
    cares = list(by_care)
    together = [cares[at : at + CARES_AT_ONCE] for at in range(0, len(cares), CARES_AT_ONCE)]
    return sum(_looked({care: by_care[care] for care in some}, now) for some in together)


def _looked(given: dict[str, list[GivenNow]], now: datetime) -> int:
    """How many places of some cares were looked at: all together, or one by one where that fails."""
    try:
        return _look([one for those in given.values() for one in those], now)
    except Exception:
        # Whatever it is, the other cares' places are looked at all the same.
        if len(given) == 1:
            log.exception("given places not looked at", care=next(iter(given)))
            return 0
    return sum(_looked({care: those}, now) for care, those in given.items())


def _look(given: list[GivenNow], now: datetime) -> int:
    """Some cares: read, then written by whoever takes the notes away; a second look finds none."""
    found = went_past(given, now=now)
    with transaction.atomic(using=MATCHER):
        with connections[MATCHER].cursor() as cursor:
            cursor.execute(LOOKED_AT, [[one.note for one in given]])
            mine = {note for (note,) in cursor.fetchall()}
        rows = list(_rows((one for one in found if one.given.note in mine), now))
        Bypass.objects.using(MATCHER).bulk_create(rows)
    for care, places in Counter(row.care_id for row in rows if row.code == UNEXPLAINED).items():
        log.error("places went past somebody for no known reason", care=care, places=places)
    return len(mine)


def _rows(found: Iterable[WentPast], now: datetime) -> Iterable[Bypass]:
    for one in found:
        yield Bypass(
            claim_id=one.given.claim,
            care_id=one.given.care,
            code=one.code,
            need_class=one.given.priority,
            waited_days=one.waited_days,
            passed=one.passed,
            higher=one.higher,
            in_time=one.in_time,
            highest=one.highest,
            regions=dict(one.regions),
            tenants=list(one.tenants),
            given_at=one.given.given_at,
            found_at=now,
            settled_code="",
        )
