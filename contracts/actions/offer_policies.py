"""A region decides how its patients are asked: how long they may answer, how often they are sought."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from accounts.actions.trail import record
from accounts.errors import Invalid
from accounts.tenancy import Actor
from contracts.access import access_own_region
from contracts.errors import OfferPolicyBeginsTooEarly, OfferPolicyDecidedMeanwhile
from contracts.models import OfferPolicy
from contracts.terms import DAY
from providers.models import Region
from providers.patterns import SWEDEN

MOST_DAYS = 60
"""More days than this would keep a place from everybody else for longer than anyone needs."""
MOST_ATTEMPTS = 10
MOST_AT_ONCE = 20
BOUNDS = {
    "answer_days": MOST_DAYS,
    "attempts": MOST_ATTEMPTS,
    "letter_days": MOST_DAYS,
    "batch": MOST_AT_ONCE,
}


@dataclass(frozen=True, kw_only=True)
class Asking:
    """How patients are asked: days to answer, attempts before a letter, days for the letter, places at once.

    `decision_reference` names the region's own decision, such as its number in the diary.
    """

    answer_days: int
    attempts: int
    letter_days: int
    batch: int
    decision_reference: str


def set_offer_policy(
    *, by: Actor, region: str, asking: Asking, valid_from: date, now: datetime
) -> OfferPolicy:
    """Decide how the region's patients are asked from a Swedish day on; what held before ends the day before.

    An earlier decision for that day or later is replaced: it never came to hold. Offers that are out keep
    the time that they were promised. Raises NotAllowed, Invalid, OfferPolicyBeginsTooEarly for a day that
    has passed, OfferPolicyDecidedMeanwhile when somebody else decided at the same moment.
    """
    with transaction.atomic():
        own = access_own_region(region, by=by)
        _check(asking)
        if valid_from < now.astimezone(SWEDEN).date():
            raise OfferPolicyBeginsTooEarly(valid_from=valid_from.isoformat())
        _end_before(own, valid_from)
        policy = OfferPolicy(
            region=own,
            tenant_id=own.tenant_id,
            valid_from=valid_from,
            set_by_id=by.id,
            set_at=now,
            **_columns(asking),
        )
        _add(policy)
        said = {name: getattr(asking, name) for name in BOUNDS}
        record(
            "offerpolicy.set",
            policy.id,
            by=by,
            now=now,
            region=own.code,
            valid_from=valid_from.isoformat(),
            **said,
        )
        return policy


def _check(asking: Asking) -> None:
    for name, most in BOUNDS.items():
        if not 1 <= getattr(asking, name) <= most:
            raise Invalid(field=name)
    if not asking.decision_reference.strip():
        raise Invalid(field="decision_reference")


def _columns(asking: Asking) -> dict[str, Any]:
    return {name: getattr(asking, name) for name in (*BOUNDS, "decision_reference")}


def _add(policy: OfferPolicy) -> None:
    try:
        with transaction.atomic():
            policy.save(force_insert=True)
    except IntegrityError as error:
        if "one_open_ended_offer_policy" not in str(error):
            raise
        raise OfferPolicyDecidedMeanwhile from error


def _end_before(region: Region, valid_from: date) -> None:
    rows = OfferPolicy.objects.filter(region=region)
    runs = Q(valid_to__isnull=True) | Q(valid_to__gte=valid_from)
    rows.filter(valid_from__gte=valid_from).delete()
    rows.filter(runs, valid_from__lt=valid_from).update(valid_to=valid_from - DAY)
