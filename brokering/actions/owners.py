"""Gives what is open a new owner when whoever had it acts for the region no longer."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.actions.trail import record
from accounts.news import tell
from accounts.tenancy import Actor
from brokering.access import belongs
from brokering.actions.holds import news_of_need
from brokering.models import Approval, RebookingTask, Referral
from brokering.selectors.owners import Owned, without_owner
from brokering.selectors.places import swedish_day
from brokering.selectors.upkeep import case_owners


def hand_over(*, by: Actor, tenant: UUID, now: datetime) -> int:
    """Everything open of a tenant that nobody there owns goes to those who own its cases; how much it was.

    Whoever took it over meanwhile keeps it. Where the region has nobody it stays as it is.
    """
    today = swedish_day(now)
    owners = case_owners(tenant, on=today)
    if not owners:
        return 0
    with transaction.atomic():
        left = without_owner(tenant, on=today)
        return sum(_handed(row, owners[row.id.int % len(owners)], by, now) for row in left)


def _handed(row: Owned, owner: UUID, by: Actor, now: datetime) -> bool:
    was = row.owner_id
    mine = type(row).objects.filter(id=row.id, owner=was, state=row.state)  # type: ignore[misc]
    if not mine.update(owner=owner):
        return False
    noun = type(row).__name__.lower()
    record(f"{noun}.handed_over", row.id, by=by, now=now, belongs=belongs(row), owner=str(owner))
    region = _need(row).home_region_id
    tell(*news_of_need(row, region, "owner_changed", **{noun: str(row.id)}), now=now)
    return True


def _need(row: Owned) -> Referral:
    return row.booking.referral if isinstance(row, Approval | RebookingTask) else row.referral
