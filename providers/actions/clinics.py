"""A clinic says that what it has published still is right."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts import topics
from accounts.actions.trail import record
from accounts.errors import NotFound
from accounts.news import News, tell
from accounts.tenancy import Actor
from providers.access import require_own
from providers.models import Clinic, Slot


def confirm_capacity(*, by: Actor, clinic: UUID, now: datetime) -> int:
    """Renew the age of the clinic and of its open places that have not begun; returns how many.

    Raises NotFound or NotAllowed.
    """
    with transaction.atomic():
        own = Clinic.objects.filter(id=clinic).first()
        if own is None:
            raise NotFound
        require_own(own, by=by)
        Clinic.objects.filter(id=clinic).update(confirmed_at=now)
        renewed = own.slots.filter(state=Slot.State.OPEN, starts_at__gt=now)
        cares = list(renewed.order_by("care_id").values_list("care_id", flat=True).distinct())
        count = renewed.update(confirmed_at=now)
        record("clinic.confirmed", clinic, by=by, now=now, count=count)
        told = [topics.clinic(clinic), *(topics.care(care) for care in cares)]
        data = {"clinic": str(clinic), "count": count}
        tell(*(News(topic=one, kind="capacity_confirmed", data=data) for one in told), now=now)
    return count
