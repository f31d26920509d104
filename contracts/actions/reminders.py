"""Reminds a region, once, of an agreement that ends soon and of an option that must be used by a day."""

from datetime import datetime

from django.db import transaction

from accounts.actions.trail import record
from accounts.models import Event
from accounts.news import tell
from accounts.tenancy import Actor
from contracts.actions.agreements import agreement_news
from contracts.models import Agreement
from contracts.selectors.reminders import Reminder, reminders
from providers.patterns import SWEDEN


def remind(*, by: Actor, now: datetime) -> int:
    """Tell the regions of everything that they have not been told of; how many. Run by the clock."""
    ahead = reminders(by.tenants, on=now.astimezone(SWEDEN).date())
    return sum(_remind(one, by=by, now=now) for one in ahead)


@transaction.atomic
def _remind(one: Reminder, *, by: Actor, now: datetime) -> bool:
    """Whether it was told now: another day of the same agreement is another reminder."""
    row = Agreement.objects.select_for_update(of=("self",)).get(id=one.agreement)
    said = {"day": one.day.isoformat()}
    told = Event.objects.filter(
        noun="agreement", noun_id=str(row.id), verb=one.kind, data__contains=said
    )
    if told.exists():
        return False
    record(f"agreement.{one.kind}", row.id, by=by, now=now, day=one.day.isoformat())
    tell(*agreement_news(row, f"agreement_{one.kind}"), now=now)
    return True
