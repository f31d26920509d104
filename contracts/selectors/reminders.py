"""What a region must decide soon: agreements that end, options that must be used by a day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import F, Min, Q
from django.db.models.functions import Coalesce

from contracts.models import Agreement


@dataclass(frozen=True, kw_only=True)
class Reminder:
    """An agreement with a day ahead: `kind` is `expires` (its last day) or `option_due` (use an option)."""

    kind: str
    day: date
    agreement: UUID
    name: str


def reminders(tenants: Iterable[UUID], *, on: date) -> list[Reminder]:
    """What lies ahead for the agreements that the tenants keep, soonest first.

    The lead time is a setting of the product; an agreement that has been amended or ended by decision, and
    an agreement with an option to use, does not remind of its end.
    """
    until = on + timedelta(days=settings.AGREEMENT_REMINDER_DAYS)
    kept = Agreement.objects.filter(
        tenant_id__in=list(tenants),
        state=Agreement.State.ACTIVE,
        replaced_by__isnull=True,
        ended_at__isnull=True,
    ).annotate(
        option_day=Min(
            Coalesce("options__decide_by", F("valid_to")), filter=Q(options__used_on__isnull=True)
        )
    )
    with_option = Q(options__used_on__isnull=True, options__isnull=False)
    due = kept.filter(with_option, option_day__range=(on, until)).distinct()
    ending = kept.filter(valid_to__range=(on, until)).exclude(id__in=due.values("id"))
    found = [_reminder("option_due", row, row.option_day) for row in due]  # type: ignore[attr-defined]
    found += [_reminder("expires", row, row.valid_to) for row in ending]
    return sorted(found, key=lambda one: (one.day, one.name, one.agreement))


def _reminder(kind: str, row: Agreement, day: date | None) -> Reminder:
    assert day is not None
    return Reminder(kind=kind, day=day, agreement=row.id, name=row.name)
