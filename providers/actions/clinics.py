"""A clinic says that what it has published still is right, how it receives, and until when one may cancel."""

import re
from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from accounts import topics
from accounts.actions.trail import record
from accounts.errors import NotFound
from accounts.news import News, tell
from accounts.tenancy import Actor
from providers.access import require_own
from providers.errors import PhoneUnreadable
from providers.models import Clinic, Slot

PHONE = re.compile(r"\+?[0-9][0-9 -]{5,18}")


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


def set_cancel_limit(
    *, by: Actor, clinic: UUID, before: timedelta, phone: str, now: datetime
) -> None:
    """Say how long before a visit a patient may cancel or move it, and whom to call after that.

    It holds for what is held from now on: a receipt keeps the limit that the person was shown.
    Raises NotFound, NotAllowed, PhoneUnreadable.
    """
    if phone and not PHONE.fullmatch(phone):
        raise PhoneUnreadable(field="phone")
    with transaction.atomic():
        own = Clinic.objects.select_for_update(no_key=True).filter(id=clinic).first()
        if own is None:
            raise NotFound
        require_own(own, by=by)
        Clinic.objects.filter(id=clinic).update(cancel_until=before, phone=phone)
        record(
            "clinic.cancel_limit", clinic, by=by, now=now, minutes=int(before.total_seconds() // 60)
        )
        data = {"clinic": str(clinic)}
        tell(News(topic=topics.clinic(clinic), kind="clinic_changed", data=data), now=now)


def set_reception(
    *,
    by: Actor,
    clinic: UUID,
    languages: Collection[str],
    accessibility: Collection[str],
    now: datetime,
) -> None:
    """Say in which languages besides Swedish patients are received, and what the premises have.

    What is not said is not known, rather than not there. Raises NotFound or NotAllowed.
    """
    with transaction.atomic():
        own = Clinic.objects.select_for_update(no_key=True).filter(id=clinic).first()
        if own is None:
            raise NotFound
        require_own(own, by=by)
        own.languages, own.accessibility = sorted(set(languages)), sorted(set(accessibility))
        own.save(update_fields=["languages", "accessibility"])
        spoken, there = " ".join(own.languages), " ".join(own.accessibility)
        record("clinic.reception", clinic, by=by, now=now, languages=spoken, accessibility=there)
        data = {"clinic": str(clinic)}
        tell(News(topic=topics.clinic(clinic), kind="clinic_changed", data=data), now=now)
