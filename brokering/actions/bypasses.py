"""The deviation ledger: whom each given place went past, and what a person says of the unexplained."""

from collections.abc import Iterable
from datetime import datetime
from itertools import groupby

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

log = structlog.get_logger(__name__)

MOST_AT_ONCE = 2_000
LOOKED_AT = "DELETE FROM brokering_givenplace WHERE id = ANY(%s) RETURNING id"


def look_at_given(*, now: datetime) -> int:
    """Write down whom the places given since the last look went past; how many were looked at.

    A care that cannot be read keeps its notes for the next look, and stops no other.
    """
    looked = 0
    noted = sorted(given_places(MOST_AT_ONCE), key=lambda one: (one.care, one.note))
    for care, group in groupby(noted, key=lambda one: one.care):
        given = list(group)
        try:
            looked += _look(care, given, now)
        except Exception:
            # Whatever it is, the other cares' places are looked at all the same.
            log.exception("given places not looked at", care=care)
    return looked


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


def _look(care: str, given: list[GivenNow], now: datetime) -> int:
    """One care: read, then written by whoever takes the notes away; a second look finds none."""
    found = went_past(care, given, now=now)
    with transaction.atomic(using=MATCHER):
        with connections[MATCHER].cursor() as cursor:
            cursor.execute(LOOKED_AT, [[one.note for one in given]])
            mine = {note for (note,) in cursor.fetchall()}
        rows = list(_rows((one for one in found if one.given.note in mine), now))
        Bypass.objects.using(MATCHER).bulk_create(rows)
    unexplained = sum(row.code == UNEXPLAINED for row in rows)
    if unexplained:
        log.error("places went past somebody for no known reason", care=care, places=unexplained)
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
